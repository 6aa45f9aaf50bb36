"""Search from any page: results while typing, each with why it was found (R-SRC-1 to R-SRC-6)."""

from starlette.responses import Response

from chassis.errors import Invalid
from contracts.overview import Overview
from gateway.web.page import Page, Visit

LONGEST = 200  # characters


async def show(visit: Visit) -> Response:
    """The page, or for a script the results alone."""
    await visit.member()
    q = visit.query.get("q", "").strip()[:LONGEST]
    template = "firm/hits.html" if visit.is_part else "firm/search.html"
    if not q:
        return visit.draw(template, q=q, found=None)
    try:
        found = await visit.call(Overview.search, q=q)
    except Invalid as error:
        return visit.refuse(template, error, q=q, found=None)
    return visit.draw(template, q=q, found=found)


PAGES = (Page("GET", "/search", show),)
