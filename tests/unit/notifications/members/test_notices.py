"""What members read of what they were told, and what they choose to be told."""

import datetime as dt
from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from contracts.accounts import AccountChanged, AccountDeleted
from contracts.identity import MemberDeactivated
from contracts.notices import NoticeChoice, NoticeMade, NoticeNotFound, NoticeRef, ReadNotices
from contracts.notifications import MailChanged
from services.notifications import audience, model
from services.notifications.operations import notices, noticing
from services.notifications.queries import notices as queries
from tests.unit.notifications.members.conftest import account, as_client, as_member, member


class TestListNotices:
    def test_shows_the_newest_first_a_page_at_a_time(self, telling, olga):
        for number in range(3):
            telling.settle(olga, number=number)

        first = telling.listed(olga, limit=2)
        rest = telling.listed(olga, limit=2, cursor=first.next_cursor)

        assert [one.facts["number"] for one in (*first.items, *rest.items)] == [2, 1, 0]
        assert (first.unread, rest.next_cursor) == (3, None)
        assert first.items[0].account_name == "Roy Family"

    def test_refuses_a_cursor_of_another_list(self, telling, olga):
        for text in ("WzFd", "xyz", "WyJub3RoaW5nIl0"):
            with pytest.raises(Invalid):
                telling.listed(olga, cursor=text)

    def test_shows_an_employee_only_accounts_that_open_for_them(self, telling, emil):
        """R-ACC-1, R-ACC-5: the team's, and with view-all each."""
        telling.settle(emil)
        assert telling.kinds(emil) == ["client_activated"]

        without = account(version=2, id=telling.account.id)
        notices.account_told(telling.session, telling.ctx, AccountChanged(account=without))

        assert telling.listed(emil) == replace(telling.listed(emil), items=(), unread=0)
        seeing = replace(emil, rights=("view_all_accounts",))
        assert telling.kinds(seeing) == ["client_activated"]

    @pytest.mark.parametrize(("state", "is_seen"), [("archived", True), ("trashed", False), ("active", True)])
    def test_goes_by_the_state_of_the_account(self, telling, olga, emil, state, is_seen):
        """R-ACC-8: an archived account obeys the same rule; one in the trash is there for nobody."""
        telling.settle(olga, emil)
        told = account(olga, emil, version=2, id=telling.account.id, state=state)
        notices.account_told(telling.session, telling.ctx, AccountChanged(account=told))

        assert [len(telling.kinds(one)) for one in (olga, emil)] == [int(is_seen)] * 2

    def test_shows_nothing_that_takes_a_right_they_lost(self, telling, emil):
        paying = replace(emil, rights=("manage_payments",))
        telling.settle(paying, kind="payment_received")

        assert telling.kinds(paying) == ["payment_received"]
        assert (telling.kinds(emil), telling.listed(emil).unread) == ([], 0)

    def test_calls_an_account_as_it_is_called_by_now(self, telling, olga):
        telling.settle(olga)
        for version, name in ((3, "Roy & Co"), (2, "Roy")):  # told in the wrong order
            told = account(olga, version=version, id=telling.account.id, name=name)
            notices.account_told(telling.session, telling.ctx, AccountChanged(account=told))

        assert telling.listed(olga).items[0].account_name == "Roy & Co"

    def test_keeps_firms_and_members_apart(self, telling, olga, emil):
        telling.settle(olga)
        elsewhere = replace(as_member(telling.ctx, olga), firm_id=new_id())
        asked = queries.notices.ListNotices()

        assert telling.kinds(emil) == []
        assert queries.list_notices(telling.session, elsewhere, asked).items == ()

    def test_is_for_members_alone(self, telling):
        for stranger in (as_client(telling.ctx), replace(telling.ctx, actor=replace(telling.ctx.actor, kind="system"))):
            with pytest.raises(Forbidden):
                queries.list_notices(telling.session, stranger, queries.notices.ListNotices())


