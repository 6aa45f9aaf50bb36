"""Accounts as the contract shows them, any number in one statement, and the events that carry them."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Label, Row, Select, Text, and_, cast, func, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from chassis import outbox, wire
from chassis.context import Context
from contracts.accounts import Account as AccountMessage
from contracts.accounts import AccountChanged, Photo, RoleHolders
from contracts.common import Address, Person
from contracts.common import Tag as TagMessage
from contracts.custom_fields import Choice, CustomField, FieldType, FieldValue, shown
from services.accounts import names
from services.accounts.model import (
    Account,
    AccountField,
    AccountFieldChoice,
    AccountFieldValue,
    AccountFollower,
    AccountRole,
    AccountRoleHolder,
    AccountTag,
    AccountTeam,
    MemberRef,
    Tag,
)

CHUNK = 500  # accounts of one statement
UNSEEN = ("firm_id", "naming_contact_id", "links_version", "access_version")


def _people(table: type[AccountTeam] | type[AccountFollower], label: str) -> Label[Any]:
    """Members of the account by name; one that identity has not told of yet has none."""
    name = func.coalesce(MemberRef.name, "")
    person = func.jsonb_build_array(table.member_id, name)
    is_theirs = and_(MemberRef.firm_id == table.firm_id, MemberRef.id == table.member_id)
    return (
        select(func.jsonb_agg(aggregate_order_by(person, func.lower(name), table.member_id)))
        .outerjoin_from(table, MemberRef, is_theirs)
        .where(table.firm_id == Account.firm_id, table.account_id == Account.id)
        .correlate(Account)
        .scalar_subquery()
        .label(label)
    )


def _tags() -> Label[Any]:
    tag = func.jsonb_build_array(Tag.id, Tag.name, Tag.colour)
    is_on = and_(Tag.firm_id == AccountTag.firm_id, Tag.id == AccountTag.tag_id)
    return (
        select(func.jsonb_agg(aggregate_order_by(tag, AccountTag.position, Tag.key)))
        .join_from(AccountTag, Tag, is_on)
        .where(AccountTag.firm_id == Account.firm_id, AccountTag.account_id == Account.id)
        .correlate(Account)
        .scalar_subquery()
        .label("tags")
    )


def _fields() -> Label[Any]:
    """What is filled, in the firm's order; with the names of what is chosen, offered still or not."""
    value, choice = AccountFieldValue, AccountFieldChoice
    is_chosen = and_(
        choice.firm_id == value.firm_id,
        choice.field_id == value.field_id,
        value.value.has_key(cast(choice.id, Text)),
    )
    chosen = select(func.jsonb_object_agg(choice.id, choice.name)).where(is_chosen).correlate(value).scalar_subquery()
    field = func.jsonb_build_array(AccountField.id, AccountField.name, AccountField.type, value.value, chosen)
    is_there = and_(AccountField.firm_id == value.firm_id, AccountField.id == value.field_id, ~AccountField.is_deleted)
    return (
        select(func.jsonb_agg(aggregate_order_by(field, AccountField.position, AccountField.id)))
        .join_from(value, AccountField, is_there)
        .where(value.firm_id == Account.firm_id, value.account_id == Account.id)
        .correlate(Account)
        .scalar_subquery()
        .label("custom_fields")
    )


def _roles() -> Label[Any]:
    """Holders by role, both by name."""
    holder, name = AccountRoleHolder, func.coalesce(MemberRef.name, "")
    entry = func.jsonb_build_array(AccountRole.id, AccountRole.name, holder.member_id, name)
    is_role = and_(AccountRole.firm_id == holder.firm_id, AccountRole.id == holder.role_id)
    is_theirs = and_(MemberRef.firm_id == holder.firm_id, MemberRef.id == holder.member_id)
    order = (AccountRole.key, func.lower(name), holder.member_id)
    return (
        select(func.jsonb_agg(aggregate_order_by(entry, *order)))
        .join_from(holder, AccountRole, is_role)
        .outerjoin(MemberRef, is_theirs)
        .where(holder.firm_id == Account.firm_id, holder.account_id == Account.id)
        .correlate(Account)
        .scalar_subquery()
        .label("roles")
    )


