"""Two people at once, in transactions that commit."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier

import pytest

from chassis.context import Context, new_id
from chassis.db import Transactions
from chassis.errors import AppError
from chassis.testing import database
from contracts import invoices, payments
from contracts.price_list import BillingChanged
from services.billing import scheduling
from services.billing.operations import credits as credit_operations
from services.billing.operations import invoices as invoice_operations
from services.billing.operations import payments as payment_operations
from services.billing.queries import items

TOGETHER = 8


def outcomes(*calls):
    """What each call answered or raised, all begun at once."""
    start = Barrier(len(calls))

    def run(call):
        start.wait()
        try:
            return call()
        except (AppError, Undone) as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


class Undone(Exception):
    """The transaction is to be rolled back."""


@pytest.fixture
def once(sessions, ctx):
    """`once(operation, request)`: a call whose transaction commits."""

    def run(operation, request, *, by=ctx, fails=False):
        with sessions(by) as session:
            made = operation(session, by, request)
            if fails:
                raise Undone
            return made

    return run


@pytest.fixture
def draft(once, account_id):
    def make(amount="100", account_id=account_id):
        line = invoices.LineEntry(name="Tax return", unit_price=Decimal(amount))
        asked = invoices.CreateInvoice(account_id=account_id, lines=(line,), currency="EUR")
        return once(invoice_operations.create_invoice, asked)

    return make


@pytest.fixture
def issue(once):
    def make(draft, **fields):
        where = {"account_id": draft.account_id, "invoice_id": draft.id, "version": draft.version}
        posted_on = fields.pop("posted_on", None)
        return once(invoice_operations.issue_invoice, invoices.IssueInvoice(**where, posted_on=posted_on), **fields)

    return make


@pytest.fixture
def balance(sessions, ctx, account_id):
    def read():
        with sessions() as session:
            ref = payments.AccountRef(account_id=account_id)
            (euros,) = items.get_balances(session, ctx, ref).items
            return tuple(format(value, "f") for value in (euros.due, euros.credit))

    return read


def test_of_many_who_apply_the_same_credit_one_does(once, draft, issue, account_id, balance):
    """R-CRD-6: each wants all of it for another invoice; the others are told that there is none"""
    once(
        credit_operations.add_credit,
        payments.AddCredit(account_id=account_id, amount=Decimal(100), currency="EUR"),
    )
    made = [issue(draft()) for _ in range(TOGETHER)]

    def apply(invoice):
        asked = payments.ApplyCredit(account_id=account_id, invoice_id=invoice.id, amount=Decimal(100))
        return lambda: once(credit_operations.apply_credit, asked)

    found = outcomes(*(apply(one) for one in made))

    assert sorted(type(one).__name__ for one in found) == ["CreditNotEnough"] * (TOGETHER - 1) + ["Invoice"]
    assert {one.data["available"] for one in found if isinstance(one, payments.CreditNotEnough)} == {"0.00"}
    assert balance() == (f"{100 * (TOGETHER - 1)}.00", "0.00")


def test_of_many_who_apply_it_to_one_invoice_one_does(once, draft, issue, account_id, balance):
    """R-CRD-6"""
    once(
        credit_operations.add_credit,
        payments.AddCredit(account_id=account_id, amount=Decimal(500), currency="EUR"),
    )
    made = issue(draft())
    asked = payments.ApplyCredit(account_id=account_id, invoice_id=made.id)

    found = outcomes(*[lambda: once(credit_operations.apply_credit, asked)] * 4)

    assert sorted(type(one).__name__ for one in found) == ["Invoice"] + ["MoreThanDue"] * 3
    assert balance() == ("0.00", "400.00")


@pytest.mark.parametrize("amount", [None, Decimal(100)])
def test_of_two_who_pay_one_invoice_it_is_paid_once(once, ctx, draft, issue, account_id, balance, amount):
    """R-CRD-1: without an amount the other's money is credit; with one it is refused"""
    made = issue(draft())
    asked = payments.RecordPayment(
        account_id=account_id,
        amount=Decimal(100),
        currency="EUR",
        method="check",
        received_on=ctx.now.date(),
        invoices=(payments.PayInvoice(invoice_id=made.id, amount=amount),),
    )

    found = outcomes(*[lambda: once(payment_operations.record_payment, asked)] * 2)

    kinds = sorted(type(one).__name__ for one in found)
    assert kinds == (["Payment", "Payment"] if amount is None else ["MoreThanDue", "Payment"])
    assert balance() == ("0.00", "100.00" if amount is None else "0.00")


