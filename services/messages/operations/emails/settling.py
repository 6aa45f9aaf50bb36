"""What lists show of a thread in an account, made anew from the e-mails that are filed there."""

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.db import await_lock
from services.messages import model


def begin(session: Session, ctx: Context) -> None:
    """Let nobody else put e-mail of the firm into threads or accounts until this transaction ends."""
    await_lock(session, f"emails {ctx.firm}")


def settle(session: Session, ctx: Context, account_id: UUID, thread_id: UUID) -> None:
    """Keep the thread's latest e-mail in the account, and how many there are (R-EML-5)."""
    session.flush()
    filing, email, listed = model.EmailFiling, model.Email, model.AccountThread
    query = (
        select(email.id, email.sent_at, func.count().over().label("count"))
        .join(filing, (filing.firm_id == email.firm_id) & (filing.email_id == email.id))
        .where(email.firm_id == ctx.firm, filing.account_id == account_id, filing.thread_id == thread_id)
        .order_by(email.sent_at.desc(), email.id.desc())
        .limit(1)
    )
    latest = session.execute(query).one_or_none()
    if latest is None:
        here = (listed.firm_id == ctx.firm, listed.account_id == account_id, listed.thread_id == thread_id)
        session.execute(delete(listed).where(*here))
        return
    values = {"latest_id": latest.id, "latest_at": latest.sent_at, "count": latest.count}
    keys = {"firm_id": ctx.firm, "account_id": account_id, "thread_id": thread_id}
    kept = insert(listed).values(**keys, **values)
    session.execute(kept.on_conflict_do_update(index_elements=list(keys), set_=values))
