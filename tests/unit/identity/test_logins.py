"""The section Login activity and the feed of all accounts (R-LA-1 to R-LA-5)."""

from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import Actor, new_id
from chassis.errors import Forbidden, Invalid
from contracts.accounts import AccountDeleted
from contracts.entries import Entry, InvitationAccepted
from contracts.export import Export
from contracts.identity import NotAllowed
from contracts.portal import ClientSignedIn, ListClientSignIns
from contracts.sections import GetSections, ListSection, SectionAsk, UnknownSection
from contracts.switches import AccessEnded, EmailAddress, InvitationRequested
from services.identity.operations import invitations
from services.identity.operations import portal as users
from services.identity.queries import exporting, logins, visits
from services.identity.rules.names import fold
from tests.unit.identity.people import acting, add, later

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605 Version/18.2 Mobile/15E148 Safari/604.1"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0"
ROY, MILL = new_id(), new_id()


def entry(name="Anna Roy", email="anna@roy.example", account=ROY, contact_id=None):
    contact_id = contact_id or CONTACTS.setdefault(name, new_id())
    return Entry(account_id=account, code="R1", name="Roy", contact_id=contact_id, contact_name=name, email=email)


CONTACTS = {}


@pytest.fixture
def came(session, owner):
    """`came(entry(), days=3)`: whoever it is came so many days ago."""

    def come(*entries, how="signed_in", agent=DESK, **ago):
        at = later(owner, **{unit: -number for unit, number in ago.items()})
        users.record(session, at, how, entries, folded=fold(entries[0].email), address="192.0.2.7", agent=agent)
        session.flush()

    return come


@pytest.fixture
def invited(session, owner):
    def invite(who, **ago):
        at = later(owner, **{unit: -number for unit, number in ago.items()}).now
        event = InvitationRequested(
            account_id=who.account_id,
            account_name="Roy",
            contact_id=who.contact_id,
            contact_name=who.contact_name,
            address=EmailAddress(id=new_id(), label="email", email=who.email),
            requested_by=None,
            message="",
            is_resend=False,
            sent_at=at,
            expires_at=later(replace(owner, now=at), days=30).now,
        )
        invitations.requested(session, owner, event)

    return invite


@pytest.fixture
def section(session, owner):
    def ask(scope="firm+details", account=ROY, ctx=None):
        request = GetSections(account_id=account, sections=(SectionAsk(name="logins", scope=scope),))
        (found,) = logins.get_sections(session, ctx or owner, request).sections
        return found

    return ask


@pytest.fixture
def people(session, owner):
    def ask(scope="firm+details", account=ROY, **fields):
        return logins.list_section(
            session, owner, ListSection(account_id=account, name="logins", scope=scope, **fields)
        )

    return ask


class TestSection:
    def test_never(self, section, people, came):
        """R-LA-3; what happened on another account does not count."""
        came(entry(account=MILL))

        assert (section().rows, section().total, people().rows) == ((), 0, ())

    def test_the_latest_of_anybody(self, section, came):
        """R-LA-1"""
        came(entry(), days=9)
        came(entry("Bob Roy", "bob@roy.example"), days=2)
        came(entry(), days=5)

        (row,) = section().rows

        assert (row["contact"]["name"], row["email"], section().total) == ("Bob Roy", "bob@roy.example", 2)

    def test_a_switch_counts(self, section, came):
        """R-LA-2"""
        came(entry(), days=9)
        came(entry(), days=1, how="switched")

        assert section().rows[0]["how"] == "switched"

    def test_an_employee_sees_the_date_alone(self, section, people, came):
        """R-LA-5, matrix of §2.4"""
        came(entry(), days=2)

        for found in (section("firm"), people("firm")):
            assert (found.total, [set(row) for row in found.rows]) == (1, [{"at"}])

    def test_the_total_counts_what_view_all_lists(self, section, people, came, invited):
        """R-OV-6"""
        came(entry(), days=2)
        came(entry(email="anna@work.example"), days=3)
        invited(entry("Bob Roy", "bob@roy.example"))

        assert section().total == people().total == len(people().rows) == 3

    def test_a_client_and_another_firm_have_no_such_section(self, session, section, came, owner):
        came(entry())
        stranger = replace(owner, firm_id=new_id())
        client = replace(owner, actor=Actor(kind="portal", id=new_id(), account_id=ROY))

        assert section(ctx=stranger).rows == ()
        with pytest.raises(UnknownSection):
            section(ctx=client)

    def test_an_account_that_is_gone_takes_it_along(self, session, section, came, invited, owner):
        came(entry())
        invited(entry("Bob Roy", "bob@roy.example"))

        users.forget_account(session, owner, AccountDeleted(account_id=ROY, version=2))

        assert (section().rows, section().total) == ((), 0)


