"""What each address wants, links to unsubscribe, addresses that get nothing, and the record of mails."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from chassis import outbox
from chassis.context import Context, new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import preferences, suppressions
from contracts.contacts import ContactChanged, LinksChanged
from contracts.notifications import (
    ChangeNotificationSettings,
    ListMails,
    MailNotFound,
    NotRepeatable,
    SendMailAgain,
    SettingsChangedMeanwhile,
)
from contracts.switches import AddressBlocked, AddressNotFound
from services.contacts.operations import suppressing as contacts_suppressing
from services.notifications import choosing, model, tokens
from services.notifications.happenings import messages as of_messages
from services.notifications.operations import neighbours, repeating, settings, suppressing
from services.notifications.queries import mails
from services.notifications.service import NotificationsService
from tests.unit.notifications.deciding.conftest import person
from tests.unit.notifications.deciding.test_deciding import said

ALL = ("documents", "signatures", "approvals", "messages", "proposals", "organizers", "invoices", "requests",
       "transactions")  # fmt: skip


@pytest.fixture
def account(world):
    made = world.account(person("Anna", "anna@example.com", "anna@work.example.com"), person("Boris", "b@example.com"))
    for email in ("anna@example.com", "b@example.com"):
        world.switch(made, email, is_notified=True)
    return made


@pytest.fixture
def sent(world, account):
    """A mail to Anna as it is once it went out, and the token of its link."""
    world.hear(of_messages.message_sent, said(account))
    world.settle()
    token = tokens.make(world.ctx.firm)
    with world.sessions() as session:
        mail = session.query(model.Mail).filter_by(firm_id=world.ctx.firm, email="anna@example.com").one()
        mail.state, mail.due_at, mail.unsubscribe_digest = "sent", None, tokens.digest(token)
    return mail, token


@pytest.fixture
def by_link(world):
    """`by_link("unsubscribe", token)`: a call of the service by who holds the link, of no firm that is known."""
    holder = SimpleNamespace(db=world.db)
    holder._by_link = lambda *given, **how: NotificationsService._by_link(holder, *given, **how)
    return lambda call, token: getattr(NotificationsService, call)(
        holder, Context(), preferences.UnsubscribeToken(token=token)
    )


def ref(world, account, email):
    item, one = world.address(account, email)
    return {"account_id": account.id, "contact_id": item.contact.id, "address_id": one.address.id}


class TestPreferences:
    def test_all_nine_types_are_wanted_until_some_are_not(self, world, account):
        """R-NOT-3, R-NOT-4"""
        request = preferences.PreferencesRef(**ref(world, account, "anna@example.com"))

        found = choosing.get_preferences(world.db, world.contacts, world.fresh(), request)

        assert (found.is_notified, found.types) == (True, ALL)

    def test_types_are_chosen_while_notify_is_on(self, world, account):
        """R-NOT-2"""
        with pytest.raises(preferences.NotifyIsOff):
            world.want(account, "anna@work.example.com", "documents")

    def test_what_was_chosen_outlives_notify_being_off(self, world, account):
        """U-21: kept and restored."""
        world.want(account, "anna@example.com", "documents")
        world.switch(account, "anna@example.com", is_notified=False)
        request = preferences.PreferencesRef(**ref(world, account, "anna@example.com"))

        found = choosing.get_preferences(world.db, world.contacts, world.fresh(), request)

        assert (found.is_notified, found.types) == (False, ("documents",))

    def test_a_client_chooses_for_their_own_addresses_alone(self, world, account):
        item, own = world.address(account, "anna@example.com")
        _, other = world.address(account, "b@example.com")
        anna = world.as_client(item.contact.id, account.id)

        def choose(address_id, *types):
            request = preferences.SetOwnPreferences(account_id=account.id, address_id=address_id, types=types)
            return choosing.set_own_preferences(world.db, world.contacts, anna, request)

        assert choose(own.address.id, "invoices").types == ("invoices",)
        with pytest.raises(AddressNotFound):
            choose(other.address.id)
        mine = choosing.get_own_preferences(
            world.db, world.contacts, anna, preferences.OwnPreferencesRef(account_id=account.id)
        )
        assert [(one.email, one.types) for one in mine.items] == [
            ("anna@example.com", ("invoices",)),
            ("anna@work.example.com", ALL),
        ]

    def test_members_and_clients_have_calls_of_their_own(self, world, account):
        anna = world.as_client(world.address(account, "anna@example.com")[0].contact.id, account.id)
        place = ref(world, account, "anna@example.com")
        own = preferences.OwnPreferencesRef(account_id=account.id)

        with pytest.raises(Forbidden):
            choosing.get_preferences(world.db, world.contacts, anna, preferences.PreferencesRef(**place))
        with pytest.raises(Forbidden):
            choosing.set_preferences(world.db, world.contacts, anna, preferences.SetPreferences(**place, types=()))
        with pytest.raises(Forbidden):
            choosing.get_own_preferences(world.db, world.contacts, world.fresh(), own)

    def test_go_with_the_address_and_with_the_link(self, world, account):
        for email in ("anna@example.com", "b@example.com"):
            world.want(account, email)
        anna, boris = (world.address(account, email)[0].contact for email in ("anna@example.com", "b@example.com"))

        changed = replace(anna, addresses=anna.addresses[1:])
        world.hear(neighbours.contact_changed, ContactChanged(contact=changed))
        assert self.muted(world) == {boris.id}

        gone = LinksChanged(account_id=account.id, contact_ids=(anna.id,), version=9, change="unlinked")
        world.hear(neighbours.links_changed, gone)
        assert self.muted(world) == set()

    def muted(self, world):
        with world.sessions() as session:
            return {one.contact_id for one in session.query(model.MutedType).filter_by(firm_id=world.ctx.firm)}


class TestUnsubscribing:
    """R-NOT-8"""

    def test_the_link_is_about_one_type_for_one_address(self, world, account, sent, by_link):
        _, token = sent

        before, after = by_link("get_unsubscription", token), by_link("unsubscribe", token)

        assert (before.is_on, after.is_on) == (True, False)
        assert (after.email, after.type, after.firm_name) == ("anna@example.com", "messages", "Whitfield & Sons")
        world.hear(of_messages.message_sent, said(account))
        world.settle()
        latest = {one.email: one.reason or one.state for one in world.mails()[-3:]}
        assert latest == {
            "anna@example.com": "type_off",
            "anna@work.example.com": "notify_off",
            "b@example.com": "waiting",
        }

    def test_it_can_be_taken_back_and_repeated(self, sent, by_link):
        _, token = sent

        states = [by_link(call, token).is_on for call in ("unsubscribe", "unsubscribe", "resubscribe", "resubscribe")]

        assert states == [False, False, True, True]

    def test_is_logged_with_the_address_that_held_the_link(self, world, account, sent, by_link):
        by_link("unsubscribe", sent[1])

        with world.sessions() as session:
            query = text(
                "SELECT actor_kind, actor_name, is_now FROM change WHERE about_id = :id AND kind = 'muted_type'"
            )
            (logged,) = session.execute(query, {"id": account.id}).all()
            told = [one for one in outbox.pending(session) if isinstance(one, preferences.PreferencesChanged)]
        assert (logged.actor_kind, logged.actor_name) == ("reader", "anna@example.com (link of a mail)")
        assert logged.is_now["type"] == "messages"
        assert [(one.by_link, "messages" in one.types) for one in told] == [(True, False)]

    def test_nobody_elses_link_opens_anything(self, world, sent, by_link):
        _, token = sent
        forged = tokens.make(world.ctx.firm)
        elsewhere = tokens.make(new_id())[:27] + token[27:]

        for wrong in (forged, elsewhere, token[:-1], f"{token}x", "dsu_", "x"):
            with pytest.raises(preferences.UnsubscriptionNotFound):
                by_link("unsubscribe", wrong)


class TestSuppressions:
    def add(self, world, email="anna@example.com", by=None, **fields):
        with world.sessions() as session:
            request = suppressions.SuppressAddress(email=email, **fields)
            return suppressing.suppress_address(session, by or world.ctx, request)

    def release(self, world, email, by=None):
        with world.sessions() as session:
            suppressing.release_address(session, by or world.ctx, suppressions.SuppressionRef(email=email))

    def listed(self, world, **fields):
        with world.sessions() as session:
            return mails.list_suppressions(session, world.ctx, suppressions.ListSuppressions(**fields))

    def test_contacts_blocks_the_address_and_lets_it_go(self, world, account):
        """R-LOG-8: the address shows why mail to it does not arrive."""
        self.add(world, cause="bounce", detail="550 no such user")
        with world.sessions() as session:
            (event,) = [one for one in outbox.pending(session) if isinstance(one, suppressions.AddressSuppressed)]
        with world.contacts.db.transaction(world.ctx) as session:
            contacts_suppressing.address_suppressed(session, world.ctx, event)
        assert "550 no such user" in world.address(account, "anna@example.com")[1].suppression

        self.release(world, "Anna@EXAMPLE.com")
        with world.contacts.db.transaction(world.ctx) as session:
            released = suppressions.AddressReleased(email="anna@example.com")
            contacts_suppressing.address_released(session, world.ctx, released)
        assert world.address(account, "anna@example.com")[1].suppression == ""

    def test_the_first_cause_stands_and_is_told_once(self, world):
        self.add(world, cause="complaint")
        again = self.add(world, cause="by_hand", detail="Asked by phone")

        with world.sessions() as session:
            told = [one for one in outbox.pending(session) if isinstance(one, suppressions.AddressSuppressed)]
        assert (again.cause, len(told)) == ("complaint", 1)

    def test_what_is_not_suppressed_can_not_be_released(self, world):
        with pytest.raises(suppressions.SuppressionNotFound):
            self.release(world, "anna@example.com")

    def test_is_for_owner_and_admins(self, world, ctx):
        employee = member_ctx(ctx, rights=("manage_accounts",))

        with pytest.raises(Forbidden):
            self.add(world, by=employee)
        with pytest.raises(Forbidden):
            self.release(world, "anna@example.com", by=employee)

    def test_the_list_is_paged_and_narrowed_down(self, world):
        for number in range(5):
            self.add(world, f"p{number}@example.com", by=world.fresh())
        self.add(world, "c@example.org", cause="complaint", by=world.fresh())

        first = self.listed(world, limit=4)
        rest = self.listed(world, limit=4, cursor=first.next_cursor)

        emails = [one.email for one in (*first.items, *rest.items)]
        assert emails == ["c@example.org", *(f"p{number}@example.com" for number in (4, 3, 2, 1, 0))]
        assert rest.next_cursor is None
        assert [one.email for one in self.listed(world, cause="complaint").items] == ["c@example.org"]
        assert len(self.listed(world, q="P3@").items) == 1


class TestTheRecord:
    def listed(self, world, account, by=None, **fields):
        with world.sessions() as session:
            return mails.list_mails(session, by or world.ctx, ListMails(account_id=account.id, **fields))

    def again(self, world, account, mail, **fields):
        with world.sessions() as session:
            request = SendMailAgain(account_id=account.id, mail_id=mail.id, **fields)
            return repeating.send_mail_again(session, world.ctx, request)

    def test_tells_what_became_of_each_mail_and_why(self, world, account, sent):
        found = self.listed(world, account)

        told = {one.email: (one.kind, one.type, one.state, one.reason) for one in found.items}
        assert told == {
            "anna@example.com": ("chat_message", "messages", "sent", None),
            "anna@work.example.com": ("chat_message", "messages", "not_sent", "notify_off"),
            "b@example.com": ("chat_message", "messages", "waiting", None),
        }
        assert [one.email for one in self.listed(world, account, email="ANNA@example.com").items] == [
            "anna@example.com"
        ]
        assert [one.email for one in self.listed(world, account, state="waiting").items] == ["b@example.com"]

    def test_is_paged(self, world, account, sent):
        pages, after = [], None
        while True:
            page = self.listed(world, account, limit=1, cursor=after)
            pages += [one.id for one in page.items]
            after = page.next_cursor
            if after is None:
                break
        assert pages == sorted((one.id for one in world.mails()), reverse=True)

    def test_hides_what_the_caller_may_not_know_of(self, world, ctx, account, sent):
        """R-INV-5, R-PRP-4: mails about invoices and proposals are for who may see those."""
        with world.sessions() as session:
            rows = session.query(model.Mail).filter_by(firm_id=ctx.firm)
            for one, kind in zip(rows, ("invoices", "proposals", "documents"), strict=True):
                one.type, one.subject = kind, "Payroll of Roy Ltd"

        seen = {one.type: one.subject for one in self.listed(world, account, by=member_ctx(ctx)).items}
        assert seen == {"documents": ""}  # R-ACC-7: nobody looked whether the document is hidden from them
        assert len(self.listed(world, account).items) == 3
        payer = member_ctx(ctx, rights=("manage_invoices",))
        assert {one.type for one in self.listed(world, account, by=payer).items} == {"documents", "invoices"}

    def test_is_not_for_clients_nor_for_another_firm(self, world, ctx, account, sent):
        anna = world.as_client(new_id(), account.id)
        with pytest.raises(Forbidden):
            self.listed(world, account, by=anna)

        other = replace(ctx, firm_id=new_id())
        with world.sessions(other) as session:
            assert mails.list_mails(session, other, ListMails(account_id=account.id)).items == ()

    @pytest.mark.parametrize("state", ["failed", "bounced", "unknown"])
    def test_what_did_not_arrive_can_be_sent_again(self, world, account, sent, state):
        mail, _ = sent
        self.becomes(world, mail, state)

        assert self.again(world, account, mail).state == "waiting"
        with pytest.raises(NotRepeatable):
            self.again(world, account, mail)

    def test_what_arrived_or_was_not_wanted_can_not(self, world, account, sent):
        mail, _ = sent
        with pytest.raises(NotRepeatable):
            self.again(world, account, mail)
        (unwanted,) = world.mails(reason="notify_off")
        with pytest.raises(NotRepeatable):
            self.again(world, account, unwanted)
        with pytest.raises(MailNotFound):
            self.again(world, account, SimpleNamespace(id=new_id()))

    def test_a_suppressed_address_gets_a_security_mail_on_purpose_alone(self, world, account, sent):
        """R-NOT-7"""
        mail, _ = sent
        world.suppress("anna@example.com")
        self.becomes(world, mail, "failed")
        with pytest.raises(AddressBlocked):
            self.again(world, account, mail)
        with pytest.raises(Invalid):
            self.again(world, account, mail, despite_suppression=True)

        self.becomes(world, mail, "not_sent", kind="invitation", type=None, reason="suppressed")
        with pytest.raises(AddressBlocked):
            self.again(world, account, mail)
        assert self.again(world, account, mail, despite_suppression=True).state == "waiting"
        assert world.mails(id=mail.id)[0].ignores_suppression

    def becomes(self, world, mail, state, **changes):
        with world.sessions() as session:
            row = session.query(model.Mail).filter_by(id=mail.id).one()
            row.state = state
            for name, value in changes.items():
                setattr(row, name, value)


class TestSettings:
    def test_are_changed_by_whom_they_are_for_and_never_blindly(self, world, ctx):
        """R-NOT-6: where answers go, who gets a copy, in which language."""
        change = ChangeNotificationSettings(version=1, locale="fr", reply_to="office@example.com")
        with world.sessions() as session:
            changed = settings.change_notification_settings(session, ctx, change)
        assert (changed.locale, changed.reply_to, changed.version) == ("fr", "office@example.com", 2)

        with pytest.raises(SettingsChangedMeanwhile), world.sessions() as session:
            settings.change_notification_settings(session, ctx, change)
        with pytest.raises(Forbidden), world.sessions() as session:
            settings.change_notification_settings(session, member_ctx(ctx), change)

    def test_a_mail_is_in_the_language_of_the_firm(self, world, ctx, account):
        with world.sessions() as session:
            change = ChangeNotificationSettings(version=1, locale="fr")
            settings.change_notification_settings(session, ctx, change)
        world.hear(of_messages.message_sent, said(account))
        world.settle()

        assert {one.locale for one in world.mails()} == {"fr"}
