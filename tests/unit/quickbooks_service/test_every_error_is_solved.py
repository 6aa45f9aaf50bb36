"""What the table of errors needs beyond what is solved end to end: who is told, how it is listed (R-QB-20)."""

import datetime as dt

import pytest

from chassis.context import new_id
from contracts.common import Done
from contracts.quickbooks import AttentionNeeded, AttentionSolved
from contracts.quickbooks_connection import NothingRests
from services.quickbooks import model
from services.quickbooks.company import Company
from services.quickbooks.documents import preparing, sending
from services.quickbooks.operations import connection
from services.quickbooks.operations.marking import known
from services.quickbooks.operations.matching import verified
from tests.unit.quickbooks_service.books import DAY, Books


@pytest.fixture
def books(firm):
    return Books(firm)


@pytest.fixture
def account(firm, intuit):
    """A client that is a customer."""
    intuit.customer("Ada Ltd")
    made = firm.account("Ada Ltd")
    firm.connect()
    return made


@pytest.fixture
def refused(account, firm, intuit, books):
    """An invoice of a period that is closed."""
    intuit.control("settings", closed_on=(DAY + dt.timedelta(days=1)).isoformat())
    made = books.invoice(account, "100")
    firm.work()
    return made


def connection_of(firm):
    (row,) = firm.rows(model.Connection)
    return row


def test_owner_and_admins_are_told_once_and_that_it_is_solved(firm, intuit, books, refused):
    """R-QB-20"""
    (told,) = firm.told(AttentionNeeded)
    assert (told.about_id, told.group, told.problem.case) == (refused.id, "invoices", "period_closed")
    books.again("invoice", refused)
    firm.work()
    assert len(firm.told(AttentionNeeded)) == 1

    intuit.control("settings", closed_on=None)
    books.again("invoice", refused)
    firm.work()
    assert refused.id in {one for each in firm.told(AttentionSolved) for one in each.about_ids}


def test_errors_of_accounts_and_documents_are_paged_as_one_list(firm, refused):
    """R-QB-20"""
    for name in ("Byron Ltd", "Curie Ltd"):
        firm.account(name)
    firm.work()

    seen, cursor = [], None
    for _ in range(3):
        page = firm.errors(limit=1, cursor=cursor)
        seen += page.items
        cursor = page.next_cursor
    assert cursor is None
    assert sorted(one.group for one in seen) == ["client", "client", "invoices"]
    assert [one.since for one in seen] == sorted((one.since for one in seen), reverse=True)
    assert page.counts == {"client": 2, "invoices": 1}


def test_a_document_that_is_refused_for_its_customer_has_the_client_looked_after(firm, intuit, books, account):
    """R-QB-20: 610 on a new document; it goes on by itself once that is solved."""
    firm.work()
    customer_id = firm.sync_of(account).customer.id
    intuit.edit(customer_id, Active=False)
    invoice = books.invoice(account, "100")
    firm.work()

    (error,) = firm.errors().items
    assert (error.group, error.problem.case) == ("client", "customer_gone")
    waiting = books.sync("invoice", invoice)
    assert (waiting.status, waiting.waits_for) == ("skipped", "account")

    firm.reactivate(account)
    firm.work()
    assert books.sync("invoice", invoice).status == "synced"
    assert firm.errors().items == ()


@pytest.mark.parametrize("is_solved", [False, True], ids=["before its answer", "and is solved before its answer"])
def test_it_goes_on_as_well_where_that_was_found_out_while_it_was_sent(firm, intuit, books, account, is_solved):
    """R-QB-20: whoever is told of the customer first, no document stays behind."""
    books.invoice(account, "50")
    firm.work()
    intuit.edit(firm.sync_of(account).customer.id, Active=False)
    invoice = books.invoice(account, "100")
    company = Company(firm.tools, firm.ctx.firm)
    preparing.prepare(firm.tools, firm.neighbours.billing, company, firm.ctx.firm, new_id())
    push = firm.tools.do(firm.ctx.firm, sending.take)
    found_out = {"is_active": False, "intuit_tid": "tid"}
    firm.does(lambda session, ctx, _: verified(session, ctx, known(session, ctx, account), **found_out), Done())
    if is_solved:
        firm.reactivate(account)

    sending.send(firm.tools, company, firm.ctx.firm, push)

    company.close()
    waiting = books.sync("invoice", invoice)
    assert (waiting.status, waiting.waits_for) == ("skipped", "account")
    if not is_solved:
        firm.reactivate(account)
    firm.work()
    assert (books.sync("invoice", invoice).status, firm.errors().items) == ("synced", ())


def test_after_the_subscription_only_what_is_written_tells_that_all_is_well(firm, intuit, books, account):
    """R-QB-20: QuickBooks reads on without one, which is no reason to say that it was renewed."""
    firm.work()
    intuit.control("settings", is_over=True)
    books.invoice(account, "100")
    firm.work()
    assert firm.errors().connection.problem.case == "subscription_ended"

    firm.pass_time(5000)
    firm.does(lambda session, ctx, _: setattr(connection.locked(session, ctx), "paused_until", ctx.now), Done())
    firm.tools.do(firm.ctx.firm, connection.went_well, wrote=False)
    assert connection_of(firm).refusal is not None
    firm.tools.do(firm.ctx.firm, connection.went_well, wrote=True)
    assert (connection_of(firm).refusal, firm.errors().connection) == (None, None)


def test_nothing_is_brought_forward_that_quickbooks_asked_to_wait_for(firm, intuit, books, account):
    """R-QB-21"""
    firm.work()
    intuit.plan("throttle", "invoice", is_write=True)
    books.invoice(account, "100")
    firm.work()
    assert firm.errors().connection.problem.case == "throttled"

    with pytest.raises(NothingRests):
        firm.does(connection.resume, Done())
