"""Which message shows which file; the bytes are the business of `services.messages.keeping`."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Unavailable, wrong
from contracts import chat_files
from contracts.client_tasks import Side
from services.messages import model, rules, snapshots

KEPT_WITHIN = dt.timedelta(hours=1)  # far longer than a hundred megabytes take on their way to the store
UNSENT_FOR = dt.timedelta(hours=chat_files.UNSENT_HOURS)


def begin(session: Session, ctx: Context, file_id: UUID, request: chat_files.AddAttachment, side: Side) -> None:
    """Put on record that a file is about to be kept: if nobody shows it in time, it goes again."""
    if ctx.actor.id is None:
        raise AssertionError
    name = rules.trimmed("name", request.name)
    row = model.Attachment(
        firm_id=ctx.firm,
        id=file_id,
        account_id=request.account_id,
        name=name,
        media_type=rules.media_type(name),
        size=0,
        by_side=side,
        by_id=ctx.actor.id,
        due_at=ctx.now + KEPT_WITHIN,
    )
    session.add(row)


def kept(session: Session, ctx: Context, file_id: UUID, size: int) -> chat_files.Attachment:
    """Let a file whose bytes are kept wait for its message. Raises Unavailable where it was taken for forgotten."""
    query = select(model.Attachment).where(model.Attachment.firm_id == ctx.firm, model.Attachment.id == file_id)
    row = session.scalar(query.with_for_update())
    if row is None:
        raise Unavailable("The file took too long to arrive; send it again.")
    row.size, row.kept_at, row.due_at = size, ctx.now, ctx.now + UNSENT_FOR
    return snapshots.attachment(row)


def show(session: Session, ctx: Context, thread: model.Thread, message: model.Message, ids: Sequence[UUID]) -> None:
    """Let a message show files that its author added and that wait. Raises Invalid for any other."""
    wanted = rules.unique(ids)
    if not wanted:
        return
    file = model.Attachment
    query = select(file).where(
        file.firm_id == ctx.firm,
        file.account_id == thread.account_id,
        file.id.in_(wanted),
        file.by_id == message.author_id,
        file.message_id.is_(None),
        file.kept_at.is_not(None),
        file.due_at > ctx.now,
    )
    found = {row.id: row for row in session.scalars(query.order_by(file.id).with_for_update())}
    missing = [str(one) for one in wanted if one not in found]
    if missing:
        raise wrong("attachment_ids", f"Not a file of yours that waits for its message: {', '.join(missing)}.")
    for place, one in enumerate(wanted):
        row = found[one]
        row.thread_id, row.message_id, row.place, row.due_at = thread.id, message.id, place, None
        row.is_internal = message.kind == "internal"


def leave(session: Session, ctx: Context, message: model.Message) -> None:
    """Let the sweep remove the files of a message."""
    file = model.Attachment
    mine = (file.firm_id == ctx.firm, file.thread_id == message.thread_id, file.message_id == message.id)
    session.execute(update(file).where(*mine, file.due_at.is_(None)).values(due_at=ctx.now))
