"""What changed about an account, in words of the contract."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from chassis import history
from chassis.context import Context
from chassis.history import Change, Kind
from contracts.common import Person
from contracts.history import Change as ChangeMessage
from contracts.history import ChangedBy, ChangedField, Changes, ListChanges
from services.accounts.model import MemberRef
from services.accounts.visibility import check

KINDS = {
    "account": Kind("account"),
    "account_team": Kind("team", "member_id"),
    "account_follower": Kind("follower", "member_id"),
    "account_tag": Kind("tag", "tag_id", "tag"),
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
    shown = found[: request.limit]
    names = history.names(session, ctx, shown, KINDS) | _members(session, ctx, shown)
    return Changes(items=tuple(_message(each, names) for each in shown), has_more=len(found) > len(shown))


def _members(session: Session, ctx: Context, found: Sequence[Change]) -> dict[UUID, str]:
    """Members are identity's; what is known of them here is never deleted."""
    ids = {subject for each in found if (subject := history.subject_of(each, KINDS)) is not None}
    query = select(MemberRef.id, MemberRef.name).where(MemberRef.firm_id == ctx.firm, MemberRef.id.in_(ids))
    return {row.id: row.name for row in session.execute(query)} if ids else {}


def _message(change: Change, names: dict[UUID, str]) -> ChangeMessage:
    subject = history.subject_of(change, KINDS)
    is_opened = change.was is not None and change.was.get("state") == OPENING["state"]
    told = history.fields(change)
    if is_opened:  # until then it was nobody's: all of it is new
        told = [history.Field(name, None, value) for name, value in (change.is_now or {}).items() if value is not None]
    return ChangeMessage(
        id=change.id,
        at=change.at,
        by=ChangedBy(kind=change.actor_kind, id=change.actor_id, name=change.actor_name),
        door=change.door,  # type: ignore[arg-type]
        what=KINDS[change.kind].what,
        action="added" if is_opened else history.action(change),
        subject=None if subject is None else Person(id=subject, name=names.get(subject, "")),
        fields=tuple(ChangedField(name=each.name, was=each.was, is_now=each.is_now) for each in told),
    )
