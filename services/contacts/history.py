"""What changed about a contact, or about the contacts of an account, in words of the contract."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis import cursor, history
from chassis.context import Context
from chassis.history import Change, Field, Kind
from contracts.common import Person
from contracts.contacts import ContactNotFound
from contracts.custom_fields import Choice, CustomField, shown
from contracts.history import Change as ChangeMessage
from contracts.history import ChangedBy, ChangedField, Changes, ContactHistory, History, ListChanges
from services.contacts.access import sees_contact
from services.contacts.model import Contact
from services.contacts.operations import rows

OF_ACCOUNT = {
    "contact_link": Kind("link", "contact_id", "contact", "display_name"),
    "address_switch": Kind("switches", "contact_id", "contact", "display_name"),
    "unlinked_address": Kind("unlinked_address", "contact_id", "contact", "display_name"),
}
OF_CONTACT = {
    "contact": Kind("contact"),
    "contact_address": Kind("address"),
    "contact_field_value": Kind("custom_field", "field_id", "contact_field"),
}


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
    page = found[: request.limit]
    names = history.names(session, ctx, page, kinds)
    emails = _emails(session, ctx, page)
    defined = _fields(session, ctx, page)
    items = []
    for each in page:
        told = history.fields(each, kinds)
        if each.kind == "contact_field_value":
            field = defined[UUID(each.key["field_id"])]
            told += [Field("text", shown(field, was), shown(field, is_now)) for _, was, is_now in told]
        message = _message(each, kinds, names, told)
        items.append(replace(message, address=emails.get(each.key.get("address_id", ""), "")))
    return Changes(items=tuple(items), has_more=len(found) > len(page))


def _last(session: Session, ctx: Context, kind: str, about_ids: Collection[UUID]) -> list[dict[str, Any]]:
    """How each row of a recorded table last was, those that are gone included."""
    query = (
        select(func.coalesce(Change.is_now, Change.was))
        .where(Change.firm_id == ctx.firm, Change.about_id.in_(about_ids), Change.kind == kind)
        .distinct(Change.about_id, Change.key)
        .order_by(Change.about_id, Change.key, Change.id.desc())
    )
    return list(session.scalars(query)) if about_ids else []


def _emails(session: Session, ctx: Context, found: Sequence[Change]) -> dict[str, str]:
    """The addresses whose switches changed, by id."""
    contacts = {UUID(each.key["contact_id"]) for each in found if each.kind == "address_switch"}
    return {row["id"]: row["email"] for row in _last(session, ctx, "contact_address", contacts)}


def _fields(session: Session, ctx: Context, found: Sequence[Change]) -> dict[UUID, CustomField]:
    """The custom fields whose values changed, with every choice they ever offered."""
    field_ids = {UUID(each.key["field_id"]) for each in found if each.kind == "contact_field_value"}
    offered: dict[str, list[Choice]] = defaultdict(list)
    for row in _last(session, ctx, "contact_field_choice", field_ids):
        offered[row["field_id"]].append(Choice(id=UUID(row["id"]), name=row["name"]))
    return {
        UUID(row["id"]): CustomField(
            id=UUID(row["id"]),
            name=row["name"],
            type=row["type"],
            choices=tuple(offered[row["id"]]),
            position=row["position"],
            version=1,
        )
        for row in _last(session, ctx, "contact_field", field_ids)
    }


def _message(
    change: Change, kinds: Mapping[str, Kind], names: Mapping[UUID, str], told: Sequence[Field]
) -> ChangeMessage:
    subject = history.subject_of(change, kinds)
    return ChangeMessage(
        id=change.id,
        at=change.at,
        by=ChangedBy(kind=change.actor_kind, id=change.actor_id, name=change.actor_name),
        door=history.door(change, by_clients="client"),  # type: ignore[arg-type]
        what=kinds[change.kind].what,
        action=history.action(change),
        subject=None if subject is None else Person(id=subject, name=names.get(subject, "")),
        fields=tuple(ChangedField(name=name, was=was, is_now=is_now) for name, was, is_now in told),
    )
