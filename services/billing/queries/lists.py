"""The lists of an account beside its section: payments, movements of credit, and a client's own invoices."""

from typing import Any, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.listing import Listing, Order, Page, date_of
from contracts.invoices import ListOwnInvoices, OwnInvoice, OwnInvoices
from contracts.money import shown
from contracts.payments import (
    CreditKind,
    CreditPage,
    ListCredits,
    ListPayments,
    Method,
    PaymentPage,
    PaymentStatus,
)
from services.billing import model, people, snapshots
from services.billing.queries import invoices
from services.billing.queries.listing import ACCOUNT, FIRM, Asked, contains, one_of

STATUSES = tuple(status for status in get_args(PaymentStatus) if status != "deleted")

payment = model.Payment.__table__
entry = model.CreditEntry.__table__
invoice = invoices.invoice
KEPT = ("currency", "posted_on", "due_on", "total", "paid", "clearing")  # of an invoice, told as they are

PAYMENTS: Listing[Asked] = Listing(
    source=payment,
    columns=(payment.c.id,),
    visible=lambda _: (payment.c.firm_id == FIRM, payment.c.account_id == ACCOUNT, payment.c.status != "deleted"),
    orders={"-received_on": Order((payment.c.received_on, payment.c.id))},
    filters={
        "status": lambda value, _: payment.c.status == one_of("status", value, STATUSES),
        "method": lambda value, _: payment.c.method == one_of("method", value, get_args(Method)),
        "from": lambda value, _: payment.c.received_on >= date_of("from", value),
        "to": lambda value, _: payment.c.received_on <= date_of("to", value),
        "q": lambda value, _: contains(payment.c.reference, value),
    },
    row=lambda row, _: {"id": row.id},
)
CREDITS: Listing[Asked] = Listing(
    source=entry,
    columns=(entry.c.id,),
    visible=lambda _: (entry.c.firm_id == FIRM, entry.c.account_id == ACCOUNT),
    orders={"-place": Order((entry.c.place,))},
    filters={
        "kind": lambda value, _: entry.c.kind == one_of("kind", value, get_args(CreditKind)),
        "currency": lambda value, _: entry.c.currency == value,
        "from": lambda value, _: entry.c.entered_on >= date_of("from", value),
        "to": lambda value, _: entry.c.entered_on <= date_of("to", value),
    },
    row=lambda row, _: {"id": row.id},
)
OWN: Listing[Asked] = Listing(
    source=invoice,
    columns=(
        invoice.c.id,
        invoice.c.number,
        invoices.status.label("status"),
        *(invoice.c[name] for name in KEPT),
    ),
    visible=lambda _: (invoice.c.firm_id == FIRM, invoice.c.account_id == ACCOUNT, invoice.c.state == "issued"),
    orders={"-posted_on": Order((invoice.c.posted_on, invoice.c.issued_at, invoice.c.id))},
    filters={},
    row=lambda row, _: {name: getattr(row, name) for name in ("id", "number", "status", *KEPT)},
)


def list_payments(session: Session, ctx: Context, request: ListPayments) -> PaymentPage:
    """Payments of the account, the latest first. Raises Invalid for an unknown filter."""
    people.may(ctx, "manage_payments")
    page = _page(session, ctx, PAYMENTS, request)
    rows = {row.id: row for row in _rows(session, ctx, model.Payment, page)}
    items = snapshots.payments_of(session, ctx, [rows[one["id"]] for one in page.rows])
    return PaymentPage(items=items, total=page.total, next_cursor=page.next_cursor)


def list_credits(session: Session, ctx: Context, request: ListCredits) -> CreditPage:
    """Movements of the account's credit, the latest first. Raises Invalid for an unknown filter."""
    people.may(ctx, "manage_payments")
    page = _page(session, ctx, CREDITS, request)
    rows = {row.id: row for row in _rows(session, ctx, model.CreditEntry, page)}
    items = tuple(snapshots.credit_entry(rows[one["id"]]) for one in page.rows)
    return CreditPage(items=items, total=page.total, next_cursor=page.next_cursor)


def list_own_invoices(session: Session, ctx: Context, request: ListOwnInvoices) -> OwnInvoices:
    """Issued invoices of the account, for the client, the latest first."""
    people.client(ctx)
    page = _page(session, ctx, OWN, request)
    return OwnInvoices(items=tuple(_own(row) for row in page.rows), total=page.total, next_cursor=page.next_cursor)


def _page(session: Session, ctx: Context, listing: Listing[Asked], request: Any) -> Page:
    asked = Asked(ctx.firm, request.account_id, ctx.now.date())
    filters = getattr(request, "filters", None) or {}
    return listing.page(session, asked, asked.parameters(), filters, request.cursor, request.limit)


def _rows(session: Session, ctx: Context, kind: Any, page: Page) -> list[Any]:
    query = select(kind).where(kind.firm_id == ctx.firm, kind.id.in_([row["id"] for row in page.rows]))
    return list(session.scalars(query))


def _own(row: dict[str, Any]) -> OwnInvoice:
    sums = {name: shown(row[name], row["currency"]) for name in ("total", "paid", "clearing")}
    left = sums["total"] - sums["paid"] - sums["clearing"]
    return OwnInvoice(**{**row, **sums, "remaining": left})
