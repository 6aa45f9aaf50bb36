"""E-mails as their readers get them."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import emails
from contracts.files import Content
from services.messages import model
from services.messages.queries.emails import access

MOST = 200  # e-mails of one thread in one answer
HARMLESS = "application/octet-stream"  # whatever the sender calls it, a browser is to save it, not to show it


def get_email(session: Session, ctx: Context, request: emails.EmailRef) -> emails.Email:
    """Give one e-mail of an account. Raises EmailNotFound."""
    return of_email(access.filed(session, ctx, request.account_id, request.email_id), request.account_id)


def get_email_thread(session: Session, ctx: Context, request: emails.EmailRef) -> emails.EmailThread:
    """Give all e-mails of one's thread that are filed in this account. Raises EmailNotFound."""
    one = access.filed(session, ctx, request.account_id, request.email_id)
    email, filing = model.Email, model.EmailFiling
    query = (
        select(email)
        .join(filing, (filing.firm_id == email.firm_id) & (filing.email_id == email.id))
        .where(
            email.firm_id == ctx.firm,
            filing.account_id == request.account_id,
            filing.thread_id == one.thread_id,
        )
        .order_by(email.sent_at.desc(), email.id.desc())
        .limit(MOST)
    )
    rows = list(session.scalars(query))[::-1]
    return emails.EmailThread(thread_id=one.thread_id, items=tuple(of_email(row, request.account_id) for row in rows))


def get_email_attachment(session: Session, ctx: Context, request: emails.AttachmentRef) -> Content:
    """Give a file of an e-mail, to be saved. Raises EmailNotFound."""
    row = access.filed(session, ctx, request.account_id, request.email_id)
    found = next((one for one in row.files if one["number"] == request.number), None)
    if found is None or row.blob_id is None:
        raise emails.EmailNotFound("The e-mail has no such attachment.")
    return Content(
        media_type=HARMLESS,
        etag=f"{row.blob_id.hex}-{request.number}",
        path=path(ctx.firm, row.blob_id, request.number),
        file_name=found["file_name"],
    )


def path(firm_id: UUID, blob_id: UUID, number: int) -> str:
    """Where a file of an e-mail is kept; 0 is the message itself."""
    return f"emails/{firm_id}/{blob_id}/{number}"


def of_email(row: model.Email, account_id: UUID) -> emails.Email:
    """Describe an e-mail to those who see the account."""
    return emails.Email(
        id=row.id,
        account_id=account_id,
        thread_id=row.thread_id,
        direction=row.direction,  # type: ignore[arg-type]
        sender=emails.Participant(name=row.sender_name, email=row.sender_email),
        to=tuple(emails.Participant(**one) for one in row.to),
        cc=tuple(emails.Participant(**one) for one in row.cc),
        subject=row.subject,
        text=row.text,
        is_cut=row.is_cut,
        sent_at=row.sent_at,
        status=row.status,  # type: ignore[arg-type]
        problem=row.problem,
        attachments=tuple(emails.Attachment(**one) for one in row.files),
    )
