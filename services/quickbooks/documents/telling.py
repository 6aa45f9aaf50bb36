"""What billing tells of documents: each is kept with what ought to be of it in QuickBooks, and let go there."""

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import billing
from contracts.accounts import AccountDeleted
from contracts.books import BookEntry
from contracts.invoices import Application, Invoice
from contracts.payments import CreditEntry, Payment
from contracts.quickbooks_documents import DocumentKind
from services.quickbooks import model
from services.quickbooks.documents import marking, rules
from services.quickbooks.operations import attention, neighbours
from services.quickbooks.operations import marking as accounts

OF_INVOICE = ("number", "currency", "posted_on", "due_on", "lines", "taxes", "total", "memo", "voided_at")
OF_PAYMENT = ("amount", "currency", "status", "received_on", "reference", "note")


class Told(NamedTuple):
    """A document as it was told; `digest` tells one content from another, None where only its name is known."""

    kind: DocumentKind
    id: UUID
    account_id: UUID
    parent_id: UUID | None
    name: str
    on: dt.date
    version: int
    wanted: str
    digest: str | None


def invoice_changed(session: Session, ctx: Context, event: billing.InvoiceChanged) -> None:
    """Keep an invoice that has a number, and which credit goes to it; drafts say nothing."""
    invoice = event.invoice
    if invoice.number is None or invoice.posted_on is None:
        return
    account = _billed(session, ctx, invoice.account_id, invoice.posted_on)
    if _keep(session, ctx, account, _of_invoice(invoice)):
        _keep_applications(session, ctx, account, invoice)


def payment_told(session: Session, ctx: Context, event: billing.PaymentRecorded | billing.PaymentChanged) -> None:
    """Keep a payment once it has cleared; one that was deleted is to go there too (R-QB-13)."""
    payment = event.payment
    account = _billed(session, ctx, payment.account_id, payment.received_on)
    if payment.status in {"cleared", "deleted"}:
        _keep(session, ctx, account, _of_payment(payment))


def credit_changed(session: Session, ctx: Context, event: billing.CreditChanged) -> None:
    """Keep a credit note; credit that expired makes those that there are worth less."""
    entry = event.entry
    if entry.kind == "credit_note":
        account = _billed(session, ctx, entry.account_id, entry.entered_on)
        _keep(session, ctx, account, _of_credit(entry))
    elif entry.kind == "expired":
        account = accounts.account(session, ctx, entry.account_id)
        begins = marking.start_on(session, ctx)
        for row in marking.of_account(session, ctx, account.id):
            if row.kind == "credit":
                touch(session, ctx, row, account, begins)


def refund_made(session: Session, ctx: Context, event: billing.RefundMade) -> None:
    """Keep money that was given back."""
    refund = event.refund
    account = _billed(session, ctx, refund.account_id, refund.given_on)
    one = Told(
        "refund", refund.id, account.id, refund.payment_id, refund.note, refund.given_on, 1, "there", str(refund.id)
    )
    _keep(session, ctx, account, one)


def service_changed(session: Session, ctx: Context, event: billing.ServiceChanged) -> None:
    """Have a service changed that was made there by us; one that no document named yet waits until one does."""
    row = model.Document
    here = (row.firm_id == ctx.firm, row.kind == "service", row.id == event.service.id)
    found = session.scalar(select(row).where(*here).with_for_update().execution_options(populate_existing=True))
    if found is None or found.version >= event.service.version:
        return
    found.version, found.name = event.service.version, event.service.name
    if not found.is_chosen:
        touch(session, ctx, found, None, None)


def listed(session: Session, ctx: Context, entries: list[BookEntry]) -> None:
    """Keep documents that billing lists; what was told of one before stands unless this is newer."""
    for entry in sorted(entries, key=lambda one: one.account_id):
        account = _billed(session, ctx, entry.account_id, entry.on)
        wanted = "void" if entry.is_voided else "there"
        one = Told(
            entry.kind, entry.id, entry.account_id, entry.parent_id, entry.name, entry.on, entry.version, wanted, None
        )
        _keep(session, ctx, account, one)


def account_deleted(session: Session, ctx: Context, event: AccountDeleted) -> None:
    """Forget the account's documents; what is in QuickBooks stays there."""
    account_id = event.account_id
    attention.documents_gone(session, ctx, account_id)
    for table in (model.DocumentStep, model.Allocation, model.Document):
        session.execute(delete(table).where(table.firm_id == ctx.firm, table.account_id == account_id))


