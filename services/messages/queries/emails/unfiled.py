"""E-mail that waits for somebody to say whose it is (R-SYN-5): of one's own mailboxes; owner and admins see all."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.listing import Order
from contracts.emails import (
    Attachment,
    Candidate,
    EmailNotFound,
    ListUnfiled,
    Participant,
    UnfiledEmail,
    UnfiledPage,
    UnfiledRef,
)
from services.messages import model, people
from services.messages.queries.emails import access

email = model.Email.__table__
LATEST = Order((email.c.sent_at, email.c.id))


def list_unfiled(session: Session, ctx: Context, request: ListUnfiled) -> UnfiledPage:
    """List what waits, latest first."""
    people.staff(ctx)
    mine = (email.c.firm_id == ctx.firm, email.c.is_waiting, access.came_to(ctx.actor))
    beyond = [LATEST.after(request.cursor)] if request.cursor else []
    query = select(model.Email).where(*mine, *beyond).order_by(*LATEST.sorted()).limit(request.limit + 1)
    rows = session.scalars(query).all()
    shown = rows[: request.limit]
    return UnfiledPage(
        items=_described(session, ctx, shown),
        total=session.scalars(select(func.count()).select_from(email).where(*mine)).one(),
        next_cursor=cursor.encode(shown[-1].sent_at, shown[-1].id) if len(rows) > request.limit else None,
    )


def get_unfiled(session: Session, ctx: Context, request: UnfiledRef) -> UnfiledEmail:
    """Give one that waits. Raises EmailNotFound."""
    row = access.waiting(session, ctx, request.email_id)
    if not row.is_waiting:
        raise EmailNotFound
    return _described(session, ctx, [row])[0]


def _described(session: Session, ctx: Context, rows: Sequence[model.Email]) -> tuple[UnfiledEmail, ...]:
    account = model.AccountRef
    wanted = {account_id for row in rows for account_id in row.candidates}
    query = select(account.id, account.code, account.name).where(
        account.firm_id == ctx.firm, account.id.in_(wanted), access.sees_account(ctx.actor)
    )
    known = {one.id: Candidate(id=one.id, code=one.code, name=one.name) for one in session.execute(query)}
    return tuple(_message(row, known) for row in rows)


def _message(row: model.Email, known: dict[object, Candidate]) -> UnfiledEmail:
    return UnfiledEmail(
        id=row.id,
        direction=row.direction,  # type: ignore[arg-type]
        sender=Participant(name=row.sender_name, email=row.sender_email),
        to=tuple(Participant(**one) for one in row.to),
        cc=tuple(Participant(**one) for one in row.cc),
        subject=row.subject,
        text=row.text,
        sent_at=row.sent_at,
        attachments=tuple(Attachment(**one) for one in row.files),
        candidates=tuple(known[one] for one in row.candidates if one in known),
    )
