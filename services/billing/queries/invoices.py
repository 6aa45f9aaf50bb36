"""The section Unpaid invoices and the list behind it, with what the account's credit covers (R-INV-1, R-CRD-5)."""

from decimal import Decimal
from typing import Any, get_args

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    case,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from chassis.listing import Listing, Order, date_of, day
from contracts.invoices import Status
from contracts.money import shown
from contracts.sections import Section, Seen
from services.billing import model
from services.billing.queries.listing import ACCOUNT, FIRM, LAST_DAY, TODAY, Asked, contains, one_of
from services.billing.rules import invoices as rules

ROWS = 50  # the section shows all, five of them unfolded (R-OV-3); who owes more opens the list
UNFOLDED = 5
STATUSES = get_args(Status)

invoice = model.Invoice.__table__
balance = model.Balance.__table__
firm = model.BillingSettings.__table__

remaining = invoice.c.total - invoice.c.paid - invoice.c.clearing
is_due = and_(invoice.c.state == "issued", invoice.c.paid < invoice.c.total)
is_eligible = and_(invoice.c.state == "issued", remaining > 0)
overdue_days = func.coalesce(
    select(firm.c.overdue_days).where(firm.c.firm_id == FIRM).scalar_subquery(), literal(0, Integer)
)
overdue_on = invoice.c.due_on + overdue_days + literal(1, Integer)  # `rules.overdue_on`
status = case(  # `rules.status`
    (invoice.c.state != "issued", invoice.c.state),
    (invoice.c.paid >= invoice.c.total, "paid"),
    (invoice.c.paid + invoice.c.clearing >= invoice.c.total, "in_progress"),
    (overdue_on <= TODAY, "overdue"),
    (invoice.c.paid > 0, "partially_paid"),
    else_="unpaid",
)

in_order = (  # R-CRD-5: by due date, posting, number; the sequence is the number as one counts
    func.coalesce(invoice.c.due_on, LAST_DAY),
    func.coalesce(invoice.c.posted_on, LAST_DAY),
    func.coalesce(invoice.c.sequence, 0),
    invoice.c.id,
)
walked = (
    select(
        invoice.c.id,
        func.coalesce(
            func.sum(remaining).over(partition_by=invoice.c.currency, order_by=in_order, rows=(None, -1)), 0
        ).label("before"),
    )
    .where(invoice.c.firm_id == FIRM, invoice.c.account_id == ACCOUNT, is_eligible)
    .subquery("walked")
)


def _of_status(value: str, _: Asked) -> ColumnElement[bool]:
    if value == "all":
        return true()
    if value == "due":
        return is_due
    return status == one_of("status", value, ("due", "all", *STATUSES))


def _row(row: Any, _: Asked) -> dict[str, Any]:
    left = row.total - row.paid - row.clearing
    return {
        "id": str(row.id),
        "number": row.number,
        "status": row.status,
        "currency": row.currency,
        "posted_on": day(row.posted_on),
        "due_on": day(row.due_on),
        "overdue_on": day(row.overdue_on),
        "amount": _text(row.total, row.currency),
        "paid": _text(row.paid, row.currency),
        "clearing": _text(row.clearing, row.currency),
        "remaining": _text(left, row.currency),
        "last_paid_on": day(row.last_paid_on),
        "author": row.author_name,
        "coverage": _coverage(left, row.available or Decimal(0), row.before),
        "version": row.version,
    }


def _coverage(left: Decimal, available: Decimal, before: Decimal | None) -> dict[str, str] | None:
    """R-CRD-5: as the walk comes to it, and taken alone; none of what can't be paid."""
    if before is None:
        return None
    at_its_turn = max(Decimal(0), available - before)
    return {"walked": rules.coverage(left, at_its_turn), "alone": rules.coverage(left, available)}


def _text(amount: Decimal, currency: str) -> str:
    return format(shown(amount, currency), "f")


LISTING: Listing[Asked] = Listing(
    source=invoice.outerjoin(walked, walked.c.id == invoice.c.id).outerjoin(
        balance,
        and_(
            balance.c.firm_id == invoice.c.firm_id,
            balance.c.account_id == invoice.c.account_id,
            balance.c.currency == invoice.c.currency,
        ),
    ),
    columns=(
        invoice.c.id,
        invoice.c.number,
        status.label("status"),
        invoice.c.currency,
        invoice.c.posted_on,
        invoice.c.due_on,
        overdue_on.label("overdue_on"),
        invoice.c.total,
        invoice.c.paid,
        invoice.c.clearing,
        invoice.c.last_paid_on,
        invoice.c.author_name,
        invoice.c.version,
        (balance.c.credit - balance.c.reserved).label("available"),
        walked.c.before,
    ),
    visible=lambda _: (invoice.c.firm_id == FIRM, invoice.c.account_id == ACCOUNT),
    orders={
        "due_on": Order(in_order, is_descending=False),
        "-posted_on": Order((func.coalesce(invoice.c.posted_on, LAST_DAY), invoice.c.created_at, invoice.c.id)),
    },
    filters={
        "status": _of_status,
        "from": lambda value, _: invoice.c.posted_on >= date_of("from", value),
        "to": lambda value, _: invoice.c.posted_on <= date_of("to", value),
        "q": lambda value, _: contains(invoice.c.number, value),
    },
    row=_row,
    unless_said={"status": "due"},
)


def statement(_: Seen) -> Select[Any]:
    """The section in one statement: balances and count beside each row, or alone where there is none."""
    visible = (invoice.c.firm_id == FIRM, invoice.c.account_id == ACCOUNT, is_due)
    order = LISTING.orders["due_on"]
    page = LISTING.statement(visible, order, ROWS).subquery("page")
    sums = func.jsonb_build_object(
        "currency", balance.c.currency, "due", balance.c.due.cast(Text),
        "clearing", balance.c.clearing.cast(Text),
        "credit", (balance.c.credit - balance.c.reserved).cast(Text),
    )  # fmt: skip
    balances = (
        select(func.jsonb_agg(aggregate_order_by(sums, balance.c.currency), type_=JSONB))
        .where(balance.c.firm_id == FIRM, balance.c.account_id == ACCOUNT)
        .scalar_subquery()
    )
    every = (
        select(
            func.count().label("due_total"),
            func.count().filter(overdue_on <= TODAY, remaining > 0).label("overdue_total"),
            balances.label("balances"),
        )
        .where(*visible)
        .subquery("every")
    )
    keys = [page.c[f"key_{index}"] for index in range(len(order.keys))]
    return select(*every.c, *page.c).select_from(every.outerjoin(page, true())).order_by(*keys)


def section(rows: Any, asked: Asked) -> Section:
    """The rows with the header's sums by currency: total due, credit, net due (R-CRD-7, R-CRD-4)."""
    first = rows[0]
    footer = {
        "balances": [_header(kept) for kept in first.balances or ()],
        "overdue": first.overdue_total,
        "unfolded": UNFOLDED,
    }
    shown_rows = tuple(_row(row, asked) for row in rows if row.id is not None)
    return Section(name="invoices", rows=shown_rows, total=first.due_total, footer=footer)


def _header(kept: dict[str, str]) -> dict[str, str]:
    currency, due, credit = kept["currency"], Decimal(kept["due"]), Decimal(kept["credit"])
    sums = {
        "total_due": due,
        "clearing": Decimal(kept["clearing"]),
        "credit": credit,
        "net_due": max(due - credit, Decimal(0)),
    }
    return {"currency": currency, **{name: _text(value, currency) for name, value in sums.items()}}
