"""Happenings become mails: one for each address that is concerned, once, with one reason where none is sent."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
from sqlalchemy import update

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Unavailable
from contracts import accounts, contacts, documents, switches
from contracts.chats import Message, MessageSent
from contracts.client_tasks import Author
from contracts.documents import DocumentUploaded
from contracts.notifications import MailChanged
from contracts.switches import InvitationRequested
from services.notifications import deciding, model
from services.notifications.happenings import documents as of_documents
from services.notifications.happenings import messages as of_messages
from services.notifications.happenings import security
from services.notifications.letters.kinds import KINDS, wrong_facts
from services.notifications.operations import neighbours, settling
from tests.unit.notifications.deciding.conftest import World, person


def said(account, *, by=None, to=None, text="Please send the statements.", **fields):
    """A message as messages tells of it; `by` is a contact, none: the firm."""
    author = Author(side="firm", id=new_id(), name="Olga Owner") if by is None else by
    message = Message(
        id=new_id(),
        thread_id=new_id(),
        position=1,
        author=author,
        text=text,
        attachments=(),
        mentions=(),
        sent_at=dt.datetime.now(dt.UTC),
        edited_at=None,
        deleted_at=None,
        version=1,
        **{"is_internal": False, **fields},
    )
    return MessageSent(
        account_id=account.id, subject="Tax return", assignee_id=None, participant_ids=to, message=message
    )


@pytest.fixture
def roy(world):
    """An account with Anna, whose two addresses are told, and Boris, whose one is."""
    account = world.account(
        person("Anna", "anna@example.com", "anna@work.example.com"), person("Boris", "b@example.com")
    )
    for email in ("anna@example.com", "anna@work.example.com", "b@example.com"):
        world.switch(account, email, is_notified=True)
    return account


@pytest.fixture
def ids(world, roy):
    return {item.contact.first_name: item.contact.id for item in world.linked(roy).items}


class TestWhoIsTold:
    def test_every_address_of_the_account_whose_notify_is_on(self, world, roy):
        """R-NOT-1: an address with NOTIFY off is told nothing of the account."""
        world.switch(roy, "b@example.com", is_notified=False)

        world.hear(of_messages.message_sent, said(roy))
        world.settle()

        assert world.outcome() == {
            ("chat_message", "anna@example.com"): "waiting",
            ("chat_message", "anna@work.example.com"): "waiting",
            ("chat_message", "b@example.com"): "notify_off",
        }

    def test_a_type_that_an_address_does_not_want_is_not_sent_to_it(self, world, roy):
        """R-NOT-2, R-NOT-4: all types are wanted until some are switched off, for one address alone."""
        world.want(roy, "anna@example.com", "documents", "invoices")

        world.hear(of_messages.message_sent, said(roy))
        world.settle()

        assert world.outcome()["chat_message", "anna@example.com"] == "type_off"
        assert world.outcome()["chat_message", "anna@work.example.com"] == "waiting"

    def test_nobody_is_told_of_their_own_act(self, world, roy, ids):
        anna = Author(side="client", id=ids["Anna"], name="Anna Roy")

        world.hear(of_messages.message_sent, said(roy, by=anna))
        world.settle()

        assert world.outcome() == {("chat_message", "b@example.com"): "waiting"}

    def test_only_who_takes_part_in_a_thread_is_told(self, world, roy, ids):
        world.hear(of_messages.message_sent, said(roy, to=(ids["Boris"],)))
        world.settle()

        assert world.outcome() == {("chat_message", "b@example.com"): "waiting"}

    def test_an_internal_message_never_becomes_a_mail(self, world, roy):
        """R-CHT-4"""
        world.hear(of_messages.message_sent, said(roy, is_internal=True))
        world.settle()

        assert world.happenings() == []

    def test_who_has_not_activated_is_told_too_and_how_to(self, world, roy):
        """R-NOT-5: LOGIN that is granted and not accepted leads to the banner; no LOGIN has nothing to activate."""
        world.switch(roy, "anna@example.com", is_login_on=True)

        world.hear(of_messages.message_sent, said(roy))
        world.settle()

        needs = {one.email: one.needs_activation for one in world.mails()}
        assert needs == {"anna@example.com": True, "anna@work.example.com": False, "b@example.com": False}

    def test_the_account_is_named_to_who_serves_several(self, world, roy, ids):
        """R-NOT-6"""
        world.account(ids["Anna"], name="Anna's bakery")

        world.hear(of_messages.message_sent, said(roy))
        world.settle()

        names = {one.email: one.account_name for one in world.mails()}
        assert names == {"anna@example.com": "Roy Ltd", "anna@work.example.com": "Roy Ltd", "b@example.com": None}

    def test_a_mail_greets_in_the_time_of_its_reader(self, world, ids, roy):
        account = world.account(person("Chloe", "c@example.com", timezone="America/Montreal"), name="Chloe")
        world.switch(account, "c@example.com", is_notified=True)

        world.hear(of_messages.message_sent, said(account))
        world.hear(of_messages.message_sent, said(roy, to=(ids["Boris"],)))
        world.settle()

        told = {one.email: (one.greeting, one.timezone) for one in world.mails()}
        assert told == {"c@example.com": ("Chloe", "America/Montreal"), "b@example.com": ("Boris", "Europe/Paris")}

    def test_a_suppressed_address_gets_nothing(self, world, roy):
        """R-NOT-7, R-LOG-8: compared by R-EM-5."""
        world.suppress("B@Example.COM")

        world.hear(of_messages.message_sent, said(roy))
        world.settle()

        assert world.outcome()["chat_message", "b@example.com"] == "suppressed"

    def test_an_archived_account_tells_nobody(self, world, roy):
        """R-ARC-1"""
        archived = world.accounts.archive_account(world.fresh(), accounts.AccountRef(account_id=roy.id))
        world.project(accounts.AccountChanged(account=archived))

        world.hear(of_messages.message_sent, said(roy))
        world.settle()

        assert set(world.outcome().values()) == {"account_archived"}

    def test_a_contact_who_left_meanwhile_is_told_nothing(self, world, roy, ids):
        world.hear(of_messages.message_sent, said(roy, to=(ids["Boris"],)))
        ref = contacts.LinkRef(account_id=roy.id, contact_id=ids["Boris"])
        world.contacts.unlink_contact(world.fresh(), ref)
        world.settle()

        assert world.outcome() == {("chat_message", "b@example.com"): "unlinked"}

    def test_a_document_is_told_of_to_who_may_see_it(self, world, roy, ids):
        """R-DOC-8, R-ACC-7: documents itself is asked as each contact."""
        shared, private, hidden = (
            world.document(roy),
            world.document(roy, access="private"),
            world.document(roy, "x.pdf"),
        )
        world.hide(roy, hidden, ids["Boris"])

        for document in (shared, private, hidden):
            world.hear(of_documents.document_uploaded, DocumentUploaded(account_id=roy.id, document=document))
        world.settle()

        told = {
            (one.about["document_id"], one.email): one.reason or one.state
            for one in world.mails()
            if one.email != "anna@work.example.com"
        }
        assert told == {
            (str(shared.id), "anna@example.com"): "waiting",
            (str(shared.id), "b@example.com"): "waiting",
            (str(private.id), "anna@example.com"): "not_theirs",
            (str(private.id), "b@example.com"): "not_theirs",
            (str(hidden.id), "anna@example.com"): "waiting",
            (str(hidden.id), "b@example.com"): "not_theirs",
        }

    def test_a_clients_own_upload_is_no_news_to_clients(self, world, roy):
        document = world.document(roy)
        brought = replace(document, uploader=documents.Uploader(side="client", name="Anna Roy", id=new_id()))

        world.hear(of_documents.document_uploaded, DocumentUploaded(account_id=roy.id, document=brought))

        assert world.happenings() == []


class TestInvitations:
    """R-NOT-7: an invitation is of no type, and no switch of NOTIFY stops it."""

    def invited(self, world, account, email):
        world.switch(account, email, is_login_on=True, is_notified=False)
        item, one = world.address(account, email)
        request = switches.SendInvitation(
            account_id=account.id, contact_id=item.contact.id, address_id=one.address.id, message="Welcome"
        )
        world.contacts.send_invitation(world.fresh(), request)
        with world.contacts.db.transaction(world.ctx) as session:
            events = [one for one in outbox.pending(session) if isinstance(one, InvitationRequested)]
        world.hear(security.invitation_requested, events[-1])
        return events[-1]

    def test_goes_out_whatever_the_switches_say(self, world, roy):
        event = self.invited(world, roy, "anna@example.com")
        world.settle()

        (mail,) = world.mails()
        assert (mail.state, mail.type, mail.email) == ("waiting", None, "anna@example.com")
        assert mail.about == {"address_id": str(event.address.id), "sent_at": event.sent_at.isoformat()}
        assert wrong_facts(KINDS["invitation"], mail.facts) == []

    def test_is_not_sent_once_login_is_off(self, world, roy):
        """R-LOG-5"""
        self.invited(world, roy, "anna@example.com")
        world.switch(roy, "anna@example.com", is_login_on=False)
        world.settle()

        assert world.outcome() == {("invitation", "anna@example.com"): "withdrawn"}

    def test_is_not_sent_to_the_old_address_once_it_changed(self, world, roy, ids):
        """R-LOG-4"""
        self.invited(world, roy, "b@example.com")
        contact = world.address(roy, "b@example.com")[0].contact
        change = contacts.ChangeContact(contact_id=contact.id, version=contact.version, email="new@example.com")
        world.contacts.change_contact(world.fresh(), change)
        world.settle()

        assert world.outcome() == {("invitation", "b@example.com"): "withdrawn"}

    def test_only_the_last_of_two_is_sent(self, world, roy):
        """R-LOG-7: the later one replaces the former."""
        self.invited(world, roy, "anna@example.com")
        self.invited(world, roy, "anna@example.com")
        world.settle()

        assert [one.reason or one.state for one in world.mails()] == ["withdrawn", "waiting"]

    def test_is_not_sent_to_a_suppressed_address(self, world, roy):
        """R-LOG-8"""
        self.invited(world, roy, "anna@example.com")
        world.suppress("anna@example.com")
        world.settle()

        assert world.outcome() == {("invitation", "anna@example.com"): "suppressed"}


class TestOnce:
    """One event, one mail, whoever dies when."""

    def test_a_worker_that_dies_before_it_settled_leaves_it_to_the_next(self, world, roy):
        world.hear(of_messages.message_sent, said(roy))
        (happening,) = world.happenings()
        with world.sessions() as session:
            assert settling.take(session, world.ctx, [happening.id], deciding.LEASE_SECONDS)
        world.settle()
        assert world.mails() == []  # somebody else's, for as long as the lease lasts

        with world.sessions() as session:
            session.execute(update(model.Happening).where(model.Happening.id == happening.id).values(taken_until=None))
        world.settle()

        assert len(world.mails()) == 3

    def test_a_worker_whose_lease_ran_out_writes_no_second_mail(self, world, roy):
        world.hear(of_messages.message_sent, said(roy))
        (happening,) = world.happenings()
        with world.sessions() as session:
            (due,) = settling.take(session, world.ctx, [happening.id], 0)
        slow = list(deciding.Account(world.tools, world.ctx.firm, roy.id).concerned(due))
        world.settle()

        with world.sessions() as session:
            settling.settle(session, world.ctx, happening.id, slow)

        assert len(world.mails()) == 3

    def test_several_workers_at_once_write_each_mail_once(self, world, roy):
        for _ in range(20):
            world.hear(of_messages.message_sent, said(roy))

        workers = [threading.Thread(target=world.settle) for _ in range(4)]
        for one in workers:
            one.start()
        for one in workers:
            one.join(60)
        world.settle()

        assert len(world.mails()) == 60
        assert len({(one.happening_id, one.recipient) for one in world.mails()}) == 60

    def test_nothing_is_lost_while_an_owner_does_not_answer(self, world, roy):
        world.hear(of_messages.message_sent, said(roy))

        class Away:
            def __getattr__(self, name):
                raise Unavailable

        deciding.settle_due(replace(world.tools, contacts=Away()))
        (waiting,) = world.happenings()
        assert waiting.due_at is not None
        assert waiting.taken_until is None

        with world.sessions() as session:
            session.execute(update(model.Happening).values(due_at=world.ctx.now))
        world.settle()

        assert len(world.mails()) == 3

    def test_a_mail_that_is_not_sent_is_told_with_its_reason(self, world, roy):
        world.switch(roy, "b@example.com", is_notified=False)
        world.hear(of_messages.message_sent, said(roy))
        world.settle()

        with world.sessions() as session:
            told = [one.mail for one in outbox.pending(session) if isinstance(one, MailChanged)]
        assert [(one.email, one.state, one.reason) for one in told] == [("b@example.com", "not_sent", "notify_off")]

    def test_a_firm_nobody_told_of_is_asked_for(self, world, roy):
        with world.sessions() as session:
            session.query(model.FirmSettings).filter_by(firm_id=world.ctx.firm).delete()
        world.hear(of_messages.message_sent, said(roy))
        world.settle()

        assert len(world.mails()) == 3

    def test_another_firm_sees_and_settles_none_of_it(self, world, roy, postgres_url, sessions, ctx):
        world.hear(of_messages.message_sent, said(roy))
        other = replace(ctx, firm_id=new_id())
        stranger = World(postgres_url, other, lambda by=None: sessions(by or other))
        stranger.hear(of_messages.message_sent, said(roy))
        world.settle()

        assert stranger.mails() == []
        assert len(world.mails()) == 3


class TestForgetting:
    def test_an_account_that_is_deleted_takes_all_of_it_along(self, world, roy):
        world.want(roy, "anna@example.com")
        world.hear(of_messages.message_sent, said(roy))
        world.settle()

        world.hear(neighbours.account_deleted, accounts.AccountDeleted(account_id=roy.id, version=9))

        with world.sessions() as session:
            left = [session.query(table).count() for table in (model.MutedType, model.Mail, model.Happening)]
        assert left == [0, 0, 0]
