"""What changed about an account, in words of the contract."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from chassis import history
from chassis.context import Context
from chassis.history import Change, Field, Kind
from contracts.common import Person
from contracts.custom_fields import shown
from contracts.history import Change as ChangeMessage
from contracts.history import ChangedBy, ChangedField, Changes, ListChanges
from services.accounts import fields
from services.accounts.model import MemberRef
from services.accounts.visibility import check

KINDS = {
    "account": Kind("account"),
    "account_team": Kind("team", "member_id"),
    "account_follower": Kind("follower", "member_id"),
    "account_tag": Kind("tag", "tag_id", "tag"),
    "account_field_value": Kind("custom_field", "field_id", "account_field"),
    "account_role_holder": Kind("role", "role_id", "account_role", told=("member_id",)),
    "access_request": Kind("access_request", "member_id"),
}
OPENING = {"state": "opening"}  # what an account was before anybody saw it


def list_changes(session: Session, ctx: Context, request: ListChanges) -> Changes:
    """What changed about an account the caller sees, newest first. Raises AccountNotFound."""
    check(session, ctx, request.about_id)
    asked = history.concerning(KINDS, request.what, request.subject_id)
    is_seen = or_(Change.is_now.is_(None), ~Change.is_now.contains(OPENING))
    found = history.changes(
        session, ctx, request.about_id, *asked, is_seen, before=request.before, limit=request.limit + 1
    )
    page = found[: request.limit]
    names = history.names(session, ctx, page, KINDS) | _members(session, ctx, page)
    told = _told(session, ctx, page)
    items = tuple(_message(each, names, told[each.id]) for each in page)
    return Changes(items=items, has_more=len(found) > len(page))


def _members(session: Session, ctx: Context, found: Sequence[Change]) -> dict[UUID, str]:
    """Members are identity's; what is known of them here is never deleted."""
    ids = {subject for each in found if (subject := history.subject_of(each, KINDS)) is not None}
    query = select(MemberRef.id, MemberRef.name).where(MemberRef.firm_id == ctx.firm, MemberRef.id.in_(ids))
    return {row.id: row.name for row in session.execute(query)} if ids else {}


def _told(session: Session, ctx: Context, found: Sequence[Change]) -> dict[int, list[Field]]:
    """The fields of each change; the value of a custom field also as a person reads it."""
    valued = {UUID(each.key["field_id"]) for each in found if each.kind == "account_field_value"}
    defined = fields.ever(session, ctx, valued) if valued else {}
    told: dict[int, list[Field]] = {}
    for each in found:
        told[each.id] = history.fields(each, KINDS)
        if each.kind == "account_field_value":
            field = defined[UUID(each.key["field_id"])]
            told[each.id] += [
                Field("text", shown(field, was), shown(field, is_now)) for _, was, is_now in told[each.id]
            ]
        elif _is_opened(each):  # until then it was nobody's: all of it is new
            begun = Change(kind=each.kind, key=each.key, was=None, is_now=each.is_now)
            told[each.id] = history.fields(begun, KINDS)
    return told


def _is_opened(change: Change) -> bool:
    return change.was is not None and change.was.get("state") == OPENING["state"]


def _message(change: Change, names: Mapping[UUID, str], told: Sequence[Field]) -> ChangeMessage:
    subject = history.subject_of(change, KINDS)
    return ChangeMessage(
        id=change.id,
        at=change.at,
        by=ChangedBy(kind=change.actor_kind, id=change.actor_id, name=change.actor_name),
        door=history.door(change, by_clients="client"),  # type: ignore[arg-type]
        what=KINDS[change.kind].what,
        action="added" if _is_opened(change) else history.action(change),
        subject=None if subject is None else Person(id=subject, name=names.get(subject, "")),
        fields=tuple(ChangedField(name=each.name, was=each.was, is_now=each.is_now) for each in told),
    )
