"""What sections have in common: who asks about which account, and how members and roles stand in a row."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Uuid,
    any_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from chassis.listing import id_of
from contracts.sections import Seen
from services.work import model

FIRM = bindparam("firm_id", type_=Uuid)
ACCOUNT = bindparam("account_id", type_=Uuid)
MEMBER = bindparam("member_id", type_=Uuid)
TODAY = bindparam("today", type_=Date)
LAST_DAY = dt.date.max  # stands for no due date, which comes after all others

member = model.MemberRef.__table__
role = model.RoleRef.__table__
holder = model.RoleHolder.__table__


@dataclass(frozen=True)
class Asked:
    """Whose rows of which account, for whom, on which day."""

    firm_id: UUID
    account_id: UUID
    scope: Seen
    today: dt.date

    def parameters(self) -> dict[str, Any]:
        return {
            "firm_id": self.firm_id,
            "account_id": self.account_id,
            "member_id": self.scope.member_id,
            "today": self.today,
        }


def named(ids: ColumnElement[Any]) -> ColumnElement[Any]:
    """The members of an array of ids as `[{id, name}]`, in the array's order; null for none."""
    person = func.jsonb_build_object("id", member.c.id, "name", member.c.name)
    return (
        select(func.jsonb_agg(aggregate_order_by(person, func.array_position(ids, member.c.id)), type_=JSONB))
        .where(member.c.firm_id == FIRM, member.c.id == any_(ids))
        .scalar_subquery()
    )


def filled(ids: ColumnElement[Any]) -> ColumnElement[Any]:
    """The roles of an array of ids as `[{role, members}]` with who fills them on the account; null for none."""
    person = func.jsonb_build_object("id", member.c.id, "name", member.c.name)
    members = (
        select(func.jsonb_agg(aggregate_order_by(person, holder.c.position, member.c.id), type_=JSONB))
        .where(*_of_role(), member.c.firm_id == FIRM, member.c.id == holder.c.member_id)
        .correlate(role)
        .scalar_subquery()
    )
    shown = func.jsonb_build_object(
        "role",
        func.jsonb_build_object("id", role.c.id, "name", role.c.name),
        "members",
        func.coalesce(members, func.jsonb_build_array()),
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(shown, func.array_position(ids, role.c.id)), type_=JSONB))
        .where(role.c.firm_id == FIRM, role.c.id == any_(ids), role.c.is_deleted.is_(False))
        .scalar_subquery()
    )


def assigned_to(value: str, assignee_ids: ColumnElement[Any], role_ids: ColumnElement[Any]) -> ColumnElement[bool]:
    """What a member is assigned to, by name or by a role that they fill on the account (R-TSK-4)."""
    member_id = literal(id_of("assignee", value))
    by_role = exists().where(
        *_of_role(),
        holder.c.member_id == member_id,
        role.c.firm_id == FIRM,
        role.c.id == any_(role_ids),
        role.c.is_deleted.is_(False),
    )
    return or_(member_id == any_(assignee_ids), by_role)


def _of_role() -> tuple[ColumnElement[bool], ...]:
    return (holder.c.firm_id == FIRM, holder.c.account_id == ACCOUNT, holder.c.role_id == role.c.id)