@cache
def _every() -> Select[Any]:
    """Made once: putting the statement together costs as much as running it."""
    return select(
        *(column for column in Account.__table__.columns if column.name not in UNSEEN),
        _tags(),
        _fields(),
        _roles(),
        _people(AccountTeam, "team"),
        _people(AccountFollower, "followers"),
    )


def query(where: ColumnElement[bool]) -> Select[Any]:
    """The statement whose rows `of_row` makes messages of."""
    return _every().where(where)


def of_row(row: Row[Any]) -> AccountMessage:
    """What the firm's people see of an account; company fields of a company only (R-TYPE-1, R-TYPE-4)."""
    is_company = row.type == "company"
    address = row.company_address if is_company else None
    return AccountMessage(
        id=row.id,
        code=row.code or "",
        name=row.name,
        name_mode=row.name_mode,
        type=row.type,
        company_name=row.company_name if is_company else None,
        company_address=wire.load(Address, address) if address else None,
        tags=tuple(TagMessage(id=UUID(each), name=name, colour=colour) for each, name, colour in row.tags or ()),
        team=tuple(Person(id=UUID(each), name=name) for each, name in row.team or ()),
        followers=tuple(Person(id=UUID(each), name=name) for each, name in row.followers or ()),
        state=row.state,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        archived_at=row.archived_at,
        photo=Photo(id=row.photo_id, updated_at=row.photo_at, by=row.photo_by) if row.photo_id else None,
        warnings=names.warnings(row.name),
        custom_fields=tuple(_field(*each) for each in row.custom_fields or ()),
        roles=tuple(_holders(row.roles or ())),
        timezone=row.timezone,
        portal_status=row.portal_status,
    )


def _field(field_id: str, name: str, kind: FieldType, value: Any, chosen: dict[str, str] | None) -> FieldValue:
    choices = tuple(Choice(id=UUID(each), name=text) for each, text in (chosen or {}).items())
    field = CustomField(id=UUID(field_id), name=name, type=kind, choices=choices, position=0, version=1)
    return FieldValue(field_id=field.id, name=name, type=kind, value=value, text=shown(field, value))


def _holders(rows: Sequence[tuple[str, str, str, str]]) -> Iterator[RoleHolders]:
    for (role_id, name), held in groupby(rows, lambda row: (row[0], row[1])):
        members = tuple(Person(id=UUID(member_id), name=who) for *_, member_id, who in held)
        yield RoleHolders(role=Person(id=UUID(role_id), name=name), members=members)


def of(session: Session, ctx: Context, account_id: UUID) -> AccountMessage:
    """One account of the firm, which must be there."""
    session.flush()
    return of_row(session.execute(query(and_(Account.firm_id == ctx.firm, Account.id == account_id))).one())


def plain(account: AccountMessage) -> Any:
    """The account as parsed JSON, for the data of an error."""
    return orjson.loads(wire.to_json(account))


def report(session: Session, ctx: Context, account_ids: Iterable[UUID]) -> list[AccountMessage]:
    """Raise the version of accounts that changed, and tell how they are since; openings have nobody to tell."""
    session.flush()
    told: list[AccountMessage] = []
    ids = sorted(set(account_ids))
    for start in range(0, len(ids), CHUNK):
        chosen = and_(
            Account.firm_id == ctx.firm, Account.id.in_(ids[start : start + CHUNK]), Account.state != "opening"
        )
        raised = update(Account).where(chosen).values(version=Account.version + 1, updated_at=ctx.now)
        session.execute(raised, execution_options={"synchronize_session": False})
        for row in session.execute(query(chosen)):
            told.append(of_row(row))
            outbox.emit(session, ctx, AccountChanged(account=told[-1]))
    return told


def changed(session: Session, ctx: Context, account_id: UUID) -> AccountMessage:
    """The same for one account, which is also the answer."""
    (told,) = report(session, ctx, [account_id])
    return told
