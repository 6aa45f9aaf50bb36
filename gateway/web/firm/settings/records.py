"""Records to look things up in: what was exported, when clients signed in (R-EXP-2, R-LA-4)."""

from starlette.responses import Response

from contracts.overview import Overview
from contracts.portal import Portal
from gateway.web.firm.settings import place
from gateway.web.page import Page, Visit


async def show_exports(visit: Visit) -> Response:
    await place.enter(visit, "exports")
    found = await visit.call(Overview.list_exports, **place.after(visit))
    return place.draw(visit, "exports", "exports", found=found)


async def show_client_sign_ins(visit: Visit) -> Response:
    await place.enter(visit, "client-sign-ins")
    found = await visit.call(Portal.list_client_sign_ins, **place.after(visit))
    return place.draw(visit, "client_sign_ins", "client-sign-ins", found=found)


PAGES = (
    Page("GET", "/settings/exports", show_exports),
    Page("GET", "/settings/client-sign-ins", show_client_sign_ins),
)
