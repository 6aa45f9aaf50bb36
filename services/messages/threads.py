"""How a thread and a message in it are found: for the firm, or for a contact who takes part."""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.wire import to_json
from contracts.chats import MessageNotFound, ThreadNotFound
from services.messages import model, people


def of_staff(session: Session, ctx: Context, account_id: UUID, thread_id: UUID, *, lock: bool = False) -> model.Thread:
    """A thread of the account, for somebody of the firm. Raises ThreadNotFound, Forbidden."""
    people.staff(ctx)
    return _found(session, ctx, account_id, thread_id, lock=lock)


def of_contact(
    session: Session, ctx: Context, account_id: UUID, thread_id: UUID, *, lock: bool = False
) -> model.Thread:
    """A thread in which the contact who acts takes part. Raises ThreadNotFound, Forbidden."""
    return _found(session, ctx, account_id, thread_id, takes_part(ctx.firm, people.contact(ctx)), lock=lock)


def takes_part(firm_id: UUID, contact_id: UUID) -> ColumnElement[bool]:
    """The threads in which a contact takes part."""
    named = exists().where(
        model.Participant.firm_id == firm_id,
        model.Participant.thread_id == model.Thread.id,
        model.Participant.contact_id == contact_id,
    )
    return or_(model.Thread.is_for_all, named)


def _found(
    session: Session, ctx: Context, account_id: UUID, thread_id: UUID, *more: ColumnElement[bool], lock: bool
) -> model.Thread:
    query = select(model.Thread).where(
        model.Thread.firm_id == ctx.firm, model.Thread.account_id == account_id, model.Thread.id == thread_id, *more
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    thread = session.scalar(query)
    if thread is None:
        raise ThreadNotFound
    return thread


def message(session: Session, ctx: Context, thread: model.Thread, message_id: UUID) -> model.Message:
    """A message of a thread that the caller has found; internal ones are not there for a contact (R-CHT-4).

    Raises MessageNotFound.
    """
    query = select(model.Message).where(
        model.Message.firm_id == ctx.firm,
        model.Message.thread_id == thread.id,
        model.Message.id == message_id,
        *shown_to(ctx),
    )
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise MessageNotFound
    return found


def shown_to(ctx: Context) -> list[ColumnElement[bool]]:
    """Which messages of a thread are the caller's to see: all of them only for the firm (R-CHT-4)."""
    return [model.Message.kind != "internal"] if ctx.actor.kind == "portal" else []


def current(made: Any) -> Any:
    """How something is, as a refusal of a change made on an older version tells it."""
    return orjson.loads(to_json(made))
