"""Tables of billing."""

from services.billing.model.base import Base
from services.billing.model.firm import BilledService, BillingSettings, NumberCounter
from services.billing.model.invoices import Application, Invoice
from services.billing.model.payments import Balance, CreditEntry, Ledger, Payment, Refund
from services.billing.model.proposals import Proposal, ProposalSigner, RecurringInvoice, RecurringIssue, SignerAccount

__all__ = [
    "Application",
    "Balance",
    "Base",
    "BilledService",
    "BillingSettings",
    "CreditEntry",
    "Invoice",
    "Ledger",
    "NumberCounter",
    "Payment",
    "Proposal",
    "ProposalSigner",
    "RecurringInvoice",
    "RecurringIssue",
    "Refund",
    "SignerAccount",
]
