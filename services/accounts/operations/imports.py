"""Steps of an import: its rows kept, started, stopped, taken up by a worker, ticked off, ended, forgotten."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from chassis import context, wire
from chassis.context import Actor, Context
from contracts.accounts import ImportedRow, ImportRow
from contracts.imports import Import, ImportEnded, ImportRef, ImportStarted
from services.accounts import imports, model
from services.accounts.faults import sentence
from services.accounts.imports import found
from services.accounts.model import Account
from services.accounts.timing import IMPORT_KEPT, IMPORT_LEASE
from services.accounts.visibility import visible

if TYPE_CHECKING:  # a service at rest carries nothing of what reads files
    from services.accounts.client_lists.looking import Line, List, Understood

BATCH = 25  # rows taken up together
Waiting = tuple[int, ImportRow]
Kept = tuple[int, list[str], list[dict[str, Any]], bool]  # where, its cells, its faults, whether it is broken


def plain(made: Any) -> Any:
    """A message as a column of JSON holds it."""
    return orjson.loads(wire.to_json(made))


def keep(session: Session, ctx: Context, import_id: UUID, file_name: str, read: "List") -> Import:
    """Keep a list that was read, to be looked at."""
    actor_id = ctx.actor.id
    if actor_id is None:  # the system reads no lists
        raise RuntimeError
    row = model.Import(
        firm_id=ctx.firm,
        id=import_id,
        file_name=file_name,
        encoding=read.encoding,
        delimiter=read.delimiter,
        header=read.header,
        member_id=actor_id,
        member_name=ctx.actor.name,
        created_at=ctx.now,
    )
    _understand(session, ctx, row, read.understood)
    return imports.of_row(session, ctx, row)


def keep_again(session: Session, ctx: Context, import_id: UUID, understood: "Understood") -> Import:
    """Keep the rows as they are understood under other columns. Raises Forbidden, ImportNotFound, ImportStarted."""
    row, line = found(session, ctx, import_id, is_locked=True), model.ImportLine
    if row.started_at is not None:
        raise ImportStarted(import_id=str(row.id))
    session.execute(delete(line).where(line.firm_id == ctx.firm, line.import_id == row.id))
    _understand(session, ctx, row, understood)
    return imports.of_row(session, ctx, row)


def _understand(session: Session, ctx: Context, row: model.Import, understood: "Understood") -> None:
    names = {line.row.account_name for line in understood.lines if line.row is not None}
    known = set(session.scalars(select(Account.name).where(visible(ctx), Account.name.in_(names)))) if names else set()
    row.state, row.ended_at = ("read", None) if names else ("ended", ctx.now)
    row.dates, row.columns = understood.dates, [plain(column) for column in understood.columns]
    row.new_accounts, row.known_accounts = len(names - known), len(known)
    session.add(row)
    session.flush()
    if understood.lines:
        lines = [_line(ctx, row.id, place, line) for place, line in enumerate(understood.lines)]
        session.execute(insert(model.ImportLine), lines)


def kept_lines(session: Session, ctx: Context, import_id: UUID) -> tuple[list[str], list[Kept]]:
    """The names of the columns, and the rows as they stand in the file, to be understood anew.

    Raises Forbidden, ImportNotFound, ImportStarted.
    """
    row, one = found(session, ctx, import_id), model.ImportLine
    if row.started_at is not None:
        raise ImportStarted(import_id=str(row.id))
    mine = select(one.line, one.cells, one.faults, one.is_broken).where(
        one.firm_id == ctx.firm, one.import_id == import_id
    )
    lines = {
        line: (line, cells, faults, broken) for line, cells, faults, broken in session.execute(mine.order_by(one.place))
    }
    return row.header, list(lines.values())


def _line(ctx: Context, import_id: UUID, place: int, line: "Line") -> dict[str, object]:
    return {
        "firm_id": ctx.firm,
        "import_id": import_id,
        "place": place,
        "line": line.number,
        "account_name": line.account_name,
        "cells": line.cells,
        "request": plain(line.row) if line.row else None,
        "outcome": "waiting" if line.row else "refused",
        "reason": sentence(line.faults),
        "faults": [plain(fault) for fault in line.faults],
        "is_broken": line.is_broken,
    }


def start_import(session: Session, ctx: Context, request: ImportRef) -> Import:
    """Begin to load an import, or go on with a stopped one. Raises Forbidden, ImportNotFound, ImportEnded."""
    row = found(session, ctx, request.import_id, is_locked=True)
    if row.state == "ended":
        raise ImportEnded(import_id=str(row.id))
    if row.state != "running":
        row.state, row.due_at = "running", ctx.now
        row.started_at = row.started_at or ctx.now
        row.context = plain(replace(ctx, door="import", key=f"import/{row.id}").to_wire())
    session.flush()
    return imports.of_row(session, ctx, row)


def stop_import(session: Session, ctx: Context, request: ImportRef) -> Import:
    """Load no further row; those that are loaded stay. Raises Forbidden, ImportNotFound, ImportEnded."""
    row = found(session, ctx, request.import_id, is_locked=True)
    if row.state == "ended":
        raise ImportEnded(import_id=str(row.id))
    if row.state == "running":
        row.state, row.due_at = "stopped", None
    session.flush()
    return imports.of_row(session, ctx, row)


def due(session: Session, now: Context) -> tuple[UUID, UUID] | None:
    """The firm and id of an import that waits for a worker, the longest waiting first."""
    one = model.Import
    query = select(one.firm_id, one.id).where(one.state == "running", one.due_at <= now.now).order_by(one.due_at)
    row = session.execute(query.limit(1)).first()
    return (row.firm_id, row.id) if row else None


def claim(session: Session, now: Context, import_id: UUID) -> tuple[Context, list[Waiting]] | None:
    """Take up the next rows of an import, so that no other worker does for a while; none where one has.

    Without a row left it ends. It stops where its member may not import any more.
    """
    one = model.Import
    query = select(one).where(one.firm_id == now.firm, one.id == import_id, one.state == "running")
    row = session.scalar(query.where(one.due_at <= now.now).with_for_update(skip_locked=True))
    if row is None or row.context is None:
        return None
    row.due_at = now.now + IMPORT_LEASE
    line = model.ImportLine
    waiting = select(line.place, line.request).where(
        line.firm_id == now.firm, line.import_id == import_id, line.outcome == "waiting"
    )
    next_ones = session.execute(waiting.order_by(line.place).limit(BATCH))
    rows = [(place, wire.load(ImportRow, request)) for place, request in next_ones]
    if not rows:
        row.state, row.ended_at, row.due_at = "ended", now.now, None
        return None
    ctx = context.from_wire(row.context)
    actor = _standing(session, now, ctx.actor)
    if actor is None:
        row.state, row.due_at = "stopped", None
        return None
    return replace(ctx, actor=actor, now=now.now), rows


def _standing(session: Session, ctx: Context, actor: Actor) -> Actor | None:
    """Who started it, with the rights they have by then; none where they left."""
    one = model.MemberRef
    member = session.scalar(select(one).where(one.firm_id == ctx.firm, one.id == actor.id))
    if member is None:  # identity has not told of them yet
        return actor
    if not member.is_active:
        return None
    return replace(actor, role=member.role, rights=frozenset(member.rights))


def tick_off(session: Session, ctx: Context, import_id: UUID, place: int, done: ImportedRow) -> bool:
    """Keep what became of a row, and say whether the import still goes on."""
    line, one = model.ImportLine, model.Import
    mine = (line.firm_id == ctx.firm, line.import_id == import_id, line.place == place)
    session.execute(
        update(line)
        .where(*mine, line.outcome == "waiting")
        .values(outcome=done.outcome, reason=done.reason, faults=[plain(fault) for fault in done.faults])
    )
    going_on = update(one).where(one.firm_id == ctx.firm, one.id == import_id, one.state == "running")
    return session.scalar(going_on.values(due_at=ctx.now + IMPORT_LEASE).returning(one.id)) is not None


def put_off(session: Session, ctx: Context, import_id: UUID, *, stops: bool = False) -> None:
    """Let a worker take the import up again at once, or where it `stops` when a member starts it anew."""
    one = model.Import
    mine = update(one).where(one.firm_id == ctx.firm, one.id == import_id, one.state == "running")
    session.execute(mine.values(state="stopped", due_at=None) if stops else mine.values(due_at=ctx.now))


def forget_old(session: Session, ctx: Context) -> None:
    """Forget the firm's imports that nobody asks about any more: they hold what the files held."""
    one = model.Import
    session.execute(delete(one).where(one.firm_id == ctx.firm, one.created_at < ctx.now - IMPORT_KEPT))
