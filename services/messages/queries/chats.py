"""The section Chats: threads, unread ones on top, then by the last response (R-CHT-1 to R-CHT-5)."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from chassis.errors import wrong
from chassis.listing import Listing, Order, flag_of, id_of, instant
from contracts.sections import Section
from services.messages import model, rules
from services.messages.queries.listing import ACCOUNT, FIRM, Asked

ROWS = 5
LONGEST_Q = 200  # characters

thread = model.Thread.__table__
member = model.MemberRef.__table__
mark = model.ReadMark.__table__
part = model.Participant.__table__
said = model.Message.__table__
sent, received, internal = (said.alias(name) for name in ("sent", "received", "internal"))
is_active = thread.c.is_archived.is_(False)


def _visible(_: Asked | None = None) -> list[ColumnElement[bool]]:
    return [thread.c.firm_id == FIRM, thread.c.account_id == ACCOUNT]


def _at(message: Any, position: ColumnElement[int]) -> ColumnElement[bool]:
    """A message by its place; none stands at 0."""
    return and_(
        message.c.firm_id == thread.c.firm_id, message.c.thread_id == thread.c.id, message.c.position == position
    )


def _columns_of(message: Any, name: str) -> tuple[ColumnElement[Any], ...]:
    return (
        message.c.author_id.label(f"{name}_by"),
        message.c.author_name.label(f"{name}_name"),
        func.left(message.c.text, rules.SNIPPET).label(f"{name}_text"),
        message.c.sent_at.label(f"{name}_at"),
    )


def _people(table: Any, id_column: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    """Those of a thread as `[{id, name}]` in order of names; null for none."""
    person = func.jsonb_build_object("id", id_column, "name", table.c.name)
    return (
        select(func.jsonb_agg(aggregate_order_by(person, table.c.name, id_column), type_=JSONB))
        .where(table.c.firm_id == FIRM, table.c.thread_id == thread.c.id, *conditions)
        .scalar_subquery()
    )


def _state(value: str, _: Asked) -> ColumnElement[bool]:
    if value == "all":
        return true()
    if value not in ("active", "archived"):
        raise wrong("filters.state", "Must be active, archived or all.")
    return thread.c.is_archived.is_(value == "archived")


def _assigned(value: str, _: Asked) -> ColumnElement[bool]:
    if value == "nobody":
        return thread.c.assignee_id.is_(None)
    return thread.c.assignee_id == id_of("assignee", value)


def _said(value: str, _: Asked) -> ColumnElement[bool]:
    if not 1 <= len(value) <= LONGEST_Q:
        raise wrong("filters.q", f"Must have 1 to {LONGEST_Q} characters.")
    in_text = exists().where(
        said.c.firm_id == FIRM,
        said.c.thread_id == thread.c.id,
        said.c.deleted_at.is_(None),
        said.c.text.icontains(value, autoescape=True),
    )
    return or_(thread.c.subject.icontains(value, autoescape=True), in_text)


def _row(row: Any, _: Asked) -> dict[str, Any]:
    is_answered = row.received_position > row.sent_position
    last_sent = _told(row, "sent")
    last_received = _told(row, "received")
    last, side = (last_received, "client") if is_answered else (last_sent, "firm")
    return {
        "id": str(row.id),
        "subject": row.subject,
        "is_unread": row.is_unread,
        "is_archived": row.is_archived,
        "assignee": {"id": str(row.assignee_id), "name": row.assignee_name or ""} if row.assignee_id else None,
        "participants": None if row.is_for_all else row.participants or [],
        "last_message": last and {**last, "side": side},
        "last_sent": last_sent,
        "answered_by": last_received["author"] if last_received and is_answered else None,
        "answered_at": last_received["at"] if last_received and is_answered else None,
        "unanswered_since": last_sent["at"] if last_sent and not is_answered else None,
        "last_internal": _internal(row),
        "read_by": row.read_by or [],
        "responded_at": instant(row.responded_at),
        "attachments": row.attachments + row.internal_attachments,
        "tasks_done": row.tasks_done,
        "tasks_total": row.tasks_total,
        "version": row.version,
    }


def _told(row: Any, name: str) -> dict[str, Any] | None:
    found = row._mapping  # noqa: SLF001 (how SQLAlchemy gives a row by names)
    if found[f"{name}_by"] is None:
        return None
    author = {"id": str(found[f"{name}_by"]), "name": found[f"{name}_name"]}
    return {"author": author, "text": found[f"{name}_text"], "at": instant(found[f"{name}_at"])}


def _internal(row: Any) -> dict[str, Any] | None:
    found = _told(row, "internal")
    return found and {**found, "is_internal": True}


LISTING: Listing[Asked] = Listing(
    source=thread.outerjoin(sent, _at(sent, thread.c.sent_position))
    .outerjoin(received, _at(received, thread.c.received_position))
    .outerjoin(internal, _at(internal, thread.c.internal_position))
    .outerjoin(member, and_(member.c.firm_id == thread.c.firm_id, member.c.id == thread.c.assignee_id)),
    columns=(
        thread.c.id,
        thread.c.subject,
        thread.c.is_unread,
        thread.c.is_archived,
        thread.c.is_for_all,
        thread.c.assignee_id,
        member.c.name.label("assignee_name"),
        thread.c.sent_position,
        thread.c.received_position,
        thread.c.responded_at,
        thread.c.attachments,
        thread.c.internal_attachments,
        thread.c.tasks_done,
        thread.c.tasks_total,
        thread.c.version,
        *_columns_of(sent, "sent"),
        *_columns_of(received, "received"),
        *_columns_of(internal, "internal"),
        _people(part, part.c.contact_id).label("participants"),
        # Who of the clients has read the last message that was sent to them (R-CHT-5).
        _people(
            mark,
            mark.c.reader_id,
            mark.c.side == "client",
            mark.c.position >= thread.c.sent_position,
            thread.c.sent_position > 0,
        ).label("read_by"),
    ),
    visible=_visible,
    orders={"-responded_at": Order((thread.c.is_unread, thread.c.responded_at, thread.c.id))},
    filters={
        "state": _state,
        "assignee": _assigned,
        "unread": lambda value, _: thread.c.is_unread.is_(flag_of("unread", value)),
        "q": _said,
    },
    row=_row,
    unless_said={"state": "active"},
)


def statement() -> Select[Any]:
    """The section in one statement: its rows, each with the count of all."""
    page = LISTING.statement([*_visible(), is_active], LISTING.orders["-responded_at"], ROWS)
    every = select(func.count()).select_from(thread).where(*_visible(), is_active).scalar_subquery()
    return page.add_columns(every.label("total"))


def section(rows: Any, asked: Asked) -> Section:
    return Section(name="chats", rows=tuple(_row(row, asked) for row in rows), total=rows[0].total if rows else 0)
