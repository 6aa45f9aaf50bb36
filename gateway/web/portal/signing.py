"""The page of an e-mailed link by which somebody signs a document without signing in (R-SGN-4)."""

from starlette.responses import Response

from chassis.errors import Conflict, Forbidden, Invalid
from chassis.wire import load
from contracts.signing import AskedSignature, DeclineByLink, LinkRef, SignByLink, SigningCalls
from gateway.downloads import disposition
from gateway.web.page import LONGEST_AGENT, Page, Visit

LINK = "/portal/signing/{token}"
VALUE = "values."  # begins the names of the form's fields that fill text fields of the document
SECONDS = 20.0  # at the last signature the PDF is written
REFUSED = (Invalid, Conflict, Forbidden)
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"


async def show_document(visit: Visit) -> Response:
    return visit.draw("portal/signing.html", asked=await _asked(visit))


async def answer(visit: Visit) -> Response:
    """Sign or decline, as the button says; the link opens nothing from then on, so the answer is told at once."""
    asked = await _asked(visit)
    is_refusal = visit.form.get("do") == "decline"
    missing = visit.missing("reason") if is_refusal else visit.missing("signed_name", "has_consented")
    if missing:
        return visit.draw("portal/signing.html", 422, asked=asked, problems=missing)
    try:
        if is_refusal:
            answered = await visit.ask(SigningCalls.decline_by_link, _refusal(visit))
        else:
            answered = await visit.ask(SigningCalls.sign_by_link, _signature(visit), seconds=SECONDS)
    except REFUSED as error:
        return visit.refuse("portal/signing.html", error, asked=asked)
    return visit.draw("portal/signing_done.html", asked=answered)


async def show_file(visit: Visit) -> Response:
    """The document itself, to be read in the browser."""
    request = LinkRef(token=visit.token)

    async def content() -> object:
        return await visit.desk.bus.call(visit.ctx, SigningCalls.NAME, SigningCalls.get_link_file.__name__, request)

    response = await visit.desk.downloads.answer(visit.request, await content(), content)
    name = (await _asked(visit)).document_name
    response.headers["Content-Disposition"] = disposition(name).replace("attachment", "inline", 1)
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


async def _asked(visit: Visit) -> AskedSignature:
    return await visit.ask(SigningCalls.get_link, LinkRef(token=visit.token))


def _signature(visit: Visit) -> SignByLink:
    values = {name.removeprefix(VALUE): text for name, text in visit.form.items() if name.startswith(VALUE)}
    fields = {
        "token": visit.token,
        "signed_name": visit.form.get("signed_name", "").strip(),
        "has_consented": visit.form.get("has_consented") == "yes",
        "values": values,
        "address": visit.came["address"],
        "agent": visit.came["agent"][:LONGEST_AGENT],
    }
    return load(SignByLink, fields, strict=True)


def _refusal(visit: Visit) -> DeclineByLink:
    return load(DeclineByLink, {"token": visit.token, "reason": visit.form.get("reason", "").strip()}, strict=True)


PAGES = (
    Page("GET", LINK, show_document, link="signing"),
    Page("POST", LINK, answer, link="signing"),
    Page("GET", f"{LINK}/file", show_file, link="signing"),
)
