"""Pages by which clients' people come in and leave: invitations, signing in, signing out (R-LOG-3, R-POR-2)."""

from typing import Any

from starlette.responses import Response

from chassis.errors import Invalid, TooManyRequests
from chassis.wire import load
from contracts.identity import ChooseFirm, Credential, WrongCredentials
from contracts.portal import AcceptPortalInvitation, NothingToEnter, Portal, SignedInToPortal, SignInToPortal
from contracts.portal_links import PortalInvitation, PortalLink, PortalLinks
from gateway import from_request
from gateway.web.page import Page, Visit

HOME, SIGN_IN, SIGN_OUT = "/portal", "/portal/sign-in", "/portal/sign-out"
INVITATION = "/portal/invitations/{token}"
REFUSED = (Invalid, WrongCredentials, TooManyRequests, NothingToEnter)
NOTES = frozenset({"signed-out", "password"})  # what was done just before


async def show_invitation(visit: Visit) -> Response:
    """Say who invites whom, and ask for a password of who has none."""
    return visit.draw("portal/invitation.html", **_about(await _invitation(visit)))


async def accept_invitation(visit: Visit) -> Response:
    invitation = await _invitation(visit)
    password = None if invitation.has_password else visit.form.get("password", "")
    fields = {"token": visit.token, "password": password, "former": from_request.former(visit.request, None)}
    try:
        request = load(AcceptPortalInvitation, {**fields, **visit.came}, strict=True)
        return _welcome(visit, await visit.ask(Portal.accept_invitation, request))
    except REFUSED as error:
        return visit.refuse("portal/invitation.html", error, **_about(invitation))


async def show_sign_in(visit: Visit) -> Response:
    note = visit.request.query_params.get("done", "")
    return visit.draw("portal/sign_in.html", note=note if note in NOTES else "", firms=(), wanted=visit.wanted)


async def sign_in(visit: Visit) -> Response:
    """Begin a session, under a fresh token whatever came along."""
    missing = visit.missing("email", "password")
    if missing:
        return visit.draw("portal/sign_in.html", 422, problems=missing, note="", firms=(), wanted=visit.wanted)
    fields = {name: visit.form[name] for name in ("email", "password", "firm_id") if visit.form.get(name)}
    try:
        former = from_request.former(visit.request, None)
        request = load(SignInToPortal, {**fields, **visit.came, "former": former}, strict=True)
        return _welcome(visit, await visit.ask(Portal.sign_in_to_portal, request))
    except ChooseFirm as error:
        return visit.refuse("portal/sign_in.html", error, note="", firms=error.data["firms"], wanted=visit.wanted)
    except REFUSED as error:
        return visit.refuse("portal/sign_in.html", error, note="", firms=(), wanted=visit.wanted)


async def show_sign_out(visit: Visit) -> Response:
    return visit.draw("portal/sign_out.html")


async def sign_out(visit: Visit) -> Response:
    """End the session that came along, if any."""
    token = from_request.former(visit.request, None)
    if token:
        await visit.ask(Portal.sign_out_of_portal, Credential(token=token))
    return visit.go(f"{SIGN_IN}?done=signed-out", visit.session_cookie("", None))


async def _invitation(visit: Visit) -> PortalInvitation:
    return await visit.ask(PortalLinks.get_portal_invitation, PortalLink(token=visit.token))


def _about(invitation: PortalInvitation) -> dict[str, Any]:
    return {"invitation": invitation, "firm": invitation.firm.name}


def _welcome(visit: Visit, signed_in: SignedInToPortal) -> Response:
    wanted = visit.wanted if visit.wanted.startswith(f"{HOME}/") else HOME
    return visit.go(wanted, visit.session_cookie(signed_in.token, signed_in.expires_at))


PAGES = (
    Page("GET", INVITATION, show_invitation, link="invitation"),
    Page("POST", INVITATION, accept_invitation, link="invitation"),
    Page("GET", SIGN_IN, show_sign_in),
    Page("POST", SIGN_IN, sign_in),
    Page("GET", SIGN_OUT, show_sign_out),
    Page("POST", SIGN_OUT, sign_out),
)
