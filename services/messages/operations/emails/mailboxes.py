"""Members' mailboxes: connected, disconnected, and taken up by one process at a time."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.addresses import fold
from chassis.context import Context, new_id
from chassis.errors import wrong
from chassis.outbox import emit
from contracts.common import Done
from contracts.mailboxes import (
    ConnectMailbox,
    Mailbox,
    MailboxChanged,
    MailboxRef,
    MailboxState,
    MailboxTaken,
)
from services.messages import model, people
from services.messages.queries.emails import mailboxes as known

MOST = 5  # of one member
IDLE_SECONDS = 300  # until a mailbox whose member is deactivated is looked at again
LOOPBACK = ("localhost", "127.0.0.1", "::1")
DISCONNECTED = "The mailbox was disconnected before this was sent."


@dataclass(frozen=True)
class Connected:
    """What a worker needs of a mailbox."""

    id: UUID
    email: str
    imap: dict[str, Any]
    smtp: dict[str, Any]
    user: str
    secret: bytes
    member_name: str


class TurnLost(Exception):
    """The mailbox is gone, or another process has taken it up."""


def check(session: Session, ctx: Context, request: ConnectMailbox) -> UUID:
    """Give the id the mailbox has or is to get. Raises Forbidden, MailboxTaken, Invalid."""
    member_id = people.acting(session, ctx)
    for name, server in (("imap", request.imap), ("smtp", request.smtp)):
        if server.security == "none" and server.host not in LOOPBACK:
            raise wrong(f"{name}.security", "Must be tls or starttls, so that nobody reads the password on its way.")
    box = model.Mailbox
    mine = session.scalars(select(box).where(box.firm_id == ctx.firm, box.member_id == member_id)).all()
    present = session.scalar(select(box).where(box.firm_id == ctx.firm, box.folded == fold(request.email)))
    if present is not None and present.member_id != member_id:
        raise MailboxTaken
    if present is None and len(mine) >= MOST:
        raise wrong("email", f"A member connects at most {MOST} mailboxes; disconnect one first.")
    return present.id if present else new_id()


def connect(session: Session, ctx: Context, request: ConnectMailbox, mailbox_id: UUID, secret: bytes) -> Mailbox:
    """Keep a mailbox that both servers let us into, and have it looked into. Raises MailboxTaken."""
    member_id = people.acting(session, ctx)
    values = {
        "email": request.email.strip(),
        "imap": known.as_kept(request.imap),
        "smtp": known.as_kept(request.smtp),
        "user_name": request.user,
        "secret": secret,
        "state": "waiting",
        "problem": "",
        "connected_at": ctx.now,
    }
    box, turn = model.Mailbox, model.MailboxTurn
    keys = {"firm_id": ctx.firm, "id": mailbox_id, "member_id": member_id, "folded": fold(request.email)}
    kept = insert(box).values(**keys, **values)
    same = (box.member_id == member_id) & (box.id == mailbox_id)  # the secret is sealed for this one
    kept = kept.on_conflict_do_update(index_elements=["firm_id", "folded"], set_=values, where=same)
    mailbox_id = session.scalar(kept.returning(box.id))  # type: ignore[assignment]
    if mailbox_id is None:
        raise MailboxTaken
    due = insert(turn).values(firm_id=ctx.firm, mailbox_id=mailbox_id, due_at=ctx.now)
    session.execute(due.on_conflict_do_update(index_elements=["firm_id", "mailbox_id"], set_={"due_at": ctx.now}))
    return _announced(session, ctx, mailbox_id)


def sync_mailbox(session: Session, ctx: Context, request: MailboxRef) -> Mailbox:
    """Have a mailbox of one's own looked into as soon as may be. Raises MailboxNotFound."""
    mailbox = known.visible(session, ctx, request.mailbox_id)
    turn = model.MailboxTurn
    here = (turn.firm_id == ctx.firm, turn.mailbox_id == mailbox.id)
    session.execute(update(turn).where(*here).values(due_at=ctx.now))
    return mailbox


