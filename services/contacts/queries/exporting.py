"""Contacts and links as they are, told again to whoever keeps a projection of them."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.errors import Forbidden, wrong
from contracts.contacts import ContactCreated, LinksChanged
from contracts.export import Export, Exported, tell
from services.contacts import snapshots
from services.contacts.model import AccountRef, Contact, ContactLink

START = UUID(int=0)


def export(session: Session, ctx: Context, request: Export) -> Exported:
    """This will tell of all contacts, then of all links by account, in the order of their ids. Raises Forbidden."""
    if ctx.actor.kind != "system":
        raise Forbidden
    part, last = _after(request.cursor)
    told: Sequence[ContactCreated | LinksChanged]
    if part == "contacts":
        told, ids = _contacts(session, ctx, last, request.limit)
        following = cursor.encode("links", START)
    else:
        told, ids = _links(session, ctx, last, request.limit)
        following = None
    more = cursor.encode(part, ids[-1]) if len(ids) == request.limit else following
    return Exported(events=tuple(tell(event) for event in told), next_cursor=more)


def _contacts(session: Session, ctx: Context, last: UUID, limit: int) -> tuple[list[ContactCreated], list[UUID]]:
    query = select(Contact).where(Contact.firm_id == ctx.firm, Contact.id > last).order_by(Contact.id).limit(limit)
    rows = session.scalars(query).all()
    told = [ContactCreated(contact=snapshots.for_event(session, ctx, row)) for row in rows]
    return told, [row.id for row in rows]


def _links(session: Session, ctx: Context, last: UUID, limit: int) -> tuple[list[LinksChanged], list[UUID]]:
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
    told = [
        LinksChanged(
            account_id=row.id, contact_ids=tuple(contact_ids[row.id]), version=row.links_version, change="linked"
        )
        for row in rows
    ]
    return told, ids


def _after(typed: str | None) -> tuple[str, UUID]:
    if typed is None:
        return "contacts", START
    part, last = cursor.decode(typed, 2)
    try:
        contact_id = UUID(last)
    except (AttributeError, TypeError, ValueError):
        contact_id = None
    if contact_id is None or part not in ("contacts", "links"):
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.")
    return part, contact_id
