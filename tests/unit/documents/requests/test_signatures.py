"""Signature requests from preparing to the last signature (R-SGN-*, R-POR-3, R-SP-*, R-SIG-6, R-LNK-3)."""

import hashlib
from dataclasses import replace

import pytest

from chassis import cursor, outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from contracts import approvals, signatures, signing
from contracts import contacts as people
from contracts import documents as promised
from contracts.signatures import SignField
from services.documents import links, model
from services.documents.operations import documents, following, locks
from services.documents.operations import signatures as requesting
from services.documents.operations import signing as signs
from services.documents.queries import documents as shown
from services.documents.queries import requests as queries
from tests.unit.documents.conftest import arrived_for, later, portal_ctx, ref
from tests.unit.documents.requests.conftest import chosen, signature_ref

PLACES = (
    SignField(kind="signature", page=1, x=0.1, y=0.8, width=0.3, height=0.05),
    SignField(kind="text", page=1, x=0.5, y=0.8, width=0.3, height=0.05, label="Place"),
)


def by(request, **fields):
    """To sign a request."""
    given = {"signed_name": "Cora Client", "has_consented": True, "address": "192.0.2.7", "agent": "Browser"}
    return signing.Sign(account_id=request.account_id, signature_id=request.id, **{**given, **fields})


def through(token, **fields):
    given = {"signed_name": "Theo Third", "has_consented": True, "address": "198.51.100.4", "agent": "Phone"}
    return signing.SignByLink(token=token, **{**given, **fields})


def void(request, reason="Signed on paper."):
    return signatures.VoidSignature(account_id=request.account_id, signature_id=request.id, reason=reason)


@pytest.fixture
def sign(session):
    return lambda request, who, **fields: signs.sign_document(session, who, by(request, **fields))


@pytest.fixture
def sign_through(session, ctx):
    return lambda token, at=ctx, **fields: signs.sign_by_link(
        session, links.within(at, token), through(token, **fields)
    )


@pytest.fixture
def now(session, ctx):
    """The request as the firm sees it."""
    return lambda request: queries.get_signature(session, ctx, signature_ref(request))


@pytest.fixture
def tokens(session):
    """The tokens that whoever sends mail was told of, by name, the last of each."""
    return lambda: {
        event.name: event.token for event in outbox.pending(session) if isinstance(event, signing.SigningLinkMade)
    }


@pytest.fixture
def changes(session):
    return lambda: [event.change for event in outbox.pending(session) if isinstance(event, signatures.SignatureChanged)]


