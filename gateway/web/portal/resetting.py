"""Pages by which a portal user gets a new password: ask for a link, follow it (R-POR-5)."""

from typing import Any

from starlette.responses import Response

from chassis.errors import Invalid, TooManyRequests
from chassis.wire import load
from contracts.portal import Portal, RequestPortalReset, ResetPortalPassword
from contracts.portal_links import PortalLink, PortalLinks, PortalReset
from gateway.web.page import Page, Visit

ASK, LINK = "/portal/reset", "/portal/resets/{token}"
SIGN_IN = "/portal/sign-in?done=password"


async def show_question(visit: Visit) -> Response:
    return visit.draw("portal/reset_asked.html" if "sent" in visit.request.query_params else "portal/reset_ask.html")


async def ask_for_link(visit: Visit) -> Response:
    """Have a link mailed; whoever asks for whatever address reads the same."""
    missing = visit.missing("email")
    if missing:
        return visit.draw("portal/reset_ask.html", 422, problems=missing)
    try:
        fields = {"email": visit.form["email"], "address": visit.came["address"]}
        await visit.ask(Portal.request_portal_reset, load(RequestPortalReset, fields, strict=True))
    except (Invalid, TooManyRequests) as error:
        return visit.refuse("portal/reset_ask.html", error)
    return visit.go(f"{ASK}?sent")


async def show_link(visit: Visit) -> Response:
    return visit.draw("portal/reset.html", **_about(await _reset(visit)))


async def choose_password(visit: Visit) -> Response:
    reset = await _reset(visit)
    try:
        fields = {"token": visit.token, "password": visit.form.get("password", ""), "address": visit.came["address"]}
        await visit.ask(Portal.reset_portal_password, load(ResetPortalPassword, fields, strict=True))
    except Invalid as error:
        return visit.refuse("portal/reset.html", error, **_about(reset))
    return visit.go(SIGN_IN, visit.session_cookie("", None))  # every session of theirs has ended


async def _reset(visit: Visit) -> PortalReset:
    return await visit.ask(PortalLinks.get_portal_reset, PortalLink(token=visit.token))


def _about(reset: PortalReset) -> dict[str, Any]:
    return {"reset": reset, "firm": reset.firm.name}


PAGES = (
    Page("GET", ASK, show_question),
    Page("POST", ASK, ask_for_link),
    Page("GET", LINK, show_link, link="reset"),
    Page("POST", LINK, choose_password, link="reset"),
)