class TestReadNotices:
    def test_one_is_read_once(self, telling, olga):
        telling.settle(olga)
        (notice,) = telling.listed(olga).items
        by = as_member(telling.ctx, olga)

        first = notices.read_notice(telling.session, by, NoticeRef(notice_id=notice.id))
        again = notices.read_notice(
            telling.session, replace(by, now=by.now + dt.timedelta(days=1500)), NoticeRef(notice_id=notice.id)
        )

        assert first.read_at == again.read_at == by.now
        assert telling.listed(olga, is_unread=True).items == ()
        assert len(telling.listed(olga, is_unread=False).items) == 1

    def test_ones_own_alone(self, telling, olga, emil):
        telling.settle(olga)
        (notice,) = telling.listed(olga).items

        with pytest.raises(NoticeNotFound):
            notices.read_notice(telling.session, as_member(telling.ctx, emil), NoticeRef(notice_id=notice.id))

    def test_all_up_to_the_newest_that_was_seen(self, telling, olga, emil):
        for _ in range(3):
            telling.settle(olga, emil)
        seen = telling.listed(olga).items[1]

        left = notices.read_notices(telling.session, as_member(telling.ctx, olga), ReadNotices(up_to=seen.id))

        assert left.unread == 1
        assert telling.listed(emil).unread == 3  # nobody else's

    def test_all_of_one_account(self, telling, olga):
        telling.settle(olga)
        (notice,) = telling.listed(olga).items
        by = as_member(telling.ctx, olga)

        assert notices.read_notices(telling.session, by, ReadNotices(up_to=notice.id, account_id=new_id())).unread == 1
        request = ReadNotices(up_to=notice.id, account_id=telling.account.id)
        assert notices.read_notices(telling.session, by, request).unread == 0


class TestChooseNotices:
    def test_begins_with_each_listed_and_some_mailed(self, telling, olga):
        begun = telling.choices(olga)

        assert [one.kind for one in begun] == list(audience.KINDS)
        assert all(one.is_listed for one in begun)
        mailed = {one.kind for one in begun if one.is_mailed}
        assert mailed == {"client_activated", "chat_message", "mentioned", "task_assigned", "quickbooks_attention"}

    def test_leaves_what_is_not_named(self, telling, olga, emil):
        silent = NoticeChoice(kind="chat_message", is_listed=False, is_mailed=False)
        telling.choose(olga, silent)
        mailed = NoticeChoice(kind="payment_received", is_listed=True, is_mailed=True)

        made = telling.choose(olga, replace(mailed, is_listed=False), mailed)

        chosen = {one.kind: one for one in made.items}
        assert (chosen["chat_message"], chosen["payment_received"]) == (silent, mailed)
        assert telling.choices(emil)[2] == NoticeChoice(kind="chat_message", is_listed=True, is_mailed=True)


class TestSettle:
    @pytest.mark.parametrize(("is_listed", "is_mailed"), [(True, True), (True, False), (False, True), (False, False)])
    def test_tells_each_member_where_they_want_it(self, telling, emil, is_listed, is_mailed):
        """R-FOL-2: with neither it stays silent."""
        telling.choose(emil, NoticeChoice(kind="client_activated", is_listed=is_listed, is_mailed=is_mailed))

        telling.settle(emil)

        assert len(telling.listed(emil).items) == is_listed
        assert len(telling.mails()) == is_mailed

    def test_announces_each_notice(self, telling, olga):
        telling.settle(olga, contact="Anna Roy")

        (told,) = outbox.pending(telling.session)
        (notice,) = telling.listed(olga).items
        assert told == NoticeMade(member_id=olga.id, account_id=telling.account.id, notice=notice)

    def test_writes_mails_in_the_language_of_the_firm(self, telling, emil):
        settings = model.FirmSettings(firm_id=telling.ctx.firm, firm_name="Whitfield", locale="fr")
        telling.session.add(settings)

        telling.settle(emil, contact="Anna Roy", about={"document_id": str(new_id())})

        (mail,) = telling.mails()
        assert (mail.kind, mail.recipient, mail.member_id) == ("staff_client_activated", str(emil.id), emil.id)
        assert (mail.email, mail.greeting, mail.locale) == (emil.email, emil.name, "fr")
        assert mail.facts == {"contact": "Anna Roy", "account": "Roy Family"}
        assert (mail.state, mail.reason, mail.due_at) == ("waiting", None, telling.ctx.now)

    def test_sends_nothing_to_an_address_where_mail_does_not_arrive(self, telling, olga):
        """R-NOT-7"""
        gone = member("owner", email="Olga@Example.com")
        folded = {"email_folded": "olga@example.com", "email": gone.email, "cause": "bounce"}
        telling.session.add(model.Suppression(firm_id=telling.ctx.firm, suppressed_at=telling.ctx.now, **folded))

        telling.settle(gone, olga)

        assert [(one.email, one.state, one.reason, one.due_at is None) for one in telling.mails()] == [
            (gone.email, "not_sent", "suppressed", True),
            (olga.email, "waiting", None, False),
        ]