class TestAsking:
    def test_a_prepared_one_is_changed_and_sent(
        self, session, ctx, client_ctx, another_client, new_document, asked_signature, changes
    ):
        """R-SGN-2"""
        prepared = asked_signature(new_document(), client_ctx, is_sent=False)
        assert (prepared.status, prepared.sent_at) == ("prepared", None)
        change = signatures.ChangeSignature(
            account_id=prepared.account_id, signature_id=prepared.id, version=1, order="sequential", message="Dear all"
        )

        requesting.change_signature(session, ctx, change, [chosen(client_ctx), chosen(another_client)])
        sent = requesting.send_signature(session, ctx, signature_ref(prepared))

        assert (sent.status, sent.order, sent.message, sent.total) == ("pending", "sequential", "Dear all", 2)
        assert [one.name for one in sent.signers] == ["Cora Client", "Carl Client"]
        assert changes() == ["prepared", "changed", "sent"]
        with pytest.raises(signatures.SignatureChangedMeanwhile):
            requesting.change_signature(session, ctx, change, None)
        with pytest.raises(signatures.SignatureClosed):
            requesting.change_signature(session, ctx, replace(change, version=sent.version), None)
        with pytest.raises(signatures.SignatureClosed):
            requesting.send_signature(session, ctx, signature_ref(prepared))

    def test_a_signer_never_sees_a_prepared_one(self, session, client_ctx, new_document, asked_signature, account_id):
        """R-SGN-2"""
        prepared = asked_signature(new_document(), client_ctx, is_sent=False)

        everything = signing.AccountSignatures(account_id=account_id)
        assert queries.list_own_signatures(session, client_ctx, everything).items == ()
        with pytest.raises(signatures.SignatureNotFound):
            queries.get_own_signature(session, client_ctx, signature_ref(prepared))
        with pytest.raises(signatures.SignatureNotFound):
            signs.sign_document(session, client_ctx, by(prepared))

    def test_it_takes_the_right_to_change_the_document(self, client_ctx, new_document, asked_signature, employee):
        with pytest.raises(promised.NotYoursToEdit):
            asked_signature(new_document(), client_ctx, by=employee())

    def test_each_signer_must_see_the_document(
        self, client_ctx, another_client, new_document, new_folder, exempt, asked_signature
    ):
        """R-SGN-3, R-ACC-7"""
        private = new_document(folder_id=new_folder("Ours", client_access="private").id)
        exempt(private, of=client_ctx, access="view")

        with pytest.raises(approvals.NotShared):
            asked_signature(private, client_ctx, another_client)

        assert asked_signature(private, client_ctx).status == "pending"

    def test_a_document_waits_for_one_request_at_a_time(self, session, ctx, client_ctx, new_document, asked_signature):
        document = new_document()
        first = asked_signature(document, client_ctx)
        with pytest.raises(signatures.SignaturePending):
            asked_signature(document, client_ctx)

        requesting.void_signature(session, ctx, void(first))

        assert asked_signature(document, client_ctx).status == "pending"

    def test_a_file_that_came_since_it_was_looked_at_is_refused(
        self, session, ctx, account_id, client_ctx, new_document, asked_signature
    ):
        document = new_document()
        documents.add_version(session, ctx, arrived_for(session, ctx, account_id), account_id, document.id)

        with pytest.raises(promised.DocumentChangedMeanwhile):
            asked_signature(document, client_ctx)


