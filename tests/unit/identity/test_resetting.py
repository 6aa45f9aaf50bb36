"""A portal user's password is changed, or chosen anew by a link (R-POR-5)."""

from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import Actor, Context, new_id
from chassis.errors import Forbidden, Invalid, Unauthenticated
from contracts import portal
from contracts.identity import Credential, TooManySignIns, WrongCredentials
from contracts.portal_links import PortalLink
from services.identity import entering, resetting
from services.identity.tokens import make
from tests.unit.identity.people import counted, here, later
from tests.unit.identity.portal import PASSWORD, Neighbour, accept, client_email, enter

NEW = "Calm-harbour-31-quill"


@pytest.fixture
def contacts():
    return Neighbour()


@pytest.fixture
def anna(db, contacts, settled):
    who = client_email()
    return accept(db, contacts, contacts.invite(settled, who))


@pytest.fixture
def asked(db, sessions, settled):
    """`asked(email)`: the reset that whoever mails hears of, if any."""

    def ask(email, ctx=None):
        resetting.ask(db, ctx or Context(), portal.RequestPortalReset(email=email))
        with sessions(settled) as session:
            events = [one for one in outbox.pending(session) if isinstance(one, portal.PortalResetRequested)]
        return events[-1] if events else None

    return ask


@pytest.fixture
def link(db, settled):
    def make(event, **changes):
        ctx = replace(settled, actor=Actor(), **changes)
        return resetting.make_link(db, ctx, portal.PortalResetRef(reset_id=event.reset_id)).token

    return make


def reset(db, token, password=NEW, ctx=None):
    return resetting.reset(db, ctx or Context(), portal.ResetPortalPassword(token=token, password=password), here)


class TestResetting:
    def test_from_the_question_to_the_new_password(self, db, contacts, anna, asked, link):
        token = link(asked(anna.user.email))

        reset(db, token)

        assert enter(db, contacts, anna.user.email, NEW).user.id == anna.user.id
        with pytest.raises(WrongCredentials):
            enter(db, contacts, anna.user.email, PASSWORD)

    def test_it_ends_every_session(self, db, anna, asked, link):
        reset(db, link(asked(anna.user.email)))

        with pytest.raises(Unauthenticated):
            entering.resolve(db, Context(), Credential(token=anna.token))

    def test_a_link_opens_once(self, db, anna, asked, link):
        token = link(asked(anna.user.email))
        reset(db, token)

        with pytest.raises(portal.ResetNotOpen):
            reset(db, token, "Calm-harbour-32-quill")

    def test_a_link_opens_for_a_day(self, db, anna, asked, link):
        token = link(asked(anna.user.email))

        with pytest.raises(portal.ResetNotOpen):
            reset(db, token, ctx=later(Context(), hours=25))
        reset(db, token, ctx=later(Context(), hours=23))

    def test_a_weak_password_leaves_it_open(self, db, anna, asked, link):
        token = link(asked(anna.user.email))
        with pytest.raises(Invalid):
            reset(db, token, "weak-weak-weak")

        reset(db, token)

    def test_a_later_one_closes_the_former(self, db, anna, asked, link):
        former = link(asked(anna.user.email))
        asked(anna.user.email)

        with pytest.raises(portal.ResetNotOpen):
            reset(db, former)

    def test_a_changed_password_closes_it(self, db, settled, anna, asked, link):
        token = link(asked(anna.user.email))
        mine = replace(settled, actor=Actor(kind="portal", id=anna.user.id))
        request = portal.ChangePortalPassword(current_password=PASSWORD, new_password=NEW)
        resetting.change_password(db, mine, request, here)

        with pytest.raises(portal.ResetNotOpen):
            reset(db, token)

    def test_nobodys_address_is_answered_alike_and_nobody_is_told(self, db, anna, asked):
        """The answer is the same, and so is the work but for the event itself and the former link."""
        with counted(db.engine) as known:
            resetting.ask(db, Context(), portal.RequestPortalReset(email=anna.user.email))
        with counted(db.engine) as unknown:
            resetting.ask(db, Context(), portal.RequestPortalReset(email=client_email()))

        assert len(known) - len(unknown) <= 4
        former = asked(anna.user.email)
        assert asked(client_email()) == former

    def test_nobody_is_flooded(self, db, asked, anna):
        for _ in range(5):
            asked(anna.user.email)

        with pytest.raises(TooManySignIns):
            asked(anna.user.email)

    def test_only_the_system_has_a_link_made(self, db, settled, anna, asked):
        event = asked(anna.user.email)

        with pytest.raises(Forbidden):
            resetting.make_link(db, settled, portal.PortalResetRef(reset_id=event.reset_id))

    def test_a_reset_of_another_firm_is_none(self, anna, asked, link):
        with pytest.raises(portal.ResetNotOpen):
            link(asked(anna.user.email), firm_id=new_id())

    @pytest.mark.parametrize("token", ["x", "dsr_r_nonsense"])
    def test_what_is_no_link_opens_nothing(self, db, token):
        with pytest.raises(portal.ResetNotOpen):
            reset(db, token)


class TestChanging:
    def test_other_sessions_end_and_this_stays(self, db, contacts, settled, anna):
        other = enter(db, contacts, anna.user.email)
        this = entering.resolve(db, Context(), Credential(token=anna.token)).session_id
        mine = replace(settled, actor=Actor(kind="portal", id=anna.user.id))
        request = portal.ChangePortalPassword(current_password=PASSWORD, new_password=NEW, session_id=this)

        resetting.change_password(db, mine, request, here)

        assert entering.resolve(db, Context(), Credential(token=anna.token))
        with pytest.raises(Unauthenticated):
            entering.resolve(db, Context(), Credential(token=other.token))

    def test_wrong_present_passwords_are_counted(self, db, settled, anna):
        mine = replace(settled, actor=Actor(kind="portal", id=anna.user.id))
        wrong = portal.ChangePortalPassword(current_password="no", new_password=NEW)
        for _ in range(10):
            with pytest.raises(WrongCredentials):
                resetting.change_password(db, mine, wrong, here)

        with pytest.raises(TooManySignIns):
            resetting.change_password(db, mine, replace(wrong, current_password=PASSWORD), here)

    def test_nobody_changes_it_from_within_an_account(self, db, settled, anna):
        actor = Actor(kind="portal", id=anna.user.id, account_id=new_id())
        request = portal.ChangePortalPassword(current_password=PASSWORD, new_password=NEW)

        with pytest.raises(Unauthenticated):
            resetting.change_password(db, replace(settled, actor=actor), request, here)


class TestLookingBehindALink:
    """R-POR-5"""

    def look(self, db, token, ctx=None):
        return resetting.look(db, ctx or Context(), PortalLink(token=token))

    def test_it_says_whose_password_it_is_about_and_uses_nothing_up(self, db, settled, anna, asked, link):
        token = link(asked(anna.user.email))

        first, again = self.look(db, token), self.look(db, token)

        assert first == again
        assert (first.email, first.firm.id) == (anna.user.email, settled.firm)
        reset(db, token)

    def test_a_used_replaced_late_or_forged_link_says_nothing(self, db, settled, anna, asked, link):
        event = asked(anna.user.email)
        replaced, used = link(event), link(event)
        late = later(Context(), hours=24)
        for token, ctx in ((replaced, None), (used, late), (make("r", settled.firm), None), ("x", None)):
            with pytest.raises(portal.ResetNotOpen):
                self.look(db, token, ctx)
        reset(db, used)

        with pytest.raises(portal.ResetNotOpen):
            self.look(db, used)
