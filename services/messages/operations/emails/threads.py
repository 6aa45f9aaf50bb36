"""Which e-mails hang together: by the identifiers they carry and refer to, in whatever order they come."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from services.messages import model
from services.messages.operations.emails import settling

UNSYNCHRONISED = {"synchronize_session": False}


def thread_of(session: Session, ctx: Context, message_id: str, references: Sequence[str]) -> UUID:
    """Give the thread of an e-mail; those that it turns out to connect become one. Under the firm's lock."""
    link = model.ThreadLink
    identifiers = [message_id, *references]
    query = select(link.thread_id).where(link.firm_id == ctx.firm, link.message_id.in_(identifiers)).distinct()
    found = sorted(session.scalars(query))
    thread_id = found[0] if found else new_id()
    for other in found[1:]:
        _join(session, ctx, other, thread_id)
    rows = [{"firm_id": ctx.firm, "message_id": one, "thread_id": thread_id} for one in dict.fromkeys(identifiers)]
    session.execute(insert(link).values(rows).on_conflict_do_nothing())
    return thread_id


def _join(session: Session, ctx: Context, other: UUID, thread_id: UUID) -> None:
    session.flush()
    filing = model.EmailFiling
    concerned = select(filing.account_id).where(filing.firm_id == ctx.firm, filing.thread_id == other).distinct()
    account_ids = session.scalars(concerned).all()
    for table in (model.Email, filing, model.ThreadLink):
        moved = update(table).where(table.firm_id == ctx.firm, table.thread_id == other).values(thread_id=thread_id)
        session.execute(moved, execution_options=UNSYNCHRONISED)
    listed = model.AccountThread
    session.execute(delete(listed).where(listed.firm_id == ctx.firm, listed.thread_id == other))
    session.expire_all()
    for account_id in account_ids:
        settling.settle(session, ctx, account_id, thread_id)
