"""What a firm does in billing, by billing's own operations, and what it tells quickbooks of it."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import text

from chassis.context import Context, new_id
from chassis.outbox import pending
from contracts import billing, invoices, payments, price_list, quickbooks_documents
from services.billing.operations import credits as credit_operations
from services.billing.operations import invoices as invoice_operations
from services.billing.operations import payments as payment_operations
from services.billing.operations import price_list as services
from services.billing.operations import refunds as refund_operations
from services.billing.queries import items
from services.quickbooks.documents import telling
from services.quickbooks.operations import document_choices
from services.quickbooks.queries import documents

DAY = dt.date(2026, 3, 2)
HEARD = {
    billing.InvoiceChanged: telling.invoice_changed,
    billing.PaymentRecorded: telling.payment_told,
    billing.PaymentChanged: telling.payment_told,
    billing.CreditChanged: telling.credit_changed,
    billing.RefundMade: telling.refund_made,
    billing.ServiceChanged: telling.service_changed,
}


class Books:
    """Billing of one firm; everything it tells is heard at once, unless `is_deaf`."""

    def __init__(self, firm):
        self.firm, self.db = firm, firm.neighbours.billing.db
        self.is_deaf = False

    def does(self, operation, request):
        ctx = replace(self.firm.ctx, key=new_id().hex, now=dt.datetime.now(dt.UTC), deadline=Context().deadline + 20)
        with self.db.transaction(ctx) as session:
            answer = operation(session, ctx, request)
            session.flush()
            told = pending(session)
            session.execute(text("DELETE FROM outbox"))
        for event in () if self.is_deaf else told:
            self.hear(event)
        return answer

    def hear(self, event):
        if type(event) in HEARD:
            ctx = self.firm.fresh(Context(firm_id=self.firm.ctx.firm))
            with self.firm.tools.db.transaction(ctx) as session:
                HEARD[type(event)](session, ctx, event)

    def told_again(self, invoice):
        return billing.InvoiceChanged(account_id=invoice.account_id, invoice=self.invoice_now(invoice))

    def service(self, name, price="100", **fields):
        return self.does(services.create_service, price_list.CreateService(name=name, price=Decimal(price), **fields))

    def reprice(self, service, **changes):
        request = price_list.ChangeService(service_id=service.id, version=service.version, **changes)
        return self.does(services.change_service, request)

    def draft(self, account, *lines, **fields):
        entries = tuple(line(one) for one in lines or ("100",))
        asked = {"account_id": account, "lines": entries, "currency": "USD", **fields}
        return self.does(invoice_operations.create_invoice, invoices.CreateInvoice(**asked))

    def invoice(self, account, *lines, on=DAY, **fields):
        made = self.draft(account, *lines, **fields)
        request = invoices.IssueInvoice(account_id=account, invoice_id=made.id, version=made.version, posted_on=on)
        return self.does(invoice_operations.issue_invoice, request)

    def invoice_now(self, invoice):
        with self.db.reading(self.firm.ctx) as session:
            ref = invoices.InvoiceRef(account_id=invoice.account_id, invoice_id=invoice.id)
            return items.get_invoice(session, self.firm.ctx, ref)

    def change(self, invoice, **changes):
        now = self.invoice_now(invoice)
        request = invoices.ChangeInvoice(account_id=now.account_id, invoice_id=now.id, version=now.version, **changes)
        return self.does(invoice_operations.change_invoice, request)

    def void(self, invoice):
        now = self.invoice_now(invoice)
        request = invoices.VoidInvoice(account_id=now.account_id, invoice_id=now.id, version=now.version)
        return self.does(invoice_operations.void_invoice, request)

    def pay(self, account, amount, *paid, on=DAY, **fields):
        parts = tuple(payments.PayInvoice(invoice_id=one.id) for one in paid)
        asked = {"account_id": account, "amount": Decimal(amount), "currency": "USD", "method": "check"}
        request = payments.RecordPayment(**{**asked, "received_on": on, "invoices": parts, **fields})
        return self.does(payment_operations.record_payment, request)

    def refund(self, payment, amount, **fields):
        request = payments.RefundPayment(
            account_id=payment.account_id, payment_id=payment.id, version=payment.version, amount=Decimal(amount),
            **fields,
        )  # fmt: skip
        return self.does(refund_operations.refund_payment, request)

    def delete(self, payment):
        request = payments.PaymentRef(account_id=payment.account_id, payment_id=payment.id)
        return self.does(refund_operations.delete_payment, request)

    def detach(self, account, application):
        request = payments.ApplicationRef(account_id=account, application_id=application.id)
        return self.does(refund_operations.detach_application, request)

    def credit(self, account, amount, note="A kindness", currency="USD"):
        request = payments.AddCredit(account_id=account, amount=Decimal(amount), currency=currency, note=note)
        return self.does(credit_operations.add_credit, request)

    def expire(self, account, amount):
        request = payments.ExpireCredit(account_id=account, amount=Decimal(amount), currency="USD")
        return self.does(credit_operations.expire_credit, request)

    def apply(self, invoice, amount=None):
        amount = Decimal(amount) if amount else None
        request = payments.ApplyCredit(account_id=invoice.account_id, invoice_id=invoice.id, amount=amount)
        return self.does(credit_operations.apply_credit, request)

    # What quickbooks shows and does.

    def syncs(self, account, kind=None, by=None):
        request = quickbooks_documents.ListDocumentSyncs(account_id=account, kind=kind, limit=50)
        return self.firm.does(documents.list_document_syncs, request, by).items

    def sync(self, kind, one):
        return next(each for each in self.syncs(one.account_id, kind) if each.id == one.id)

    def statuses(self, account):
        return sorted((one.kind, one.status) for one in self.syncs(account))

    def ref(self, kind, one):
        return quickbooks_documents.DocumentRef(account_id=one.account_id, kind=kind, document_id=one.id)

    def again(self, kind, one, by=None):
        return self.firm.does(document_choices.sync_document, self.ref(kind, one), by)

    def skip(self, kind, one, by=None):
        return self.firm.does(document_choices.skip_document, self.ref(kind, one), by)

    def link(self, kind, one, quickbooks_id):
        request = quickbooks_documents.LinkDocument(
            account_id=one.account_id, kind=kind, document_id=one.id, quickbooks_id=quickbooks_id
        )
        return self.firm.does(document_choices.link_document, request)

    def renumber(self, kind, one, number):
        request = quickbooks_documents.RenumberDocument(
            account_id=one.account_id, kind=kind, document_id=one.id, number=number
        )
        return self.firm.does(document_choices.renumber_document, request)

    def map(self, service_id, item_id=None):
        request = quickbooks_documents.MapService(service_id=service_id, item_id=item_id)
        return self.firm.does(document_choices.map_service, request)

    def there(self, kind):
        """The entities of a kind as they are in QuickBooks, the first made first."""
        found = self.firm.intuit.control("entities", kind=kind).get(kind, [])
        return sorted(found, key=lambda one: int(one["Id"]))


def line(one):
    if isinstance(one, str):
        return invoices.LineEntry(name="Tax return", unit_price=Decimal(one))
    return one