class TestSigning:
    def test_it_is_pending_until_everybody_has_signed(
        self, client_ctx, another_client, new_document, asked_signature, sign, now, changes
    ):
        """R-SGN-4"""
        request = asked_signature(new_document(), client_ctx, another_client)

        first = sign(request, client_ctx)
        assert (first.status, first.my_status, first.signed, first.total) == ("partially_signed", "signed", 1, 2)
        last = sign(request, another_client)

        assert (last.status, now(request).status, now(request).signed) == ("signed", "signed", 2)
        assert now(request).ended_at == another_client.now
        assert changes() == ["sent", "signed", "signed", "completed"]

    def test_each_signature_leaves_its_evidence(self, session, ctx, client_ctx, new_document, asked_signature, sign):
        """R-SGN-4: who, when, from where, on which bytes, agreeing to what."""
        digest = hashlib.sha256(b"the file").hexdigest()
        request = asked_signature(new_document(sha256=digest), chosen(client_ctx, fields=PLACES))

        sign(request, client_ctx, values={"1": "Lyon"})

        found = queries.get_signature_evidence(session, ctx, signature_ref(request))
        (evidence,) = found.signatures
        assert (found.sha256, evidence.sha256, evidence.signed_at) == (digest, digest, client_ctx.now)
        assert (evidence.name, evidence.signed_name, evidence.contact_id) == (
            "Cora Client",
            "Cora Client",
            client_ctx.actor.id,
        )
        assert (evidence.address, evidence.agent, evidence.way) == ("192.0.2.7", "Browser", "portal")
        assert (evidence.intent, evidence.values) == (signatures.INTENT, {"1": "Lyon"})
        assert found.completed_at == client_ctx.now

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"has_consented": False}, "has_consented"),
            ({"signed_name": "  "}, "signed_name"),
            ({"values": {}}, "values.1"),
            ({"values": {"1": " "}}, "values.1"),
            ({"values": {"1": "Lyon", "7": "x"}}, "values.7"),
        ],
    )
    def test_what_is_missing_is_named(self, client_ctx, new_document, asked_signature, sign, now, fields, field):
        request = asked_signature(new_document(), chosen(client_ctx, fields=PLACES))

        with pytest.raises(Invalid) as refused:
            sign(request, client_ctx, **{"values": {"1": "Lyon"}, **fields})

        assert [error["field"] for error in refused.value.data["errors"]] == [field]
        assert now(request).status == "pending"

    def test_nobody_signs_twice(self, client_ctx, another_client, new_document, asked_signature, sign):
        request = asked_signature(new_document(), client_ctx, another_client)
        sign(request, client_ctx)

        with pytest.raises(signing.AlreadySigned):
            sign(request, client_ctx)

    def test_in_a_sequence_each_waits_for_those_before(
        self, client_ctx, another_client, new_document, asked_signature, sign
    ):
        """R-SP-1"""
        request = asked_signature(new_document(), client_ctx, another_client, order="sequential")

        with pytest.raises(signing.NotYourTurn):
            sign(request, another_client)
        sign(request, client_ctx)

        assert sign(request, another_client).status == "signed"

    def test_who_declines_ends_it(
        self, session, client_ctx, another_client, new_document, asked_signature, sign, now, changes
    ):
        """R-DOC-7: declined signature"""
        request = asked_signature(new_document(), client_ctx, another_client)
        decline = signing.DeclineToSign(
            account_id=request.account_id, signature_id=request.id, reason="The fee is wrong."
        )

        signs.decline_to_sign(session, client_ctx, decline)

        assert now(request).status == "declined"
        assert [(one.status, one.reason) for one in now(request).signers] == [
            ("declined", "The fee is wrong."),
            ("pending", ""),
        ]
        with pytest.raises(signatures.SignatureClosed):
            sign(request, another_client)

    def test_the_firm_voids_what_is_not_all_signed(
        self, session, ctx, client_ctx, new_document, asked_signature, sign, now
    ):
        """R-SGN-2"""
        request = asked_signature(new_document(), client_ctx)
        requesting.void_signature(session, ctx, void(request))

        assert (now(request).status, now(request).reason) == ("voided", "Signed on paper.")
        with pytest.raises(signatures.SignatureClosed):
            sign(request, client_ctx)
        with pytest.raises(signatures.SignatureClosed):
            requesting.void_signature(session, ctx, void(request))

    def test_another_version_invalidates_it(
        self, session, ctx, client_ctx, new_document, asked_signature, sign, now, changes
    ):
        document = new_document()
        request = asked_signature(document, client_ctx)
        other = documents.add_version(
            session, ctx, arrived_for(session, ctx, document.account_id), document.account_id, document.id
        )

        with pytest.raises(signatures.SignatureClosed):  # before the event came round
            sign(request, client_ctx)
        told = promised.DocumentUploaded(account_id=document.account_id, document=other, is_first=False)
        following.document_uploaded(session, ctx, told)

        assert (now(request).status, changes()[-1]) == ("voided", "invalidated")

    def test_an_event_that_comes_late_leaves_what_asks_for_a_newer_version(
        self, session, ctx, client_ctx, new_document, asked_signature, now
    ):
        document = new_document()
        versions = [
            documents.add_version(
                session, ctx, arrived_for(session, ctx, document.account_id), document.account_id, document.id
            )
            for _ in range(2)
        ]
        request = asked_signature(versions[1], client_ctx)

        for late in versions:
            told = promised.DocumentUploaded(account_id=document.account_id, document=late, is_first=False)
            following.document_uploaded(session, ctx, told)

        assert now(request).status == "pending"

    def test_a_client_pays_before_signing(
        self, session, ctx, account_id, client_ctx, new_document, asked_signature, sign
    ):
        """R-APR-3, R-CRD-8"""
        document, invoice_id = new_document(), new_id()
        locks.invoice_told(session, ctx, account_id, invoice_id, 1, is_paid=False)
        lock = approvals.LockDocument(account_id=account_id, document_id=document.id, invoice_id=invoice_id)
        locks.lock_document(session, ctx, lock)
        request = asked_signature(document, client_ctx)

        asked = queries.get_own_signature(session, client_ctx, signature_ref(request))
        assert (asked.is_locked, asked.is_my_turn) == (True, False)
        with pytest.raises(approvals.DocumentLocked):
            sign(request, client_ctx)


