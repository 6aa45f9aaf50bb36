"""Single things, and the firm's price list and settings."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import invoices, payments, price_list
from contracts.common import Done
from contracts.invoices import InvoiceNotFound, InvoiceRef
from contracts.payments import PaymentNotFound, PaymentRef
from services.billing import ledger, model, people, settings, snapshots


def list_services(session: Session, ctx: Context, request: price_list.ListServices) -> price_list.BilledServices:
    """The price list by name."""
    people.may(ctx, "view")
    query = select(model.BilledService).where(model.BilledService.firm_id == ctx.firm)
    if request.is_active is not None:
        query = query.where(model.BilledService.is_active.is_(request.is_active))
    rows = session.scalars(query.order_by(model.BilledService.name, model.BilledService.id))
    return price_list.BilledServices(items=tuple(snapshots.service(row) for row in rows))


def get_billing_settings(session: Session, ctx: Context, _request: Done) -> price_list.BillingSettings:
    people.may(ctx, "view")
    return settings.of_firm(session, ctx)


def get_invoice(session: Session, ctx: Context, request: InvoiceRef) -> invoices.Invoice:
    """One invoice with its lines and what is applied to it. Raises InvoiceNotFound."""
    people.may(ctx, "manage_invoices")
    return snapshots.invoice(session, ctx, _invoice(session, ctx, request.account_id, request.invoice_id))


def get_own_invoice(session: Session, ctx: Context, request: InvoiceRef) -> invoices.Invoice:
    """One issued invoice, for the client. Raises InvoiceNotFound for one that is not issued or voided, too."""
    people.client(ctx)
    row = _invoice(session, ctx, request.account_id, request.invoice_id)
    if row.state != "issued":
        raise InvoiceNotFound
    return snapshots.invoice(session, ctx, row)


def get_payment(session: Session, ctx: Context, request: PaymentRef) -> payments.Payment:
    """One payment with what it pays. Raises PaymentNotFound."""
    people.may(ctx, "manage_payments")
    query = select(model.Payment).where(
        model.Payment.firm_id == ctx.firm,
        model.Payment.account_id == request.account_id,
        model.Payment.id == request.payment_id,
        model.Payment.status != "deleted",
    )
    row = session.scalar(query)
    if row is None:
        raise PaymentNotFound
    return snapshots.payment(session, ctx, row)


def get_balances(session: Session, ctx: Context, request: payments.AccountRef) -> payments.Balances:
    """What is due and the credit, by currency (R-CRD-4, R-CRD-7)."""
    people.may(ctx, "manage_invoices")
    return balances(session, ctx, request.account_id)


def get_own_balances(session: Session, ctx: Context, request: payments.AccountRef) -> payments.Balances:
    """The same for the client in the portal."""
    people.client(ctx)
    return balances(session, ctx, request.account_id)


def balances(session: Session, ctx: Context, account_id: UUID) -> payments.Balances:
    """What the account owes and has."""
    version = select(model.Ledger.version).where(
        model.Ledger.firm_id == ctx.firm, model.Ledger.account_id == account_id
    )
    rows = ledger.balances_of(session, ctx, account_id)
    items = tuple(snapshots.balance(rows[currency]) for currency in sorted(rows))
    return payments.Balances(account_id=account_id, items=items, version=session.scalar(version) or 0)


def _invoice(session: Session, ctx: Context, account_id: UUID, invoice_id: UUID) -> model.Invoice:
    query = select(model.Invoice).where(
        model.Invoice.firm_id == ctx.firm, model.Invoice.account_id == account_id, model.Invoice.id == invoice_id
    )
    row = session.scalar(query)
    if row is None:
        raise InvoiceNotFound
    return row
