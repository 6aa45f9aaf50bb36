"""Rows of billing as messages, with the amounts as their currency writes them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import books, invoices, payments, price_list
from contracts.money import shown
from services.billing import model, people, settings
from services.billing.rules import amounts
from services.billing.rules import invoices as rules


def service(row: model.BilledService) -> price_list.BilledService:
    return price_list.BilledService(
        id=row.id,
        name=row.name,
        description=row.description,
        price=amounts.plain(row.price),
        tax_rate=amounts.plain(row.tax_rate),
        unit=row.unit,
        is_active=row.is_active,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def line(kept: dict[str, Any]) -> invoices.InvoiceLine:
    numbers = {name: Decimal(kept[name]) for name in ("quantity", "unit_price", "discount", "tax_rate", "net")}
    service_id = UUID(kept["service_id"]) if kept["service_id"] else None
    return invoices.InvoiceLine(
        service_id=service_id, name=kept["name"], description=kept["description"], unit=kept["unit"], **numbers
    )


def tax(kept: dict[str, Any]) -> invoices.Tax:
    return invoices.Tax(**{name: Decimal(value) for name, value in kept.items()})


def application(row: model.Application, currency: str) -> invoices.Application:
    return invoices.Application(
        id=row.id,
        invoice_id=row.invoice_id,
        payment_id=row.payment_id,
        is_credit=row.is_credit,
        is_pending=row.is_pending,
        amount=shown(row.amount, currency),
        applied_on=row.applied_on,
        currency=currency,
    )


def active(session: Session, ctx: Context, *conditions: ColumnElement[bool]) -> Sequence[model.Application]:
    """What is applied and was not taken back, in the order it was."""
    query = select(model.Application).where(
        model.Application.firm_id == ctx.firm, model.Application.ended_at.is_(None), *conditions
    )
    return session.scalars(query.order_by(model.Application.id)).all()


def invoice(session: Session, ctx: Context, row: model.Invoice) -> invoices.Invoice:
    (made,) = invoices_of(session, ctx, [row])
    return made


def invoices_of(session: Session, ctx: Context, rows: Collection[model.Invoice]) -> tuple[invoices.Invoice, ...]:
    """The invoices, in as many statements for all as for one."""
    numbered = [row.id for row in rows if row.number]
    applied: dict[UUID, list[model.Application]] = defaultdict(list)
    for one in active(session, ctx, model.Application.invoice_id.in_(numbered)) if numbered else ():
        applied[one.invoice_id].append(one)
    return tuple(_invoice(session, ctx, row, applied[row.id]) for row in rows)


def _invoice(
    session: Session, ctx: Context, row: model.Invoice, applied: Sequence[model.Application]
) -> invoices.Invoice:
    overdue_on = _overdue_on(session, ctx, row)
    sums = {
        name: shown(value, row.currency)
        for name, value in {
            "subtotal": row.subtotal,
            "total": row.total,
            "paid": row.paid,
            "clearing": row.clearing,
            "remaining": row.total - row.paid - row.clearing,
        }.items()
    }
    return invoices.Invoice(
        id=row.id,
        account_id=row.account_id,
        number=row.number,
        status=rules.status(
            row.state,
            total=row.total,
            paid=row.paid,
            clearing=row.clearing,
            overdue_from=overdue_on,
            today=ctx.now.date(),
        ),
        currency=row.currency,
        posted_on=row.posted_on,
        due_on=row.due_on,
        overdue_on=overdue_on,
        lines=tuple(line(kept) for kept in row.lines),
        taxes=tuple(tax(kept) for kept in row.taxes),
        memo=row.memo,
        applications=tuple(application(one, row.currency) for one in applied),
        last_paid_on=row.last_paid_on,
        author=people.written(row),
        issued_at=row.issued_at,
        voided_at=row.voided_at,
        void_reason=row.void_reason,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        **sums,
    )


def payments_of(session: Session, ctx: Context, rows: Collection[model.Payment]) -> tuple[payments.Payment, ...]:
    """The payments, in as many statements for all as for one."""
    applied: dict[UUID | None, list[model.Application]] = defaultdict(list)
    for one in active(session, ctx, model.Application.payment_id.in_([row.id for row in rows])):
        applied[one.payment_id].append(one)
    return tuple(_payment(row, applied[row.id]) for row in rows)


def payment(session: Session, ctx: Context, row: model.Payment) -> payments.Payment:
    (made,) = payments_of(session, ctx, [row])
    return made


def credit_entry(row: model.CreditEntry) -> payments.CreditEntry:
    return payments.CreditEntry(
        id=row.id,
        account_id=row.account_id,
        kind=row.kind,  # type: ignore[arg-type]
        amount=shown(row.amount, row.currency),
        currency=row.currency,
        balance=shown(row.balance, row.currency),
        entered_on=row.entered_on,
        invoice_id=row.invoice_id,
        payment_id=row.payment_id,
        note=row.note,
        author=people.written(row),
        created_at=row.created_at,
    )


def refund(row: model.Refund) -> books.Refund:
    return books.Refund(
        id=row.id,
        account_id=row.account_id,
        payment_id=row.payment_id,
        amount=shown(row.amount, row.currency),
        currency=row.currency,
        given_on=row.given_on,
        note=row.note,
        author=people.written(row),
        created_at=row.created_at,
    )


def balance(row: model.Balance) -> payments.Balance:
    available = row.credit - row.reserved
    sums = {
        "due": row.due,
        "clearing": row.clearing,
        "credit": available,
        "reserved": row.reserved,
        "net_due": max(row.due - available, Decimal(0)),  # R-CRD-4
    }
    return payments.Balance(currency=row.currency, **{name: shown(value, row.currency) for name, value in sums.items()})


def _payment(row: model.Payment, applied: Collection[model.Application]) -> payments.Payment:
    sums = {"amount": row.amount, "applied": row.applied, "credit": row.credit, "refunded": row.refunded}
    return payments.Payment(
        id=row.id,
        account_id=row.account_id,
        currency=row.currency,
        method=row.method,  # type: ignore[arg-type]
        status=row.status,  # type: ignore[arg-type]
        received_on=row.received_on,
        cleared_on=row.cleared_on,
        reference=row.reference,
        note=row.note,
        applications=tuple(application(one, row.currency) for one in applied),
        author=people.written(row),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        **{name: shown(value, row.currency) for name, value in sums.items()},
    )


def _overdue_on(session: Session, ctx: Context, row: model.Invoice) -> dt.date | None:
    if row.due_on is None:
        return None
    return rules.overdue_on(row.due_on, settings.of_firm(session, ctx).overdue_days)