class TestIntruders:
    def test_each_signer_sees_their_own_fields_alone(
        self, session, client_ctx, another_client, new_document, asked_signature
    ):
        """R-POR-3"""
        initials = (SignField(kind="initials", page=1, x=0, y=0, width=0.1, height=0.1),)
        request = asked_signature(
            new_document(), chosen(client_ctx, fields=PLACES), chosen(another_client, fields=initials)
        )

        mine = queries.get_own_signature(session, client_ctx, signature_ref(request))
        theirs = queries.get_own_signature(session, another_client, signature_ref(request))

        assert [place.kind for place in mine.fields] == ["signature", "text"]
        assert [place.kind for place in theirs.fields] == ["initials"]
        assert "Carl" not in repr(mine)
        assert "Cora" not in repr(theirs)

    def test_the_fields_of_another_signer_can_not_be_filled(
        self, client_ctx, another_client, new_document, asked_signature, sign
    ):
        """R-POR-3"""
        request = asked_signature(
            new_document(), chosen(client_ctx, fields=PLACES), chosen(another_client, fields=PLACES)
        )

        with pytest.raises(Invalid):
            sign(request, another_client, values={"1": "Lyon", "3": "Nice"})

    def test_who_is_no_signer_finds_nothing(self, session, ctx, client_ctx, new_document, asked_signature, account_id):
        """R-POR-3"""
        request, stranger = asked_signature(new_document(), client_ctx), portal_ctx(ctx)

        for call in (
            lambda: queries.get_own_signature(session, stranger, signature_ref(request)),
            lambda: signs.sign_document(session, stranger, by(request)),
            lambda: signs.decline_to_sign(
                session,
                stranger,
                signing.DeclineToSign(account_id=account_id, signature_id=request.id, reason="No"),
            ),
        ):
            with pytest.raises(signatures.SignatureNotFound):
                call()
        everything = signing.AccountSignatures(account_id=account_id)
        assert queries.list_own_signatures(session, stranger, everything).items == ()

    def test_a_signer_from_whom_the_document_is_kept_since_finds_nothing(
        self, session, client_ctx, new_document, exempt, asked_signature
    ):
        """R-ACC-7"""
        document = new_document()
        request = asked_signature(document, client_ctx)
        exempt(document, of=client_ctx, access="none")

        with pytest.raises(signatures.SignatureNotFound):
            signs.sign_document(session, client_ctx, by(request))

    def test_of_another_account_there_is_nothing(self, session, ctx, client_ctx, new_document, asked_signature):
        request = replace(signature_ref(asked_signature(new_document(), client_ctx)), account_id=new_id())

        for call in (
            lambda: queries.get_signature(session, ctx, request),
            lambda: queries.get_own_signature(session, client_ctx, request),
            lambda: requesting.send_signature(session, ctx, request),
        ):
            with pytest.raises(signatures.SignatureNotFound):
                call()

    def test_the_firm_signs_for_nobody_and_clients_do_nothing_of_the_firm(
        self, session, ctx, client_ctx, new_document, asked_signature
    ):
        request = asked_signature(new_document(), client_ctx)

        with pytest.raises(Forbidden):
            signs.sign_document(session, ctx, by(request))
        for call in (
            lambda: queries.get_signature(session, client_ctx, signature_ref(request)),
            lambda: queries.get_signature_evidence(session, client_ctx, signature_ref(request)),
            lambda: requesting.void_signature(session, client_ctx, void(request)),
        ):
            with pytest.raises(Forbidden):
                call()