def disconnect_mailbox(session: Session, ctx: Context, request: MailboxRef) -> Done:
    """Forget a mailbox with its password; what is filed stays, what waits to be sent fails. Raises MailboxNotFound."""
    mailbox = known.visible(session, ctx, request.mailbox_id)
    email, outgoing = model.Email, model.OutgoingEmail
    waiting = select(email.id).where(email.firm_id == ctx.firm, email.mailbox_id == mailbox.id)
    due = (outgoing.firm_id == ctx.firm, outgoing.email_id.in_(waiting), outgoing.stage.in_(("queued", "sending")))
    failed = session.scalars(delete(outgoing).where(*due).returning(outgoing.email_id)).all()
    told = update(email).where(email.firm_id == ctx.firm, email.id.in_(failed))
    session.execute(told.values(status="failed", problem=DISCONNECTED))
    session.execute(delete(model.Mailbox).where(model.Mailbox.firm_id == ctx.firm, model.Mailbox.id == mailbox.id))
    emit(session, ctx, MailboxChanged(mailbox=mailbox, is_disconnected=True))
    return Done()


def take(session: Session, ctx: Context, mailbox_id: UUID, me: UUID, seconds: float) -> Connected | None:
    """Take up a mailbox that is due; None where another process has, or its member is deactivated (R-ROLE-3)."""
    turn = model.MailboxTurn
    query = select(turn).where(turn.firm_id == ctx.firm, turn.mailbox_id == mailbox_id, turn.due_at <= ctx.now)
    mine = session.scalar(query.with_for_update(skip_locked=True))
    if mine is None or (mine.taken_until is not None and mine.taken_until > ctx.now):
        return None
    found = connected(session, ctx, mailbox_id)
    if found is None:
        mine.due_at = ctx.now + dt.timedelta(seconds=IDLE_SECONDS)
        return None
    mine.taken_by = me
    # Whoever asks for a look meanwhile brings `due_at` forward again.
    mine.taken_until = mine.due_at = ctx.now + dt.timedelta(seconds=seconds)
    return found


def connected(session: Session, ctx: Context, mailbox_id: UUID) -> Connected | None:
    """Give what a worker needs of a mailbox; None where it is gone or its member deactivated."""
    box, member = model.Mailbox, model.MemberRef
    query = (
        select(box, member.name, member.is_active)
        .outerjoin(member, (member.firm_id == box.firm_id) & (member.id == box.member_id))
        .where(box.firm_id == ctx.firm, box.id == mailbox_id)
    )
    row = session.execute(query).one_or_none()
    if row is None or row.is_active is False:
        return None
    found: model.Mailbox = row[0]
    return Connected(
        found.id, found.email, found.imap, found.smtp, found.user_name, found.secret, row.name or found.email
    )


def still_mine(session: Session, ctx: Context, mailbox_id: UUID, me: UUID, until: dt.datetime) -> None:
    """Hold on to a mailbox until later. Raises TurnLost."""
    turn = model.MailboxTurn
    here = (turn.firm_id == ctx.firm, turn.mailbox_id == mailbox_id, turn.taken_by == me)
    if session.scalar(update(turn).where(*here).values(taken_until=until).returning(turn.mailbox_id)) is None:
        raise TurnLost


def let_go(
    session: Session,
    ctx: Context,
    mailbox_id: UUID,
    me: UUID,
    state: MailboxState,
    problem: str,
    due_at: dt.datetime,
) -> None:
    """Say how it went, and when to look again; what was asked for meanwhile comes first."""
    turn, box = model.MailboxTurn, model.Mailbox
    query = select(turn).where(turn.firm_id == ctx.firm, turn.mailbox_id == mailbox_id, turn.taken_by == me)
    mine = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if mine is None:
        return
    mine.due_at = ctx.now if mine.due_at <= ctx.now else due_at
    mine.taken_by = mine.taken_until = None
    row = session.scalars(select(box).where(box.firm_id == ctx.firm, box.id == mailbox_id)).one()
    has_changed = (row.state, row.problem) != (state, problem)
    row.state, row.problem = state, problem
    if state == "ok":
        row.synced_at = ctx.now
    session.flush()
    if has_changed:
        _announced(session, ctx, mailbox_id)


def _announced(session: Session, ctx: Context, mailbox_id: UUID) -> Mailbox:
    mailbox = known.described(session, ctx, mailbox_id)
    emit(session, ctx, MailboxChanged(mailbox=mailbox))
    return mailbox
