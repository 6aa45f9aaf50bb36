"""billing: the firm's price list, invoices, payments, credit; answers for a section of the overview."""

from typing import ClassVar, Protocol
from uuid import UUID

from chassis.wire import event
from contracts import books, invoices, payments, price_list, proposal_signing, proposals
from contracts.export import Exporter
from contracts.sections import SectionSource


@event("billing.invoice_changed", version=1)
class InvoiceChanged:
    """It was made, changed, issued, voided, or something was paid on it; `status` is that of the event's day."""

    SECTIONS: ClassVar = ("invoices",)
    account_id: UUID
    invoice: invoices.Invoice


@event("billing.invoice_deleted", version=1)
class InvoiceDeleted:
    """A draft was deleted, or one that was scheduled."""

    SECTIONS: ClassVar = ("invoices",)
    account_id: UUID
    invoice_id: UUID


@event("billing.payment_recorded", version=1)
class PaymentRecorded:
    account_id: UUID
    payment: payments.Payment


@event("billing.payment_changed", version=1)
class PaymentChanged:
    """It cleared, failed, was refunded, deleted, taken off an invoice, or described anew."""

    account_id: UUID
    payment: payments.Payment


@event("billing.refund_made", version=1)
class RefundMade:
    """Money of a payment was given back; what it paid may be due again, which is told beside it."""

    account_id: UUID
    refund: books.Refund


@event("billing.service_changed", version=1)
class ServiceChanged:
    """A service of the price list was made or changed."""

    service: price_list.BilledService


@event("billing.credit_changed", version=1)
class CreditChanged:
    """Credit came or went; `entry` says why."""

    account_id: UUID
    entry: payments.CreditEntry


@event("billing.balance_changed", version=1)
class BalanceChanged:
    """What the account owes, or its credit, is not what it was (R-CRD-4); `balances.version` puts them in order."""

    SECTIONS: ClassVar = ("invoices",)
    account_id: UUID
    balances: payments.Balances


@event("billing.settings_changed", version=1)
class BillingSettingsChanged:
    """Invoices are overdue after another number of days, any account's may be; or the firm's currency is another."""

    SECTIONS: ClassVar = ("invoices",)
    account_id: UUID | None = None
    currency: str = ""  # empty as told before it was in here
    version: int = 0  # of the settings


class Billing(
    SectionSource,
    Exporter,
    price_list.PriceList,
    invoices.Invoices,
    payments.Payments,
    books.BookKeeping,
    proposals.Proposals,
    proposal_signing.ProposalSigning,
    Protocol,
):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    The section `invoices` and its filters (the first choice stands unless said):
    - `status` (due: unpaid, partially paid, overdue and in progress; all; or one of invoices.Status), `from`, `to`
      (days of posting, both included), `q` (part of the number), `sort` (due_on, -posted_on)
    """

    NAME: ClassVar[str] = "billing"
