"""An account's money under one lock: its credit by currency, what is due, and what is told when that changes."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.outbox import emit
from contracts import payments
from contracts.billing import BalanceChanged, CreditChanged
from contracts.money import shown
from services.billing import model, people, snapshots


@dataclass
class Book:
    """The open ledger of one account: nobody else moves its money until this transaction ends."""

    session: Session
    ctx: Context
    account_id: UUID
    ledger: model.Ledger
    balances: dict[str, model.Balance]
    before: tuple[payments.Balance, ...]


def open_book(session: Session, ctx: Context, account_id: UUID) -> Book:
    """Lock the account's ledger, making it where there is none; whatever else is locked comes after it."""
    values = {"firm_id": ctx.firm, "account_id": account_id, "version": 0}
    session.execute(insert(model.Ledger).values(values).on_conflict_do_nothing())
    query = select(model.Ledger).where(model.Ledger.firm_id == ctx.firm, model.Ledger.account_id == account_id)
    ledger = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    rows = balances_of(session, ctx, account_id)
    return Book(session, ctx, account_id, ledger, rows, _told(rows))


def balances_of(session: Session, ctx: Context, account_id: UUID) -> dict[str, model.Balance]:
    query = select(model.Balance).where(model.Balance.firm_id == ctx.firm, model.Balance.account_id == account_id)
    found = session.scalars(query.order_by(model.Balance.currency).execution_options(populate_existing=True))
    return {row.currency: row for row in found}


def balance(book: Book, currency: str) -> model.Balance:
    """The account's balance in a currency, zero where there was none."""
    if currency not in book.balances:
        sums = dict.fromkeys(("credit", "reserved", "due", "clearing"), Decimal(0))
        row = model.Balance(firm_id=book.ctx.firm, account_id=book.account_id, currency=currency, **sums)
        book.session.add(row)
        book.balances[currency] = row
    return book.balances[currency]


def available(book: Book, currency: str) -> Decimal:
    """The credit that nothing in progress has spoken for (R-CRD-6)."""
    kept = balance(book, currency)
    return kept.credit - kept.reserved


def check_available(book: Book, amount: Decimal, currency: str) -> None:
    """Raise CreditNotEnough for more than there is."""
    there = available(book, currency)
    if amount > there:
        raise payments.CreditNotEnough(available=format(shown(there, currency), "f"), currency=currency)


def reserve(book: Book, amount: Decimal, currency: str) -> None:
    """Keep credit for a payment in progress. Raises CreditNotEnough."""
    check_available(book, amount, currency)
    balance(book, currency).reserved += amount


def release(book: Book, amount: Decimal, currency: str) -> None:
    """Let go of what was reserved."""
    balance(book, currency).reserved -= amount


def enter(
    book: Book,
    kind: payments.CreditKind,
    amount: Decimal,
    currency: str,
    *,
    on: dt.date | None = None,
    invoice_id: UUID | None = None,
    payment_id: UUID | None = None,
    note: str = "",
) -> None:
    """Move the credit by a signed amount and write down why. Raises CreditNotEnough."""
    if amount < 0:
        check_available(book, -amount, currency)
    kept = balance(book, currency)
    kept.credit += amount
    row = model.CreditEntry(
        firm_id=book.ctx.firm,
        id=new_id(),
        account_id=book.account_id,
        currency=currency,
        kind=kind,
        amount=amount,
        balance=kept.credit,
        entered_on=on or book.ctx.now.date(),
        invoice_id=invoice_id,
        payment_id=payment_id,
        note=note,
        created_at=book.ctx.now,
        **people.author(book.ctx),
    )
    book.session.add(row)
    book.session.flush()
    emit(book.session, book.ctx, CreditChanged(account_id=book.account_id, entry=snapshots.credit_entry(row)))


def close(book: Book) -> payments.Balances:
    """Add up what is due, and tell the balances if they are not what they were."""
    book.session.flush()
    remaining = model.Invoice.total - model.Invoice.paid - model.Invoice.clearing
    query = (
        select(model.Invoice.currency, func.sum(remaining), func.sum(model.Invoice.clearing))
        .where(model.Invoice.firm_id == book.ctx.firm, model.Invoice.account_id == book.account_id)
        .where(model.Invoice.state == "issued", model.Invoice.paid < model.Invoice.total)
        .group_by(model.Invoice.currency)
    )
    sums = {currency: (due, clearing) for currency, due, clearing in book.session.execute(query)}
    for currency in {*sums, *book.balances}:
        kept = balance(book, currency)
        kept.due, kept.clearing = sums.get(currency, (Decimal(0), Decimal(0)))
    after = _told(book.balances)
    is_changed = after != book.before
    if is_changed:
        book.ledger.version += 1
    book.session.flush()
    told = payments.Balances(account_id=book.account_id, items=after, version=book.ledger.version)
    if is_changed:
        emit(book.session, book.ctx, BalanceChanged(account_id=book.account_id, balances=told))
    return told


def _told(rows: dict[str, model.Balance]) -> tuple[payments.Balance, ...]:
    return tuple(snapshots.balance(rows[currency]) for currency in sorted(rows))
