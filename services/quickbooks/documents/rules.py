"""What follows from values alone: which entity a document is, its amounts in cents, what may be done about it."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from chassis.wire import dump, to_json
from contracts.quickbooks_documents import AnyKind, DocumentStatus
from contracts.quickbooks_errors import Group, QuickBooksProblem, Remedy

ENTITIES: Mapping[AnyKind, str] = {
    "service": "Item",
    "invoice": "Invoice",
    "credit": "CreditMemo",
    "payment": "Payment",
    "application": "Payment",  # of nothing, that takes a credit memo to an invoice
    "refund": "RefundReceipt",
}
# In order of dependency: what is named goes before what names it.
RANKS: Mapping[AnyKind, int] = {"service": 0, "invoice": 1, "credit": 1, "payment": 2, "application": 3, "refund": 4}
GROUPS: Mapping[AnyKind, Group] = {
    "service": "services",
    "invoice": "invoices",
    "credit": "payments",
    "payment": "payments",
    "application": "payments",
    "refund": "refunds",
}
LABELS: Mapping[DocumentStatus, str] = {
    "queued": "Queued",
    "syncing": "Syncing",
    "synced": "Synced",
    "out_of_date": "Out of date",
    "failed": "Failed",
    "skipped": "Skipped",
    "do_not_sync": "Do not sync",
    "changed_in_quickbooks": "Changed in QuickBooks",
}
REMEDIES: Mapping[DocumentStatus, tuple[Remedy, ...]] = {
    "queued": (),
    "syncing": (),
    "synced": ("open", "sync", "do_not_sync"),
    "out_of_date": ("open", "do_not_sync"),
    "failed": ("retry", "do_not_sync"),
    "skipped": ("sync", "do_not_sync"),
    "do_not_sync": ("sync",),
    "changed_in_quickbooks": ("sync", "link_existing", "do_not_sync"),
}
# What is for some kinds alone, and what is for documents but not for services.
ONLY_OF: Mapping[Remedy, tuple[AnyKind, ...]] = {
    "open_invoice": ("invoice",),
    "open_payment": ("payment",),
    "renumber": ("invoice", "credit", "refund"),
}
OF_PAPERS: tuple[Remedy, ...] = ("do_not_sync", "compare", "link_existing", "unlink")
TO_SOLVE: tuple[DocumentStatus, ...] = ("failed", "changed_in_quickbooks")
OTHER, TAX = UUID(int=0), UUID(int=1)  # what lines without a service, and taxes, are booked as
NAMES: Mapping[UUID, str] = {OTHER: "Services", TAX: "Sales tax"}
PAGES: Mapping[str, str] = {
    "Invoice": "invoice",
    "CreditMemo": "creditmemo",
    "Payment": "recvpayment",
    "RefundReceipt": "refundreceipt",
}
WEB = "https://app.qbo.intuit.com/app/"


def url(entity: str, quickbooks_id: str | None) -> str | None:
    """Where people see it; it needs their own sign-in."""
    return f"{WEB}{PAGES[entity]}?txnId={quickbooks_id}" if quickbooks_id and entity in PAGES else None


def cents(amount: Decimal) -> int:
    """An amount as a whole number of cents. Raises ValueError for one that isn't."""
    exact = amount * 100
    if exact != exact.to_integral_value():
        raise ValueError(amount)
    return int(exact)


def told_cents(amount: object) -> int:
    """An amount that QuickBooks told, in cents."""
    return round(Decimal(str(amount or 0)) * 100)


def amount(in_cents: int) -> float:
    """An amount as JSON holds it: the nearest float of two digits is written with these two."""
    return in_cents / 100


def digest(value: Any) -> str:
    """What tells one content from another."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def digest_of(message: Any, *names: str) -> str:
    """What tells one content of these fields of a message from another."""
    given = dump(message)
    return hashlib.sha256(to_json([given[name] for name in names])).hexdigest()


def remedies(kind: AnyKind, status: DocumentStatus, problem: QuickBooksProblem | None) -> tuple[Remedy, ...]:
    """What owner and admins may do about a document or service of this kind."""
    offered = REMEDIES[status]
    if status == "changed_in_quickbooks" and problem is not None:
        offered = problem.remedies
    elif status == "failed" and problem is not None:
        offered = (*problem.remedies, "retry", "do_not_sync")
    if kind == "service":
        offered = ("map_service", *(one for one in offered if one not in OF_PAPERS))
    return tuple(dict.fromkeys(one for one in offered if kind in ONLY_OF.get(one, (kind,))))
