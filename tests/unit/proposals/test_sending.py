"""Who gets a proposal to sign, and what is told where nobody can."""

import datetime as dt
from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid, Unavailable
from chassis.testing import database, member_ctx
from contracts.account_settings import Tags, TagUse
from contracts.accounts import AccountList
from contracts.contacts import Contact, LinkedContact, LinkedContacts, LinksChanged
from contracts.proposal_content import JobTemplate, ProposalContent
from contracts.proposals import (
    CreateProposal,
    NoSignatories,
    ProposalChanged,
    ProposalChangedMeanwhile,
    ProposalNotSendable,
    ProposalsNotSent,
    SendProposal,
    SendToAccounts,
)
from contracts.switches import AddressSettings, EmailAddress
from contracts.work_settings import Pipelines
from services.billing import sending
from services.billing.operations import proposal_neighbours, proposals
from services.billing.operations import sending as sends
from services.billing.operations.sending import Signatories
from tests.unit.proposals.conftest import later, package


def address(ctx, login="active", *, is_signatory=True, email="anna@example.com"):
    return AddressSettings(
        address=EmailAddress(id=new_id(), label="email", email=email),
        login=login,
        is_notified=False,
        is_synced=False,
        is_signatory=is_signatory,
    )


def linked(ctx, name, *addresses):
    contact = Contact(
        id=new_id(), display_name=name, is_name_typed=False, first_name=name, middle_name="", last_name="",
        addresses=(), phones=(), company_name="", address=None, notes="", timezone="", tags=(), version=1,
        created_at=ctx.now, updated_at=ctx.now,
    )  # fmt: skip
    return LinkedContact(contact=contact, description="", linked_at=ctx.now, addresses=addresses)


class Answers:
    """What the neighbours would answer with: other services, whose own tests hold them to it."""

    def __init__(self, by_account, *, is_down=False):
        self.by_account, self.is_down, self.asked_as = by_account, is_down, []

    def list_account_contacts(self, ctx, request):
        self.asked_as.append(ctx.actor.kind)
        if self.is_down:
            raise Unavailable
        return LinkedContacts(account_id=request.account_id, version=1, items=self.by_account[request.account_id])

    def get_accounts(self, ctx, request):
        class Seen:
            def __init__(self, account_id):
                self.id = account_id

        return AccountList(items=tuple(Seen(one) for one in request.account_ids if one in self.by_account))

    def list_tags(self, ctx, request):
        return Tags(items=(TagUse(id=TAG, name="VIP", colour="#2f855a", accounts=0),))

    def list_pipelines(self, ctx, request):
        return Pipelines(items=())


TAG = new_id()


@pytest.fixture
def db(postgres_url):
    return database(postgres_url, "billing")


@pytest.fixture
def kept(db, ctx):
    """`kept(operation, request)`: a call whose transaction commits."""

    def run(operation, request, by=ctx):
        with db.transaction(by) as session:
            return operation(session, by, request)

    return run


def neighbours(answers):
    return sending.Neighbours(answers, answers, answers)


def content(**fields):
    return ProposalContent(**{"name": "Tax 2026", "packages": (package(),), **fields})


def events(db, ctx, kind):
    with db.reading(ctx) as session:
        return [event for event in outbox.pending(session) if isinstance(event, kind)]


def send(db, ctx, answers, draft, **fields):
    request = SendProposal(account_id=draft.account_id, proposal_id=draft.id, version=draft.version, **fields)
    return sending.send_proposal(db, neighbours(answers), ctx, request)


