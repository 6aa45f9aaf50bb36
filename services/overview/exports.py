"""Who took what out of the firm: a record of each export (R-EXP-2)."""

import datetime as dt
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Actor, Context, new_id
from chassis.errors import Forbidden, wrong
from contracts.common import Done, Person
from contracts.overview import (
    EndExport,
    ExportNotFound,
    ExportRecord,
    ExportRecords,
    ListExports,
    SheetKind,
    StartExport,
)
from contracts.rights import FIRM, Rule, allows
from services.overview.model import ExportRun

RULES: dict[SheetKind, Rule] = {"accounts": FIRM["export_accounts"], "contacts": FIRM["export_contacts"]}


def check(actor: Actor, kind: SheetKind) -> None:
    """Refuse who may not take this out of the firm. Raises Forbidden."""
    if not allows(RULES[kind], actor):
        raise Forbidden(needs=list(RULES[kind].rights))


def start_export(session: Session, ctx: Context, request: StartExport) -> ExportRecord:
    """Record that the caller begins to take something out. Raises Forbidden."""
    check(ctx.actor, request.kind)
    if ctx.actor.id is None:
        raise Forbidden
    row = ExportRun(
        firm_id=ctx.firm,
        id=new_id(),
        kind=request.kind,
        member_id=ctx.actor.id,
        member_name=ctx.actor.name,
        filters=request.filters,
        started_at=ctx.now,
        rows=0,
        is_complete=False,
    )
    session.add(row)
    session.flush()
    return _record(row)


def end_export(session: Session, ctx: Context, request: EndExport) -> Done:
    """Record how the caller's own export ended. Raises ExportNotFound."""
    run = ExportRun
    own = (run.firm_id == ctx.firm, run.id == request.export_id, run.member_id == ctx.actor.id, run.ended_at.is_(None))
    row = session.scalar(select(run).where(*own).with_for_update())
    if row is None:
        raise ExportNotFound(export_id=str(request.export_id))
    row.ended_at, row.rows, row.is_complete = ctx.now, request.rows, request.is_complete
    return Done()


def list_exports(session: Session, ctx: Context, request: ListExports) -> ExportRecords:
    """All exports of the firm, the newest first. Raises Forbidden to all but the owner and admins."""
    if not allows(FIRM["see_exports"], ctx.actor):
        raise Forbidden("The owner and admins see who exported what.")
    run = ExportRun
    query = select(run).where(run.firm_id == ctx.firm)
    if request.cursor is not None:
        query = query.where(tuple_(run.started_at, run.id) < _after(request.cursor))
    rows = session.scalars(query.order_by(run.started_at.desc(), run.id.desc()).limit(request.limit + 1)).all()
    shown = rows[: request.limit]
    more = cursor.encode(shown[-1].started_at, shown[-1].id) if len(rows) > len(shown) else None
    return ExportRecords(items=tuple(_record(row) for row in shown), next_cursor=more)


def _record(row: ExportRun) -> ExportRecord:
    return ExportRecord(
        id=row.id,
        kind=row.kind,  # type: ignore[arg-type]
        member=Person(id=row.member_id, name=row.member_name),
        filters=row.filters,
        started_at=row.started_at,
        ended_at=row.ended_at,
        rows=row.rows,
        is_complete=row.is_complete,
    )


def _after(text: str) -> tuple[dt.datetime, UUID]:
    instant, export_id = cursor.decode(text, 2)
    try:
        started_at, last = dt.datetime.fromisoformat(instant).astimezone(dt.UTC), UUID(export_id)
    except (ValueError, TypeError, AttributeError, OverflowError) as exc:
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.") from exc
    return started_at, last
