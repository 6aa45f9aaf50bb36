"""Accounts as the contract shows them, any number in one statement, and the events that carry them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Label, Row, Select, and_, func, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from chassis import outbox, wire
from chassis.context import Context
from contracts.accounts import Account as AccountMessage
from contracts.accounts import AccountChanged, Photo
from contracts.common import Address, Person
from contracts.common import Tag as TagMessage
from services.accounts import names
from services.accounts.model import Account, AccountFollower, AccountTag, AccountTeam, MemberRef, Tag

CHUNK = 500  # accounts of one statement


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


def query(where: ColumnElement[bool]) -> Select[Any]:
    """The statement whose rows `of_row` makes messages of."""
    return select(
        *(column for column in Account.__table__.columns if column.name not in ("firm_id", "naming_contact_id")),
        _tags(),
        _people(AccountTeam, "team"),
        _people(AccountFollower, "followers"),
    ).where(where)


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
    )


def of(session: Session, ctx: Context, account_id: UUID) -> AccountMessage:
    """One account of the firm, which must be there."""
    session.flush()
    return of_row(session.execute(query(and_(Account.firm_id == ctx.firm, Account.id == account_id))).one())


def plain(account: AccountMessage) -> Any:
    """The account as parsed JSON, for the data of an error."""
    return orjson.loads(wire.to_json(account))


def report(session: Session, ctx: Context, account_ids: Iterable[UUID]) -> None:
    """Raise the version of accounts that changed, and tell how they are since; openings have nobody to tell."""
    session.flush()
    ids = sorted(set(account_ids))
    for start in range(0, len(ids), CHUNK):
        chosen = and_(
            Account.firm_id == ctx.firm, Account.id.in_(ids[start : start + CHUNK]), Account.state != "opening"
        )
        raised = update(Account).where(chosen).values(version=Account.version + 1, updated_at=ctx.now)
        session.execute(raised, execution_options={"synchronize_session": False})
        for row in session.execute(query(chosen)):
            outbox.emit(session, ctx, AccountChanged(account=of_row(row)))


def changed(session: Session, ctx: Context, account_id: UUID) -> AccountMessage:
    """The same for one account, which is also the answer."""
    report(session, ctx, [account_id])
    return of(session, ctx, account_id)
