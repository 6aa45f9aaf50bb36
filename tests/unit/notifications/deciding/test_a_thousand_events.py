"""A thousand events for an account with five addresses, in every combination of switches: exactly the right mails."""

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from chassis.context import new_id
from contracts import approvals, billing, documents, invoices, organizers, payments, signatures
from contracts.proposals import CreateProposal, ProposalChanged, ProposalState, SendProposal
from services.billing.operations import proposals as writing_proposals
from services.billing.operations import sending as sending_proposals
from services.billing.operations.sending import Signatories, Signatory
from services.documents import signers
from services.documents.operations import approvals as approving
from services.documents.operations import signatures as asking_to_sign
from services.notifications.happenings import billing as of_billing
from services.notifications.happenings import documents as of_documents
from services.notifications.happenings import messages as of_messages
from tests.unit.notifications.deciding.conftest import person
from tests.unit.notifications.deciding.test_deciding import said
from tests.unit.proposals.conftest import package

ADDRESSES = (
    "anna@example.com",
    "anna@work.example.com",
    "boris@example.com",
    "b@home.example.com",
    "c@example.com",
)
SUPPRESSED = {"b@home.example.com"}
ANNA, BORIS, CHLOE = "Anna", "Boris", "Chloe"
WHOSE = dict(zip(ADDRESSES, (ANNA, ANNA, BORIS, BORIS, CHLOE), strict=True))
EVERYBODY = {ANNA, BORIS, CHLOE}
EACH_ROUND = 32  # events

# domain.md §4.6 by hand: what each kind of mail is about (R-NOT-3), and who of the account it concerns or may see it.
TYPE_OF = {
    "documents_uploaded": "documents",
    "signature_requested": "signatures",
    "approval_requested": "approvals",
    "chat_message": "messages",
    "proposal_sent": "proposals",
    "organizer_sent": "organizers",
    "invoice_issued": "invoices",
    "payment_received": "invoices",
    "refund_made": "invoices",
}
TYPES = sorted(set(TYPE_OF.values()))
# (NOTIFY is on, the type is wanted, the address is suppressed, it is theirs to see): what becomes of the mail.
RIGHT = {
    (False, False, False, False): "notify_off",
    (False, False, False, True): "notify_off",
    (False, False, True, False): "notify_off",
    (False, False, True, True): "notify_off",
    (False, True, False, False): "notify_off",
    (False, True, False, True): "notify_off",
    (False, True, True, False): "notify_off",
    (False, True, True, True): "notify_off",
    (True, False, False, False): "type_off",
    (True, False, False, True): "type_off",
    (True, False, True, False): "type_off",
    (True, False, True, True): "type_off",
    (True, True, True, False): "suppressed",
    (True, True, True, True): "suppressed",
    (True, True, False, False): "not_theirs",
    (True, True, False, True): "waiting",
}


@pytest.fixture
def scene(world):
    return Scene(world)


