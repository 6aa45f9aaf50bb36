"""Mailboxes as their members, owner and admins see them; nobody sees a password."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select, true
from sqlalchemy.orm import Session

from chassis.context import Actor, Context
from contracts.common import Done, Person
from contracts.identity import holds
from contracts.mailboxes import Mailbox, MailboxList, MailboxNotFound, MailServer
from services.messages import model, people


def list_mailboxes(session: Session, ctx: Context, _request: Done) -> MailboxList:
    """List one's own mailboxes; to owner and admins all, by address."""
    people.staff(ctx)
    query = _query(ctx).where(_may_see(ctx.actor)).order_by(model.Mailbox.folded)
    return MailboxList(items=tuple(_message(row) for row in session.execute(query)))


def visible(session: Session, ctx: Context, mailbox_id: UUID) -> Mailbox:
    """Give a mailbox of the caller's, to owner and admins any. Raises MailboxNotFound."""
    people.staff(ctx)
    row = session.execute(_query(ctx).where(model.Mailbox.id == mailbox_id, _may_see(ctx.actor))).one_or_none()
    if row is None:
        raise MailboxNotFound
    return _message(row)


def described(session: Session, ctx: Context, mailbox_id: UUID) -> Mailbox:
    return _message(session.execute(_query(ctx).where(model.Mailbox.id == mailbox_id)).one())


def as_kept(server: MailServer) -> dict[str, Any]:
    return {"host": server.host, "port": server.port, "security": server.security}


def _may_see(actor: Actor) -> ColumnElement[bool]:
    return true() if holds(actor) else model.Mailbox.member_id == actor.id


def _query(ctx: Context) -> Any:
    box, member = model.Mailbox, model.MemberRef
    return (
        select(box, member.name, member.is_active)
        .outerjoin(member, (member.firm_id == box.firm_id) & (member.id == box.member_id))
        .where(box.firm_id == ctx.firm)
        .execution_options(populate_existing=True)
    )


def _message(row: Row[Any]) -> Mailbox:
    box: model.Mailbox = row[0]
    return Mailbox(
        id=box.id,
        member=Person(id=box.member_id, name=row.name or ""),
        email=box.email,
        imap=MailServer(**box.imap),
        smtp=MailServer(**box.smtp),
        user=box.user_name,
        state=box.state,  # type: ignore[arg-type]
        problem=box.problem,
        is_active=row.is_active is not False,
        synced_at=box.synced_at,
        connected_at=box.connected_at,
    )
