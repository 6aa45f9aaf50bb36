"""The firm's custom fields of accounts, and what accounts have in them (R-CF-*)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Text, and_, cast, delete, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.custom_fields import Choice, CustomField, DateOrder, checked
from services.accounts.model import Account, AccountField, AccountFieldChoice, AccountFieldValue
from services.accounts.visibility import visible

MOST_FIELDS = 200  # of one firm: as many as one request may fill


def defined(session: Session, ctx: Context, *, account_id: UUID | None = None) -> dict[UUID, CustomField]:
    """The fields that are there, in the firm's order, with the choices that they offer.

    For an account also with those that it has chosen while they were offered.
    """
    choices = _choices(session, ctx, account_id)
    rows = select(AccountField).where(AccountField.firm_id == ctx.firm, ~AccountField.is_deleted)
    return {
        row.id: message(row, choices[row.id])
        for row in session.scalars(rows.order_by(AccountField.position, AccountField.id))
    }


def ever(session: Session, ctx: Context, field_ids: Collection[UUID]) -> dict[UUID, CustomField]:
    """These fields with every choice they ever offered, the deleted included: what history is read with."""
    rows = select(AccountField).where(AccountField.firm_id == ctx.firm, AccountField.id.in_(field_ids))
    choice = AccountFieldChoice
    offered: dict[UUID, list[Choice]] = defaultdict(list)
    for row in session.scalars(select(choice).where(choice.firm_id == ctx.firm, choice.field_id.in_(field_ids))):
        offered[row.field_id].append(Choice(id=row.id, name=row.name))
    return {row.id: message(row, offered[row.id]) for row in session.scalars(rows)}


def message(row: AccountField, choices: list[Choice]) -> CustomField:
    return CustomField(
        id=row.id,
        name=row.name,
        type=row.type,  # type: ignore[arg-type]
        choices=tuple(choices),
        position=row.position,
        version=row.version,
    )


def _choices(session: Session, ctx: Context, account_id: UUID | None) -> dict[UUID, list[Choice]]:
    """By field. Those no longer offered come first, so that a name they share means the one that is offered."""
    choice, value = AccountFieldChoice, AccountFieldValue
    is_chosen = exists().where(
        value.firm_id == choice.firm_id,
        value.account_id == account_id,
        value.field_id == choice.field_id,
        value.value.has_key(cast(choice.id, Text)),
    )
    query = select(choice).where(choice.firm_id == ctx.firm, or_(~choice.is_removed, is_chosen))
    found: dict[UUID, list[Choice]] = defaultdict(list)
    for row in session.scalars(query.order_by(choice.is_removed.desc(), choice.position, choice.id)):
        found[row.field_id].append(Choice(id=row.id, name=row.name))
    return found


def put(session: Session, ctx: Context, account_id: UUID, given: Mapping[str, Any], dates: DateOrder) -> bool:
    """Whether giving the account these values, null taking one away, changed anything. Raises Invalid."""
    if not given:
        return False
    wanted = checked(defined(session, ctx, account_id=account_id), given, dates)
    theirs = and_(AccountFieldValue.firm_id == ctx.firm, AccountFieldValue.account_id == account_id)
    query = select(AccountFieldValue.field_id, AccountFieldValue.value).where(theirs)
    present = {row.field_id: row.value for row in session.execute(query)}
    changed = {field_id: value for field_id, value in wanted.items() if value != present.get(field_id)}
    emptied = [field_id for field_id, value in changed.items() if value is None]
    rows = [
        {"firm_id": ctx.firm, "account_id": account_id, "field_id": field_id, "value": value}
        for field_id, value in sorted(changed.items())
        if value is not None
    ]
    if emptied:
        session.execute(delete(AccountFieldValue).where(theirs, AccountFieldValue.field_id.in_(emptied)))
    if rows:
        statement = insert(AccountFieldValue)
        keys = ["firm_id", "account_id", "field_id"]
        update = {"value": statement.excluded.value}
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=update), rows)
    return bool(changed)


def filled(session: Session, ctx: Context) -> dict[UUID, int]:
    """How many accounts in the caller's sight have a value, by field (R-CF-7, R-ACC-5)."""
    is_its = and_(Account.firm_id == AccountFieldValue.firm_id, Account.id == AccountFieldValue.account_id)
    query = select(AccountFieldValue.field_id, func.count()).join_from(AccountFieldValue, Account, is_its)
    query = query.where(AccountFieldValue.firm_id == ctx.firm, visible(ctx)).group_by(AccountFieldValue.field_id)
    return dict(session.execute(query).tuples().all())
