"""Which customer an account is: found by name, chosen or made by a person, kept by its id (R-QB-10 to R-QB-15)."""

from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from chassis.errors import Forbidden, Unavailable
from chassis.testing import member_ctx
from contracts import accounts, quickbooks
from contracts.quickbooks_connection import QuickBooksNotConnected
from services.quickbooks import model
from services.quickbooks.operations import neighbours


def candidates(sync):
    return [(one.name, one.is_active) for one in sync.candidates]


class TestByName:
    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            ("Ada Ltd", "Ada Ltd"),
            ("ada LTD", "Ada Ltd"),
            (" Ada   Ltd", "Ada Ltd"),
            ("Ａｄａ Ltd", "Ada Ltd"),
            ("Café Zoé", "Cafe\u0301 Zoe\u0301"),
            ("Straße AG", "STRASSE AG"),
        ],
    )
    def test_the_one_customer_of_the_name_is_linked(self, firm, intuit, ours, theirs):
        """R-QB-10, R-QB-15"""
        customer = intuit.customer(theirs)
        account = firm.account(ours)

        firm.connect()

        sync = firm.sync_of(account)
        assert (sync.status, sync.label, sync.customer.id) == ("synced", "Synced", customer)
        assert sync.synced_at is not None
        assert sync.remedies == ("open", "sync", "do_not_sync")

    def test_another_name_waits_for_a_choice(self, firm, intuit):
        """R-QB-10"""
        intuit.customer("Ada Limited")
        account = firm.account("Ada Ltd")

        firm.connect()

        sync = firm.sync_of(account)
        assert (sync.status, sync.customer) == ("no_match", None)
        assert sync.remedies == ("choose", "create", "do_not_sync")

    def test_several_customers_of_the_name_are_offered(self, firm, intuit):
        """R-QB-15: QuickBooks tells apart what we take for one name."""
        intuit.customer("Ada Ltd")
        intuit.customer("Ａda Ltd")
        account = firm.account("Ada Ltd")

        firm.connect()

        sync = firm.sync_of(account)
        assert sync.status == "several_matches"
        assert len(sync.candidates) == 2

    def test_an_inactive_customer_is_offered_and_made_active_again(self, firm, intuit):
        """R-QB-15"""
        customer = intuit.customer("Ada Ltd")
        intuit.edit(customer, Active=False)
        account = firm.account("Ada Ltd")
        firm.connect()
        sync = firm.sync_of(account)
        assert (sync.status, candidates(sync)) == ("no_match", [("Ada Ltd (deleted)", False)])
        assert sync.remedies[0] == "reactivate"

        firm.reactivate(account)
        firm.work()

        assert firm.sync_of(account).customer.id == customer
        assert (firm.status(account), intuit.names()) == ("synced", ["Ada Ltd"])

    def test_two_accounts_of_one_name_do_not_take_one_customer(self, firm, intuit):
        """R-QB-14"""
        intuit.customer("Ada Ltd")
        one, other = firm.account("Ada Ltd"), firm.account("ADA LTD")

        firm.connect()

        assert {firm.status(one), firm.status(other)} == {"synced", "several_matches"}

    def test_thousands_of_customers_are_read_page_by_page(self, firm, intuit, monkeypatch):
        monkeypatch.setattr("services.quickbooks.customers.PAGE", 3)
        names = [f"Client {number}" for number in range(7)]
        for name in names:
            intuit.customer(name)

        firm.connect()

        assert [one.name for one in firm.found().items] == names
        assert firm.found("lient 5").total == 1

    def test_a_customer_made_there_later_is_found(self, firm, intuit):
        account = firm.account("Ada Ltd")
        firm.connect()
        assert firm.status(account) == "no_match"
        intuit.customer("Ada Ltd")

        firm.sync(account)
        firm.work()

        assert firm.status(account) == "synced"

    def test_a_customer_that_appears_there_is_found_by_itself(self, firm, intuit):
        account, other = firm.account("Ada Ltd"), firm.account("Byron Ltd")
        firm.connect()
        intuit.customer("Ada Ltd")
        renamed = intuit.customer("Something else")
        firm.work(after=1000)
        intuit.edit(renamed, DisplayName="byron ltd")

        firm.work(after=1000)

        assert [firm.status(one) for one in (account, other)] == ["synced", "synced"]