class TestLinks:
    """R-SGN-4: third parties sign by an e-mailed link, which lives 7 days and signs once."""

    def test_a_third_party_signs_by_a_link(
        self, session, ctx, client_ctx, new_document, asked_signature, sign, sign_through, tokens
    ):
        """R-SIG-6"""
        request = asked_signature(new_document(), client_ctx, "Theo Third")
        token = tokens()["Theo Third"]
        holder = links.within(ctx, token)

        asked = queries.get_link(session, holder, signing.LinkRef(token=token))
        assert (asked.name, asked.is_my_turn, asked.expires_at) == ("Theo Third", True, ctx.now + links.LIFE)
        assert queries.get_link_file(session, holder, signing.LinkRef(token=token)).media_type == "application/pdf"
        signed = sign_through(token)
        last = sign(request, client_ctx)

        assert signed.my_status == "signed"
        assert last.status == "signed"
        evidence = queries.get_signature_evidence(session, ctx, signature_ref(request)).signatures[1]
        assert (evidence.way, evidence.email, evidence.address) == ("link", "theo@example.com", "198.51.100.4")

    def test_a_used_one_opens_nothing(
        self, session, ctx, client_ctx, new_document, asked_signature, sign_through, tokens
    ):
        asked_signature(new_document(), client_ctx, "Theo Third")
        token = tokens()["Theo Third"]
        sign_through(token)

        for call in (
            lambda: sign_through(token),
            lambda: queries.get_link(session, links.within(ctx, token), signing.LinkRef(token=token)),
            lambda: queries.get_link_file(session, links.within(ctx, token), signing.LinkRef(token=token)),
        ):
            with pytest.raises(signing.SigningLinkNotFound):
                call()

    def test_after_seven_days_it_opens_nothing(self, ctx, new_document, asked_signature, sign_through, tokens):
        asked_signature(new_document(), "Theo Third", "Tess Third")

        with pytest.raises(signing.SigningLinkNotFound):
            sign_through(tokens()["Theo Third"], later(ctx, days=7))

        assert sign_through(tokens()["Theo Third"], later(ctx, days=6, hours=23)).my_status == "signed"

    def test_another_one_takes_its_place(self, session, ctx, new_document, asked_signature, sign_through, tokens):
        request = asked_signature(new_document(), "Theo Third")
        former = tokens()["Theo Third"]
        who = signing.SignerRef(account_id=request.account_id, signature_id=request.id, signer_id=request.signers[0].id)

        made = requesting.make_signing_link(session, ctx, who)

        with pytest.raises(signing.SigningLinkNotFound):
            sign_through(former)
        assert sign_through(made.token).status == "signed"
        with pytest.raises(signatures.SignatureClosed):
            requesting.make_signing_link(session, ctx, who)

    @pytest.mark.parametrize(
        "forge", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda _: "x", lambda t: t[:30]]
    )
    def test_a_forged_one_opens_nothing(self, new_document, asked_signature, sign_through, tokens, forge):
        asked_signature(new_document(), "Theo Third")

        with pytest.raises(signing.SigningLinkNotFound):
            sign_through(forge(tokens()["Theo Third"]))

    def test_one_firms_link_is_nothing_in_another(self, ctx, new_document, asked_signature, tokens, session):
        asked_signature(new_document(), "Theo Third")
        token = tokens()["Theo Third"]

        with pytest.raises(signing.SigningLinkNotFound):
            signs.by_link(session, replace(ctx, firm_id=new_id()), token)

    def test_only_its_digest_is_kept(self, session, new_document, asked_signature, tokens):
        request = asked_signature(new_document(), "Theo Third")

        assert tokens()["Theo Third"] not in repr(request)

    def test_in_a_sequence_it_is_made_when_its_turn_comes(
        self, client_ctx, new_document, asked_signature, sign, tokens
    ):
        request = asked_signature(new_document(), client_ctx, "Theo Third", order="sequential")
        assert tokens() == {}

        sign(request, client_ctx)

        assert list(tokens()) == ["Theo Third"]

    def test_a_voided_request_opens_for_nobody(self, session, ctx, new_document, asked_signature, sign_through, tokens):
        request = asked_signature(new_document(), "Theo Third")
        requesting.void_signature(session, ctx, void(request))

        with pytest.raises(signing.SigningLinkNotFound):
            sign_through(tokens()["Theo Third"])

    def test_who_declines_by_a_link_ends_it(self, session, ctx, new_document, asked_signature, tokens, now):
        request = asked_signature(new_document(), "Theo Third")
        token = tokens()["Theo Third"]

        signs.decline_by_link(session, links.within(ctx, token), signing.DeclineByLink(token=token, reason="Not me"))

        assert now(request).status == "declined"

    def test_a_document_made_private_since_opens_for_nobody(
        self, session, ctx, new_document, new_folder, asked_signature, sign_through, tokens
    ):
        """R-SGN-3"""
        document = new_document()
        asked_signature(document, "Theo Third")
        change = promised.ChangeDocument(
            account_id=document.account_id,
            document_id=document.id,
            version=1,
            folder_id=new_folder("Ours", client_access="private").id,
        )
        documents.change_document(session, ctx, change)

        with pytest.raises(signing.SigningLinkNotFound):
            sign_through(tokens()["Theo Third"])


