"""What each event tells clients: of what, with which facts, and who reminds them when (R-NOT-3)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from chassis.config import load_settings
from chassis.context import new_id
from chassis.sealing import Sealer
from contracts import approvals, billing, organizers
from contracts.client_tasks import ClientTask, ClientTaskChanged
from contracts.documents import DocumentUploaded
from contracts.portal import PortalResetRequested
from contracts.signatures import RequestSignature, SignatureChanged, SignatureReminderDue
from contracts.signing import SigningLinkMade
from services.documents import signers
from services.documents.operations import approvals as approving
from services.documents.operations import signatures as asking_to_sign
from services.notifications import model
from services.notifications.happenings import billing as of_billing
from services.notifications.happenings import documents as of_documents
from services.notifications.happenings import messages as of_messages
from services.notifications.happenings import security
from services.notifications.letters.kinds import KINDS, wrong_facts
from tests.unit.notifications.deciding.conftest import person
from tests.unit.notifications.deciding.test_a_thousand_events import cleared, issued
from tests.unit.notifications.deciding.test_deciding import said

STAFF = organizers.Author(kind="member", id=new_id(), name="Olga Owner")
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@pytest.fixture
def account(world):
    made = world.account(person("Anna", "anna@example.com"), person("Boris", "boris@example.com"))
    for email in ("anna@example.com", "boris@example.com"):
        world.switch(made, email, is_notified=True)
    return made


@pytest.fixture
def ids(world, account):
    return {item.contact.first_name: item.contact.id for item in world.linked(account).items}


def kinds(world):
    """What happened, with when it is due from now: at once, or in so many days."""
    return sorted((one.kind, round((one.due_at - world.ctx.now).total_seconds() / 86400)) for one in world.happenings())


def facts_are_those_of_letters(world):
    return [wrong_facts(KINDS[one.kind], one.facts) for one in [*world.happenings(), *world.mails()]]


def requested(world, account, document, *names, ids, order="any"):
    chosen = [signers.Chosen(ids[name], name, f"{name}@example.com".lower(), "portal", ()) for name in names]

    request = RequestSignature(account_id=account.id, document_id=document.id, order=order)
    with world.documents.db.transaction(world.ctx) as session:
        return asking_to_sign.request_signature(session, world.ctx, request, chosen, document.file_id)


class TestDocuments:
    def test_an_upload_of_the_firms(self, world, account):
        event = DocumentUploaded(account_id=account.id, document=world.document(account))

        world.hear(of_documents.document_uploaded, event)
        world.hear(of_documents.document_uploaded, replace(event, is_first=False))

        (one,) = world.happenings()
        assert (one.kind, one.facts) == ("documents_uploaded", {"names": ["return.pdf"], "author": "Olga Owner"})
        assert set(map(tuple, facts_are_those_of_letters(world))) == {()}

    def test_an_approval_is_asked_for_and_reminded_of_after_three_days(self, world, account):
        asked = self.asked(world, account)

        assert kinds(world) == [("approval_reminder", 3), ("approval_requested", 0)]
        assert asked.status == "pending"
        assert set(map(tuple, facts_are_those_of_letters(world))) == {()}

    def test_nobody_is_reminded_of_an_approval_that_was_given(self, world, account, ids):
        asked = self.asked(world, account)
        client = world.as_client(ids["Anna"], account.id)
        with world.documents.db.transaction(client) as session:
            approving.approve_document(session, client, approvals.Approve(account_id=account.id, approval_id=asked.id))

        self.days_later(world, 3)
        world.settle()

        assert [one.kind for one in world.mails() if one.kind == "approval_reminder"] == []

    def test_who_has_not_answered_is_reminded_of_an_approval(self, world, account):
        self.asked(world, account)

        self.days_later(world, 3)
        world.settle()

        assert world.outcome(kind="approval_reminder") == {
            ("approval_reminder", "anna@example.com"): "waiting",
            ("approval_reminder", "boris@example.com"): "waiting",
        }

    def asked(self, world, account):
        document = world.document(account)
        with world.documents.db.transaction(world.ctx) as session:
            request = approvals.RequestApproval(account_id=account.id, document_id=document.id, note="By Friday")
            asked = approving.request_approval(session, world.ctx, request)
        event = approvals.ApprovalChanged(account_id=account.id, approval=asked, change="requested", by=STAFF)
        world.hear(of_documents.approval_changed, event)
        return asked

    def days_later(self, world, days):

        with world.sessions() as session:
            for one in session.query(model.Happening).filter_by(firm_id=world.ctx.firm):
                if one.due_at is not None:
                    one.due_at -= dt.timedelta(days=days)

    def test_each_signer_is_told_when_it_is_their_turn_and_once(self, world, account, ids):
        """R-SGN-4: in a sequence only the first, then the next."""
        asked = requested(world, account, world.document(account), "Anna", "Boris", ids=ids, order="sequential")
        sent = SignatureChanged(account_id=account.id, signature=asked, change="sent", by=STAFF)

        world.hear(of_documents.signature_changed, sent)
        world.hear(of_documents.signature_changed, sent)
        assert [one.contact_ids for one in world.happenings()] == [[ids["Anna"]]]

        first, second = asked.signers
        signed = replace(asked, status="partially_signed", signers=(replace(first, status="signed"), second))
        world.hear(of_documents.signature_changed, replace(sent, signature=signed, change="signed"))

        assert sorted(one.contact_ids for one in world.happenings()) == sorted([[ids["Anna"]], [ids["Boris"]]])
        assert set(map(tuple, facts_are_those_of_letters(world))) == {()}

    def test_who_waits_for_others_is_not_reminded(self, world, account, ids):
        asked = requested(world, account, world.document(account), "Anna", "Boris", ids=ids, order="sequential")
        event = SignatureReminderDue(
            account_id=account.id,
            signature_id=asked.id,
            document_name=asked.document_name,
            signers=asked.signers,
            sent_at=world.ctx.now,
        )

        world.hear(of_documents.signature_reminder_due, event)
        world.settle()

        assert world.outcome() == {("signature_reminder", "anna@example.com"): "waiting"}

    def test_an_organizer_that_the_client_began_is_no_news_to_them(self, world, account):
        own = organizers.Author(kind="portal", id=new_id(), name="Anna Roy")
        summary = organizers.OrganizerSummary(
            id=new_id(),
            name="Tax organizer",
            status="opened",
            progress=0,
            is_archived=False,
            created_at=world.ctx.now,
            sent_at=None,
            submitted_at=None,
            updated_at=world.ctx.now,
        )
        event = organizers.OrganizerChanged(account_id=account.id, organizer=summary, step="created", by=own)
        world.hear(of_documents.organizer_changed, event)
        assert world.happenings() == []

        sent = replace(event, organizer=replace(summary, sent_at=world.ctx.now), by=STAFF)
        world.hear(of_documents.organizer_changed, sent)
        assert kinds(world) == [("organizer_reminder", 3), ("organizer_sent", 0)]
        assert set(map(tuple, facts_are_those_of_letters(world))) == {()}


class TestMessages:
    def test_a_message_is_told_by_its_beginning(self, world, account):
        world.hear(of_messages.message_sent, said(account, text="Dear\n  both, " + "word " * 100))

        (one,) = world.happenings()
        assert one.facts["excerpt"].startswith("Dear both, word")
        assert len(one.facts["excerpt"]) <= 200
        assert wrong_facts(KINDS[one.kind], one.facts) == []

    def test_a_client_task_is_told_to_who_can_open_its_thread(self, world, account):
        """Nobody can open a thread that is not there: messages itself is asked as each contact."""
        task = ClientTask(id=new_id(), thread_id=new_id(), title="Upload", done_at=None, done_by=None, version=1)
        event = ClientTaskChanged(account_id=account.id, change="added", task=task)

        world.hear(of_messages.client_task_changed, event)
        world.hear(of_messages.client_task_changed, replace(event, change="ticked"))
        world.settle()

        assert set(world.outcome().values()) == {"not_theirs"}
        assert set(map(tuple, facts_are_those_of_letters(world))) == {()}


class TestBilling:
    def test_an_invoice_is_told_once_and_reminded_of_when_it_is_overdue(self, world, account):
        invoice = issued(account, world.ctx.now)
        event = billing.InvoiceChanged(account_id=account.id, invoice=invoice)
        later = replace(invoice, updated_at=world.ctx.now + dt.timedelta(hours=1), remaining=Decimal("20.00"))

        world.hear(of_billing.invoice_changed, event)
        world.hear(of_billing.invoice_changed, event)
        world.hear(of_billing.invoice_changed, replace(event, invoice=later))

        known = {one.kind: one for one in world.happenings()}
        assert known.keys() == {"invoice_issued", "invoice_reminder"}
        assert known["invoice_issued"].facts["amount"] == {"amount": "120.00", "currency": "EUR"}
        assert known["invoice_reminder"].facts["amount"] == {"amount": "20.00", "currency": "EUR"}
        assert known["invoice_reminder"].due_at.date() == invoice.overdue_on
        assert set(map(tuple, facts_are_those_of_letters(world))) == {()}

    @pytest.mark.parametrize("changes", [{"issued_at": None, "number": None}, {"voided_at": dt.datetime.now(dt.UTC)}])
    def test_drafts_and_voided_invoices_are_told_to_nobody(self, world, account, changes):
        event = billing.InvoiceChanged(account_id=account.id, invoice=issued(account, world.ctx.now, **changes))

        world.hear(of_billing.invoice_changed, event)

        assert world.happenings() == []

    def test_each_refund_is_told_with_what_was_given_back_by_it(self, world, account):
        paid = cleared(account, world.ctx.now)
        for refunded in ("0", "40.00", "40.00", "100.00"):
            event = billing.PaymentChanged(account_id=account.id, payment=replace(paid, refunded=Decimal(refunded)))
            world.hear(of_billing.payment_told, event)

        told = [(one.kind, one.facts["amount"]["amount"]) for one in world.happenings()]
        assert sorted(told) == [("payment_received", "120.00"), ("refund_made", "40.00"), ("refund_made", "60.00")]
        assert set(map(tuple, facts_are_those_of_letters(world))) == {()}

    def test_money_that_has_not_come_yet_is_not_confirmed(self, world, account):
        event = billing.PaymentRecorded(
            account_id=account.id, payment=cleared(account, world.ctx.now, status="pending", cleared_on=None)
        )

        world.hear(of_billing.payment_told, event)

        assert world.happenings() == []


class TestSecurity:
    """R-NOT-7: these are of no type; of an address alone they are settled at once."""

    @pytest.fixture(autouse=True)
    def keys(self, monkeypatch):
        monkeypatch.setenv("DOSSIER_SECRET_KEY", KEY)
        security._sealer.cache_clear()
        yield
        security._sealer.cache_clear()

    def link(self, world, account, **changes):
        facts = {
            "account_id": account.id,
            "signature_id": new_id(),
            "signer_id": new_id(),
            "name": "Theo Third",
            "email": "theo@example.com",
            "document_name": "lease.pdf",
            "message": "",
            "token": "dsl_secret",
            "expires_at": world.ctx.now + dt.timedelta(days=7),
        }
        return SigningLinkMade(**{**facts, **changes})

    def test_the_token_of_a_signing_link_is_kept_sealed_alone(self, world, account):
        world.hear(security.signing_link_made, self.link(world, account))

        (mail,) = world.mails()
        assert (mail.state, mail.type, mail.greeting, mail.email) == ("waiting", None, "Theo Third", "theo@example.com")
        assert Sealer(load_settings().secret_keys).unseal(mail.id, mail.sealed) == "dsl_secret"
        assert "dsl_secret" not in f"{mail.facts}{mail.about}{[one.facts for one in world.happenings()]}"
        assert wrong_facts(KINDS["signing_link"], mail.facts) == []

    def test_a_reset_goes_to_the_address_that_asked(self, world):
        event = PortalResetRequested(reset_id=new_id(), email="anna@example.com", expires_at=world.ctx.now)

        world.hear(security.portal_reset_requested, event)

        (mail,) = world.mails()
        assert (mail.account_id, mail.state, mail.about) == (None, "waiting", {"reset_id": str(event.reset_id)})
        assert wrong_facts(KINDS["password_reset"], mail.facts) == []

    def test_neither_goes_to_a_suppressed_address_nor_keeps_a_token_there(self, world, account):
        world.suppress("theo@example.com")

        world.hear(security.signing_link_made, self.link(world, account))

        (mail,) = world.mails()
        assert (mail.state, mail.reason, mail.sealed) == ("not_sent", "suppressed", None)