class TestSignatories:
    """R-SIG-1"""

    @pytest.mark.parametrize("login", ["granted", "invited", "expired", "active", "blocked"])
    def test_who_has_login_and_authority_signs(self, ctx, account_id, login):
        anna = linked(ctx, "Anna", address(ctx, login))
        answers = Answers({account_id: (anna,)})

        found = sending.signatories(answers, ctx, account_id)

        assert [tuple(one) for one in found.people] == [(anna.contact.id, "Anna", "anna@example.com")]
        assert answers.asked_as == ["system"]

    def test_who_has_neither_does_not(self, ctx, account_id):
        people = (
            linked(ctx, "No login", address(ctx, "none")),
            linked(ctx, "Revoked", address(ctx, "revoked")),
            linked(ctx, "Switched off", address(ctx, "active", is_signatory=False)),
            linked(ctx, "No address"),
        )

        assert sending.signatories(Answers({account_id: people}), ctx, account_id).people == []

    def test_one_address_that_may_is_enough(self, ctx, account_id):
        both = (address(ctx, is_signatory=False, email="old@example.com"), address(ctx, email="new@example.com"))

        (found,) = sending.signatories(Answers({account_id: (linked(ctx, "Anna", *both),)}), ctx, account_id).people

        assert found.email == "new@example.com"


class TestSendProposal:
    def test_goes_to_all_who_may_sign_at_that_moment(self, db, ctx, account_id, kept):
        """R-SIG-1, R-SIG-2"""
        people = tuple(linked(ctx, name, address(ctx)) for name in ("Anna", "Bert"))
        draft = kept(proposals.create_proposal, CreateProposal(account_id=account_id, **fields_of(content())))

        sent = send(db, ctx, Answers({account_id: people}), draft)

        assert [one.name for one in sent.signers] == ["Anna", "Bert"]
        assert (sent.status, sent.sent_at) == ("pending", ctx.now)
        assert [event.change for event in events(db, ctx, ProposalChanged)] == ["sent"]

    def test_without_any_it_fails_and_says_for_which_account_once(self, db, ctx, account_id, kept):
        """R-SIG-4"""
        draft = kept(proposals.create_proposal, CreateProposal(account_id=account_id, **fields_of(content())))
        nobody = Answers({account_id: (linked(ctx, "Anna", address(ctx, is_signatory=False)),)})

        for _ in range(2):
            with pytest.raises(NoSignatories) as refused:
                send(db, ctx, nobody, draft)

        assert refused.value.data == {"accounts": [str(account_id)]}
        assert events(db, ctx, ProposalsNotSent) == [ProposalsNotSent(account_ids=(account_id,), name="Tax 2026")]
        assert events(db, ctx, ProposalChanged) == []

    def test_asked_again_under_its_key_it_gives_the_same_answer(self, db, ctx, account_id, kept):
        draft = kept(proposals.create_proposal, CreateProposal(account_id=account_id, **fields_of(content())))
        answers = Answers({account_id: (linked(ctx, "Anna", address(ctx)),)})
        by = replace(ctx, key="send-once")

        assert send(db, by, answers, draft) == send(db, by, answers, draft)
        with pytest.raises(ProposalNotSendable):
            send(db, replace(ctx, key="send-again"), answers, draft)

    def test_a_tag_or_pipeline_that_is_not_there_is_refused(self, db, ctx, account_id, kept):
        """R-PRP-5, R-TAG-4"""
        answers = Answers({account_id: (linked(ctx, "Anna", address(ctx)),)})
        wrong = (
            package(tag_ids=(new_id(),)),
            package(job=JobTemplate(pipeline_id=new_id(), name="Job")),
        )
        for one in wrong:
            request = CreateProposal(account_id=account_id, **fields_of(content(packages=(one,))))
            draft = kept(proposals.create_proposal, request)
            with pytest.raises(Invalid):
                send(db, ctx, answers, draft)
        known = CreateProposal(account_id=account_id, **fields_of(content(packages=(package(tag_ids=(TAG,)),))))

        assert send(db, ctx, answers, kept(proposals.create_proposal, known)).status == "pending"

    def test_takes_the_right(self, db, ctx, account_id, kept):
        """R-PRP-4"""
        draft = kept(proposals.create_proposal, CreateProposal(account_id=account_id, **fields_of(content())))

        with pytest.raises(Forbidden):
            send(db, member_ctx(ctx, rights=("manage_invoices",)), Answers({account_id: ()}), draft)


