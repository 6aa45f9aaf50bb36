"""Two people at once, in transactions that commit."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chassis.errors import AppError
from contracts import approvals, organizers, signatures, signing
from contracts.organizer_templates import CreateOrganizerTemplate, QuestionSection
from services.documents import links
from services.documents.operations import approvals as approving
from services.documents.operations import documents, organizer_templates
from services.documents.operations import organizers as organizing
from services.documents.operations import signatures as requesting
from services.documents.operations import signing as signs
from services.documents.queries import organizers as organizer_queries
from services.documents.queries import requests as queries
from tests.unit.documents.conftest import arrived_for
from tests.unit.documents.requests.conftest import (
    ANSWERS,
    QUESTIONS,
    approval_ref,
    chosen,
    organizer_ref,
    signature_ref,
)


def outcomes(*calls):
    """What each call answered or raised, all begun at once."""
    start = Barrier(len(calls))

    def run(call):
        start.wait()
        try:
            return call()
        except AppError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture
def once(sessions, ctx):
    """`once(operation, request)`: a call whose transaction commits."""

    def run(operation, *request, by=ctx):
        with sessions() as session:
            return operation(session, by, *request)

    return run


@pytest.fixture
def document(sessions, ctx, account_id):
    with sessions() as session:
        return documents.add(
            session, ctx, arrived_for(session, ctx, account_id), documents.Place(account_id), "return.pdf"
        )


@pytest.fixture
def ask_to_sign(sessions, ctx, document):
    def make(*who, **fields):
        request = signatures.RequestSignature(account_id=document.account_id, document_id=document.id, **fields)
        with sessions() as session:
            people = [chosen(one) for one in who]
            return requesting.request_signature(session, ctx, request, people, document.file_id)

    return make


@pytest.fixture
def organizer(once, account_id):
    template = once(
        organizer_templates.create_organizer_template,
        CreateOrganizerTemplate(name="Tax", sections=(QuestionSection(title="You", questions=QUESTIONS),)),
    )
    request = organizers.SendOrganizer(account_id=account_id, template_ids=(template.id,))
    return once(organizing.send_organizer, request).items[0]


def sign(once, request, who):
    asked = signing.Sign(
        account_id=request.account_id, signature_id=request.id, signed_name=who.actor.name, has_consented=True
    )
    return lambda: once(signs.sign_document, asked, by=who)


class TestApprovals:
    def test_of_two_answers_at_once_the_first_decides(self, once, ctx, client_ctx, another_client, document):
        """R-APR-4"""
        asked = once(
            approving.request_approval,
            approvals.RequestApproval(account_id=document.account_id, document_id=document.id),
        )
        where = {"account_id": asked.account_id, "approval_id": asked.id}

        made = outcomes(
            lambda: once(approving.approve_document, approvals.Approve(**where), by=client_ctx),
            lambda: once(approving.disapprove_document, approvals.Disapprove(**where, reason="No"), by=another_client),
        )

        (refused,) = [one for one in made if isinstance(one, approvals.ApprovalAnswered)]
        (answered,) = [one for one in made if isinstance(one, approvals.Approval)]
        assert refused.data["state"] == answered.status
        assert once(queries.get_approval, approval_ref(asked)).status == answered.status

    def test_of_two_who_ask_at_once_one_does(self, once, document):
        request = approvals.RequestApproval(account_id=document.account_id, document_id=document.id)

        made = outcomes(*[lambda: once(approving.request_approval, request)] * 3)

        assert [isinstance(one, approvals.Approval) for one in made].count(True) == 1
        assert [isinstance(one, approvals.ApprovalPending) for one in made].count(True) == 2


class TestSignatures:
    def test_two_signers_at_once_complete_it_once(self, once, client_ctx, another_client, ask_to_sign):
        """R-SGN-4"""
        request = ask_to_sign(client_ctx, another_client)

        made = outcomes(sign(once, request, client_ctx), sign(once, request, another_client))

        assert sorted(one.status for one in made) == ["partially_signed", "signed"]
        seen = once(queries.get_signature, signature_ref(request))
        assert (seen.status, seen.signed) == ("signed", 2)

    def test_one_signer_twice_at_once_signs_once(self, once, client_ctx, another_client, ask_to_sign):
        request = ask_to_sign(client_ctx, another_client)

        made = outcomes(*[sign(once, request, client_ctx)] * 3)

        assert [isinstance(one, signing.AlreadySigned) for one in made].count(True) == 2
        assert once(queries.get_signature, signature_ref(request)).signed == 1

    def test_one_link_twice_at_once_signs_once(self, once, sessions, ctx, ask_to_sign):
        """R-SGN-4: single use"""
        request = ask_to_sign("Theo Third", "Tess Third")
        who = signing.SignerRef(account_id=request.account_id, signature_id=request.id, signer_id=request.signers[0].id)
        token = once(requesting.make_signing_link, who).token
        asked = signing.SignByLink(token=token, signed_name="Theo", has_consented=True)

        made = outcomes(*[lambda: once(signs.sign_by_link, asked, by=links.within(ctx, token))] * 3)

        assert [isinstance(one, signing.SigningLinkNotFound) for one in made].count(True) == 2
        assert once(queries.get_signature, signature_ref(request)).signed == 1

    def test_the_last_signature_and_the_voiding_never_both_count(self, once, ctx, client_ctx, ask_to_sign):
        request = ask_to_sign(client_ctx)
        away = signatures.VoidSignature(account_id=request.account_id, signature_id=request.id, reason="On paper")

        signed, voided = outcomes(
            sign(once, request, client_ctx), lambda: once(requesting.void_signature, away, by=ctx)
        )

        status = once(queries.get_signature, signature_ref(request)).status
        if status == "signed":
            assert (signed.status, type(voided)) == ("signed", signatures.SignatureClosed)
        else:
            assert (voided.status, type(signed)) == ("voided", signatures.SignatureClosed)


class TestOrganizers:
    def test_to_submit_and_to_seal_at_once_leaves_one_order(self, once, ctx, client_ctx, organizer):
        """R-ORG-2: what is sealed first is not submitted."""
        one = organizer_ref(organizer)
        once(
            organizing.save_answers,
            organizers.SaveAnswers(account_id=one.account_id, organizer_id=one.organizer_id, answers=ANSWERS),
            by=client_ctx,
        )

        submitted, sealed = outcomes(
            lambda: once(organizing.submit_organizer, one, by=client_ctx),
            lambda: once(organizing.seal_organizer, one, by=ctx),
        )

        steps = [event.step for event in once(organizer_queries.list_organizer_history, one).items]
        assert sealed.is_sealed
        if isinstance(submitted, organizers.OrganizerClosed):
            assert (steps[-1], "submitted" in steps) == ("sealed", False)
        else:
            assert steps[-2:] == ["submitted", "sealed"]

    def test_answers_to_different_questions_at_once_are_both_kept(self, once, client_ctx, another_client, organizer):
        """R-ORG-5"""
        where = {"account_id": organizer.account_id, "organizer_id": organizer.id}

        outcomes(
            lambda: once(
                organizing.save_answers, organizers.SaveAnswers(**where, answers={"name": "A"}), by=client_ctx
            ),
            lambda: once(
                organizing.save_answers, organizers.SaveAnswers(**where, answers={"married": True}), by=another_client
            ),
        )

        kept = once(organizer_queries.get_organizer, organizer_ref(organizer))
        assert kept.answers == {"name": "A", "married": True}
