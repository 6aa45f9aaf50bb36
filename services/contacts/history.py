"""What changed about a contact, or about the contacts of an account, in words of the contract."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import cursor, history
from chassis.context import Context
from chassis.history import Kind
from contracts.common import Person
from contracts.contacts import ContactNotFound
from contracts.history import Change, ChangedBy, ChangedField, Changes, ContactHistory, History, ListChanges
from services.contacts.access import sees_contact
from services.contacts.model import Contact
from services.contacts.operations import rows

OF_ACCOUNT = {"contact_link": Kind("link", "contact_id", "contact", "display_name")}
OF_CONTACT = {"contact": Kind("contact"), "contact_address": Kind("address")}


def list_changes(session: Session, ctx: Context, request: ListChanges) -> Changes:
    """What changed about an account's contacts, newest first. Raises AccountNotFound."""
    rows.account(session, ctx, request.about_id)
    return _changes(session, ctx, request, OF_ACCOUNT)


def list_contact_history(session: Session, ctx: Context, request: ContactHistory) -> History:
    """What changed about a contact itself, newest first. Raises ContactNotFound."""
    seen = select(Contact.id).where(
        Contact.firm_id == ctx.firm, Contact.id == request.contact_id, sees_contact(ctx.actor)
    )
    if session.scalar(seen) is None:
        raise ContactNotFound(contact_id=str(request.contact_id))
    before = None if request.cursor is None else cursor.wholes(request.cursor, 1)[0]
    asked = ListChanges(
        about_id=request.contact_id,
        what=request.what,
        subject_id=request.subject_id,
        before=before,
        limit=request.limit,
    )
    page = _changes(session, ctx, asked, OF_CONTACT)
    return History(items=page.items, next_cursor=cursor.encode(page.items[-1].id) if page.has_more else None)


def _changes(session: Session, ctx: Context, request: ListChanges, kinds: Mapping[str, Kind]) -> Changes:
    asked = history.concerning(kinds, request.what, request.subject_id)
    found = history.changes(session, ctx, request.about_id, *asked, before=request.before, limit=request.limit + 1)
    shown = found[: request.limit]
    names = history.names(session, ctx, shown, kinds)
    return Changes(items=tuple(_message(each, kinds, names) for each in shown), has_more=len(found) > len(shown))


def _message(change: history.Change, kinds: Mapping[str, Kind], names: Mapping[UUID, str]) -> Change:
    subject = history.subject_of(change, kinds)
    return Change(
        id=change.id,
        at=change.at,
        by=ChangedBy(kind=change.actor_kind, id=change.actor_id, name=change.actor_name),
        door=change.door,  # type: ignore[arg-type]
        what=kinds[change.kind].what,
        action=history.action(change),
        subject=None if subject is None else Person(id=subject, name=names.get(subject, "")),
        fields=tuple(
            ChangedField(name=name, was=was, is_now=is_now) for name, was, is_now in history.fields(change, kinds)
        ),
    )
