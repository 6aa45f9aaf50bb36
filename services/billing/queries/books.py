"""What the firm's books are kept from, for the system that keeps them: who pushes it elsewhere asks here."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.errors import Forbidden
from chassis.listing import Order
from contracts.books import AccountCredit, BookEntry, BookPage, Books, CreditSource, Expired, ListBooks, ReadBooks
from contracts.money import shown
from services.billing import model, snapshots


def list_books(session: Session, ctx: Context, request: ListBooks) -> BookPage:
    """List the documents that belong into the books. Raises Forbidden, Invalid."""
    _system(ctx)
    every = union_all(*_entries(ctx)).subquery()
    order = Order((every.c.kind, every.c.id))
    query = select(every)
    if request.cursor:
        query = query.where(order.after(request.cursor))
    rows = session.execute(query.order_by(*order.sorted()).limit(request.limit + 1)).all()
    items = tuple(BookEntry(**row._mapping) for row in rows[: request.limit])  # noqa: SLF001 (its public name)
    more = cursor.encode(items[-1].kind, items[-1].id) if len(rows) > request.limit else None
    return BookPage(items=items, next_cursor=more)


def read_books(session: Session, ctx: Context, request: ReadBooks) -> Books:
    """Give documents whole, in as many statements for all as for one. Raises Forbidden."""
    _system(ctx)
    found = {
        kind: _rows(session, ctx, kind, ids)
        for kind, ids in (
            (model.Invoice, request.invoices),
            (model.Payment, request.payments),
            (model.CreditEntry, request.credits),
            (model.Refund, request.refunds),
            (model.BilledService, request.services),
        )
    }
    return Books(
        invoices=snapshots.invoices_of(session, ctx, found[model.Invoice]),
        payments=snapshots.payments_of(session, ctx, found[model.Payment]) if found[model.Payment] else (),
        credits=tuple(snapshots.credit_entry(row) for row in found[model.CreditEntry]),
        refunds=tuple(snapshots.refund(row) for row in found[model.Refund]),
        services=tuple(snapshots.service(row) for row in found[model.BilledService]),
        credit=_credit(session, ctx, request.credit_of) if request.credit_of else (),
    )


def _system(ctx: Context) -> None:
    if ctx.actor.kind != "system":
        raise Forbidden


def _rows(session: Session, ctx: Context, kind: Any, ids: Sequence[UUID]) -> Sequence[Any]:
    if not ids:
        return ()
    return session.scalars(select(kind).where(kind.firm_id == ctx.firm, kind.id.in_(ids)).order_by(kind.id)).all()


def _entries(ctx: Context) -> list[Select[Any]]:
    invoice, payment, credit = model.Invoice, model.Payment, model.CreditEntry
    application, refund = model.Application, model.Refund
    nobody, never = cast(null(), Uuid).label("parent_id"), literal(False).label("is_voided")

    def entry(kind: str, row: Any, parent: Any, name: Any, on: Any, version: Any, is_voided: Any) -> Select[Any]:
        return select(
            literal(kind).label("kind"),
            row.id,
            row.account_id,
            parent,
            name.label("name"),
            on.label("on"),
            version.label("version"),
            is_voided,
        ).where(row.firm_id == ctx.firm)

    once = literal(1)
    voided = (invoice.state == "voided").label("is_voided")
    return [
        entry(
            "invoice", invoice, nobody, func.coalesce(invoice.number, ""), invoice.posted_on, invoice.version,
            voided,
        ).where(invoice.number.is_not(None)),
        entry(
            "payment", payment, nobody, payment.reference, payment.received_on, payment.version, never
        ).where(payment.status == "cleared"),
        entry("credit", credit, nobody, credit.note, credit.entered_on, once, never).where(
            credit.kind == "credit_note"
        ),
        entry(
            "application", application, application.invoice_id.label("parent_id"), literal(""),
            application.applied_on, once, never,
        ).where(application.is_credit, application.is_pending.is_(False), application.ended_at.is_(None)),
        entry("refund", refund, refund.payment_id.label("parent_id"), refund.note, refund.given_on, once, never),
    ]  # fmt: skip


def _credit(session: Session, ctx: Context, account_ids: Sequence[UUID]) -> tuple[AccountCredit, ...]:
    payment, entry, application, invoice = model.Payment, model.CreditEntry, model.Application, model.Invoice
    sources: dict[UUID, list[CreditSource]] = defaultdict(list)
    notes = select(entry).where(entry.firm_id == ctx.firm, entry.account_id.in_(account_ids))
    for note in session.scalars(notes.where(entry.kind == "credit_note").order_by(entry.place)):
        amount = shown(note.amount, note.currency)
        source = CreditSource(kind="credit", id=note.id, currency=note.currency, amount=amount)
        sources[note.account_id].append(source)
    paid = select(payment).where(payment.firm_id == ctx.firm, payment.account_id.in_(account_ids))
    for row in session.scalars(paid.where(payment.status == "cleared", payment.credit > 0).order_by(payment.id)):
        amount = shown(row.credit, row.currency)
        sources[row.account_id].append(CreditSource(kind="payment", id=row.id, currency=row.currency, amount=amount))
    applied: dict[UUID, list[Any]] = defaultdict(list)
    uses = (
        select(application, invoice.currency)
        .join(invoice, (invoice.firm_id == application.firm_id) & (invoice.id == application.invoice_id))
        .where(application.firm_id == ctx.firm, application.account_id.in_(account_ids), application.is_credit)
        .where(application.ended_at.is_(None), application.is_pending.is_(False))
    )
    for use, currency in session.execute(uses.order_by(application.id)):
        applied[use.account_id].append(snapshots.application(use, currency))
    ended: dict[UUID, list[Expired]] = defaultdict(list)
    gone = (
        select(entry.account_id, entry.currency, func.sum(entry.amount))
        .where(entry.firm_id == ctx.firm, entry.account_id.in_(account_ids), entry.kind == "expired")
        .group_by(entry.account_id, entry.currency)
    )
    for account_id, currency, total in session.execute(gone.order_by(entry.currency)):
        ended[account_id].append(Expired(currency=currency, amount=shown(-Decimal(total), currency)))
    return tuple(
        AccountCredit(
            account_id=one,
            sources=tuple(sources[one]),
            applications=tuple(applied[one]),
            expired=tuple(ended[one]),
        )
        for one in account_ids
    )
