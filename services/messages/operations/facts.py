"""What lists show of a thread, counted anew from its rows after each write, while the thread is locked."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from chassis.context import Context
from services.messages import model

KINDS = ("sent", "received", "internal")
COUNTED = (
    "numbered",
    "sent_position",
    "received_position",
    "internal_position",
    "read_position",
    "responded_at",
    "attachments",
    "internal_attachments",
    "tasks_done",
    "tasks_total",
)


def refresh(session: Session, ctx: Context, thread: model.Thread) -> None:
    """Bring the thread's facts up to date; one statement, each part of it the end of an index or a few rows."""
    session.flush()
    found = session.execute(counted(ctx, thread)).one()
    for name in COUNTED:
        setattr(thread, name, getattr(found, name))
    session.flush()


def counted(ctx: Context, thread: model.Thread) -> Select[tuple[object, ...]]:
    """The statement that counts a thread's facts."""
    message, mark, file, task = model.Message, model.ReadMark, model.Attachment, model.ClientTask
    mine = (message.firm_id == ctx.firm, message.thread_id == thread.id)
    of_kind = {kind: (*mine, message.kind == kind, message.deleted_at.is_(None)) for kind in KINDS}
    newest = {kind: _position(*conditions) for kind, conditions in of_kind.items()}
    # The later of the two is the one of the higher position: no message is older than the one before.
    answered = func.greatest(*(_last(message.sent_at, *of_kind[kind]) for kind in ("sent", "received")))
    files = (file.firm_id == ctx.firm, file.thread_id == thread.id, file.due_at.is_(None))
    todo = (task.firm_id == ctx.firm, task.thread_id == thread.id)
    read = select(func.max(mark.position)).where(
        mark.firm_id == ctx.firm, mark.thread_id == thread.id, mark.side == "firm"
    )
    facts: dict[str, ColumnElement[object]] = {
        "numbered": _position(*mine),
        "sent_position": newest["sent"],
        "received_position": newest["received"],
        "internal_position": newest["internal"],
        "read_position": func.coalesce(read.scalar_subquery(), 0),
        "responded_at": func.coalesce(answered, thread.created_at),
        "attachments": _count(file, *files, file.is_internal.is_(False)),
        "internal_attachments": _count(file, *files, file.is_internal.is_(True)),
        "tasks_done": _count(task, *todo, task.done_at.is_not(None)),
        "tasks_total": _count(task, *todo),
    }
    return select(*(fact.label(name) for name, fact in facts.items()))


def _position(*conditions: ColumnElement[bool]) -> ColumnElement[object]:
    return func.coalesce(_last(model.Message.position, *conditions), 0)


def _last(column: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    # Not max(): behind row-level security PostgreSQL reads a whole index for it, and for this one entry.
    newest = select(column).where(*conditions).order_by(model.Message.position.desc()).limit(1)
    return newest.scalar_subquery()


def _count(table: type[model.Base], *conditions: ColumnElement[bool]) -> ColumnElement[object]:
    return select(func.count()).select_from(table).where(*conditions).scalar_subquery()
