"""A firm with an account, and short ways to bill it, pay it and credit it."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from chassis import outbox
from chassis.context import Actor, new_id
from chassis.testing import firm_context, service_session, service_sessions
from contracts import invoices, payments
from contracts.sections import GetSections, ListSection, SectionAsk
from services.billing.operations import credits as credit_operations
from services.billing.operations import invoices as invoice_operations
from services.billing.operations import payments as payment_operations
from services.billing.queries import items, sections

ctx = firm_context()
session = service_session("billing")
sessions = service_sessions("billing")


@pytest.fixture
def account_id():
    return new_id()


@pytest.fixture
def client_ctx(ctx):
    """A contact of the account, in the portal."""
    return replace(ctx, actor=Actor(kind="portal", id=new_id(), name="Clara Client"))


@pytest.fixture
def later():
    """`later(ctx, days=5)`: the same caller, so much later."""

    def move(ctx, **span):
        return replace(ctx, now=ctx.now + dt.timedelta(**span))

    return move


@pytest.fixture
def draft(session, ctx, account_id):
    """`draft("100")`: a draft worth that."""

    def make(amount="100", *, by=ctx, **fields):
        line = invoices.LineEntry(name="Tax return", unit_price=Decimal(amount))
        asked = {"account_id": account_id, "lines": (line,), "currency": "EUR", **fields}
        return invoice_operations.create_invoice(session, by, invoices.CreateInvoice(**asked))

    return make


@pytest.fixture
def issued(session, ctx, account_id, draft):
    """`issued("100", posted_on=day)`: an invoice worth that, with a number."""

    def make(amount="100", *, by=ctx, posted_on=None, **fields):
        made = draft(amount, by=by, **fields)
        where = {"account_id": made.account_id, "invoice_id": made.id, "version": made.version}
        return invoice_operations.issue_invoice(session, by, invoices.IssueInvoice(**where, posted_on=posted_on))

    return make


@pytest.fixture
def pay(session, ctx, account_id):
    """`pay("100", invoice, …)`: a payment of that for these invoices, each as much as is left."""

    def make(amount="100", *paid, by=ctx, **fields):
        parts = tuple(payments.PayInvoice(invoice_id=one.id) for one in paid)
        asked = {
            "account_id": account_id,
            "amount": Decimal(amount),
            "currency": "EUR",
            "method": "transfer",
            "received_on": by.now.date(),
            "invoices": parts,
            **fields,
        }
        return payment_operations.record_payment(session, by, payments.RecordPayment(**asked))

    return make


@pytest.fixture
def credit(session, ctx, account_id):
    """`credit("100")`: a credit note of that."""

    def make(amount="100", currency="EUR", *, by=ctx):
        asked = payments.AddCredit(account_id=account_id, amount=Decimal(amount), currency=currency)
        return credit_operations.add_credit(session, by, asked)

    return make


@pytest.fixture
def apply(session, ctx, account_id):
    """`apply(invoice, "100")`: the account's credit to an invoice."""

    def make(invoice, amount=None, *, by=ctx):
        wanted = None if amount is None else Decimal(amount)
        asked = payments.ApplyCredit(account_id=account_id, invoice_id=invoice.id, amount=wanted)
        return credit_operations.apply_credit(session, by, asked)

    return make


@pytest.fixture
def now_of(session, ctx, account_id):
    """`now_of(invoice)`: the invoice as it is."""

    def read(invoice, *, by=ctx):
        return items.get_invoice(session, by, invoices.InvoiceRef(account_id=account_id, invoice_id=invoice.id))

    return read


@pytest.fixture
def payment_now(session, ctx, account_id):
    def read(payment):
        return items.get_payment(session, ctx, payments.PaymentRef(account_id=account_id, payment_id=payment.id))

    return read


@pytest.fixture
def euros(session, ctx, account_id):
    """`euros()`: (due, clearing, credit, net due) of the account."""

    def read(currency="EUR"):
        found = items.get_balances(session, ctx, payments.AccountRef(account_id=account_id)).items
        for one in found:
            if one.currency == currency:
                return tuple(format(value, "f") for value in (one.due, one.clearing, one.credit, one.net_due))
        return None

    return read


@pytest.fixture
def told(session):
    """`told(InvoiceChanged)`: the events of this kind, oldest first."""

    def read(kind):
        return [event for event in outbox.pending(session) if isinstance(event, kind)]

    return read


@pytest.fixture
def section(session, ctx, account_id):
    """`section()`: what the overview shows of unpaid invoices."""

    def ask(*, by=ctx, account_id=account_id):
        request = GetSections(account_id=account_id, sections=(SectionAsk(name="invoices"),))
        (made,) = sections.get_sections(session, by, request).sections
        return made

    return ask


@pytest.fixture
def listed(session, ctx, account_id):
    """`listed(status="all")`: a page of "view all"."""

    def ask(*, by=ctx, limit=50, after=None, **filters):
        given = {name.rstrip("_"): value for name, value in filters.items()} or None
        request = ListSection(account_id=account_id, name="invoices", filters=given, cursor=after, limit=limit)
        return sections.list_section(session, by, request)

    return ask