class TestReminding:
    def reminders(self, session):
        return [e for e in outbox.pending(session) if isinstance(e, signatures.SignatureReminderDue)]

    def test_those_who_have_not_signed_are_reminded_once_after_three_days(
        self, session, ctx, client_ctx, another_client, new_document, asked_signature, sign, now
    ):
        """R-SGN-4, R-SGN-5"""
        request = asked_signature(new_document(), client_ctx, another_client)
        sign(request, client_ctx)

        requesting.remind_if_due(session, later(ctx, days=2, hours=23), request.id)
        assert self.reminders(session) == []
        for days in (3, 4):
            requesting.remind_if_due(session, later(ctx, days=days), request.id)

        (due,) = self.reminders(session)
        assert [one.name for one in due.signers] == ["Carl Client"]
        assert (now(request).reminded_at, now(request).reminder_due_at) == (later(ctx, days=3).now, None)

    def test_third_parties_are_reminded_by_a_fresh_link(self, session, ctx, client_ctx, new_document, asked_signature):
        """R-SGN-4: the former one opens nothing any more; of a sequence only who is next gets one."""
        request = asked_signature(new_document(), "Theo Third", "Una Next", order="sequential")

        requesting.remind_if_due(session, later(ctx, days=3), request.id)

        made = [one for one in outbox.pending(session) if isinstance(one, signing.SigningLinkMade)]
        assert [one.name for one in made] == ["Theo Third", "Theo Third"]
        assert made[0].token != made[1].token
        assert made[1].expires_at == later(ctx, days=10).now

    def test_of_what_was_put_away_nobody_is_reminded(self, session, ctx, new_document, asked_signature):
        """R-SGN-4, R-DOC-8: the link of such a reminder would open nothing."""
        document = new_document()
        request = asked_signature(document, "Theo Third")
        row = session.get(model.Document, (ctx.firm, document.id))
        row.trash_id, row.trashed_at = row.id, ctx.now
        session.flush()

        requesting.remind_if_due(session, later(ctx, days=3), request.id)

        assert len([one for one in outbox.pending(session) if isinstance(one, signing.SigningLinkMade)]) == 1

    def test_without_days_nobody_is_reminded(self, session, ctx, client_ctx, new_document, asked_signature):
        request = asked_signature(new_document(), client_ctx, remind_after_days=0)

        requesting.remind_if_due(session, later(ctx, days=30), request.id)

        assert self.reminders(session) == []

    def test_what_is_signed_reminds_nobody(self, session, ctx, client_ctx, new_document, asked_signature, sign):
        request = asked_signature(new_document(), client_ctx)
        sign(request, client_ctx)

        requesting.remind_if_due(session, later(ctx, days=30), request.id)

        assert self.reminders(session) == []
        with pytest.raises(signatures.SignatureClosed):
            requesting.remind_signers(session, ctx, signature_ref(request))

    def test_the_firm_reminds_at_once(self, session, ctx, client_ctx, new_document, asked_signature):
        request = asked_signature(new_document(), client_ctx)

        reminded = requesting.remind_signers(session, ctx, signature_ref(request))

        assert (reminded.reminded_at, len(self.reminders(session))) == (ctx.now, 1)