def service(session: Session, ctx: Context, service_id: UUID, name: str) -> model.Document:
    """Give a service's row, locked; made and let go where a document names it first."""
    row = model.Document
    values = {
        "firm_id": ctx.firm, "kind": "service", "id": service_id, "entity": rules.ENTITIES["service"], "name": name,
        "status": "queued", "since": ctx.now, "due_at": ctx.now,
    }  # fmt: skip
    session.execute(insert(row).values(values).on_conflict_do_nothing())
    here = (row.firm_id == ctx.firm, row.kind == "service", row.id == service_id)
    query = select(row).where(*here).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def touch(
    session: Session, ctx: Context, row: model.Document, account: model.Account | None, begins: dt.date | None
) -> None:
    """Have a document pushed again, as it is when its turn comes."""
    row.serial += 1
    marking.place(session, ctx, row, account, begins)


def _billed(session: Session, ctx: Context, account_id: UUID, on: dt.date) -> model.Account:
    neighbours.billed(session, ctx, account_id, on)
    return accounts.account(session, ctx, account_id)


def _keep(session: Session, ctx: Context, account: model.Account, told: Told) -> bool:
    """Keep what was told of a document; whether it was news."""
    row = model.Document
    here = (row.firm_id == ctx.firm, row.kind == told.kind, row.id == told.id)
    found = session.scalar(select(row).where(*here).with_for_update().execution_options(populate_existing=True))
    if found is None:
        entity = rules.ENTITIES[told.kind]
        found = row(
            firm_id=ctx.firm, kind=told.kind, id=told.id, entity=entity, account_id=account.id, status="",
            since=ctx.now, version=0, serial=0, wish="rule", attempts=0, author="", is_chosen=False,
        )  # fmt: skip
        session.add(found)
    elif (found.version >= told.version and told.wanted == found.wanted) or found.version > told.version:
        return False
    is_same = told.digest is not None and (found.told, found.wanted) == (told.digest, told.wanted)
    found.version, found.name, found.on_day = told.version, told.name[:200], told.on
    found.parent_id, found.wanted = told.parent_id, told.wanted
    found.told = told.digest or found.told
    if not is_same:
        touch(session, ctx, found, account, marking.start_on(session, ctx))
    return True


def _keep_applications(session: Session, ctx: Context, account: model.Account, invoice: Invoice) -> None:
    """Keep the credit that goes to the invoice; what went before and does not any more is to go there too."""
    applied = {one.id: one for one in invoice.applications if one.is_credit and not one.is_pending}
    row = model.Document
    where = [row.firm_id == ctx.firm, row.kind == "application", row.parent_id == invoice.id]
    known = {one.id: one for one in marking.locked(session, where)}
    begins = marking.start_on(session, ctx)
    for one_id, one in known.items():
        if one_id not in applied and one.wanted == "there":
            one.wanted = "gone"
            touch(session, ctx, one, account, begins)
    for one_id in sorted(applied.keys() - known.keys()):
        _keep(session, ctx, account, _of_application(account.id, invoice, applied[one_id]))


def _of_invoice(one: Invoice) -> Told:
    wanted = "void" if one.status == "voided" else "there"
    digest = rules.digest_of(one, *OF_INVOICE)
    on = one.posted_on or one.created_at.date()
    return Told("invoice", one.id, one.account_id, None, one.number or "", on, one.version, wanted, digest)


def _of_payment(one: Payment) -> Told:
    wanted = "gone" if one.status == "deleted" else "there"
    paid = [(str(each.invoice_id), str(each.amount)) for each in one.applications if not each.is_credit]
    digest = rules.digest([rules.digest_of(one, *OF_PAYMENT), paid])
    return Told("payment", one.id, one.account_id, None, one.reference, one.received_on, one.version, wanted, digest)


def _of_credit(one: CreditEntry) -> Told:
    return Told("credit", one.id, one.account_id, None, one.note, one.entered_on, 1, "there", str(one.id))


def _of_application(account_id: UUID, invoice: Invoice, one: Application) -> Told:
    return Told(
        "application", one.id, account_id, invoice.id, invoice.number or "", one.applied_on, 1, "there", str(one.id)
    )
