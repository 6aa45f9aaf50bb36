"""What the firm's books are kept from: everything that belongs there once, and whole, for the system alone."""

from dataclasses import replace
from decimal import Decimal

import pytest

from chassis.context import Actor, new_id
from chassis.errors import Forbidden
from chassis.outbox import pending
from contracts import billing, payments
from contracts.books import ListBooks, ReadBooks
from services.billing.operations import refunds
from services.billing.queries import books


@pytest.fixture
def system(ctx):
    return replace(ctx, actor=Actor())


def listed(session, system, limit=200):
    cursor, found = None, []
    while True:
        page = books.list_books(session, system, ListBooks(cursor=cursor, limit=limit))
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_what_belongs_into_the_books_is_listed_once_page_by_page(
    session, ctx, system, account_id, draft, issued, pay, credit
):
    """R-QB-3: drafts and payments in progress do not."""
    draft("5")
    invoice = issued("100")
    payment = pay("150", invoice)
    pay("7", is_pending=True)
    credit("20")
    ref = payments.RefundPayment(
        account_id=account_id, payment_id=payment.id, version=payment.version, amount=Decimal(30)
    )
    refunds.refund_payment(session, ctx, ref)

    found = listed(session, system, limit=1)

    assert sorted(one.kind for one in found) == ["credit", "invoice", "payment", "refund"]
    assert found == listed(session, system)
    (refund,) = [one for one in found if one.kind == "refund"]
    assert refund.parent_id == payment.id
    told = [one for one in pending(session) if isinstance(one, billing.RefundMade)]
    assert [(one.refund.id, one.refund.amount) for one in told] == [(refund.id, Decimal("30.00"))]


def test_they_are_read_whole_by_their_ids(session, system, issued, pay, credit, account_id):
    invoice = issued("100")
    payment = pay("150", invoice)
    credit("20")

    asked = ReadBooks(invoices=(invoice.id, new_id()), payments=(payment.id,), credit_of=(account_id,))
    read = books.read_books(session, system, asked)

    assert [(one.id, one.paid) for one in read.invoices] == [(invoice.id, Decimal("100.00"))]
    assert [one.applied for one in read.payments] == [Decimal("100.00")]
    (kept,) = read.credit
    assert sorted((one.kind, one.amount) for one in kept.sources) == [
        ("credit", Decimal("20.00")), ("payment", Decimal("50.00")),
    ]  # fmt: skip


def test_nobody_else_reads_them(session, ctx, client_ctx):
    for by in (ctx, client_ctx):
        with pytest.raises(Forbidden):
            books.list_books(session, by, ListBooks())
        with pytest.raises(Forbidden):
            books.read_books(session, by, ReadBooks())


def test_another_firms_are_not_there(session, system, issued):
    invoice = issued("100")
    stranger = replace(system, firm_id=new_id())

    assert books.list_books(session, stranger, ListBooks()).items == ()
    assert books.read_books(session, stranger, ReadBooks(invoices=(invoice.id,))).invoices == ()