def test_payment_and_void_do_not_both_happen(once, ctx, draft, issue, account_id):
    for _ in range(5):
        made = issue(draft())
        where = {"account_id": account_id, "invoice_id": made.id}
        pay = payments.RecordPayment(
            account_id=account_id,
            amount=Decimal(100),
            currency="EUR",
            method="cash",
            received_on=ctx.now.date(),
            invoices=(payments.PayInvoice(invoice_id=made.id, amount=Decimal(100)),),
        )
        void = invoices.VoidInvoice(**where, version=made.version)

        found = outcomes(
            lambda pay=pay: once(payment_operations.record_payment, pay),
            lambda void=void: once(invoice_operations.void_invoice, void),
        )

        refused = [one for one in found if isinstance(one, AppError)]
        assert len(refused) == 1
        assert isinstance(refused[0], (BillingChanged, invoices.InvoiceNotIssued))


def test_numbers_have_no_gaps_under_parallel_issues_of_which_some_fail(draft, issue):
    """R-INV-2: eight at a time, on accounts of their own; every third is rolled back after it had a number"""
    drafts = [draft(account_id=new_id()) for _ in range(3 * TOGETHER)]
    issued = []
    for first in range(0, len(drafts), TOGETHER):
        batch = drafts[first : first + TOGETHER]
        found = outcomes(
            *(lambda one=one, fails=index % 3 == 0: issue(one, fails=fails) for index, one in enumerate(batch))
        )
        issued += [one for one in found if isinstance(one, invoices.Invoice)]
        assert sum(isinstance(one, Undone) for one in found) == 3

    assert sorted(int(one.number.rpartition("-")[2]) for one in issued) == list(range(1, len(issued) + 1))
    assert len(issued) == 3 * (TOGETHER - 3)


class TestScheduled:
    """R-INV-2: what is scheduled is issued on its day, in every firm, once."""

    @pytest.fixture
    def db(self, postgres_url) -> Transactions:
        return database(postgres_url, "billing")

    def test_is_issued_by_itself_on_its_day(self, db, ctx, once, draft, issue, sessions):
        tomorrow = ctx.now.date() + dt.timedelta(days=1)
        made = issue(draft(), posted_on=tomorrow)
        ref = invoices.InvoiceRef(account_id=made.account_id, invoice_id=made.id)

        def status_after(days):
            scheduling.issue_due(db, Context(now=ctx.now + dt.timedelta(days=days)))
            with sessions() as session:
                found = items.get_invoice(session, ctx, ref)
            return found.status, found.number is not None, found.author.name

        assert status_after(0) == ("scheduled", False, "Olga Owner")
        assert status_after(1) == ("unpaid", True, "Olga Owner")

    def test_by_several_sweeps_at_once_is_issued_once(self, db, ctx, draft, issue, account_id, balance):
        tomorrow = ctx.now.date() + dt.timedelta(days=1)
        for _ in range(3):
            issue(draft(), posted_on=tomorrow)
        day = Context(now=ctx.now + dt.timedelta(days=1))

        counts = outcomes(*[lambda: scheduling.issue_due(db, replace(day))] * 4)

        assert sum(counts) >= 3
        assert balance() == ("300.00", "0.00")
