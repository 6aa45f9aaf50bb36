"""What messages does when its neighbours report a change: members, contacts, accounts that are gone."""

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts import accounts, contacts, identity
from contracts.chats import NamesChanged
from services.messages import model
from services.messages.operations import announce

MemberEvent = identity.MemberCreated | identity.MemberChanged | identity.MemberDeactivated | identity.MemberRestored


def member_changed(session: Session, ctx: Context, event: MemberEvent) -> None:
    """Keep the member's name and state, unless newer ones are known; unassign who is not active (R-ROLE-3)."""
    member = event.member
    query = select(model.MemberRef).where(model.MemberRef.firm_id == ctx.firm, model.MemberRef.id == member.id)
    known = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if known is not None and known.version >= member.version:
        return
    if known is not None and known.name != member.name:
        emit(session, ctx, NamesChanged())
    values = {"name": member.name, "is_active": member.is_active, "version": member.version}
    stored = insert(model.MemberRef).values(firm_id=ctx.firm, id=member.id, **values)
    newer = stored.excluded.version > model.MemberRef.version
    session.execute(stored.on_conflict_do_update(index_elements=["firm_id", "id"], set_=values, where=newer))
    if not member.is_active:
        _unassign(session, ctx, member)


def _unassign(session: Session, ctx: Context, member: identity.Member) -> None:
    """Take the member off active threads; an archived one keeps whose it was."""
    thread = model.Thread
    query = select(thread).where(
        thread.firm_id == ctx.firm, thread.assignee_id == member.id, thread.is_archived.is_(False)
    )
    for row in session.scalars(query.order_by(thread.id).with_for_update()):
        row.assignee_id, row.version, row.updated_at = None, row.version + 1, ctx.now
        announce.thread_changed(session, ctx, row)


def contact_changed(session: Session, ctx: Context, event: contacts.ContactChanged) -> None:
    """Call participants as they are called by now; what they wrote stays under the name of its time."""
    part, name = model.Participant, event.contact.display_name
    renamed = (
        update(part)
        .where(part.firm_id == ctx.firm, part.contact_id == event.contact.id, part.name != name)
        .values(name=name)
        .returning(part.account_id)
    )
    for account_id in sorted(set(session.scalars(renamed))):
        emit(session, ctx, NamesChanged(account_id=account_id))


def account_deleted(session: Session, ctx: Context, event: accounts.AccountDeleted) -> None:
    """Delete all threads of the account with what was said in them, and let the sweep remove its files."""
    thread, file = model.Thread, model.Attachment
    session.execute(delete(thread).where(thread.firm_id == ctx.firm, thread.account_id == event.account_id))
    of_account = (file.firm_id == ctx.firm, file.account_id == event.account_id)
    session.execute(update(file).where(*of_account, file.due_at.is_(None)).values(due_at=ctx.now))
