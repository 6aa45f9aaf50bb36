"""Attachments of clients become documents, where the account is set so (R-SYN-2)."""

import datetime as dt
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.addresses import fold
from chassis.context import Context
from contracts.documents import AdoptFile, Uploader
from contracts.emails import EmailOptions, EmailOptionsRef
from services.messages import model, people
from services.messages.queries.emails.views import path


def get_email_options(session: Session, ctx: Context, request: EmailOptionsRef) -> EmailOptions:
    """Say whether attachments become documents."""
    people.staff(ctx)
    account = model.AccountRef
    query = select(account.saves_since).where(account.firm_id == ctx.firm, account.id == request.account_id)
    return EmailOptions(account_id=request.account_id, saves_attachments=session.scalar(query) is not None)


def set_email_options(session: Session, ctx: Context, request: EmailOptions) -> EmailOptions:
    """Let attachments that come from here on become documents, or no more."""
    people.acting(session, ctx)
    account = model.AccountRef
    since = ctx.now.replace(microsecond=0)  # mail servers tell whole seconds
    values = {"saves_since": since if request.saves_attachments else None}
    kept = insert(account).values(firm_id=ctx.firm, id=request.account_id, **values)
    is_news = account.saves_since.is_(None) if request.saves_attachments else account.saves_since.is_not(None)
    session.execute(kept.on_conflict_do_update(index_elements=["firm_id", "id"], set_=values, where=is_news))
    return request


def wish(session: Session, ctx: Context, email: model.Email, account_id: UUID) -> None:
    """Have the attachments of an e-mail that is filed in an account saved, if it is set so and they came later."""
    if email.direction != "received" or not email.files or email.blob_id is None:
        return
    account = model.AccountRef
    query = select(account.saves_since).where(account.firm_id == ctx.firm, account.id == account_id)
    since = session.scalar(query)
    if since is not None and email.sent_at >= since:
        values = {"firm_id": ctx.firm, "email_id": email.id, "account_id": account_id, "due_at": ctx.now}
        session.execute(insert(model.EmailAdoption).values(values).on_conflict_do_nothing())


def take(session: Session, ctx: Context, email_id: UUID, account_id: UUID, seconds: float) -> list[AdoptFile] | None:
    """Give what documents is to be asked, and do not ask again for a while; None where another process does.

    None, too, and for good, where the e-mail was moved out of the account meanwhile.
    """
    adoption = model.EmailAdoption
    here = (adoption.firm_id == ctx.firm, adoption.email_id == email_id, adoption.account_id == account_id)
    later = update(adoption).where(*here, adoption.due_at <= ctx.now)
    later = later.values(due_at=ctx.now + dt.timedelta(seconds=seconds))
    if session.scalar(later.returning(adoption.email_id)) is None:
        return None
    filing = model.EmailFiling
    filed = (filing.firm_id == ctx.firm, filing.email_id == email_id, filing.account_id == account_id)
    if session.scalar(select(filing.email_id).where(*filed).with_for_update(read=True)) is None:
        done(session, ctx, email_id, account_id)
        return None
    email = session.scalars(
        select(model.Email).where(model.Email.firm_id == ctx.firm, model.Email.id == email_id)
    ).one()
    synced = model.SyncedAddress
    folded = fold(email.sender_email)
    query = select(synced.contact_id).where(
        synced.firm_id == ctx.firm, synced.account_id == account_id, synced.folded == folded
    )
    contact_id = session.scalar(query.order_by(synced.contact_id).limit(1))
    uploader = Uploader(side="client", id=contact_id, name=email.sender_name or email.sender_email)
    return [
        AdoptFile(
            account_id=account_id,
            source=f"email:{email_id}:{account_id}:{one['number']}",
            path=path(ctx.firm, email.blob_id, one["number"]),
            name=one["file_name"],
            origin="email",
            uploader=uploader,
        )
        for one in email.files
        if email.blob_id is not None and one["size"]
    ]


def done(session: Session, ctx: Context, email_id: UUID, account_id: UUID) -> None:
    """The attachments are documents."""
    adoption = model.EmailAdoption
    here = (adoption.firm_id == ctx.firm, adoption.email_id == email_id, adoption.account_id == account_id)
    session.execute(delete(adoption).where(*here))
