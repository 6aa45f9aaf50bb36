"""What clients' people set: the mails they get of an account, its picture, their password, sessions and time zone."""

import datetime as dt
from contextlib import aclosing
from typing import Any

from starlette.responses import Response

from chassis.errors import AppError, Conflict, Invalid, NotFound, TooManyRequests
from chassis.wire import load
from contracts import accounts
from contracts.accounts import Accounts
from contracts.common import Done, timezones
from contracts.identity import SessionRef, WrongCredentials
from contracts.portal import ChangePortalPassword, Portal
from contracts.preferences import OwnPreferencesRef, PreferenceCalls, SetOwnPreferences
from gateway import problems
from gateway.multipart import Form
from gateway.routes.accounts import PICTURE
from gateway.web.page import Page, Visit
from gateway.web.portal.inside import ACCOUNT, CHOOSE, HOME, Room, around, enter, left_empty, set_zone
from gateway.web.portal.unsubscribing import TYPES
from gateway.web.words import later

SETTINGS, ME = f"{ACCOUNT}/settings", f"{HOME}/me"
MOST_PICTURE = PICTURE.max_bytes + 64 * 1024  # bytes: the picture and the form around it
PICTURE_SECONDS = 12.0  # to decode the largest one
# What a time zone's name begins with where people live in it; the others are spellings of the past.
PLACES = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
NOT_YOURS = later("This is not your present password.")
NO_ZONE = later("Choose one of these time zones.")
FORM_REFUSED = (Invalid, Conflict, problems.TooLarge, problems.TooSlow, problems.WrongMediaType)


async def show_settings(visit: Visit) -> Response:
    room = await enter(visit, "settings")
    return await _settings(room)


async def set_mails(visit: Visit) -> Response:
    """Keep which mails one address of the reader's wants of this account (R-NOT-2)."""
    room = await enter(visit, "settings")
    wanted = [name for name in TYPES if visit.form.get(name) == "yes"]
    fields = {"account_id": room.account_id, "address_id": visit.form.get("address_id", ""), "types": wanted}
    try:
        await room.do(PreferenceCalls.set_own_preferences, load(SetOwnPreferences, fields, strict=True))
    except (Invalid, Conflict, NotFound) as error:
        return await _settings(room, visit.said(error), error)
    return room.go("/settings", "notifications")


async def set_photo(visit: Visit) -> Response:
    """Take another picture for the account (R-PHOTO-1)."""
    room = await enter(visit, "settings", action="change_photo")
    try:
        form = Form(visit.request, MOST_PICTURE, PICTURE.seconds)
        async with aclosing(form.files()) as files:
            async for part in files:
                async with room.taken(part, PICTURE) as fields:
                    request = accounts.SetPhoto(account_id=room.account_id, **fields)
                    await room.do(Accounts.set_photo, request, seconds=PICTURE_SECONDS)
                return room.go("/settings", "photo")
    except FORM_REFUSED as error:
        return await _settings(room, {"photo": next(iter(visit.said(error).values()))}, error)
    return await _settings(room, {"photo": visit.language.say(CHOOSE)}, Invalid())


async def drop_photo(visit: Visit) -> Response:
    """Show the initials instead."""
    room = await enter(visit, "settings", action="change_photo")
    await room.do(Accounts.delete_photo, accounts.AccountRef(account_id=room.account_id))
    return room.go("/settings", "photo")


async def show_me(visit: Visit) -> Response:
    return await _me(visit)


async def change_password(visit: Visit) -> Response:
    """Change one's password (R-POR-5); every other session ends."""
    who = await visit.signed_in()
    missing = left_empty(visit, "current_password", "new_password")
    if missing:
        return await _me(visit, missing, Invalid())
    try:
        fields = {name: visit.form[name] for name in ("current_password", "new_password")}
        session_id = visit.caller.session_id if visit.caller else None
        request = load(ChangePortalPassword, {**fields, "session_id": session_id}, strict=True)
        await visit.ask(Portal.change_portal_password, request, who)
    except WrongCredentials as error:
        return await _me(visit, {"current_password": visit.language.say(NOT_YOURS)}, error)
    except (Invalid, TooManyRequests) as error:
        said = visit.said(error)
        return await _me(visit, {"new_password" if name == "password" else name: said[name] for name in said}, error)
    return visit.go(f"{ME}?done=password")


async def end_session(visit: Visit) -> Response:
    """Sign one device out."""
    who = await visit.signed_in()
    await visit.ask(Portal.end_portal_session, SessionRef(session_id=visit.path_id()), who)
    return visit.go(f"{ME}?done=ended")


async def end_sessions(visit: Visit) -> Response:
    """Sign every device out, this one too."""
    who = await visit.signed_in()
    await visit.ask(Portal.end_portal_sessions, Done(), who)
    return visit.go("/portal/sign-in?done=signed-out", visit.session_cookie("", None))


async def choose_zone(visit: Visit) -> Response:
    """Keep the time zone in which whoever uses this browser reads times."""
    await visit.signed_in()
    zone = visit.form.get("zone", "")
    if zone not in timezones():
        return await _me(visit, {"zone": visit.language.say(NO_ZONE)}, Invalid())
    return visit.go(f"{ME}?done=zone", set_zone(visit, zone))


async def _settings(room: Room, said: dict[str, str] | None = None, error: AppError | None = None) -> Response:
    found = await room.ask(PreferenceCalls.get_own_preferences, OwnPreferencesRef(account_id=room.account_id))
    types = {name: room.visit.language.say(text) for name, text in TYPES.items()}
    if error is None:
        return await room.draw("settings.html", preferences=found.items, types=types)
    return await room.refuse("settings.html", error, problems=said, preferences=found.items, types=types)


async def _me(visit: Visit, said: dict[str, str] | None = None, error: AppError | None = None) -> Response:
    who = await visit.signed_in()
    home = await visit.ask(Portal.get_portal_home, Done(), who)
    sessions = await visit.ask(Portal.list_portal_sessions, Done(), who)
    values: dict[str, Any] = {
        **around(visit, home, None),
        "sessions": sorted(sessions.items, key=_seen, reverse=True),
        "session_id": visit.caller.session_id if visit.caller else None,
        "zones": sorted(name for name in timezones() if name.startswith(PLACES)),
    }
    if error is None:
        return visit.draw("portal/me.html", **values)
    response = visit.draw("portal/me.html", problems.status_of(type(error)), problems=said or {}, **values)
    response.headers.update(problems.headers_of(error))
    return response


def _seen(session: Any) -> dt.datetime:
    return session.last_seen_at  # type: ignore[no-any-return]


PAGES = (
    Page("GET", SETTINGS, show_settings),
    Page("POST", SETTINGS, set_mails),
    Page("POST", f"{SETTINGS}/photo", set_photo, has_files=True),
    Page("POST", f"{SETTINGS}/no-photo", drop_photo),
    Page("GET", ME, show_me),
    Page("POST", f"{ME}/password", change_password),
    Page("POST", f"{ME}/sessions", end_sessions),
    Page("POST", f"{ME}/sessions/{{session_id}}", end_session),
    Page("POST", f"{ME}/zone", choose_zone),
)
