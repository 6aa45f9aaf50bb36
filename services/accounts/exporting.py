"""Accounts, tags, roles and custom fields as they are, told again to whoever keeps a projection of them."""

from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.errors import Forbidden, wrong
from contracts.account_settings import AccountRole as RoleMessage
from contracts.accounts import AccountCreated, AccountFieldChanged, RoleChanged, TagChanged
from contracts.common import Tag as TagMessage
from contracts.export import Export, Exported, tell
from services.accounts import fields, snapshot
from services.accounts.model import Account, AccountRole, Tag


def export(session: Session, ctx: Context, request: Export) -> Exported:
    """All tags, roles and fields with the first page, then the accounts in the order of their ids. Raises Forbidden."""
    if ctx.actor.kind != "system":
        raise Forbidden
    told: list[AccountCreated | TagChanged | RoleChanged | AccountFieldChanged] = []
    where = and_(Account.firm_id == ctx.firm, Account.state != "opening")
    if request.cursor is None:
        tags = select(Tag).where(Tag.firm_id == ctx.firm).order_by(Tag.id)
        told += [_tag(row) for row in session.scalars(tags)]
        roles = select(AccountRole).where(AccountRole.firm_id == ctx.firm).order_by(AccountRole.id)
        told += [_role(row) for row in session.scalars(roles)]
        told += [AccountFieldChanged(field=each) for each in fields.defined(session, ctx).values()]
    else:
        where = and_(where, Account.id > _after(request.cursor))
    rows = session.execute(snapshot.query(where).order_by(Account.id).limit(request.limit + 1)).all()
    shown = rows[: request.limit]
    told += [AccountCreated(account=snapshot.of_row(row)) for row in shown]
    more = cursor.encode(shown[-1].id) if len(rows) > len(shown) else None
    return Exported(events=tuple(tell(event) for event in told), next_cursor=more)


def _tag(row: Tag) -> TagChanged:
    return TagChanged(tag=TagMessage(id=row.id, name=row.name, colour=row.colour), version=row.version)


def _role(row: AccountRole) -> RoleChanged:
    return RoleChanged(role=RoleMessage(id=row.id, name=row.name), version=row.version)


def _after(typed: str) -> UUID:
    (last,) = cursor.decode(typed, 1)
    try:
        return UUID(last)
    except (AttributeError, TypeError, ValueError) as exc:
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.") from exc
