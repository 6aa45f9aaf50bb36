"""What sections have in common: who asks, how "view all" is filtered and paged, how values stand in a row."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    Uuid,
    any_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from chassis import cursor
from chassis.errors import wrong
from services.work import model
from services.work.rules import Scope

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
    scope: Scope
    today: dt.date

    def parameters(self) -> dict[str, Any]:
        return {
            "firm_id": self.firm_id,
            "account_id": self.account_id,
            "member_id": self.scope.member_id,
            "today": self.today,
        }


@dataclass(frozen=True)
class Order:
    """Columns that never hold null and end with the id, all in one direction, so that no two rows are equal."""

    keys: tuple[ColumnElement[Any], ...]
    is_descending: bool = True

    def sorted(self) -> list[ColumnElement[Any]]:
        return [key.desc() if self.is_descending else key.asc() for key in self.keys]

    def after(self, text: str) -> ColumnElement[bool]:
        """The rows beyond a cursor. Raises Invalid for one that another list made."""
        values = cursor.decode(text, len(self.keys))
        try:
            ends = [_literal(key, value) for key, value in zip(self.keys, values, strict=True)]
        except (TypeError, ValueError, AttributeError) as exc:
            raise wrong("cursor", "This cursor is of another list.") from exc
        here, there = tuple_(*self.keys), tuple_(*ends)
        return here < there if self.is_descending else here > there


Filter = Callable[[str, Asked], ColumnElement[bool]]


@dataclass(frozen=True)
class Listing:
    """One section: its tables, what a row shows, what the viewer may see, and how "view all" narrows it down."""

    source: FromClause
    columns: Sequence[ColumnElement[Any]]
    visible: Callable[[Scope], Sequence[ColumnElement[bool]]]
    orders: Mapping[str, Order]  # the first stands unless said
    filters: Mapping[str, Filter]
    row: Callable[[Any, Asked], dict[str, Any]]
    unless_said: Mapping[str, str] = field(default_factory=dict)

    def chosen(self, filters: Mapping[str, str]) -> Order:
        """The order the caller chose. Raises Invalid for one there is not."""
        name = filters.get("sort", next(iter(self.orders)))
        if name not in self.orders:
            raise wrong("filters.sort", f"Must be one of {', '.join(self.orders)}.")
        return self.orders[name]

    def conditions(self, asked: Asked, filters: Mapping[str, str]) -> list[ColumnElement[bool]]:
        """What the caller may see of what they asked for. Raises Invalid for an unknown filter or value."""
        known = [*self.filters, *(["sort"] if len(self.orders) > 1 else [])]
        for name in filters:
            if name not in known:
                raise wrong(f"filters.{name}", f"There is no such filter; there are {', '.join(known)}.")
        wanted = {**self.unless_said, **filters}
        narrowed = [self.filters[name](value, asked) for name, value in wanted.items() if name in self.filters]
        return [*self.visible(asked.scope), *narrowed]

    def page(self, conditions: Sequence[ColumnElement[bool]], order: Order, limit: int) -> Select[Any]:
        ends = [key.label(f"key_{index}") for index, key in enumerate(order.keys)]
        return (
            select(*self.columns, *ends)
            .select_from(self.source)
            .where(*conditions)
            .order_by(*order.sorted())
            .limit(limit)
        )

    def count(self, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
        return select(func.count()).select_from(self.source).where(*conditions)


def _instant(value: Any) -> dt.datetime:
    instant = dt.datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError
    return instant


def _exactly(kind: type) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError
        return value

    return check


FROM_JSON: dict[type, Callable[[Any], Any]] = {
    UUID: UUID,
    dt.datetime: _instant,
    dt.date: dt.date.fromisoformat,
    bool: _exactly(bool),
    int: _exactly(int),
}


def _literal(key: ColumnElement[Any], value: Any) -> ColumnElement[Any]:
    return literal(FROM_JSON[key.type.python_type](value), key.type)


def id_of(name: str, value: str) -> UUID:
    """The id a filter names. Raises Invalid."""
    try:
        return UUID(value)
    except ValueError as exc:
        raise wrong(f"filters.{name}", "Must be an id (UUID).") from exc


def flag_of(name: str, value: str) -> bool:
    """The flag a filter sets. Raises Invalid."""
    if value not in ("true", "false"):
        raise wrong(f"filters.{name}", "Must be true or false.")
    return value == "true"


def date_of(name: str, value: str) -> dt.date:
    """The date a filter names. Raises Invalid."""
    try:
        return dt.date.fromisoformat(value)
    except ValueError as exc:
        raise wrong(f"filters.{name}", "Must be a date such as 2026-01-31.") from exc


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


def day(value: dt.date | None) -> str | None:
    return None if value is None else value.isoformat()


def instant(value: dt.datetime | None) -> str | None:
    """An instant in UTC as the API writes it."""
    return None if value is None else value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