class TestUnlinking:
    @pytest.fixture
    def links_are(self, session, ctx, account_id):
        """`links_are(5, client_ctx)`: contacts tells that these are the account's since its fifth change."""

        def tell(version, *who):
            ids = tuple(one.actor.id for one in who)
            told = people.LinksChanged(account_id=account_id, contact_ids=ids, version=version, change="unlinked")
            following.links_changed(session, ctx, told)

        return tell

    def test_who_left_the_account_is_flagged_and_unflagged_when_back(
        self, session, links_are, client_ctx, another_client, new_document, asked_signature, now
    ):
        """R-LNK-3"""
        request = asked_signature(new_document(), client_ctx, another_client)

        links_are(5, client_ctx)

        assert [one.is_unlinked for one in now(request).signers] == [False, True]
        with pytest.raises(signatures.SignatureNotFound):
            signs.sign_document(session, another_client, by(request))
        links_are(4)  # came late
        assert [one.is_unlinked for one in now(request).signers] == [False, True]
        links_are(6, client_ctx, another_client)
        assert [one.is_unlinked for one in now(request).signers] == [False, False]

    def test_the_link_of_a_contact_who_left_opens_nothing(
        self, links_are, client_ctx, new_document, asked_signature, sign_through, tokens
    ):
        """R-LNK-3"""
        asked_signature(new_document(), chosen(client_ctx, way="link"))

        links_are(1)

        with pytest.raises(signing.SigningLinkNotFound):
            sign_through(tokens()["Cora Client"])

    def test_who_has_signed_stays_as_signed(
        self, links_are, client_ctx, another_client, new_document, asked_signature, sign, now
    ):
        request = asked_signature(new_document(), client_ctx, another_client)
        sign(request, client_ctx)

        links_are(1, another_client)

        assert [one.is_unlinked for one in now(request).signers] == [False, False]

    def test_the_section_and_the_events_tell_of_it(
        self, links_are, client_ctx, new_document, asked_signature, changes, seen_section
    ):
        """R-LNK-3"""
        asked_signature(new_document(), client_ctx)

        links_are(1)
        flagged = seen_section("signatures").rows[0]["signer_unlinked"]
        links_are(2, client_ctx)

        assert flagged is True
        assert seen_section("signatures").rows[0]["signer_unlinked"] is False
        assert changes() == ["sent", "signer_unlinked", "signer_linked"]


