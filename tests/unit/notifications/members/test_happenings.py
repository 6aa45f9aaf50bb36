"""What of all that happens members are told, and that no colleague is told the same thing twice."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from chassis.context import Context, new_id
from chassis.wire import load
from contracts.accounts import AccessRequested
from contracts.approvals import ApprovalChanged
from contracts.billing import PaymentChanged, PaymentRecorded
from contracts.chats import MessageChanged, MessageSent
from contracts.client_tasks import ClientTaskChanged
from contracts.common import Person
from contracts.documents import DocumentUploaded
from contracts.entries import InvitationAccepted
from contracts.organizers import OrganizerChanged
from contracts.proposals import ProposalSigned, ProposalsNotSent
from contracts.quickbooks import AttentionNeeded
from contracts.signatures import SignatureChanged
from contracts.work import NoteChanged, NoteCreated, TaskChanged, TaskCreated
from gateway.examples import example
from services.notifications import audience, model
from services.notifications.happenings import members, quickbooks
from services.notifications.letters.kinds import KINDS, wrong_facts
from tests.stack import until
from tests.unit.notifications.members.conftest import as_client, as_member, member


def told(kind, **fields):
    """An event of a kind, with some fields of its own; a mapping changes fields of what a field holds."""
    made = load(kind, example(kind))
    nested = {name: replace(getattr(made, name), **value) for name, value in fields.items() if isinstance(value, dict)}
    return replace(made, **{**fields, **nested})


def people(*ids):
    return tuple(Person(id=one, name="") for one in ids)


class TestEveryKind:
    """R-LOG-9, R-FOL-1, R-SIG-4, R-SIG-5: each tells a letter just the facts that it takes."""

    EVENTS = (
        ("client_activated", members.client_activated, told(InvitationAccepted, is_first=True)),
        ("document_uploaded", members.document_uploaded, told(DocumentUploaded)),
        ("chat_message", members.message_sent, None),
        ("client_task_done", members.client_task_changed, None),
        ("approval_answered", members.approval_changed, told(ApprovalChanged, change="approved")),
        ("signature_answered", members.signature_changed, told(SignatureChanged, change="declined")),
        ("organizer_submitted", members.organizer_changed, told(OrganizerChanged, step="submitted")),
        ("proposal_signed", members.proposal_signed, told(ProposalSigned)),
        ("payment_received", members.payment_changed, told(PaymentRecorded, payment={"status": "cleared"})),
        ("mentioned", members.note_written, told(NoteCreated)),
        ("task_assigned", members.task_assigned, told(TaskCreated)),
        ("access_requested", members.access_requested, told(AccessRequested)),
        ("proposals_not_sent", members.proposals_not_sent, told(ProposalsNotSent)),
        ("quickbooks_attention", quickbooks.attention_needed, told(AttentionNeeded, group=None)),
    )

    @staticmethod
    def by_client(kind):
        event = load(kind, example(kind))
        if kind is MessageSent:
            author = replace(event.message.author, side="client")
            return told(kind, message={"author": author, "mentions": (), "is_internal": False})
        return told(kind, change="ticked", task={"done_by": replace(event.task.done_by, side="client")})

    @pytest.mark.parametrize(("kind", "handler", "event"), EVENTS, ids=[one[0] for one in EVENTS])
    def test_becomes_a_happening_that_can_be_written(self, telling, kind, handler, event):
        asked = {"chat_message": MessageSent, "client_task_done": ClientTaskChanged}
        event = event or self.by_client(asked[kind])

        handler(telling.session, as_client(telling.ctx), event)

        (happening,) = telling.happenings()
        assert happening.kind == f"staff_{kind}"
        other = {
            "proposals_not_sent": {"accounts": ["Roy Family"]},
            "quickbooks_attention": quickbooks.facts(telling.session, telling.ctx, happening.id),
        }
        named = other.get(kind, {"account": "Roy Family"})
        assert wrong_facts(KINDS[happening.kind], {**happening.facts, **named}) == []
        assert (happening.due_at, happening.except_id) == (telling.ctx.now, None)

    def test_is_here(self):
        assert [kind for kind, _, _ in self.EVENTS] == list(audience.KINDS)


class TestWhatNobodyIsTold:
    QUIET = (
        (members.client_activated, told(InvitationAccepted, is_first=False)),
        (members.message_sent, told(MessageSent, message={"mentions": ()})),
        (members.message_changed, told(MessageChanged, message={"mentions": ()})),
        (members.client_task_changed, told(ClientTaskChanged, change="renamed")),
        (members.approval_changed, told(ApprovalChanged, change="requested")),
        (members.approval_changed, told(ApprovalChanged, change="withdrawn")),
        (members.signature_changed, told(SignatureChanged, change="sent")),
        (members.signature_changed, told(SignatureChanged, change="completed")),
        (members.organizer_changed, told(OrganizerChanged, step="changed")),
        (members.payment_changed, told(PaymentRecorded, payment={"status": "pending"})),
        (members.payment_changed, told(PaymentChanged, payment={"status": "failed"})),
        (members.note_written, told(NoteCreated, note={"mentions": ()})),
        (members.task_assigned, told(TaskCreated, task={"assignees": (), "roles": ()})),
    )

    @pytest.mark.parametrize(("handler", "event"), QUIET)
    def test_makes_no_happening(self, telling, handler, event):
        handler(telling.session, as_client(telling.ctx), event)

        assert telling.happenings() == []

    def test_what_a_colleague_uploads_is_no_news(self, telling):
        members.document_uploaded(telling.session, telling.ctx, told(DocumentUploaded))

        assert telling.happenings() == []


class TestNaming:
    """R-NTE-2, R-TSK-4"""

    def test_a_note_tells_each_member_once_however_often_it_is_edited(self, telling):
        emil, ada = new_id(), new_id()
        note = {"id": new_id(), "mentions": people(emil), "title": "", "body": "Please\n look at  May."}
        event = told(NoteCreated, note=note)
        members.note_written(telling.session, telling.ctx, event)
        for mentions in (people(emil, ada), people(ada), people(emil, ada)):
            members.note_written(telling.session, telling.ctx, told(NoteChanged, note={**note, "mentions": mentions}))

        first, second = telling.happenings()
        assert [first.member_ids, second.member_ids] == [[emil], [ada]]
        assert first.facts == {"author": "Olga Owner", "excerpt": "Please look at May."}
        assert first.except_id == telling.ctx.actor.id

    def test_a_message_among_colleagues_tells_whom_it_mentions(self, telling):
        emil = new_id()
        message = {"is_internal": True, "mentions": people(emil), "text": "Emil?"}
        members.message_sent(telling.session, telling.ctx, told(MessageSent, message=message))

        (happening,) = telling.happenings()
        assert (happening.kind, happening.member_ids) == ("staff_mentioned", [emil])

    def test_a_task_tells_who_is_newly_to_do_it_also_by_a_role(self, telling):
        emil, ada, task_id = new_id(), new_id(), new_id()
        role = load(TaskCreated, example(TaskCreated)).task.roles[0]
        given = {"id": task_id, "assignees": people(emil), "roles": (), "due_on": dt.date(2026, 5, 31)}
        members.task_assigned(telling.session, telling.ctx, told(TaskCreated, task=given))
        given["roles"] = (replace(role, members=people(ada, emil)),)
        for _ in range(2):
            members.task_assigned(telling.session, telling.ctx, told(TaskChanged, task=given))

        first, second = telling.happenings()
        assert [first.member_ids, second.member_ids] == [[emil], [ada]]
        assert (first.facts["author"], first.facts["due_on"]) == ("Olga Owner", "2026-05-31")

    def test_a_payment_is_told_once_when_it_clears(self, telling):
        payment = {"id": new_id(), "status": "pending", "cleared_on": dt.date(2026, 3, 4)}
        members.payment_changed(telling.session, telling.ctx, told(PaymentRecorded, payment=payment))
        for reference in ("", "CHQ 7"):
            cleared = {**payment, "status": "cleared", "reference": reference}
            members.payment_changed(telling.session, telling.ctx, told(PaymentChanged, payment=cleared))

        (happening,) = telling.happenings()
        assert happening.facts["paid_on"] == "2026-03-04"

    def test_two_events_of_one_note_at_once_tell_each_member_once(self, sessions, ctx):
        """The second waits for the first, or it would not see whom that tells."""
        emil = new_id()
        event = told(NoteCreated, note={"id": new_id(), "mentions": people(emil)})

        def again():
            with sessions() as second:
                members.note_written(second, ctx, event)

        other = threading.Thread(target=again, daemon=True)
        with sessions() as first:
            members.note_written(first, ctx, event)
            other.start()
            waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            until(lambda: first.scalar(waiting) or not other.is_alive())
        other.join(timeout=30)

        with sessions() as third:
            assert third.query(model.Happening).filter_by(about_id=event.note.id).count() == 1


class TestAudience:
    """R-FOL-1, R-ACC-1, R-ACC-4, R-INV-5, R-PRP-4"""

    OWNER = member("owner")
    ADMIN = member("admin")
    PLAIN = member()
    MONEY = member("employee", "manage_payments")
    OFFERS = member("employee", "manage_proposals")
    TEAM = member("employee", "assign_team_members")
    GONE = member("admin", is_active=False)
    ALL = (OWNER, ADMIN, PLAIN, MONEY, OFFERS, TEAM, GONE)
    IDS = frozenset(one.id for one in ALL)

    def told(self, kind, *, viewers=IDS, followers=IDS, named=frozenset(), by_id=None):
        return audience.told(kind, audience.Circle(self.ALL, viewers, followers), named, by_id)

    def test_followers_who_are_active(self):
        assert self.told("chat_message") == [*self.ALL[:-1]]
        assert self.told("chat_message", followers={self.PLAIN.id, self.GONE.id}) == [self.PLAIN]
        assert self.told("mentioned", followers=self.IDS, named={self.PLAIN.id, self.GONE.id}) == [self.PLAIN]

    def test_nobody_of_their_own_act(self):
        assert self.told("chat_message", by_id=self.OWNER.id) == [*self.ALL[1:-1]]
        assert self.told("task_assigned", named={self.PLAIN.id, self.MONEY.id}, by_id=self.PLAIN.id) == [self.MONEY]

    def test_nobody_who_can_not_open_the_account(self):
        assert self.told("mentioned", viewers=self.IDS - {self.PLAIN.id}, named={self.PLAIN.id}) == []
        assert self.told("document_uploaded", viewers={self.MONEY.id}) == [self.MONEY]

    def test_who_holds_the_right(self):
        assert self.told("payment_received") == [self.OWNER, self.ADMIN, self.MONEY]
        assert self.told("proposal_signed") == [self.OWNER, self.ADMIN, self.OFFERS]

    def test_who_may_answer_a_request_for_access(self):
        assert self.told("access_requested", followers=()) == [self.OWNER, self.ADMIN, self.TEAM]

    def test_owner_admins_and_who_sent_a_proposal_that_nobody_can_sign(self):
        sent = {"named": {self.OFFERS.id}, "by_id": self.OFFERS.id, "viewers": None, "followers": ()}
        assert self.told("proposals_not_sent", **sent) == [self.OWNER, self.ADMIN, self.OFFERS]

    def test_the_list_shows_the_same_kinds(self):
        assert set(audience.allowed(as_member(Context(), self.OWNER).actor)) == set(audience.KINDS)
        without = {"payment_received", "proposal_signed", "access_requested", "proposals_not_sent"} | {
            "quickbooks_attention"
        }
        assert set(audience.allowed(audience.as_actor(self.PLAIN))) == set(audience.KINDS) - without
