"""Which accounts of the ledger take income, deposits, refunds and fees, and what is read from QuickBooks on request."""

from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from chassis.errors import Forbidden, Invalid, Unavailable
from chassis.testing import member_ctx
from contracts.quickbooks_connection import QuickBooksNotConnected
from contracts.quickbooks_ledger import ListLedgerAccounts
from services.quickbooks import ledger, lists
from services.quickbooks.queries import ledger as queries


def chosen(firm):
    with firm.tools.db.reading(firm.ctx) as session:
        names = {row.id: row.name for row in session.query(ledger.model.LedgerAccount)}
        return tuple(names.get(each, each) for each in ledger.chosen(session, firm.ctx))


def add(firm, name, account_type, **fields):
    entity = {"Name": name, "AccountType": account_type, **fields}
    made = firm.intuit.control("create", kind="Account", entity=entity)
    return made.get("Account", made)["Id"]


def listed(firm, kind=None, by=None):
    return firm.does(queries.list_ledger_accounts, ListLedgerAccounts(kind=kind), by).items


def id_of(firm, name):
    return next(one.id for one in listed(firm) if one.name == name)


def hide(firm, name):
    firm.intuit.control("edit", kind="Account", id=id_of(firm, name), changes={"Active": False})
    lists.ledger(firm.tools, firm.fresh())


def test_unless_somebody_chooses_the_usual_accounts_take_it(firm):
    """R-QB-2: Uncategorized Income, Undeposited Funds, the first bank account."""
    firm.connect()
    found = firm.connection().ledger

    assert chosen(firm) == ("Uncategorized Income", "Undeposited Funds", "Checking", "Bank Charges")
    assert [found.income.account.name, found.income.is_chosen] == ["Uncategorized Income", False]


def test_before_the_ledger_is_read_nothing_is_chosen(firm):
    firm.set_up()

    assert chosen(firm) == (None, None, None, None)
    assert firm.connection().ledger.income.account is None


def test_without_uncategorized_income_it_goes_to_sales(firm):
    """R-QB-2"""
    firm.connect()
    hide(firm, "Uncategorized Income")

    assert chosen(firm)[0] == "Sales of Product Income"


@pytest.mark.parametrize("kind", ["income", "deposit", "refund", "fee"])
def test_what_somebody_chooses_takes_it_until_they_choose_the_usual_one(firm, kind):
    """R-QB-2"""
    firm.connect()
    place = list(ledger.FITS).index(kind)
    usual = chosen(firm)[place]
    other = add(firm, "Chosen By Olga", ledger.FITS[kind][0])
    lists.ledger(firm.tools, firm.fresh())

    found = getattr(firm.change(**{f"{kind}_ledger_id": other}).ledger, kind)
    assert (found.account.name, found.is_chosen) == ("Chosen By Olga", True)
    assert chosen(firm)[place] == "Chosen By Olga"
    assert sum(one == "Chosen By Olga" for one in chosen(firm)) == 1

    firm.change(**{f"{kind}_ledger_id": None})
    assert chosen(firm)[place] == usual


@pytest.mark.parametrize("kind", ["income", "deposit", "refund", "fee"])
def test_only_what_fits_is_offered(firm, kind):
    """R-QB-2"""
    firm.connect()
    offered = listed(firm, kind)

    assert offered
    assert {one.type for one in offered} <= set(ledger.FITS[kind])
    assert len(offered) < len(listed(firm))


def test_an_account_of_the_wrong_type_is_refused_by_its_field(firm):
    """R-QB-2"""
    firm.connect()
    with pytest.raises(Invalid) as refused:
        firm.change(income_ledger_id=id_of(firm, "Checking"))

    assert [one["field"] for one in refused.value.data["errors"]] == ["income_ledger_id"]


@pytest.mark.parametrize("is_known", [False, True], ids=["unknown", "inactive"])
def test_an_account_that_is_not_there_is_refused(firm, is_known):
    firm.connect()
    wanted = id_of(firm, "Checking") if is_known else "999999"
    if is_known:
        hide(firm, "Checking")

    with pytest.raises(Invalid) as refused:
        firm.change(refund_ledger_id=wanted)
    assert "active account" in refused.value.data["errors"][0]["message"]


def test_one_that_was_chosen_and_is_made_inactive_stays_chosen_so_that_nothing_goes_elsewhere_unseen(firm):
    """R-QB-2: QuickBooks will refuse what is booked on it, and somebody chooses again."""
    firm.connect()
    other = add(firm, "Consulting", "Income")
    lists.ledger(firm.tools, firm.fresh())
    firm.change(income_ledger_id=other)
    hide(firm, "Consulting")

    found = firm.connection().ledger.income
    assert (found.account.id, found.account.is_active, found.is_chosen) == (other, False, True)
    assert firm.does(lambda session, ctx, _: ledger.chosen(session, ctx), None).income == other


def test_another_company_has_a_ledger_of_its_own(firm):
    """R-QB-5"""
    firm.connect()
    other = add(firm, "Consulting", "Income")
    lists.ledger(firm.tools, firm.fresh())
    firm.change(income_ledger_id=other)
    realm = str(int(firm.intuit.realm) + 1)
    firm.intuit.running.control("company", realm=realm, name="Another Firm")
    firm.intuit.knobs(authorizes=realm)

    connection = firm.finish(replace(firm.authorise(), resets_links=True))
    assert connection.ledger.income.account is None
    firm.work()
    assert not firm.connection().ledger.income.is_chosen
    assert chosen(firm)[0] == "Uncategorized Income"
    assert "Consulting" not in {one.name for one in listed(firm)}


def test_classes_and_locations_are_read_when_they_are_asked_for(firm, intuit):
    """R-QB-3"""
    firm.connect()
    for name in ("Tax", "Audit"):
        intuit.control("create", kind="Class", entity={"Name": name})
    intuit.control("create", kind="Department", entity={"Name": "Lyon"})
    intuit.control("create", kind="Department", entity={"Name": "Closed", "Active": False})

    assert [one.name for one in lists.tracked(firm.tools, firm.fresh(), "Class").items] == ["Audit", "Tax"]
    assert [one.name for one in lists.tracked(firm.tools, firm.fresh(), "Department").items] == ["Lyon"]


@pytest.mark.parametrize("ask", [lists.ledger, lambda *given: lists.tracked(*given, "Class")])
class TestWhoAsks:
    def test_an_employee_and_a_client_may_not(self, firm, ask):
        """R-QB-1"""
        firm.connect()
        client = Actor(kind="portal", id=new_id(), account_id=new_id())
        for actor in (member_ctx(firm.ctx, rights=("manage_invoices",)).actor, client):
            with pytest.raises(Forbidden):
                ask(firm.tools, replace(firm.fresh(), actor=actor))
            with pytest.raises(Forbidden):
                listed(firm, by=replace(firm.ctx, actor=actor))

    def test_without_a_connection_there_is_nothing_to_ask(self, firm, ask):
        with pytest.raises(QuickBooksNotConnected):
            ask(firm.tools, firm.fresh())

    def test_who_is_let_in_no_more_hears_it(self, firm, intuit, ask):
        """R-QB-4"""
        firm.connect()
        intuit.control("settings", is_disconnected=True)

        with pytest.raises(QuickBooksNotConnected):
            ask(firm.tools, firm.fresh())
        assert firm.connection().state == "expired"

    def test_while_it_does_not_answer_people_are_told_to_try_again(self, firm, intuit, ask):
        firm.connect()
        intuit.plan("error", "query")

        with pytest.raises(Unavailable, match="try again"):
            ask(firm.tools, firm.fresh())
