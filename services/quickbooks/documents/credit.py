"""From where credit comes that goes to an invoice: ours is one balance, QuickBooks' are credit memos and payments."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.books import AccountCredit
from services.quickbooks import model
from services.quickbooks.documents import rules

Source = tuple[str, UUID]  # kind and id of a credit note or a payment
Given = dict[tuple[UUID, Source], int]  # by application and source, in cents


class Shares(NamedTuple):
    """What goes from which source where, and what of each source has expired, in cents."""

    given: Given
    expired: dict[Source, int]


def shares(
    known: Mapping[tuple[UUID, Source], int],
    sources: Mapping[Source, int],
    uses: Mapping[UUID, int],
    expired: int,
) -> Shares:
    """Give each use its credit: from where it came before as far as that is there, then from the earliest.

    What expired is taken off credit notes, the earliest first; more than they hold stays in QuickBooks.
    """
    free = dict(sources)
    given: Given = {}
    left = dict(uses)
    for (use, source), cents in sorted(known.items(), key=lambda one: (one[0][0], one[0][1])):
        part = min(cents, free.get(source, 0), left.get(use, 0))
        if part:
            given[use, source] = part
            free[source] -= part
            left[use] -= part
    for use, missing in left.items():
        rest = missing
        for source, there in list(free.items()):
            part = min(rest, there)
            if part:
                given[use, source] = given.get((use, source), 0) + part
                free[source] -= part
                rest -= part
    ended: dict[Source, int] = {}
    for source, there in free.items():
        part = min(expired, there) if source[0] == "credit" else 0
        if part:
            ended[source] = part
            expired -= part
    return Shares(given, ended)


def allocate(
    session: Session, ctx: Context, told: AccountCredit, currency: str, gone: Collection[UUID]
) -> tuple[Shares, set[UUID]]:
    """Keep from where each use of the account's credit has it; the second are ids of what that changed.

    Under the account's lock. `gone` are sources and uses that are of another currency, or not to be in QuickBooks.
    """
    row = model.Allocation
    query = select(row).where(row.firm_id == ctx.firm, row.account_id == told.account_id)
    rows = session.scalars(query.order_by(row.application_id)).all()
    known = {(each.application_id, (each.source_kind, each.source_id)): each.cents for each in rows}
    sources: dict[Source, int] = {
        (one.kind, one.id): rules.cents(one.amount)
        for one in told.sources
        if one.currency == currency and one.id not in gone
    }
    here = [one for one in told.applications if one.currency in {"", currency} and one.id not in gone]
    uses = {one.id: rules.cents(one.amount) for one in here}
    ended = sum(rules.cents(one.amount) for one in told.expired if one.currency == currency)
    found = shares(known, sources, uses, ended)
    touched: set[UUID] = set()
    for key in known.keys() | found.given.keys():
        if known.get(key) != found.given.get(key):
            touched |= {key[0], key[1][1]}
    if touched:
        invoices = {one.id: one.invoice_id for one in told.applications}
        session.execute(delete(row).where(row.firm_id == ctx.firm, row.account_id == told.account_id))
        values = [
            {
                "firm_id": ctx.firm, "application_id": use, "source_kind": kind, "source_id": source_id,
                "account_id": told.account_id, "invoice_id": invoices[use], "cents": cents,
            }
            for (use, (kind, source_id)), cents in found.given.items()
        ]  # fmt: skip
        if values:
            session.execute(insert(row), values)
    return found, touched


class Flows(NamedTuple):
    """What is kept of some accounts: by application its sources, by source what goes to which invoice, in cents."""

    of_use: dict[UUID, list[tuple[Source, int]]]
    of_source: dict[Source, dict[UUID, int]]


def flows(session: Session, ctx: Context, account_ids: Collection[UUID]) -> Flows:
    """Read from where credit comes and where it goes."""
    row = model.Allocation
    query = select(row).where(row.firm_id == ctx.firm, row.account_id.in_(account_ids))
    of_use: dict[UUID, list[tuple[Source, int]]] = defaultdict(list)
    of_source: dict[Source, dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    for each in session.scalars(query.order_by(row.application_id, row.source_id)):
        source = (each.source_kind, each.source_id)
        of_use[each.application_id].append((source, each.cents))
        of_source[source][each.invoice_id] += each.cents
    return Flows(of_use, of_source)
