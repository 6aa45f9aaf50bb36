"""Lists that SQL makes: what may be seen of them, how they are narrowed down, ordered and paged by cursor."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.errors import wrong

A = TypeVar("A")  # what a list is asked with: who asks about what, when


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
        except (TypeError, ValueError, AttributeError, DecimalException) as exc:
            raise wrong("cursor", "This cursor is of another list.") from exc
        here, there = tuple_(*self.keys), tuple_(*ends)
        return here < there if self.is_descending else here > there


class Page(NamedTuple):
    """Some rows of a list; `total` counts all under the same filters."""

    rows: tuple[dict[str, Any], ...]
    total: int
    next_cursor: str | None


@dataclass(frozen=True)
class Listing(Generic[A]):
    """One list: its tables, what a row shows, what may be seen of it, and how it can be narrowed down."""

    source: FromClause
    columns: Sequence[ColumnElement[Any]]
    visible: Callable[[A], Sequence[ColumnElement[bool]]]
    orders: Mapping[str, Order]  # the first stands unless said
    filters: Mapping[str, Callable[[str, A], ColumnElement[bool]]]
    row: Callable[[Any, A], dict[str, Any]]
    unless_said: Mapping[str, str] = field(default_factory=dict)

    def page(
        self,
        session: Session,
        asked: A,
        parameters: Mapping[str, Any],
        filters: Mapping[str, str],
        after: str | None,
        limit: int,
    ) -> Page:
        """The rows beyond the cursor `after`. Raises Invalid for an unknown filter, value or cursor."""
        conditions, order = self.conditions(asked, filters), self.chosen(filters)
        beyond = [order.after(after)] if after else []
        rows = session.execute(self.statement([*conditions, *beyond], order, limit + 1), parameters).all()
        shown = rows[:limit]
        return Page(
            rows=tuple(self.row(row, asked) for row in shown),
            total=session.scalars(self.count(conditions), parameters).one(),
            next_cursor=cursor.encode(*shown[-1][-len(order.keys) :]) if len(rows) > limit else None,
        )

    def chosen(self, filters: Mapping[str, str]) -> Order:
        """The order the caller chose. Raises Invalid for one there is not."""
        name = filters.get("sort", next(iter(self.orders)))
        if name not in self.orders:
            raise wrong("filters.sort", f"Must be one of {', '.join(self.orders)}.")
        return self.orders[name]

    def conditions(self, asked: A, filters: Mapping[str, str]) -> list[ColumnElement[bool]]:
        """What the caller may see of what they asked for. Raises Invalid for an unknown filter or value."""
        known = [*self.filters, *(["sort"] if len(self.orders) > 1 else [])]
        for name in filters:
            if name not in known:
                raise wrong(f"filters.{name}", f"There is no such filter; there are {', '.join(known)}.")
        wanted = {**self.unless_said, **filters}
        narrowed = [self.filters[name](value, asked) for name, value in wanted.items() if name in self.filters]
        return [*self.visible(asked), *narrowed]

    def statement(self, conditions: Sequence[ColumnElement[bool]], order: Order, limit: int) -> Select[Any]:
        """Some rows, each ending with the values of the order's keys as `key_0`, `key_1` and so on."""
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


def _amount(value: Any) -> Decimal:
    amount = Decimal(_exactly(str)(value))
    if not amount.is_finite():
        raise ValueError
    return amount


FROM_JSON: dict[type, Callable[[Any], Any]] = {
    UUID: UUID,
    dt.datetime: _instant,
    dt.date: dt.date.fromisoformat,
    Decimal: _amount,
    bool: _exactly(bool),
    int: _exactly(int),
    str: _exactly(str),
}


def _literal(key: ColumnElement[Any], value: Any) -> ColumnElement[Any]:
    kept = FROM_JSON[key.type.python_type](value)
    if type(kept) is int and kept.bit_length() > (63 if isinstance(key.type, BigInteger) else 31):
        raise ValueError
    return literal(kept, key.type)


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


def day(value: dt.date | None) -> str | None:
    """A date as JSON has it."""
    return None if value is None else value.isoformat()


def instant(value: dt.datetime | None) -> str | None:
    """An instant in UTC as JSON has it."""
    return None if value is None else value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
