"""The opening of an account, step by step: what each leaves, and that each may be repeated (design.md §4)."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import get_args

import pytest
from sqlalchemy import delete, func, select

from chassis import outbox
from chassis.context import Context, new_id
from chassis.errors import Conflict, Forbidden, Invalid
from contracts.account_settings import CreateTag, TagRef
from contracts.accounts import (
    AccountCreated,
    AccountNotFound,
    AccountRef,
    AccountType,
    TagChanged,
    TagNotFound,
    TeamMemberUnknown,
)
from contracts.contacts import AccountFacts, ContactEntry, ContactNotFound, NewContact, OpenLinks
from services.accounts import driving, opening, queries
from services.accounts.model import Account, AccountOpening
from services.accounts.operations import tags
from services.accounts.timing import REFUSED_KEPT, RESUMED_AFTER
from tests.unit.accounts import firm


def records(session):
    return session.scalar(select(func.count()).select_from(AccountOpening))


def accounts(session):
    return session.scalar(select(func.count()).select_from(Account))


class TestBegin:
    def test_leaves_an_account_that_nobody_sees_and_no_event(self, session, ctx):
        asked = opening.begin(session, ctx, firm.create())

        assert isinstance(asked, OpenLinks)
        assert (accounts(session), records(session), outbox.pending(session)) == (1, 1, [])
        with pytest.raises(AccountNotFound):
            queries.get_account(session, ctx, AccountRef(account_id=asked.account.id))

    def test_repeated_with_its_key_goes_on_with_the_same_account(self, session, ctx):
        first = opening.begin(session, ctx, firm.create(name="Ada"))

        again = opening.begin(session, ctx, firm.create(name="Ada"))

        assert again == first
        assert (accounts(session), records(session)) == (1, 1)

    def test_repeated_after_the_end_gives_the_account(self, session, ctx):
        asked = opening.begin(session, ctx, firm.create())
        done = opening.finish(session, ctx, asked.account.id, firm.linked(asked, firm.contact()))

        assert opening.begin(session, ctx, firm.create()) == done
        assert accounts(session) == 1

    def test_another_key_or_another_actor_is_another_account(self, session, ctx):
        other_key = replace(ctx, key="other")
        other_actor = replace(firm.acting(ctx, firm.member("admin")), key=ctx.key)

        ids = {opening.account_id_for(each) for each in (ctx, other_key, other_actor, replace(ctx, firm_id=new_id()))}

        assert len(ids) == 4

    @pytest.mark.parametrize("rights", [(), ("manage_contacts",), ("view_all_accounts",)])
    def test_needs_the_right(self, session, ctx, rights):
        """§2.2: Manage accounts creates accounts."""
        (theirs,) = firm.join(session, ctx, firm.member(rights=rights))

        with pytest.raises(Forbidden):
            opening.begin(session, theirs, firm.create())

        assert accounts(session) == 0

    @pytest.mark.parametrize(
        ("entries", "field"),
        [
            ((ContactEntry(),), "contacts.0"),
            (
                (ContactEntry(id=new_id()), ContactEntry(id=new_id(), new=NewContact(email="a@example.com"))),
                "contacts.1",
            ),
            ((ContactEntry(id=(twice := new_id())), ContactEntry(id=twice)), "contacts.1.id"),
        ],
    )
    def test_refuses_entries_that_name_no_one_contact(self, session, ctx, entries, field):
        """R-LNK-1."""
        with pytest.raises(Invalid) as refused:
            opening.begin(session, ctx, firm.create(contacts=entries))

        assert refused.value.data["errors"][0]["field"] == field

    def test_refuses_a_team_of_strangers(self, session, ctx):
        gone = firm.member(is_active=False)
        firm.join(session, ctx, gone)

        for unknown in (gone.id, new_id()):
            with pytest.raises(TeamMemberUnknown) as refused:
                opening.begin(session, ctx, firm.create(team=(unknown,)))
            assert refused.value.data["errors"][0]["field"] == "members.0"

    def test_refuses_unknown_tags_to_who_may_not_make_them(self, session, ctx):
        """R-TAG-1."""
        (theirs,) = firm.join(session, ctx, firm.member(rights=("manage_accounts",)))

        with pytest.raises(TagNotFound) as refused:
            opening.begin(session, theirs, firm.create(tags=("VIP",)))

        assert refused.value.data["names"] == ["VIP"]
        assert accounts(session) == 0


class TestFinish:
    def test_opens_names_codes_and_tells(self, session, ctx):
        """R-NAME-2, R-ID-1, R-TAG-1."""
        (theirs,) = firm.join(session, ctx, firm.member("owner"))
        asked = opening.begin(session, theirs, firm.create(tags=("VIP", "vip", "New")))

        account = opening.finish(session, theirs, asked.account.id, firm.linked(asked, firm.contact()))

        assert (account.name, account.name_mode, account.code) == ("Ada Lovelace", "automatic", "A1")
        assert (account.state, account.version) == ("active", 1)
        assert [tag.name for tag in account.tags] == ["VIP", "New"]
        assert outbox.pending(session)[-1] == AccountCreated(account=account)
        assert len([event for event in outbox.pending(session) if isinstance(event, TagChanged)]) == 2
        assert records(session) == 0
        assert queries.get_account(session, theirs, AccountRef(account_id=account.id)) == account

    def test_repeated_changes_and_tells_nothing_more(self, session, ctx):
        asked = opening.begin(session, ctx, firm.create())
        answer = firm.linked(asked, firm.contact())
        first = opening.finish(session, ctx, asked.account.id, answer)
        told = outbox.pending(session)

        assert opening.finish(session, ctx, asked.account.id, answer) == first
        assert outbox.pending(session) == told

    def test_the_first_contact_entered_gives_the_name_not_the_first_of_the_alphabet(self, session, ctx):
        """R-NAME-3."""
        zoe, ada = firm.contact("Zoe", "Zander"), firm.contact("Ada", "Byron")
        entries = (ContactEntry(id=zoe.id), ContactEntry(id=ada.id))
        asked = opening.begin(session, ctx, firm.create(contacts=entries))

        account = opening.finish(session, ctx, asked.account.id, firm.linked(asked, ada, zoe))

        assert account.name == "Zoe Zander"

    def test_the_first_of_several_new_contacts_is_the_one_made_first(self, session, ctx):
        """R-NAME-3."""
        zoe, ada, known = firm.contact("Zoe", "Zander"), firm.contact("Ada", "Byron"), firm.contact("Bob", "Known")
        new = ContactEntry(new=NewContact(first_name="Zoe"))
        asked = opening.begin(session, ctx, firm.create(contacts=(new, ContactEntry(id=known.id), new)))

        account = opening.finish(session, ctx, asked.account.id, firm.linked(asked, ada, known, zoe))

        assert account.name == "Zoe Zander"

    def test_a_typed_name_stays(self, session, ctx):
        """R-NAME-1, R-NAME-8."""
        account = firm.opened(session, ctx, name="  The   Byrons ")

        assert (account.name, account.name_mode) == ("The Byrons", "manual")

    @pytest.mark.parametrize("kind", ["individual", "company", "other"])
    def test_all_three_types_are_offered(self, session, ctx, kind):
        """R-TYPE-2."""
        assert firm.opened(session, ctx, type=kind).type == kind

    def test_a_time_zone_may_be_given(self, session, ctx):
        """§3.1."""
        assert firm.opened(session, ctx, timezone="Europe/Paris").timezone == "Europe/Paris"

    def test_names_need_not_be_unique_the_code_tells_twins_apart(self, session, ctx):
        """R-NAME-5, R-ID-1."""
        codes = [firm.opened(session, ctx, name="Byron").code for _ in range(3)]

        assert codes == ["B1", "B2", "B3"]

    def test_a_code_is_never_given_again(self, session, ctx):
        """R-ID-2."""
        first = firm.opened(session, ctx, name="Byron")
        session.execute(delete(Account).where(Account.firm_id == ctx.firm, Account.id == first.id))

        assert (first.code, firm.opened(session, ctx, name="Byron").code) == ("B1", "B2")

    def test_an_imported_individual_has_the_initials_of_the_contact(self, session, ctx):
        """R-ID-1."""
        jean = firm.contact("Jean", "Garnier")

        assert firm.opened(session, ctx, jean, name="Garnier J.", is_import=True).code == "JG1"
        assert firm.opened(session, ctx, jean, name="Garnier SA", type="company", is_import=True).code == "G1"

    def test_nobody_chosen_is_the_default_members_the_owner_and_the_creator(self, session, ctx):
        """R-ACC-2, R-ACC-3, R-FOL-1."""
        owner, default = firm.member("owner"), firm.member(has_default_access=True)
        creator = firm.member(rights=("manage_accounts",))
        contexts = firm.join(session, ctx, owner, default, creator, firm.member(), firm.member("admin"))

        account = firm.opened(session, contexts[2])

        assert {person.id for person in account.team} == {owner.id, default.id, creator.id}
        assert {person.id for person in account.followers} == {owner.id, default.id, creator.id}

    def test_a_chosen_team_is_the_team(self, session, ctx):
        """R-ACC-2."""
        chosen = firm.member(name="Chosen One")
        firm.join(session, ctx, firm.member("owner"), firm.member(has_default_access=True), chosen)

        account = firm.opened(session, ctx, team=(chosen.id,))

        assert [(person.id, person.name) for person in account.team] == [(chosen.id, "Chosen One")]

    def test_a_member_deactivated_meanwhile_is_replaced(self, session, ctx):
        """R-ACC-3, R-ROLE-3."""
        owner, chosen = firm.member("owner"), firm.member()
        firm.join(session, ctx, owner, chosen)
        asked = opening.begin(session, ctx, firm.create(team=(chosen.id,)))
        firm.tell(session, ctx, chosen, is_active=False)

        account = opening.finish(session, ctx, asked.account.id, firm.linked(asked, firm.contact()))

        assert [person.id for person in account.team] == [owner.id]

    def test_the_first_account_of_a_firm_whose_members_are_not_known_yet_has_its_creator(self, session, ctx):
        """R-ACC-3."""
        account = firm.opened(session, ctx)

        assert [person.id for person in account.team] == [ctx.actor.id]

    def test_a_tag_deleted_meanwhile_is_not_missed(self, session, ctx):
        """R-TAG-5."""
        (theirs,) = firm.join(session, ctx, firm.member(rights=("manage_accounts",)))
        tag = tags.create_tag(session, ctx, CreateTag(name="VIP"))
        asked = opening.begin(session, theirs, firm.create(tags=("vip",)))
        tags.delete_tag(session, ctx, TagRef(tag_id=tag.id))

        account = opening.finish(session, theirs, asked.account.id, firm.linked(asked, firm.contact()))

        assert account.tags == ()

    @pytest.mark.parametrize("kind", get_args(AccountType))
    def test_each_of_the_types_can_be_opened(self, session, ctx, kind):
        """R-TYPE-1, R-TYPE-2."""
        account = firm.opened(session, ctx, type=kind)

        assert queries.get_account(session, ctx, AccountRef(account_id=account.id)).type == kind

    def test_company_fields_show_on_a_company_only(self, session, ctx):
        """R-TYPE-1, R-TYPE-4."""
        company = firm.opened(session, ctx, type="company", company_name=" Engines  Ltd ")
        person = firm.opened(session, ctx, type="individual", company_name="Engines Ltd")

        assert (company.name, company.company_name) == ("Engines Ltd", "Engines Ltd")
        assert (person.name, person.company_name) == ("Ada Lovelace", None)


class TestRefuse:
    def test_leaves_no_account_and_the_refusal_as_the_answer(self, session, ctx):
        asked = opening.begin(session, ctx, firm.create())

        assert opening.refuse(session, ctx, asked.account.id, ContactNotFound(contact_id="x"))

        assert accounts(session) == 0
        with pytest.raises(ContactNotFound) as repeated:
            opening.begin(session, ctx, firm.create())
        assert repeated.value.data == {"contact_id": "x"}

    def test_a_slower_attempt_that_got_links_is_refused_too(self, session, ctx):
        asked = opening.begin(session, ctx, firm.create())
        opening.refuse(session, ctx, asked.account.id, Conflict("no"))

        with pytest.raises(Conflict):
            opening.finish(session, ctx, asked.account.id, firm.linked(asked, firm.contact()))

        assert (accounts(session), outbox.pending(session)) == (0, [])

    def test_comes_too_late_for_an_account_that_is_open(self, session, ctx):
        asked = opening.begin(session, ctx, firm.create())
        account = opening.finish(session, ctx, asked.account.id, firm.linked(asked, firm.contact()))

        assert not opening.refuse(session, ctx, asked.account.id, Conflict("no"))
        assert opening.opened_by_another(session, ctx, account.id) == account

    def test_the_record_goes_only_after_a_refusal(self, session, ctx):
        asked = opening.begin(session, ctx, firm.create())
        opening.forget(session, ctx, asked.account.id)
        assert records(session) == 1
        opening.refuse(session, ctx, asked.account.id, Conflict("no"))

        opening.forget(session, ctx, asked.account.id)

        assert records(session) == 0

    def test_faults_are_counted(self, session, ctx):
        asked = opening.begin(session, ctx, firm.create())

        assert [opening.count_attempt(session, ctx, asked.account.id) for _ in range(3)] == [1, 2, 3]
        assert opening.count_attempt(session, ctx, new_id()) == 0


class TestSweep:
    def test_takes_up_what_was_left_once_its_time_has_come(self, session, ctx):
        asked = opening.begin(session, ctx, firm.create())
        later = replace(ctx, now=ctx.now + RESUMED_AFTER)

        assert driving.claim(session, ctx, asked.account.id) is None
        assert driving.claim(session, later, asked.account.id).account_id == asked.account.id
        assert driving.claim(session, later, asked.account.id) is None

    def test_a_refusal_is_kept_until_no_call_can_be_under_way(self, session, ctx):
        asked = opening.begin(session, ctx, firm.create())
        opening.refuse(session, ctx, asked.account.id, Conflict("no"))
        soon = replace(ctx, now=ctx.now + RESUMED_AFTER)
        later = replace(ctx, now=ctx.now + REFUSED_KEPT)

        assert driving.claim(session, soon, asked.account.id) is None
        assert driving.claim(session, later, asked.account.id) is not None

    def test_finds_the_openings_of_every_firm_and_nothing_else_of_them(self, sessions, ctx):
        other = replace(ctx, firm_id=new_id())
        ids = set()
        for each in (ctx, other):
            with sessions(each) as session:
                ids.add((each.firm_id, opening.begin(session, each, firm.create()).account.id))
        nobody = Context(now=ctx.now + dt.timedelta(days=1))

        with sessions(nobody) as session:
            due = set(session.execute(select(AccountOpening.firm_id, AccountOpening.account_id)).all())
            seen = session.scalars(select(Account.id)).all()
            session.connection().exec_driver_sql("UPDATE account_opening SET attempts = 99")
        with sessions(ctx) as session:
            attempts = session.scalar(select(AccountOpening.attempts))

        assert ids <= due
        assert (seen, attempts) == ([], 0)


class TestConcurrency:
    def test_many_at_once_get_codes_of_their_own_without_waiting_in_a_circle(self, sessions, ctx):
        """R-ID-1: no duplicates, no deadlock, tags and prefixes in any order."""
        prefixes = ["Ada", "Bob", "Cid"]

        def open_one(number):
            theirs = replace(ctx, key=f"open {number}")
            wanted = ("one", "two", "three") if number % 2 else ("three", "two", "one")
            name = prefixes[number % 3]
            with sessions(theirs) as session:
                asked = opening.begin(session, theirs, firm.create(name=name, tags=wanted))
            with sessions(theirs) as session:
                return opening.finish(session, theirs, asked.account.id, firm.linked(asked, firm.contact()))

        with ThreadPoolExecutor(12) as pool:
            made = list(pool.map(open_one, range(36)))

        assert {account.code for account in made} == {f"{letter}{n}" for letter in "ABC" for n in range(1, 13)}

    def test_twins_of_one_call_make_one_account(self, sessions, ctx):
        def open_one(_):
            with sessions() as session:
                asked = opening.begin(session, ctx, firm.create())
            account_id = asked.account.id if isinstance(asked, OpenLinks) else asked.id
            with sessions() as session:
                answer = firm.linked(OpenLinks(account=replace_facts(account_id), contacts=()), firm.contact())
                return opening.finish(session, ctx, account_id, answer)

        def replace_facts(account_id):
            return AccountFacts(id=account_id, code="", name="", state="opening", team=(), version=0)

        with ThreadPoolExecutor(6) as pool:
            made = list(pool.map(open_one, range(6)))

        assert len({(account.id, account.code) for account in made}) == 1
        with sessions() as session:
            assert len([each for each in outbox.pending(session) if isinstance(each, AccountCreated)]) == 1
