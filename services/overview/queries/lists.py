"""The client list with its filters (R-LST-2 to R-LST-4) and related accounts (R-REL-1, R-REL-2)."""

import datetime as dt
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from chassis import cursor
from chassis.context import Context
from chassis.errors import wrong
from chassis.wire import load
from contracts.common import Tag
from contracts.custom_fields import CustomField
from contracts.overview import AccountPage, AccountRef, AccountRow, ListAccounts, RelatedAccount, RelatedAccounts
from contracts.payments import Balance
from services.overview import fields
from services.overview.model import DirectoryAccount, DirectoryContact, DirectoryLink, DirectoryTag
from services.overview.queries import filters

Condition = ColumnElement[bool]


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _instant(value: Any) -> dt.datetime:
    return dt.datetime.fromisoformat(value).astimezone(dt.UTC)


class Order(NamedTuple):
    """A sort column, its direction, and how its value comes back out of a cursor."""

    column: InstrumentedAttribute[Any]
    is_descending: bool
    read: Callable[[Any], Any]


ORDERS = {
    "name": Order(DirectoryAccount.name, False, _name),
    "-name": Order(DirectoryAccount.name, True, _name),
    "code": Order(DirectoryAccount.code, False, _name),
    "-created_at": Order(DirectoryAccount.created_at, True, _instant),
}


def list_accounts(session: Session, ctx: Context, request: ListAccounts) -> AccountPage:
    """One page of the accounts the caller may see; `total` is counted with the first page and goes along."""
    conditions = filters.conditions(session, ctx, request)
    order = ORDERS[request.sort]
    query = select(DirectoryAccount).where(*conditions)
    if request.cursor is None:
        total = session.scalars(select(func.count()).select_from(DirectoryAccount).where(*conditions)).one()
    else:
        total, beyond = _after(order, request.cursor)
        query = query.where(beyond)
    rows = session.scalars(_sorted(query, order).limit(request.limit + 1)).all()
    shown = rows[: request.limit]
    last = shown[-1] if len(rows) > request.limit else None
    tags = tags_of(session, ctx, shown)
    known = fields.defined(session, ctx, "accounts") if any(row.fields for row in shown) else {}
    return AccountPage(
        items=tuple(_row(ctx, row, tags, known) for row in shown),
        total=total,
        next_cursor=cursor.encode(total, getattr(last, order.column.key), last.account_id) if last else None,
    )


def list_related(session: Session, ctx: Context, request: AccountRef) -> RelatedAccounts:
    """Other accounts that share a contact with this one, by name; those out of the caller's sight are as if not."""
    own, other = aliased(DirectoryLink), aliased(DirectoryLink)
    account, contact, itself = DirectoryAccount, DirectoryContact, aliased(DirectoryAccount)
    query = (
        select(account, contact.name)
        .select_from(own)
        .join(other, (other.firm_id == own.firm_id) & (other.contact_id == own.contact_id))
        .join(account, (account.firm_id == other.firm_id) & (account.account_id == other.account_id))
        .join(contact, (contact.firm_id == own.firm_id) & (contact.contact_id == own.contact_id))
        .join(itself, (itself.firm_id == own.firm_id) & (itself.account_id == own.account_id))
        .where(own.firm_id == ctx.firm, own.account_id == request.account_id, other.account_id != own.account_id)
        .where(contact.version > 0, ~contact.is_deleted, *filters.seen(ctx, account), *filters.seen(ctx, itself))
        .order_by(account.name, account.account_id, own.position)
    )
    shared: dict[UUID, tuple[DirectoryAccount, list[str]]] = {}
    for row, name in session.execute(query):
        shared.setdefault(row.account_id, (row, []))[1].append(name)
    return RelatedAccounts(
        items=tuple(
            RelatedAccount(
                id=row.account_id, code=row.code, name=row.name, type=row.type, state=row.state, contacts=tuple(names)
            )
            for row, names in shared.values()
        )
    )


def _sorted(query: Select[tuple[DirectoryAccount]], order: Order) -> Select[tuple[DirectoryAccount]]:
    keys = (order.column, DirectoryAccount.account_id)
    return query.order_by(*(key.desc() if order.is_descending else key for key in keys))


def _after(order: Order, text_cursor: str) -> tuple[int, Condition]:
    total, value, account_id = cursor.decode(text_cursor, 3)
    try:
        key, last, known = order.read(value), UUID(account_id), operator.index(total)
    except (ValueError, OverflowError, AttributeError, TypeError) as exc:
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.") from exc
    column, row_id = order.column, DirectoryAccount.account_id
    if order.is_descending:
        return known, or_(column < key, and_(column == key, row_id < last))
    return known, or_(column > key, and_(column == key, row_id > last))


def tags_of(session: Session, ctx: Context, rows: Sequence[DirectoryAccount]) -> dict[UUID, Tag]:
    """The tags that these accounts carry, without those that are deleted."""
    wanted = {tag_id for row in rows for tag_id in row.tags}
    if not wanted:
        return {}
    tag = DirectoryTag
    query = select(tag).where(tag.firm_id == ctx.firm, tag.tag_id.in_(wanted), ~tag.is_deleted)
    return {row.tag_id: Tag(id=row.tag_id, name=row.name, colour=row.colour) for row in session.scalars(query)}


def _row(ctx: Context, row: DirectoryAccount, tags: dict[UUID, Tag], known: Mapping[UUID, CustomField]) -> AccountRow:
    assert row.created_at is not None  # noqa: S101 (what lists show was created)
    return AccountRow(
        id=row.account_id,
        code=row.code,
        name=row.name,
        type=row.type,
        state=row.state,
        tags=tuple(tags[tag_id] for tag_id in row.tags if tag_id in tags),
        team=tuple(row.team),
        contacts=tuple(name for name, _ in row.people),
        created_at=row.created_at,
        custom_fields=fields.rendered(row.fields, known),
        portal_status=row.portal_status,  # type: ignore[arg-type]
        is_notified=row.is_notified,
        is_synced=row.is_synced,
        signed_in_at=row.signed_in_at,
        balances=tuple(load(Balance, kept) for kept in row.balances) if filters.sees_money(ctx) else (),
    )
