"""What lies on the desk where documents are prepared: as billing has them, as QuickBooks has them, and their like."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.books import Books
from contracts.quickbooks_documents import AnyKind
from services.quickbooks import ledger, model
from services.quickbooks.documents import credit, rules, telling
from services.quickbooks.documents.credit import Source

Key = tuple[str, UUID]


class Claimed(NamedTuple):
    """A document that somebody prepares."""

    kind: AnyKind
    id: UUID
    account_id: UUID | None
    entity: str
    quickbooks_id: str | None
    is_chosen: bool


class Other(NamedTuple):
    """A document of the same account that others may depend on."""

    quickbooks_id: str | None
    status: str
    wanted: str
    wish: str
    waits_for: str | None
    is_under_way: bool
    parts: Mapping[str, int]


@dataclass
class Desk:
    """Everything that one transaction decides by; `current` are entities by kind and id, as they were just read."""

    session: Session
    ctx: Context
    currency: str
    chosen: ledger.Chosen
    accounts: Mapping[UUID, model.Account]
    books: Mapping[str, Mapping[UUID, Any]]
    current: Mapping[tuple[str, str], dict[str, Any]]
    others: dict[Key, Other]
    services: dict[UUID, model.Document]
    expired: dict[Source, int] = field(default_factory=dict)
    flows: credit.Flows = field(default_factory=lambda: credit.Flows({}, {}))

    def customer(self, row: model.Document) -> str:
        account = self.accounts[row.account_id or rules.OTHER]
        return str(account.customer_id)

    def item(self, service_id: UUID) -> str | None:
        """The item of a service; None until it has one."""
        return self.services[service_id].quickbooks_id


def by_kind(books: Books) -> dict[str, dict[UUID, Any]]:
    """What billing told, by its ids."""
    return {
        "invoice": {one.id: one for one in books.invoices},
        "payment": {one.id: one for one in books.payments},
        "credit": {one.id: one for one in books.credits},
        "refund": {one.id: one for one in books.refunds},
        "service": {one.id: one for one in books.services},
        "application": {one.id: one for each in books.credit for one in each.applications},
    }


def others_of(session: Session, ctx: Context, account_ids: Collection[UUID]) -> dict[Key, Other]:
    """Read how the documents of some accounts stand."""
    row = model.Document
    query = select(
        row.kind, row.id, row.quickbooks_id, row.status, row.wanted, row.wish, row.waits_for,
        (row.due_at.is_not(None) | row.push_id.is_not(None)).label("is_under_way"), row.pushed,
    ).where(row.firm_id == ctx.firm, row.account_id.in_(account_ids))  # fmt: skip
    return {
        (one.kind, one.id): Other(
            one.quickbooks_id,
            one.status,
            one.wanted,
            one.wish,
            one.waits_for,
            one.is_under_way,
            (one.pushed or {}).get("parts", {}),
        )
        for one in session.execute(query)
    }


def services_of(
    session: Session, ctx: Context, wanted: Iterable[UUID], named: Mapping[UUID, str]
) -> dict[UUID, model.Document]:
    """Give the rows of services, held as they are until the transaction ends; new ones are let go."""
    row, ids = model.Document, sorted(set(wanted))
    query = select(row).where(row.firm_id == ctx.firm, row.kind == "service", row.id.in_(ids)).order_by(row.id)
    held = query.with_for_update(read=True).execution_options(populate_existing=True)
    found = {one.id: one for one in session.scalars(held)} if ids else {}
    for service_id in ids:
        if service_id not in found:
            name = rules.NAMES.get(service_id) or named.get(service_id, "")
            found[service_id] = telling.service(session, ctx, service_id, name)
    return found