class TestViewAll:
    def test_by_contact_and_address(self, people, came):
        """R-LA-5: last sign-in, device, count in 90 days."""
        came(entry(), days=100)
        came(entry(), days=80)
        came(entry(), days=1, agent=PHONE)
        came(entry("Bob Roy", "bob@roy.example"), days=95)

        anna, bob = people().rows

        assert (anna["contact"]["name"], anna["times_in_90_days"], bob["times_in_90_days"]) == ("Anna Roy", 2, 0)
        assert anna["last"] | {"at": ""} == {
            "at": "",
            "how": "signed_in",
            "address": "192.0.2.7",
            "device": "mobile",
            "browser": "Safari",
            "system": "iOS",
        }
        assert (bob["last"]["device"], bob["last"]["browser"], bob["last"]["system"]) == ("desktop", "Edge", "Windows")

    def test_an_invitation_that_waits_shows_its_age(self, people, invited):
        """R-LA-5"""
        invited(entry(), days=12)
        invited(entry("Bob Roy", "bob@roy.example"), days=31)

        anna, bob = people().rows

        assert (anna["last"], anna["invitation"]["days"], anna["invitation"]["is_expired"]) == (None, 12, False)
        assert (bob["invitation"]["days"], bob["invitation"]["is_expired"]) == (31, True)

    def test_the_last_invitation_counts_whichever_comes_first(self, people, invited):
        invited(entry(), days=3)
        invited(entry(), days=9)

        assert people().rows[0]["invitation"]["days"] == 3

    def test_an_accepted_or_withdrawn_one_waits_no_longer(self, session, owner, people, invited):
        invited(entry(), days=3)
        invited(entry("Bob Roy", "bob@roy.example"), days=3)
        accepted = InvitationAccepted(
            account_id=ROY,
            account_name="Roy",
            contact_id=entry().contact_id,
            contact_name="Anna Roy",
            email="anna@roy.example",
            accepted_at=owner.now,
            is_first=True,
        )

        invitations.accepted(session, owner, accepted)
        invitations.ended(session, owner, AccessEnded(account_id=ROY, email="bob@roy.example"))

        assert people().rows == ()

    def test_an_acceptance_that_comes_late_ends_no_later_invitation(self, session, owner, people, invited):
        invited(entry(), days=1)
        accepted = InvitationAccepted(
            account_id=ROY,
            account_name="Roy",
            contact_id=entry().contact_id,
            contact_name="Anna Roy",
            email="anna@roy.example",
            accepted_at=later(owner, days=-5).now,
            is_first=True,
        )

        invitations.accepted(session, owner, accepted)

        assert people().total == 1

    def test_pages(self, people, came):
        for number in range(7):
            came(entry(f"Person {number}", f"p{number}@roy.example"), days=number + 1)

        first = people(limit=4)
        second = people(limit=4, cursor=first.next_cursor)

        names = [row["contact"]["name"] for row in (*first.rows, *second.rows)]
        assert names == [f"Person {number}" for number in range(7)]
        assert (first.total, second.total, second.next_cursor) == (7, 7, None)

    @pytest.mark.parametrize("asked", [{"filters": {"device": "x"}}, {"cursor": "x"}, {"cursor": "WzEsMl0"}])
    def test_what_there_is_not_is_refused(self, people, asked):
        with pytest.raises(Invalid):
            people(**asked)


class TestFeed:
    def test_all_accounts_newest_first_a_page_at_a_time(self, session, owner, came):
        """R-LA-4"""
        for days in (3, 1, 2):
            came(entry(account=new_id()), days=days)

        first = visits.list_client_sign_ins(session, owner, ListClientSignIns(limit=2))
        rest = visits.list_client_sign_ins(session, owner, ListClientSignIns(limit=2, cursor=first.next_cursor))

        instants = [line.at for line in (*first.items, *rest.items)]
        assert (instants, len(instants), rest.next_cursor) == (sorted(instants, reverse=True), 3, None)
        assert (first.items[0].contact_name, first.items[0].address) == ("Anna Roy", "192.0.2.7")

    def test_an_employee_and_a_client_see_none_of_it(self, session, owner, came):
        """R-LA-4: owner and admins."""
        came(entry())
        employee = acting(owner, add(session, owner))
        client = replace(owner, actor=Actor(kind="portal", id=new_id(), role="owner"))

        for who in (employee, client):
            with pytest.raises(NotAllowed):
                visits.list_client_sign_ins(session, who, ListClientSignIns())


class TestTelling:
    def test_each_coming_is_told(self, session, came):
        """R-LA-3"""
        came(entry(), entry(account=MILL), days=1)

        told = [one for one in outbox.pending(session) if isinstance(one, ClientSignedIn)]
        assert [one.account_id for one in told] == [ROY, MILL]

    def test_the_last_on_each_account_is_told_again(self, session, owner, came):
        accounts = sorted(new_id() for _ in range(5))
        for account in accounts:
            came(entry(account=account), days=9)
            came(entry(account=account), days=1)
        system, told, cursor = replace(owner, actor=Actor()), [], None
        while True:
            page = exporting.export(session, system, Export(limit=2, cursor=cursor))
            told += page.events
            cursor = page.next_cursor
            if cursor is None:
                break

        assert [one["body"]["account_id"] for one in told] == accounts
        with pytest.raises(Forbidden):
            exporting.export(session, owner, Export())