class TestTheLink:
    @pytest.fixture
    def customer(self, intuit):
        return intuit.customer("Ada Ltd")

    @pytest.fixture
    def account(self, firm, customer):
        account = firm.account("Ada Ltd")
        firm.connect()
        return account

    def test_survives_renaming_on_either_side(self, firm, intuit, account, customer):
        """R-NAME-7, R-QB-11: nothing is pushed, the link is by id."""
        firm.tell(account, "Byron Ltd")
        intuit.edit(customer, DisplayName="Lovelace Ltd")
        firm.work(after=1000)

        assert firm.sync_of(account).customer.name == "Lovelace Ltd"
        assert (firm.status(account), intuit.names()) == ("synced", ["Lovelace Ltd"])

    def test_of_a_customer_made_inactive_there_needs_a_decision(self, firm, intuit, account, customer):
        intuit.edit(customer, Active=False)
        firm.work(after=1000)
        sync = firm.sync_of(account)
        assert (sync.status, sync.problem.case) == ("changed_in_quickbooks", "customer_gone")
        assert sync.remedies == ("reactivate", "choose", "create", "do_not_sync")

        firm.reactivate(account)
        firm.work()

        assert firm.sync_of(account).problem is None
        assert (firm.status(account), intuit.customers()[customer]["Active"]) == ("synced", True)

    def test_of_a_customer_made_active_there_is_well_by_itself(self, firm, intuit, account, customer):
        intuit.edit(customer, Active=False)
        firm.work(after=1000)
        intuit.edit(customer, Active=True)
        firm.work(after=1000)

        assert firm.status(account) == "synced"

    def test_of_a_merged_customer_can_be_made_to_the_one_that_stays(self, firm, intuit, account, customer):
        stays = intuit.customer("Ada Holding")
        intuit.control("merge", kind="Customer", gone=customer, into=stays)
        firm.work(after=1000)
        assert firm.status(account) == "changed_in_quickbooks"

        firm.link(account, stays)
        firm.work()

        assert (firm.status(account), firm.sync_of(account).customer.id) == ("synced", stays)

    def test_is_of_one_account_unless_it_is_shared(self, firm, intuit, account, customer):
        """R-QB-14"""
        other = firm.account("Ada Sons")
        with pytest.raises(quickbooks.CustomerTaken) as taken:
            firm.link(other, customer)
        assert taken.value.data["account_ids"] == [str(account)]

        firm.link(other, customer, is_shared=True)
        firm.work()

        assert [firm.status(one) for one in (account, other)] == ["synced", "synced"]
        assert all(firm.sync_of(one).is_shared for one in (account, other))
        assert set(firm.sync_of(account).customer.account_ids) == {account, other}

    def test_is_to_a_customer_that_there_is(self, firm, account):
        with pytest.raises(quickbooks.CustomerNotFound):
            firm.link(account, "999999")

    def test_is_changed_while_quickbooks_is_looked_at_without_being_lost(self, firm, intuit, account):
        """Who chose last is right, whatever a worker brings home."""
        stays = intuit.customer("Ada Holding")
        firm.work(after=1000)
        firm.sync(account)
        firm.link(account, stays)

        firm.work()

        assert firm.sync_of(account).customer.id == stays