class TestForgetting:
    def test_an_account_that_is_gone_takes_its_notices_along(self, telling, olga):
        telling.settle(olga)

        gone = AccountDeleted(account_id=telling.account.id, version=9)
        notices.account_deleted(telling.session, telling.ctx, gone)

        assert telling.session.query(model.Notice).count() == 0
        assert telling.session.query(model.AccountRef).count() == 0


class TestTaking:
    """Two workers at once, one that was killed, and one that came back late."""

    @pytest.fixture
    def happening(self, sessions, ctx):
        with sessions() as session:
            row = model.Happening(
                firm_id=ctx.firm,
                id=new_id(),
                kind="staff_client_activated",
                account_id=new_id(),
                facts={},
                happened_at=ctx.now,
                due_at=ctx.now,
            )
            session.add(row)
        return row.id

    @staticmethod
    def later(ctx, seconds):
        return replace(ctx, now=ctx.now + dt.timedelta(seconds=seconds))

    def test_two_workers_do_not_take_the_same(self, sessions, ctx, happening):
        with sessions() as session:
            assert noticing.take(session, ctx, happening, 30.0).attempts == 1
        with sessions() as session:
            assert noticing.take(session, self.later(ctx, 29), happening, 30.0) is None

    def test_what_a_killed_worker_left_is_taken_up_after_its_lease_and_settled_once(
        self, sessions, ctx, olga, happening
    ):
        told = noticing.Settled((olga,), {"contact": "Anna Roy"}, account(olga))
        with sessions() as session:
            lost = noticing.take(session, ctx, happening, 30.0)
        with sessions() as session:
            due = noticing.take(session, self.later(ctx, 30), happening, 30.0)
        assert due.attempts == 2

        for one in (due, lost):  # the first was not dead, only slow
            with sessions() as session:
                noticing.settle(session, self.later(ctx, 31), one, told)

        with sessions() as session:
            assert session.query(model.Notice).count() == 1
            assert session.query(model.Mail).count() == 1
            assert noticing.take(session, self.later(ctx, 90), happening, 30.0) is None

    def test_what_could_not_be_asked_is_due_again_after_a_pause(self, sessions, ctx, happening):
        with sessions() as session:
            due = noticing.take(session, ctx, happening, 30.0)
            noticing.later(session, ctx, due, ctx.now + dt.timedelta(seconds=5))
        with sessions() as session:
            assert noticing.take(session, self.later(ctx, 4), happening, 30.0) is None
            assert noticing.take(session, self.later(ctx, 5), happening, 30.0).attempts == 2


class TestWhoLeft:
    """R-ROLE-3"""

    def test_gets_nothing_that_still_waits(self, telling, olga, emil):
        telling.settle(olga, emil)
        (held,) = [one for one in telling.mails() if one.member_id == emil.id]
        telling.settle(emil)
        held.taken_until = telling.ctx.now + dt.timedelta(seconds=60)  # at the mail server's door
        telling.session.flush()

        gone = MemberDeactivated(member=replace(emil, is_active=False))
        noticing.member_deactivated(telling.session, telling.ctx, gone)

        found = {(one.member_id, one.state, one.reason) for one in telling.mails() if one.id != held.id}
        assert found == {(olga.id, "waiting", None), (emil.id, "not_sent", "withdrawn")}
        assert held.state == "waiting"
        (told,) = [one for one in outbox.pending(telling.session) if isinstance(one, MailChanged)]
        assert (told.mail.email, told.mail.state) == (emil.email, "not_sent")
