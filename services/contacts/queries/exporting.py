"""Contacts and links as they are, told again to whoever keeps a projection of them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.errors import Forbidden, wrong
from contracts.contacts import ContactCreated, ContactFieldChanged, LinksChanged
from contracts.export import Export, Exported, tell
from services.contacts import snapshots
from services.contacts.model import AccountRef, Contact, ContactField, ContactLink
from services.contacts.queries.access import accesses, as_event
from services.contacts.queries.fields import as_message

START = UUID(int=0)
Told = tuple[Sequence[object], list[UUID]]  # events, and the ids of what they tell of


def export(session: Session, ctx: Context, request: Export) -> Exported:
    """Tell of all custom fields, contacts, then links and access by account, by their ids. Raises Forbidden.

    A page ends with a whole account, so it may tell more than was asked for.
    """
    if ctx.actor.kind != "system":
        raise Forbidden
    part, last = _after(request.cursor)
    told, ids = PARTS[part](session, ctx, last, request.limit)
    following = dict(pairwise(PARTS)).get(part)
    more = cursor.encode(following, START) if following else None
    if len(ids) == request.limit:
        more = cursor.encode(part, ids[-1])
    return Exported(events=tuple(tell(event) for event in told), next_cursor=more)


def _fields(session: Session, ctx: Context, last: UUID, limit: int) -> Told:
    query = select(ContactField).where(ContactField.firm_id == ctx.firm, ContactField.id > last)
    rows = session.scalars(query.order_by(ContactField.id).limit(limit)).all()
    return [ContactFieldChanged(field=as_message(row)) for row in rows], [row.id for row in rows]


def _contacts(session: Session, ctx: Context, last: UUID, limit: int) -> Told:
    query = select(Contact).where(Contact.firm_id == ctx.firm, Contact.id > last).order_by(Contact.id).limit(limit)
    rows = session.scalars(query).all()
    told = [ContactCreated(contact=snapshots.for_event(session, ctx, row)) for row in rows]
    return told, [row.id for row in rows]


def _links(session: Session, ctx: Context, last: UUID, limit: int) -> Told:
    account, link = AccountRef, ContactLink
    query = (
        select(account.id, account.links_version)
        .where(account.firm_id == ctx.firm, account.id > last, account.links_version > 0)
        .order_by(account.id)
        .limit(limit)
    )
    rows = session.execute(query).all()
    ids = [row.id for row in rows]
    linked = (
        select(link.account_id, link.contact_id)
        .where(link.firm_id == ctx.firm, link.account_id.in_(ids))
        .order_by(link.account_id, link.position, link.contact_id)
    )
    contact_ids: dict[UUID, list[UUID]] = defaultdict(list)
    for account_id, contact_id in session.execute(linked):
        contact_ids[account_id].append(contact_id)
    access = accesses(session, ctx, ids)
    told: list[object] = []
    for row in rows:
        linked_ids = tuple(contact_ids[row.id])
        told.append(LinksChanged(account_id=row.id, contact_ids=linked_ids, version=row.links_version, change="linked"))
        if linked_ids:
            told.append(as_event(row.id, row.links_version, access[row.id]))
    return told, ids


PARTS: dict[str, Callable[[Session, Context, UUID, int], Told]] = {
    "fields": _fields,
    "contacts": _contacts,
    "links": _links,
}


def _after(typed: str | None) -> tuple[str, UUID]:
    if typed is None:
        return "fields", START
    part, last = cursor.decode(typed, 2)
    try:
        contact_id = UUID(last)
    except (AttributeError, TypeError, ValueError):
        contact_id = None
    if contact_id is None or part not in PARTS:
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.")
    return part, contact_id