class TestSendOperation:
    def test_what_changed_since_is_not_sent(self, session, ctx, written, people):
        draft = written()
        request = SendProposal(account_id=draft.account_id, proposal_id=draft.id, version=draft.version + 1)

        with pytest.raises(ProposalChangedMeanwhile):
            sends.send(session, ctx, request, Signatories(1, people))

    def test_what_expired_as_a_draft_is_not_sent(self, session, ctx, written, people):
        draft = written(expires_on=ctx.now.date())
        request = SendProposal(account_id=draft.account_id, proposal_id=draft.id, version=draft.version)

        with pytest.raises(Invalid):
            sends.send(session, later(ctx, days=1), request, Signatories(1, people))

    def test_signatories_older_than_an_unlinking_are_not_trusted(self, session, ctx, written, people):
        """R-LNK-3: who was unlinked while contacts answered gets nothing to sign."""
        draft = written()
        ids = (people[0].contact_id,)
        event = LinksChanged(account_id=draft.account_id, contact_ids=ids, version=4, change="unlinked")
        proposal_neighbours.links_changed(session, ctx, event)
        request = SendProposal(account_id=draft.account_id, proposal_id=draft.id, version=draft.version)

        with pytest.raises(Unavailable):
            sends.send(session, ctx, request, Signatories(3, people))
        assert sends.send(session, ctx, request, Signatories(4, people[:1])).status == "pending"


class TestSendToAccounts:
    """R-SIG-4"""

    def test_each_account_gets_its_own_or_a_reason(self, db, ctx):
        able, mute, hidden = new_id(), new_id(), new_id()
        answers = Answers({able: (linked(ctx, "Anna", address(ctx)),), mute: (linked(ctx, "Bert"),)})
        request = SendToAccounts(account_ids=(able, mute, hidden, able), proposal=content())

        found = sending.send_to_accounts(db, neighbours(answers), ctx, request).items

        assert [(one.account_id, one.refusal) for one in found] == [
            (able, None),
            (mute, "no_signatories"),
            (hidden, "account_not_found"),
        ]
        assert found[0].proposal_id is not None
        assert events(db, ctx, ProposalsNotSent) == [ProposalsNotSent(account_ids=(mute,), name="Tax 2026")]
        assert [event.account_id for event in events(db, ctx, ProposalChanged)] == [able]

    def test_repeated_it_sends_nothing_twice_but_what_was_missing(self, db, ctx):
        one, two = new_id(), new_id()
        people = {account_id: (linked(ctx, "Anna", address(ctx)),) for account_id in (one, two)}
        request = SendToAccounts(account_ids=(one, two), proposal=content())
        half = HalfDown(people, down={two})

        first = sending.send_to_accounts(db, neighbours(half), ctx, request).items
        second = sending.send_to_accounts(db, neighbours(Answers(people)), ctx, request).items
        third = sending.send_to_accounts(db, neighbours(Answers(people)), ctx, request).items

        assert [entry.refusal for entry in first] == [None, "unavailable"]
        assert [entry.refusal for entry in second] == [None, None]
        assert (second[0], third) == (first[0], second)
        assert len(events(db, ctx, ProposalChanged)) == 2

    def test_what_is_wrong_with_the_content_is_said_and_nothing_sent(self, db, ctx):
        account_id = new_id()
        answers = Answers({account_id: (linked(ctx, "Anna", address(ctx)),)})
        request = SendToAccounts(
            account_ids=(account_id,), proposal=content(expires_on=ctx.now.date() - dt.timedelta(days=1))
        )

        with pytest.raises(Invalid) as refused:
            sending.send_to_accounts(db, neighbours(answers), ctx, request)

        assert refused.value.data["errors"][0]["field"] == "proposal.expires_on"
        assert events(db, ctx, ProposalChanged) == []


class HalfDown(Answers):
    def __init__(self, by_account, down):
        super().__init__(by_account)
        self.down = down

    def list_account_contacts(self, ctx, request):
        if request.account_id in self.down:
            raise Unavailable
        return super().list_account_contacts(ctx, request)


def fields_of(made):
    return {name: getattr(made, name) for name in made.__dataclass_fields__}
