"""E-mails leave an account; what is in none any more is deleted, its files by the sweep."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from services.messages import model
from services.messages.operations.emails import settling


def of_account(session: Session, ctx: Context, account_id: UUID) -> list[UUID]:
    """Give the e-mails that are filed in the account."""
    filing = model.EmailFiling
    query = select(filing.email_id).where(filing.firm_id == ctx.firm, filing.account_id == account_id)
    return list(session.scalars(query))


def leave(session: Session, ctx: Context, account_id: UUID, email_ids: Collection[UUID]) -> None:
    """Take e-mails out of an account, and delete those that are in no other."""
    if not email_ids:
        return
    filing, email, listed = model.EmailFiling, model.Email, model.AccountThread
    here = (filing.firm_id == ctx.firm, filing.account_id == account_id, filing.email_id.in_(email_ids))
    thread_ids = session.scalars(select(filing.thread_id).where(*here).distinct()).all()
    session.execute(delete(filing).where(*here))
    session.execute(
        delete(listed).where(
            listed.firm_id == ctx.firm, listed.account_id == account_id, listed.thread_id.in_(thread_ids)
        )
    )
    is_filed = exists().where(filing.firm_id == email.firm_id, filing.email_id == email.id)
    gone = (email.firm_id == ctx.firm, email.id.in_(email_ids), ~is_filed)
    rows = session.execute(select(email.id, email.blob_id, email.files).where(*gone)).all()
    leftovers = [
        {"firm_id": ctx.firm, "blob_id": row.blob_id, "files": len(row.files), "due_at": ctx.now}
        for row in rows
        if row.blob_id is not None
    ]
    if leftovers:
        session.execute(insert(model.EmailLeftover).values(leftovers).on_conflict_do_nothing())
    session.execute(delete(email).where(email.firm_id == ctx.firm, email.id.in_([row.id for row in rows])))
    for thread_id in thread_ids:
        settling.settle(session, ctx, account_id, thread_id)
