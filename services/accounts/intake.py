"""The way of a client list: an upload that is read at once, and a worker that loads its rows one by one.

Every row is loaded under a key of its own, so that a worker that dies leaves a row to be loaded again to no effect.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chassis import once, wire
from chassis.blobs import BlobNotFound, Blobs
from chassis.context import Context, new_id
from chassis.db import Transactions
from chassis.errors import AppError, Forbidden, Unavailable, wrong
from chassis.logs import log
from contracts.accounts import ImportedRow, ImportRow, ImportRows
from contracts.common import Done
from contracts.contacts import Contacts
from contracts.custom_fields import CustomField
from contracts.imports import MAX_BYTES, AssignColumns, CreateImport, Import, ImportFault
from services.accounts import fields, importing, model, rules
from services.accounts.driving import CALL_SECONDS
from services.accounts.faults import sentence
from services.accounts.operations import imports
from services.accounts.timing import IMPORT_BATCHES

ROW_SECONDS = 20.0  # for one row; it takes a few calls between services
Compute = Callable[..., Any]  # `compute(function, *arguments)`: how the caller runs what computes for long


def create_import(
    db: Transactions, contacts: Contacts, blobs: Blobs, compute: Compute, ctx: Context, request: CreateImport
) -> Import:
    """Read a file and keep its rows, once per key; nothing is loaded. Raises Forbidden, Invalid, Unavailable."""
    rules.check_in_firm(ctx.actor, "import")
    content = _upload(blobs, request.upload)
    asked = once.digest("create_import", replace(request, upload=hashlib.sha256(content).hexdigest()))
    known = once.recall(db, ctx, asked, Import)
    if known is not None:
        return known  # type: ignore[no-any-return]
    read = compute(_look, content, request.encoding, *_fields(db, contacts, ctx))
    if isinstance(read, str):
        raise wrong("encoding" if "encoding" in read and request.encoding else "upload", read)
    try:
        with db.transaction(ctx) as session:
            made = imports.keep(session, ctx, new_id(), request.file_name.strip(), read)
            once.remember(session, ctx, asked, made)
    except IntegrityError:
        known = once.recall(db, ctx, asked, Import)  # a twin was faster
        if known is None:
            raise
        return known  # type: ignore[no-any-return]
    return made


def _look(content: bytes, encoding: str, ours: Any, theirs: Any) -> Any:
    """The list, or why it is none: what is raised in another thread would lose its way."""
    from services.accounts.client_lists import columns, looking, problem  # noqa: PLC0415 (not for a process at rest)

    try:
        return looking.look(content, encoding, columns.Fields(ours, theirs))
    except problem.Unreadable as unreadable:
        return str(unreadable)


def assign_columns(
    db: Transactions, contacts: Contacts, compute: Compute, ctx: Context, request: AssignColumns
) -> Import:
    """Read the rows once more under the columns chosen.

    Raises Forbidden, Invalid, ImportNotFound, ImportStarted, Unavailable.
    """
    from services.accounts.client_lists import columns  # noqa: PLC0415 (not for a process at rest)

    with db.reading(ctx) as session:
        header, lines = imports.kept_lines(session, ctx, request.import_id)
    if len(request.columns) != len(header):
        raise wrong("columns", f"Say of each of the {len(header)} columns what it is to be loaded as.")
    of_firm = columns.Fields(*_fields(db, contacts, ctx))
    plan = columns.chosen(header, request.columns, of_firm)
    understood = compute(_look_again, header, lines, plan, of_firm)
    with db.transaction(ctx) as session:
        return imports.keep_again(session, ctx, request.import_id, understood)


def _fields(db: Transactions, contacts: Contacts, ctx: Context) -> tuple[tuple[CustomField, ...], ...]:
    """The firm's own fields of accounts, and of contacts."""
    theirs = contacts.list_contact_fields(ctx.within(CALL_SECONDS), Done())
    with db.reading(ctx) as session:
        ours = tuple(fields.defined(session, ctx).values())
    return ours, tuple(use.field for use in theirs.items)


def _look_again(header: list[str], kept: list[imports.Kept], plan: Any, of_firm: Any) -> Any:
    from services.accounts.client_lists import looking  # noqa: PLC0415 (not for a process at rest)

    lines = []
    for number, cells, told, is_broken in kept:
        faults = tuple(wire.load(ImportFault, each) for each in told)
        lines.append(looking.Line(number, cells, faults=faults, is_broken=is_broken))
    return looking.again(header, lines, plan, of_firm)


def _upload(blobs: Blobs, upload: str) -> bytes:
    try:
        found = blobs.open(upload)
        if found.size > MAX_BYTES:
            raise wrong("upload", f"A list has at most {MAX_BYTES // 1024 // 1024} MB.")
        return b"".join(found.parts)
    except BlobNotFound as exc:
        raise Unavailable("The upload is gone; send it again.") from exc


def work(db: Transactions, contacts: Contacts, now: Context) -> int:
    """Load rows of imports that are due, of every firm, for a while; how many were."""
    loaded = 0
    for _ in range(IMPORT_BATCHES):
        fresh = Context()
        with db.reading(now) as session:
            found = imports.due(session, fresh)
        if found is None:
            break
        firm_id, import_id = found
        ctx = replace(fresh, firm_id=firm_id)
        try:
            loaded += _batch(db, contacts, ctx, import_id)
        except Unavailable as problem:
            log.warning("an import waits", import_id=str(import_id), error=str(problem))
            with suppress(Unavailable), db.transaction(ctx) as session:  # else its lease runs out
                imports.put_off(session, ctx, import_id)
            break
    return loaded


def _batch(db: Transactions, contacts: Contacts, now: Context, import_id: UUID) -> int:
    with db.transaction(now) as session:
        claimed = imports.claim(session, now, import_id)
    if claimed is None:
        return 0
    ctx, rows = claimed
    loaded = 0
    for place, row in rows:
        fresh = Context()
        step = replace(ctx, key=f"{ctx.key}/{place}", deadline=fresh.deadline + ROW_SECONDS, now=fresh.now)
        try:
            done = _load(db, contacts, step, row)
        except Forbidden:
            with db.transaction(step) as session:
                imports.put_off(session, step, import_id, stops=True)
            return loaded
        loaded += 1
        with db.transaction(step) as session:
            if not imports.tick_off(session, step, import_id, place, done):
                return loaded
    with db.transaction(now) as session:
        imports.put_off(session, now, import_id)
    return loaded


def _load(db: Transactions, contacts: Contacts, ctx: Context, row: ImportRow) -> ImportedRow:
    """What became of one row. Raises Forbidden, Unavailable; any other fault must not hold up the rows after it."""
    try:
        (done,) = importing.import_rows(db, contacts, ctx, ImportRows(rows=(row,))).rows
    except AppError:
        raise
    except Exception:  # noqa: BLE001 (a defect of ours: the log has the traceback)
        log.exception("row not imported", line=row.line, correlation_id=ctx.correlation_id)
        faults = importing.faults_of(AppError())
        return ImportedRow(line=row.line, outcome="refused", reason=sentence(faults), faults=faults)
    return done


def sweep(db: Transactions, now: Context) -> None:
    """Forget old imports of every firm."""
    with db.reading(now) as session:
        firms = session.scalars(select(model.Import.firm_id).distinct()).all()
    for firm_id in firms:
        ctx = replace(now, firm_id=firm_id)
        try:
            with db.transaction(ctx) as session:
                imports.forget_old(session, ctx)
        except AppError as problem:
            log.warning("imports not forgotten", firm_id=str(firm_id), error=str(problem))