class TestMaking:
    def test_a_customer_gets_the_accounts_name_as_quickbooks_takes_it(self, firm, intuit):
        account = firm.account("Ada: Tax\tand more")
        firm.connect()

        assert firm.create(account).status == "queued"
        firm.work()

        sync = firm.sync_of(account)
        assert (sync.status, sync.customer.name) == ("synced", "Ada- Tax and more")
        assert intuit.names() == ["Ada- Tax and more"]

    def test_a_name_that_a_vendor_has_is_refused_with_a_way_out(self, firm, intuit):
        intuit.control("create", kind="Vendor", entity={"DisplayName": "ada ltd"})
        account = firm.account("Ada Ltd")
        firm.connect()
        firm.create(account)
        firm.work()

        sync = firm.sync_of(account)
        assert (sync.status, sync.problem.case, sync.problem.code) == ("failed", "duplicate_name", "6240")
        assert sync.problem.intuit_tid
        assert sync.remedies == ("choose", "create_as", "do_not_sync")

        firm.create(account, "Ada Ltd (client)")
        firm.work()

        assert (firm.status(account), intuit.names()) == ("synced", ["Ada Ltd (client)"])

    def test_a_fault_that_comes_as_a_success_is_seen(self, firm, intuit):
        intuit.control("create", kind="Vendor", entity={"DisplayName": "Ada Ltd"})
        account = firm.account("Ada Ltd")
        firm.connect()
        intuit.knobs(fault_200_rate=1)
        firm.create(account)
        firm.work()
        intuit.knobs(fault_200_rate=0)

        assert firm.sync_of(account).problem.case == "duplicate_name"

    def test_there_is_nothing_to_make_for_who_is_linked(self, firm, intuit):
        intuit.customer("Ada Ltd")
        account = firm.account("Ada Ltd")
        firm.connect()

        with pytest.raises(quickbooks.NotPossible) as refused:
            firm.create(account)

        assert refused.value.data["state"] == "synced"

    def test_there_is_nothing_to_make_active_for_who_has_no_customer(self, firm):
        account = firm.account("Ada Ltd")
        firm.connect()

        with pytest.raises(quickbooks.NotPossible):
            firm.reactivate(account)

    def test_what_somebody_changes_at_the_same_time_is_read_again(self, firm, intuit):
        """A stale SyncToken is read anew once, by itself."""
        customer = intuit.customer("Ada Ltd")
        account = firm.account("Ada Ltd")
        firm.connect()
        intuit.edit(customer, Active=False)
        firm.work(after=1000)
        firm.reactivate(account)
        changed_between_reading_and_writing(firm, intuit, customer)

        firm.work()

        assert firm.status(account) == "synced"
        assert intuit.customers()[customer]["Notes"] == "changed"


def changed_between_reading_and_writing(firm, intuit, customer):
    """Let somebody change the customer right after the next time it is read."""
    from services.quickbooks.company import Company

    original = Company.read

    def read(self, entity, entity_id):
        answer = original(self, entity, entity_id)
        Company.read = original
        intuit.edit(customer, Notes="changed")
        return answer

    Company.read = read


class TestWhoIsSynced:
    def test_by_default_who_has_invoices_or_payments(self, firm, intuit):
        intuit.customer("Ada Ltd")
        account = firm.account("Ada Ltd", is_billed=False)
        firm.connect()
        assert firm.status(account) == "not_eligible"

        firm.bill(account)
        firm.work()

        assert firm.status(account) == "synced"

    def test_all_where_the_firm_says_so_and_no_more_when_it_does_not(self, firm, intuit):
        intuit.customer("Ada Ltd")
        linked, unknown = firm.account("Ada Ltd", is_billed=False), firm.account("Zoe", is_billed=False)
        firm.connect(which_accounts="all")
        assert [firm.status(one) for one in (linked, unknown)] == ["synced", "no_match"]

        firm.change(which_accounts="billed")
        firm.work()

        assert [firm.status(one) for one in (linked, unknown)] == ["synced", "not_eligible"]

    def test_whom_a_person_wants_synced(self, firm, intuit):
        """R-QB-12"""
        intuit.customer("Ada Ltd")
        account = firm.account("Ada Ltd", is_billed=False)
        firm.connect()

        firm.sync(account)
        firm.work()

        assert firm.status(account) == "synced"

    def test_not_whom_a_person_leaves_out_and_no_error_is_shown(self, firm, intuit):
        """R-QB-12"""
        account = firm.account("Ada Ltd")
        firm.connect()
        assert [one.account_id for one in firm.errors().items] == [account]

        firm.skip(account)
        firm.bill(account)
        intuit.customer("Ada Ltd")
        firm.work(after=1000)

        assert (firm.status(account), firm.errors().items) == ("do_not_sync", ())
        firm.sync(account)
        firm.work()
        assert firm.status(account) == "synced"

    def test_who_is_renamed_is_looked_for_again(self, firm, intuit):
        intuit.customer("Byron Ltd")
        account = firm.account("Ada Ltd")
        firm.connect()
        assert firm.status(account) == "no_match"

        firm.tell(account, "Byron Ltd")
        firm.work()

        assert firm.status(account) == "synced"

    def test_nobody_in_the_trash(self, firm, intuit):
        intuit.customer("Ada Ltd")
        account = firm.account("Ada Ltd", state="trashed")
        firm.connect()
        assert firm.status(account) == "not_eligible"
        with pytest.raises(quickbooks.AccountNotSynced):
            firm.sync(account)

        firm.tell(account, "Ada Ltd")
        firm.work()

        assert firm.status(account) == "synced"

    def test_who_is_deleted_is_forgotten_here_and_stays_there(self, firm, intuit):
        intuit.customer("Ada Ltd")
        account = firm.account("Ada Ltd")
        firm.connect()
        firm.sync(account)

        firm.does(neighbours.account_deleted, accounts.AccountDeleted(account_id=account, version=9))
        firm.work()

        assert intuit.names() == ["Ada Ltd"]
        assert [firm.rows(table) for table in (model.Account, model.Step)] == [[], []]
        assert [one.subject for one in firm.rows(model.Job)] == ["changes"]

    def test_late_news_change_nothing(self, firm):
        account = firm.account("Ada Ltd")
        firm.versions[account] = -1
        firm.tell(account, "An older name")

        assert firm.rows(model.Account)[0].name == "Ada Ltd"


