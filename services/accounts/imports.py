"""What is told of imports: how far each came, what became of its rows, and the refused ones as a file to mend."""

import csv
import hashlib
import io
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from chassis import cursor, wire
from chassis.context import Context
from chassis.errors import wrong
from contracts.common import Person
from contracts.files import Content
from contracts.identity import holds
from contracts.imports import (
    Import,
    ImportColumn,
    ImportCounts,
    ImportFault,
    ImportLine,
    ImportLines,
    ImportNotFound,
    ImportRef,
    Imports,
    ListImportRows,
    ListImports,
)
from services.accounts import model, rules

MARK = "\ufeff"  # without it Excel takes UTF-8 for the code page of the machine
FORMULA = tuple("=+-@\t\r\n")  # what a spreadsheet takes for the beginning of one; the import takes the ' away again


def get_import(session: Session, ctx: Context, request: ImportRef) -> Import:
    """Tell of one import. Raises Forbidden, ImportNotFound."""
    return of_row(session, ctx, found(session, ctx, request.import_id))


def list_imports(session: Session, ctx: Context, request: ListImports) -> Imports:
    """List the imports that the caller may see, the newest first. Raises Forbidden."""
    rules.check_in_firm(ctx.actor, "import")
    one = model.Import
    query = select(one).where(*_seen(ctx))
    if request.cursor is not None:
        query = query.where(one.id < _after(request.cursor))
    rows = session.scalars(query.order_by(one.id.desc()).limit(request.limit + 1)).all()
    shown = rows[: request.limit]
    counts = _counts(session, ctx, [row.id for row in shown])
    more = cursor.encode(shown[-1].id) if len(rows) > len(shown) else None
    return Imports(items=tuple(_message(row, counts.get(row.id, {})) for row in shown), next_cursor=more)


def list_import_rows(session: Session, ctx: Context, request: ListImportRows) -> ImportLines:
    """List what became of the rows, in the order of the file. Raises Forbidden, ImportNotFound."""
    one = model.ImportLine
    found(session, ctx, request.import_id)
    query = select(one).where(one.firm_id == ctx.firm, one.import_id == request.import_id)
    if request.outcome is not None:
        query = query.where(one.outcome == request.outcome)
    if request.cursor is not None:
        (place,) = cursor.wholes(request.cursor, 1)
        query = query.where(one.place > place)
    rows = session.scalars(query.order_by(one.place).limit(request.limit + 1)).all()
    shown = rows[: request.limit]
    return ImportLines(
        items=tuple(
            ImportLine(
                line=row.line,
                account_name=row.account_name,
                outcome=row.outcome,  # type: ignore[arg-type]
                reason=row.reason,
                faults=tuple(wire.load(ImportFault, each) for each in row.faults),
            )
            for row in shown
        ),
        next_cursor=cursor.encode(shown[-1].place) if len(rows) > len(shown) else None,
    )


def get_import_report(session: Session, ctx: Context, request: ImportRef) -> Content:
    """Give the refused rows as they stand in the file, each with its line and why. Raises Forbidden, ImportNotFound."""
    row, one = found(session, ctx, request.import_id), model.ImportLine
    refused = select(one.line, one.cells, one.reason).where(
        one.firm_id == ctx.firm, one.import_id == row.id, one.outcome == "refused"
    )
    told: dict[int, tuple[list[str], list[str]]] = {}
    for line, cells, reason in session.execute(refused.order_by(one.place)):
        told.setdefault(line, (cells, []))[1].append(reason)
    text = io.StringIO(MARK)
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text, lineterminator="\r\n")
    width = len(row.header)
    writer.writerow([*map(_harmless, row.header), "Line", "Reason"])
    for line, (cells, reasons) in told.items():
        padded = [*cells, *[""] * width][: max(width, len(cells))]
        writer.writerow([*map(_harmless, padded), line, _harmless("; ".join(dict.fromkeys(reasons)))])
    document = text.getvalue()
    etag = hashlib.sha256(document.encode()).hexdigest()[:32]
    return Content(media_type="text/csv; charset=utf-8", etag=etag, text=document, file_name="refused-rows.csv")


def found(session: Session, ctx: Context, import_id: UUID, *, is_locked: bool = False) -> model.Import:
    """The import, for who may import. Raises Forbidden, ImportNotFound."""
    rules.check_in_firm(ctx.actor, "import")
    query = select(model.Import).where(*_seen(ctx), model.Import.id == import_id)
    row = session.scalar(query.with_for_update() if is_locked else query)
    if row is None:
        raise ImportNotFound(import_id=str(import_id))
    return row


def _after(typed: str) -> UUID:
    (last,) = cursor.decode(typed, 1)
    try:
        return UUID(last)
    except (AttributeError, TypeError, ValueError) as exc:
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.") from exc


def _seen(ctx: Context) -> tuple[ColumnElement[bool], ...]:
    """Owner and admins see every import, others their own: a list names clients that not everybody sees (R-ACC-5)."""
    one = model.Import
    return (one.firm_id == ctx.firm, *([] if holds(ctx.actor) else [one.member_id == ctx.actor.id]))


def of_row(session: Session, ctx: Context, row: model.Import) -> Import:
    return _message(row, _counts(session, ctx, [row.id]).get(row.id, {}))


def _counts(session: Session, ctx: Context, import_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    one = model.ImportLine
    query = select(one.import_id, one.outcome, func.count()).where(
        one.firm_id == ctx.firm, one.import_id.in_(import_ids)
    )
    counts: dict[UUID, dict[str, int]] = {}
    for import_id, outcome, count in session.execute(query.group_by(one.import_id, one.outcome)):
        counts.setdefault(import_id, {})[outcome] = count
    return counts


def _message(row: model.Import, counts: dict[str, int]) -> Import:
    return Import(
        id=row.id,
        file_name=row.file_name,
        state=row.state,  # type: ignore[arg-type]
        encoding=row.encoding,
        delimiter=row.delimiter,
        dates=row.dates,  # type: ignore[arg-type]
        columns=tuple(wire.load(ImportColumn, each) for each in row.columns),
        rows=sum(counts.values()),
        counts=ImportCounts(**counts),
        new_accounts=row.new_accounts,
        known_accounts=row.known_accounts,
        by=Person(id=row.member_id, name=row.member_name),
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def _harmless(cell: Any) -> str:
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