class TestStatuses:
    @pytest.fixture
    def statuses(self, session, ctx):
        return lambda document: shown.get_document(session, ctx, ref(document)).statuses

    def test_a_document_tells_how_many_of_how_many_have_signed(
        self, client_ctx, another_client, new_document, asked_signature, asked_approval, sign, statuses
    ):
        """R-DOC-7; with an approval it has one of each (R-APR-1, U-16)."""
        document = new_document()
        assert statuses(document) == ()
        request = asked_signature(document, client_ctx, another_client)
        (pending,) = statuses(document)
        assert (pending["status"], pending["signed"], pending["total"]) == ("pending_signature", 0, 2)
        assert [one["name"] for one in pending["signers"]] == ["Cora Client", "Carl Client"]

        sign(request, client_ctx)
        asked_approval(document)

        assert [one["status"] for one in statuses(document)] == ["pending_approval", "partially_signed"]
        sign(request, another_client)
        assert statuses(document)[1]["status"] == "signed"

    def test_a_prepared_one_is_no_status_and_a_voided_one_is(
        self, session, ctx, client_ctx, new_document, asked_signature, statuses, all_of
    ):
        """R-DOC-7"""
        document = new_document()
        request = asked_signature(document, client_ctx, is_sent=False)
        assert statuses(document) == ()
        requesting.send_signature(session, ctx, signature_ref(request))
        requesting.void_signature(session, ctx, void(request))

        assert statuses(document)[0]["status"] == "voided"
        assert all_of("documents", status="voided,signed", uploaded_by="all").total == 1
        assert all_of("documents", status="signed", uploaded_by="all").total == 0


class TestSection:
    @pytest.fixture
    def ask_before(self, ctx, new_document, asked_signature):
        """`ask_before("return.pdf", 3, client_ctx)`: three days ago."""
        return lambda name, days, *who, **fields: asked_signature(
            new_document(name), *who, by=later(ctx, days=-days), **fields
        )

    def test_what_waits_comes_first_the_oldest_on_top_then_what_ended_the_newest_on_top(
        self, client_ctx, another_client, ask_before, sign, seen_section, all_of
    ):
        """R-SGN-1, R-SGN-5"""
        for name, days in (("done first", 9), ("done last", 8)):
            sign(ask_before(name, days, client_ctx), later(client_ctx, days=-days))
        for name, days in (("older", 3), ("newer", 2)):
            ask_before(name, days, client_ctx, another_client)
        ask_before("prepared", 0, client_ctx, is_sent=False)

        section = seen_section("signatures")

        assert [row["document"]["name"] for row in section.rows] == ["older", "newer", "done last", "done first"]
        assert section.rows[0]["missing"] == ["Cora Client", "Carl Client"]
        assert (section.rows[0]["signed"], section.rows[0]["total"], section.rows[0]["status"]) == (0, 2, "pending")
        assert (section.total, section.footer) == (4, {"open": 2})
        every = all_of("signatures")
        assert [row["document"]["name"] for row in every.rows] == [
            "older", "newer", "prepared", "done last", "done first"
        ]  # fmt: skip
        assert all_of("signatures", status="sent").total == section.total

    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_pages_neither_skip_nor_repeat(
        self, session, ctx, client_ctx, new_document, asked_signature, sign, all_of, limit
    ):
        """R-OV-4, R-SGN-5"""
        for number in range(5):
            request = asked_signature(new_document(f"{number}.pdf"), client_ctx)
            if number % 2:
                sign(request, client_ctx)

        page = all_of("signatures", limit=limit)
        rows = list(page.rows)
        while page.next_cursor:
            page = all_of("signatures", limit=limit, after=page.next_cursor)
            rows += page.rows

        assert [row["id"] for row in rows] == [row["id"] for row in all_of("signatures").rows]
        assert len({row["id"] for row in rows}) == 5

    @pytest.mark.parametrize("end", [(0, 2**63, str(new_id())), (10**10, 0, str(new_id())), ("0", 0, str(new_id()))])
    def test_a_cursor_that_no_page_gave_is_refused(self, all_of, end):
        with pytest.raises(Invalid):
            all_of("signatures", after=cursor.encode(*end))

    def test_what_is_hidden_neither_shows_nor_counts(
        self, client_ctx, new_document, exempt, employee, asked_signature, seen_section
    ):
        """R-OV-9, R-ACC-7"""
        emil, hidden = employee(), new_document("hidden")
        asked_signature(hidden, client_ctx)
        exempt(hidden, of=emil, access="none")

        mine = seen_section("signatures", scope=f"member:{emil.actor.id}", by=emil)

        assert (mine.rows, mine.total, mine.footer) == ((), 0, {"open": 0})