class Scene:
    """The account, and for each kind of mail one who makes an event of it and says whom it concerns and who may see."""

    def __init__(self, world):
        self.world = world
        self.account = world.account(
            person(ANNA, *ADDRESSES[:2]), person(BORIS, *ADDRESSES[2:4]), person(CHLOE, ADDRESSES[4])
        )
        self.ids = {item.contact.first_name: item.contact.id for item in world.linked(self.account).items}
        for email in SUPPRESSED:
            world.suppress(email)
        shared, private = world.document(self.account), world.document(self.account, access="private")
        hidden = world.document(self.account, "payroll.pdf")
        world.hide(self.account, hidden, self.ids[BORIS])
        # (event of a kind, who may see what it tells of; of all others nobody is concerned at all)
        self.makers = [
            *(
                self.uploaded(one, seen)
                for one, seen in ((shared, EVERYBODY), (private, set()), (hidden, {ANNA, CHLOE}))
            ),
            self.approval(hidden, {ANNA, CHLOE}),
            *(self.signature(world.document(self.account, f"{name}.pdf"), name) for name in (ANNA, CHLOE)),
            self.proposal({ANNA, BORIS}),
            self.said(None),
            self.said({BORIS}),
            self.organizer,
            self.invoice,
            self.payment,
            self.refund,
        ]

    def uploaded(self, document, seen):
        def make():
            event = documents.DocumentUploaded(account_id=self.account.id, document=document)
            self.world.hear(of_documents.document_uploaded, event)
            return [("documents_uploaded", EVERYBODY, seen)]

        return make

    def approval(self, document, seen):
        with self.world.documents.db.transaction(self.world.ctx) as session:
            request = approvals.RequestApproval(account_id=self.account.id, document_id=document.id)
            asked = approving.request_approval(session, self.world.ctx, request)

        def make():
            by = organizers.Author(kind="member", id=new_id(), name="Olga Owner")
            event = approvals.ApprovalChanged(account_id=self.account.id, approval=asked, change="requested", by=by)
            self.world.hear(of_documents.approval_changed, event)
            return [("approval_requested", EVERYBODY, seen)]

        return make

    def signature(self, document, name):
        """Of one signer; told once for each, so each event is of a request that nobody has heard of."""
        chosen = signers.Chosen(self.ids[name], name, "signer@example.com", "portal", ())
        with self.world.documents.db.transaction(self.world.ctx) as session:
            request = signatures.RequestSignature(account_id=self.account.id, document_id=document.id)
            asked = asking_to_sign.request_signature(session, self.world.ctx, request, [chosen], document.file_id)

        def make():
            fresh = replace(asked, signers=tuple(replace(one, id=new_id()) for one in asked.signers))
            by = asked.created_by
            event = signatures.SignatureChanged(account_id=self.account.id, signature=fresh, change="sent", by=by)
            self.world.hear(of_documents.signature_changed, event)
            return [("signature_requested", {name}, {name})]

        return make

    def proposal(self, may_sign):
        people = [Signatory(self.ids[name], name, f"{name.lower()}@example.com") for name in sorted(may_sign)]
        ctx = self.world.ctx

        def make():
            with self.world.billing.db.transaction(ctx) as session:
                content = CreateProposal(account_id=self.account.id, name="Tax 2026", packages=(package(),))
                draft = writing_proposals.create_proposal(session, ctx, content)
                request = SendProposal(account_id=self.account.id, proposal_id=draft.id, version=draft.version)
                sent = sending_proposals.send(session, ctx, request, Signatories(1, people))
            state = ProposalState(
                id=sent.id,
                kind=sent.kind,
                name=sent.name,
                status=sent.status,
                signed=0,
                signers_total=len(people),
                version=sent.version,
            )
            event = ProposalChanged(account_id=self.account.id, proposal=state, change="sent")
            self.world.hear(of_billing.proposal_changed, event)
            return [("proposal_sent", EVERYBODY, may_sign)]

        return make

    def said(self, names):
        def make():
            to = None if names is None else tuple(self.ids[name] for name in names)
            self.world.hear(of_messages.message_sent, said(self.account, to=to))
            return [("chat_message", names or EVERYBODY, EVERYBODY)]

        return make

    def organizer(self):
        now = self.world.ctx.now
        sent = organizers.OrganizerSummary(
            id=new_id(),
            name="Tax organizer",
            status="not_opened",
            progress=0,
            is_archived=False,
            created_at=now,
            sent_at=now,
            submitted_at=None,
            updated_at=now,
        )
        by = organizers.Author(kind="member", id=new_id(), name="Olga Owner")
        event = organizers.OrganizerChanged(account_id=self.account.id, organizer=sent, step="created", by=by)
        self.world.hear(of_documents.organizer_changed, event)
        return [("organizer_sent", EVERYBODY, EVERYBODY)]

    def invoice(self):
        event = billing.InvoiceChanged(account_id=self.account.id, invoice=issued(self.account, self.world.ctx.now))
        self.world.hear(of_billing.invoice_changed, event)
        return [("invoice_issued", EVERYBODY, EVERYBODY)]

    def payment(self):
        self.paid = cleared(self.account, self.world.ctx.now)
        event = billing.PaymentRecorded(account_id=self.account.id, payment=self.paid)
        self.world.hear(of_billing.payment_told, event)
        return [("payment_received", EVERYBODY, EVERYBODY)]

    def refund(self):
        paid = cleared(self.account, self.world.ctx.now, refunded=Decimal("40.00"))
        event = billing.PaymentChanged(account_id=self.account.id, payment=paid)
        self.world.hear(of_billing.payment_told, event)
        return [("payment_received", EVERYBODY, EVERYBODY), ("refund_made", EVERYBODY, EVERYBODY)]


