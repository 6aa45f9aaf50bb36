"""What every recorded row was at any time, who changed it and through which door: written by a trigger, read here.

A service's migration names the tables that are recorded (`migrate.record`); from then on no statement can change one
of their rows without leaving a change behind, whatever wrote it. Changes are never changed, and go only with what they
are about.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Identity, and_, delete, false, func, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from chassis import db
from chassis.context import Context


class Base(db.Model):
    __abstract__ = True
    metadata = db.metadata()


class Change(Base):
    """One row's change. `was` holds the fields that changed, all of a row that is gone; `is_now` the whole row."""

    __tablename__ = "change"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str]  # the table
    about_id: Mapped[UUID]  # whose history this belongs to
    key: Mapped[dict[str, Any]] = mapped_column(JSONB)
    was: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    is_now: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    at: Mapped[dt.datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    door: Mapped[str]
    request: Mapped[str]


class Kind(NamedTuple):
    """What the rows of a recorded table are called, and which column of their key says whom or what they concern.

    `named_in` is the recorded table that names it, by its column `named_by`, where history itself is asked for names:
    what is gone has none anywhere else. `told` are other columns of the key that a reader wants to see.
    """

    what: str
    subject: str | None = None
    named_in: str | None = None
    named_by: str = "name"
    told: tuple[str, ...] = ()


class Field(NamedTuple):
    """One field of a row that changed; None where there was or is no row."""

    name: str
    was: Any
    is_now: Any


def changes(
    session: Session, ctx: Context, about_id: UUID, *where: ColumnElement[bool], before: int | None, limit: int
) -> Sequence[Change]:
    """What changed about something, newest first."""
    query = select(Change).where(Change.firm_id == ctx.firm, Change.about_id == about_id, *where)
    if before is not None:
        query = query.where(Change.id < before)
    return session.scalars(query.order_by(Change.id.desc()).limit(limit)).all()


def concerning(kinds: Mapping[str, Kind], what: str | None, subject_id: UUID | None) -> list[ColumnElement[bool]]:
    """The changes of these tables' rows that are called `what` and concern this one; None: any."""
    chosen = {table: kind for table, kind in kinds.items() if what in (None, kind.what)}
    asked: list[ColumnElement[bool]] = [Change.kind.in_(chosen)]
    if subject_id is not None:
        columns = {kind.subject for kind in chosen.values() if kind.subject}
        asked.append(or_(false(), *(Change.key.contains({column: str(subject_id)}) for column in sorted(columns))))
    return asked


def subject_of(change: Change, kinds: Mapping[str, Kind]) -> UUID | None:
    """Whom or what a change concerns beside what it is about."""
    subject = kinds[change.kind].subject
    return UUID(change.key[subject]) if subject else None


def names(session: Session, ctx: Context, found: Sequence[Change], kinds: Mapping[str, Kind]) -> dict[UUID, str]:
    """What the subjects of changes were last called, as far as their names are recorded."""
    wanted: dict[tuple[str, str], set[UUID]] = {}
    for change in found:
        kind, subject = kinds[change.kind], subject_of(change, kinds)
        if kind.named_in is not None and subject is not None:
            wanted.setdefault((kind.named_in, kind.named_by), set()).add(subject)
    called: dict[UUID, str] = {}
    for (table, column), ids in wanted.items():
        row = func.coalesce(Change.is_now, Change.was)
        last = (
            select(Change.about_id, row[column].astext)
            .where(Change.firm_id == ctx.firm, Change.about_id.in_(ids), Change.kind == table)
            .distinct(Change.about_id)
            .order_by(Change.about_id, Change.id.desc())
        )
        called |= {about_id: name or "" for about_id, name in session.execute(last)}
    return called


def door(change: Change, *, by_clients: str) -> str:
    """Through which door it came; whatever a portal user does came through the one of `by_clients`."""
    return by_clients if change.actor_kind == "portal" else change.door


def action(change: Change) -> Literal["added", "changed", "removed"]:
    """What became of the row."""
    if change.was is None:
        return "added"
    return "removed" if change.is_now is None else "changed"


def fields(change: Change, kinds: Mapping[str, Kind]) -> list[Field]:
    """The fields that a change changed, by name; of a row that came or went, those that say something."""
    skipped = {"firm_id", *change.key}.difference(kinds[change.kind].told)
    was, is_now = change.was or {}, change.is_now or {}
    told = was.keys() if change.was is not None and change.is_now is not None else {*was, *is_now}
    found = [Field(name, was.get(name), is_now.get(name)) for name in sorted(told - skipped)]
    return [each for each in found if each.was != each.is_now]


def rows_at(session: Session, ctx: Context, kind: str, at: dt.datetime, *where: ColumnElement[bool]) -> list[Any]:
    """Every row of a table as it was at an instant, without the columns that are not recorded."""
    past = and_(Change.firm_id == ctx.firm, Change.kind == kind, Change.at <= at, *where)
    last = select(Change.is_now).where(past).distinct(Change.key).order_by(Change.key, Change.id.desc()).subquery()
    return list(session.scalars(select(last.c.is_now).where(last.c.is_now.is_not(None))))


def forget(session: Session, ctx: Context, about_id: UUID) -> None:
    """Delete the history of something that is gone for good."""
    session.flush()
    session.execute(delete(Change).where(Change.firm_id == ctx.firm, Change.about_id == about_id))


def recorded(session: Session) -> dict[str, tuple[str, ...]]:
    """The tables that are recorded in this database, each with the columns that are left out."""
    query = text(
        "SELECT c.relname, t.tgargs FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgname = 'record_change'"
    )
    return {name: tuple(bytes(given).split(b"\0")[2].decode().split(",")) for name, given in session.execute(query)}