class TestWhoSeesWhat:
    def test_others_see_the_status_alone(self, firm, intuit, ctx):
        """R-QB-1"""
        intuit.customer("Ada Ltd")
        account = firm.account("Ada Ltd")
        firm.connect()

        sync = firm.sync_of(account, by=member_ctx(ctx, rights=("manage_invoices",)))

        assert (sync.status, sync.label) == ("synced", "Synced")
        assert (sync.customer, sync.problem, sync.candidates, sync.remedies) == (None, None, (), ())

    def test_nothing_asks_quickbooks_to_show_it(self, firm, intuit):
        """R-QB-23"""
        account = firm.account("Ada Ltd")
        firm.connect()
        asked = intuit.requests

        firm.sync_of(account)
        firm.errors()
        firm.found("Ada")
        firm.connection()

        assert intuit.requests == asked

    def test_only_owner_and_admins_act(self, firm, ctx):
        """R-QB-1"""
        account = firm.account("Ada Ltd")
        firm.connect()
        portal = replace(ctx, actor=Actor(kind="portal", id=new_id(), account_id=account))

        for other in (member_ctx(ctx, rights=("manage_accounts", "manage_invoices")), portal):
            for act in (firm.sync, firm.skip, firm.create, firm.reactivate):
                with pytest.raises(Forbidden):
                    act(account, by=other)
            with pytest.raises(Forbidden):
                firm.link(account, "1", by=other)
            with pytest.raises(Forbidden):
                firm.errors(by=other)
        assert firm.sync(account, by=member_ctx(ctx, role="admin")).status == "queued"

    def test_another_firm_finds_nothing(self, firm, intuit, ctx):
        customer = intuit.customer("Ada Ltd")
        account = firm.account("Ada Ltd")
        firm.connect()
        stranger = replace(ctx, firm_id=new_id())

        assert firm.sync_of(account, by=stranger).status == "not_connected"
        assert firm.connection(by=stranger).state == "unset"
        for act in (firm.sync, firm.create, firm.reactivate, lambda one, by: firm.link(one, customer, by=by)):
            with pytest.raises((QuickBooksNotConnected, Unavailable)):
                act(account, by=stranger)

    def test_what_happened_is_kept_with_who_did_it(self, firm, intuit):
        """§6.4: author, id and the number at Intuit."""
        account = firm.account("Ada Ltd")
        firm.connect()
        firm.create(account)
        firm.work()

        steps = firm.steps(account)

        assert [(one.status, one.author) for one in steps] == [
            ("queued", "Dossier"),
            ("no_match", "Dossier"),
            ("queued", "Olga Owner"),
            ("synced", "Olga Owner"),
        ]
        assert steps[-1].intuit_tid
        assert steps[-1].customer_id in intuit.customers()
        assert [one.status for one in firm.told(quickbooks.AccountSyncChanged)] == [one.status for one in steps]

    def test_errors_stand_in_pages_by_the_latest(self, firm):
        """R-QB-20"""
        made = [firm.account(f"Client {number}") for number in range(3)]
        firm.connect()

        first = firm.errors(limit=2)
        second = firm.errors(limit=2, cursor=first.next_cursor)

        assert first.counts == {"client": 3}
        assert {one.account_id for one in (*first.items, *second.items)} == set(made)
        assert firm.errors(group="invoices").items == ()