def issued(account, now, **changes):
    """An invoice that was issued just now."""
    day = now.date()
    facts = {
        "id": new_id(),
        "account_id": account.id,
        "number": "2026-0042",
        "status": "unpaid",
        "currency": "EUR",
        "posted_on": day,
        "due_on": day + dt.timedelta(days=30),
        "overdue_on": day + dt.timedelta(days=31),
        "lines": (),
        "taxes": (),
        "subtotal": Decimal("100.00"),
        "total": Decimal("120.00"),
        "paid": Decimal(0),
        "clearing": Decimal(0),
        "remaining": Decimal("120.00"),
        "memo": "",
        "applications": (),
        "last_paid_on": None,
        "author": invoices.Author(kind="member", id=new_id(), name="Olga Owner"),
        "issued_at": now,
        "voided_at": None,
        "void_reason": "",
        "version": 2,
        "created_at": now,
        "updated_at": now,
    }
    return invoices.Invoice(**{**facts, **changes})


def cleared(account, now, **changes):
    """A payment that came and cleared."""
    facts = {
        "id": new_id(),
        "account_id": account.id,
        "amount": Decimal("120.00"),
        "currency": "EUR",
        "method": "transfer",
        "status": "cleared",
        "received_on": now.date(),
        "cleared_on": now.date(),
        "reference": "",
        "note": "",
        "applied": Decimal("120.00"),
        "credit": Decimal(0),
        "refunded": Decimal(0),
        "applications": (),
        "author": invoices.Author(kind="member", id=new_id(), name="Olga Owner"),
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    return payments.Payment(**{**facts, **changes})


def expected(told, notified, wanted):
    """What the table by hand says of one mail that follows from an event: by address, what becomes of it."""
    kind, concerned, seen = told
    return {
        email: RIGHT[email in notified, TYPE_OF[kind] in wanted[email], email in SUPPRESSED, whose in seen]
        for email, whose in WHOSE.items()
        if whose in concerned
    }


@pytest.mark.timeout(300)
def test_exactly_the_right_mails_follow(world, scene):
    """R-NOT-1, R-NOT-2, R-NOT-3, R-NOT-4, R-NOT-7: all 32 settings of five NOTIFY switches, any types, 1024 events."""
    chance = random.Random(4)
    events = 0
    met = set()
    last = None
    for switched in product([False, True], repeat=len(ADDRESSES)):
        notified = {email for email, is_on in zip(ADDRESSES, switched, strict=True) if is_on}
        wanted = {}
        for email in ADDRESSES:
            world.switch(scene.account, email, is_notified=True)
            wanted[email] = {each for each in TYPES if chance.random() < 0.6}
            world.want(scene.account, email, *sorted(wanted[email]))
            world.switch(scene.account, email, is_notified=email in notified)
        right = []
        for number in range(EACH_ROUND):
            for told in scene.makers[number % len(scene.makers)]():
                right += [(told[0], email, one) for email, one in expected(told, notified, wanted).items()]
            events += 1
        world.settle()

        mails = world.mails(after=last)
        last = mails[-1].id
        made = [(one.kind, one.email, one.reason or one.state) for one in mails]
        assert sorted(made) == sorted(right)
        met |= {(TYPE_OF[kind], outcome) for kind, _, outcome in made}

    assert events >= 1000
    assert {kind for kind, outcome in met if outcome == "waiting"} == set(TYPES)
    assert {outcome for _, outcome in met} == set(RIGHT.values())
