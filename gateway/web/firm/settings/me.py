"""One's own: password, sessions, API tokens, and what one is told of."""

from collections.abc import Sequence
from typing import Any, get_args

from starlette.responses import Response

from contracts.identity import Identities, Scope
from contracts.notices import StaffNotices
from gateway.web.firm import sayings
from gateway.web.firm.notices import KINDS
from gateway.web.firm.settings import place
from gateway.web.page import Page, Visit
from gateway.web.words import later

ME = "me"
SCOPES = get_args(Scope)
AREAS = {
    "accounts": later("Clients"),
    "contacts": later("Contacts"),
    "work": later("Tasks, jobs, notes, time"),
    "documents": later("Documents"),
    "messages": later("Chats and e-mails"),
    "billing": later("Billing"),
    "settings": later("Settings"),
    "members": later("Members"),
}


async def front(visit: Visit) -> Response:
    await visit.member()
    return visit.go("/settings/me")


async def show(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, ME)
    member = await visit.call(Identities.get_member, member_id=visit.actor.id)
    sessions = await visit.call(Identities.list_sessions)
    tokens = await visit.call(Identities.list_tokens)
    choices = await visit.call(StaffNotices.get_notice_choices)
    shown: dict[str, Any] = {
        "member": member,
        "sessions": sessions.items,
        "tokens": tokens.items,
        "choices": choices.items,
        "kinds": KINDS,
        "scopes": SCOPES,
        "areas": [(area, visit.language.say(name)) for area, name in AREAS.items()],
        "said_scopes": lambda scopes: _said(visit, scopes),
        "made": None,
        "this_session": visit.caller.session_id if visit.caller else None,
    }
    return place.draw(visit, "me", ME, status, **shown | values)


def _said(visit: Visit, scopes: Sequence[str]) -> list[str]:
    """What a token may be used for: by area, and whether to read alone."""
    found = []
    for area, name in AREAS.items():
        if f"{area}:write" in scopes:
            found.append(visit.language.say(name))
        elif f"{area}:read" in scopes:
            found.append(visit.language.say(later("%(what)s (read only)"), what=visit.language.say(name)))
    return found


async def change(visit: Visit) -> Response:
    await visit.member()
    fields = {"name": visit.form.get("name", ""), "email": visit.form.get("email", "")}
    changing = visit.call(
        Identities.change_member, member_id=visit.actor.id, version=place.number(visit, "version"), **fields
    )
    return await place.act(visit, changing, ME, show)


async def change_password(visit: Visit) -> Response:
    missing = visit.missing("current_password", "new_password")
    if missing:
        return await show(visit, 422, problems=missing)
    typed = {name: visit.form[name] for name in ("current_password", "new_password")}
    return await place.act(visit, visit.call(Identities.change_password, **typed), ME, show)


async def end_session(visit: Visit) -> Response:
    return await place.act(visit, visit.call(Identities.end_session, session_id=visit.path_id()), ME, show)


async def create_token(visit: Visit) -> Response:
    """Make a token; its secret is shown this once."""
    form = visit.form
    try:
        made = await visit.call(
            Identities.create_token,
            name=form.get("token_name", ""),
            scopes=visit.chosen("scopes"),
            expires_on=form.get("expires_on") or None,
        )
    except place.REFUSED as error:
        said = sayings.by_field(visit, error)
        return await show(visit, sayings.status(error), problems={_named(name): text for name, text in said.items()})
    return await show(visit, made=made)


def _named(field: str) -> str:
    return "token_name" if field == "name" else field


async def revoke_token(visit: Visit) -> Response:
    return await place.act(visit, visit.call(Identities.revoke_token, token_id=visit.path_id()), ME, show)


async def choose_notices(visit: Visit) -> Response:
    listed, mailed = visit.chosen("listed"), visit.chosen("mailed")
    items = [{"kind": kind, "is_listed": kind in listed, "is_mailed": kind in mailed} for kind in KINDS]
    return await place.act(visit, visit.call(StaffNotices.choose_notices, items=items), ME, show)


PAGES = (
    Page("GET", "/settings", front),
    Page("GET", "/settings/me", show),
    Page("POST", "/settings/me", change),
    Page("POST", "/settings/me/password", change_password),
    Page("POST", "/settings/me/sessions/{session_id}", end_session),
    Page("POST", "/settings/me/tokens", create_token),
    Page("POST", "/settings/me/tokens/{token_id}", revoke_token),
    Page("POST", "/settings/me/notices", choose_notices),
)
