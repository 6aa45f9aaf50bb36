"""E-mail that goes out: stored first, then sent by a worker through the mailbox of who wrote it (ADR 14)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.addresses import fold
from chassis.context import Context, new_id
from chassis.errors import wrong
from contracts.emails import Email, EmailNotFound, EmailRef, NotSendable, SendEmail
from contracts.mailboxes import MailboxNotFound, NoMailbox
from services.messages import model, people
from services.messages.mail.reading import REFERENCES
from services.messages.mail.writing import Letter, answering, identifier
from services.messages.operations.emails import filing, ingesting, mailboxes, settling, synced, threads
from services.messages.queries.emails import access, views

UNKNOWN = "Nobody knows whether this was sent: the mail server was gone while it took it. Look into Sent, or ask."
INACTIVE = "The mailbox is disconnected, or its member deactivated."


@dataclass(frozen=True)
class Due:
    """An e-mail that a worker has taken up: the mailbox it goes through, and whether it is out already."""

    email_id: UUID
    letter: Letter
    mailbox: mailboxes.Connected
    is_accepted: bool
    attempts: int


def send_email(session: Session, ctx: Context, request: SendEmail) -> Email:
    """Write an e-mail from an account, to be sent at once. Raises NoMailbox, MailboxNotFound, Invalid."""
    member_id = people.acting(session, ctx)
    settling.begin(session, ctx)
    answers = _answered(session, ctx, request)
    box = _mailbox(session, ctx, request, member_id, answers)
    _check_recipients(session, ctx, request)
    references = [*answers.references, answers.message_id][-REFERENCES:] if answers else []
    subject = request.subject.strip() or (answering(answers.subject) if answers else "")
    if not subject:
        raise wrong("subject", "Say what it is about.")
    email_id = new_id()
    message_id = identifier(email_id, box.email)
    email = model.Email(
        firm_id=ctx.firm,
        id=email_id,
        thread_id=threads.thread_of(session, ctx, message_id, references),
        message_id=message_id,
        identity=f"{message_id} {box.folded}",
        answers=answers.message_id if answers else None,
        references=references,
        direction="sent",
        sender_name=ctx.actor.name,
        sender_email=box.email,
        to=[{"name": "", "email": one.strip()} for one in request.to],
        cc=[{"name": "", "email": one.strip()} for one in request.cc],
        subject=subject,
        text=request.text,
        is_cut=False,
        files=[],
        sent_at=ctx.now,
        status="queued",
        blob_id=None,
        candidates=[request.account_id],
        is_waiting=False,
        mailbox_id=box.id,
        author_id=member_id,
    )
    session.add(email)
    session.flush()
    folded = sorted({box.folded, *(fold(one) for one in (*request.to, *request.cc))})
    rows = [{"firm_id": ctx.firm, "email_id": email_id, "folded": one} for one in folded]
    session.execute(insert(model.EmailPerson).values(rows))
    filing.put(session, ctx, email, [request.account_id], "choice")
    session.add(model.OutgoingEmail(firm_id=ctx.firm, email_id=email_id, due_at=ctx.now))
    return views.of_email(email, request.account_id)


def send_again(session: Session, ctx: Context, request: EmailRef) -> Email:
    """Send an e-mail that failed once more, under the same Message-ID. Raises EmailNotFound, NotSendable."""
    people.acting(session, ctx)
    email = access.filed(session, ctx, request.account_id, request.email_id, lock=True)
    if email.status != "failed" or email.mailbox_id is None:
        raise NotSendable
    if mailboxes.connected(session, ctx, email.mailbox_id) is None:
        raise NotSendable(INACTIVE)
    session.add(model.OutgoingEmail(firm_id=ctx.firm, email_id=email.id, due_at=ctx.now))
    ingesting.stands(session, ctx, email, "queued")
    return views.of_email(email, request.account_id)


def take(session: Session, ctx: Context, email_id: UUID, me: UUID, seconds: float) -> Due | None:
    """Take up an e-mail that is due, unless another process has; what a dead one left is taken for what it is."""
    row = _outgoing(session, ctx, email_id)
    if row is None or row.due_at > ctx.now or (row.taken_until is not None and row.taken_until > ctx.now):
        return None
    email = _email(session, ctx, email_id)
    if row.stage == "handing_over":
        session.delete(row)
        ingesting.stands(session, ctx, email, "failed", UNKNOWN)
        return None
    mailbox = mailboxes.connected(session, ctx, email.mailbox_id) if email.mailbox_id else None
    if mailbox is None:
        session.delete(row)
        if row.stage != "accepted":
            ingesting.stands(session, ctx, email, "failed", INACTIVE)
        return None
    is_accepted = row.stage == "accepted"
    row.stage = row.stage if is_accepted else "sending"
    row.attempts += 1
    row.taken_by, row.taken_until = me, ctx.now + dt.timedelta(seconds=seconds)
    letter = Letter(
        message_id=email.message_id,
        sender_name=email.sender_name,
        sender=email.sender_email,
        to=[one["email"] for one in email.to],
        cc=[one["email"] for one in email.cc],
        subject=email.subject,
        text=email.text,
        sent_at=email.sent_at,
        references=email.references,
    )
    return Due(email_id, letter, mailbox, is_accepted, row.attempts)


def hand_over(session: Session, ctx: Context, email_id: UUID, me: UUID) -> bool:
    """Note that from here on it is unknown whether it was sent, until we say; False where it is not ours to send."""
    row = _mine(session, ctx, email_id, me)
    if row is not None:
        row.stage = "handing_over"
    return row is not None


def accepted(session: Session, ctx: Context, email_id: UUID, me: UUID) -> None:
    """Note that the server took it; a copy in Sent is still to be kept."""
    row = _mine(session, ctx, email_id, me)
    if row is not None:
        row.stage, row.attempts = "accepted", 0
    email = _email(session, ctx, email_id)
    ingesting.stands(session, ctx, email, "sent")
    ingesting.answered(session, ctx, email)


def later(session: Session, ctx: Context, email_id: UUID, me: UUID, seconds: float, problem: str) -> None:
    """Try again after a while; `problem` says why it is still here."""
    row = _mine(session, ctx, email_id, me)
    if row is None:
        return
    row.stage = row.stage if row.stage == "accepted" else "queued"
    row.due_at, row.taken_by, row.taken_until = ctx.now + dt.timedelta(seconds=seconds), None, None
    if row.stage == "queued":
        ingesting.stands(session, ctx, _email(session, ctx, email_id), "queued", problem)


def failed(session: Session, ctx: Context, email_id: UUID, me: UUID, problem: str) -> None:
    """Give up sending it, and say why."""
    if _mine(session, ctx, email_id, me) is not None:
        done(session, ctx, email_id, me)
        ingesting.stands(session, ctx, _email(session, ctx, email_id), "failed", problem)


def done(session: Session, ctx: Context, email_id: UUID, me: UUID) -> None:
    """Nothing is left to do for it."""
    outgoing = model.OutgoingEmail
    here = (outgoing.firm_id == ctx.firm, outgoing.email_id == email_id, outgoing.taken_by == me)
    session.execute(delete(outgoing).where(*here))


def _answered(session: Session, ctx: Context, request: SendEmail) -> model.Email | None:
    if request.answers is None:
        return None
    try:
        return access.filed(session, ctx, request.account_id, request.answers)
    except EmailNotFound as exc:
        raise wrong("answers", "There is no such e-mail in this account.") from exc


def _mailbox(
    session: Session, ctx: Context, request: SendEmail, member_id: UUID, answers: model.Email | None
) -> model.Mailbox:
    box, sight = model.Mailbox, model.EmailSighting
    mine = select(box).where(box.firm_id == ctx.firm, box.member_id == member_id)
    rows: Sequence[model.Mailbox] = session.scalars(mine.order_by(box.connected_at, box.id)).all()
    if request.mailbox_id is not None:
        found = next((row for row in rows if row.id == request.mailbox_id), None)
        if found is None:
            raise MailboxNotFound
        return found
    if not rows:
        raise NoMailbox
    if answers is not None:
        here = (sight.firm_id == ctx.firm, sight.email_id == answers.id)
        got = set(session.scalars(select(sight.mailbox_id).where(*here)))
        return next((row for row in rows if row.id in got), rows[0])
    return rows[0]


def _check_recipients(session: Session, ctx: Context, request: SendEmail) -> None:
    by_address = synced.accounts_of(session, ctx, {fold(one) for one in (*request.to, *request.cc)})
    if not any(request.account_id in account_ids for account_ids in by_address.values()):
        raise wrong("to", "EMAIL SYNC is on for none of these addresses on this account; switch it on first.")


def _email(session: Session, ctx: Context, email_id: UUID) -> model.Email:
    query = select(model.Email).where(model.Email.firm_id == ctx.firm, model.Email.id == email_id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def _outgoing(session: Session, ctx: Context, email_id: UUID) -> model.OutgoingEmail | None:
    row = model.OutgoingEmail
    query = select(row).where(row.firm_id == ctx.firm, row.email_id == email_id)
    return session.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))


def _mine(session: Session, ctx: Context, email_id: UUID, me: UUID) -> model.OutgoingEmail | None:
    row = model.OutgoingEmail
    query = select(row).where(row.firm_id == ctx.firm, row.email_id == email_id, row.taken_by == me)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))
