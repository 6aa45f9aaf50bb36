"""Tables of quickbooks. A firm has one company; the words customer, realm and SyncToken are QuickBooks' own."""

from services.quickbooks.model.accounts import (
    Account,
    Asking,
    Attention,
    Base,
    Budget,
    Connecting,
    Connection,
    Credential,
    Customer,
    Job,
    LedgerAccount,
    Step,
    ToldChange,
    Watch,
)
from services.quickbooks.model.documents import Allocation, Document, DocumentStep, Item, Push

__all__ = [
    "Account",
    "Allocation",
    "Asking",
    "Attention",
    "Base",
    "Budget",
    "Connecting",
    "Connection",
    "Credential",
    "Customer",
    "Document",
    "DocumentStep",
    "Item",
    "Job",
    "LedgerAccount",
    "Push",
    "Step",
    "ToldChange",
    "Watch",
]
