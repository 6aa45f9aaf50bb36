"""Where Intuit sends the owner's browser back to: the connection is finished, and how it went is said (R-QB-5)."""

from starlette.responses import Response

from contracts.quickbooks import QuickBooks
from contracts.quickbooks_connection import (
    ConnectingExpired,
    ConnectingRefused,
    OtherCompany,
    QuickBooksConnection,
    QuickBooksNotSet,
)
from gateway import problems
from gateway.web.page import Page, Visit

PATH = "/quickbooks/connected"
TEMPLATE = "firm/quickbooks_connected.html"
SENT = {"code": "code", "state": "state", "realm_id": "realmId"}  # ours and Intuit's names of what it sends along
HOW = {ConnectingExpired: "expired", ConnectingRefused: "refused", OtherCompany: "other", QuickBooksNotSet: "unset"}


async def come_back(visit: Visit) -> Response:
    """Finish with what Intuit sent along. Whoever has to sign in first comes back with it."""
    await visit.member()
    sent = {ours: visit.query.get(theirs, "") for ours, theirs in SENT.items()}
    if visit.query.get("error"):
        return _told(visit, "declined")
    if not all(sent.values()):
        return _told(visit, "expired", 409)
    return await _finish(visit, sent)


async def confirm(visit: Visit) -> Response:
    """Take another company than before; all links to the former one's customers are forgotten (R-QB-5)."""
    sent = {ours: visit.form.get(ours, "") for ours in SENT}
    return await _finish(visit, sent, resets_links=True)


async def _finish(visit: Visit, sent: dict[str, str], *, resets_links: bool = False) -> Response:
    try:
        connection = await visit.call(QuickBooks.finish_connecting, **sent, resets_links=resets_links)
    except (ConnectingExpired, ConnectingRefused, OtherCompany, QuickBooksNotSet) as error:
        status = problems.status_of(type(error))
        return _told(visit, HOW[type(error)], status, sent=sent, data=error.data)
    return _told(visit, "connected", connection=connection)


def _told(
    visit: Visit,
    how: str,
    status: int = 200,
    *,
    connection: QuickBooksConnection | None = None,
    sent: dict[str, str] | None = None,
    data: dict[str, str] | None = None,
) -> Response:
    return visit.draw(TEMPLATE, status, how=how, connection=connection, sent=sent or {}, data=data or {})


PAGES = (Page("GET", PATH, come_back), Page("POST", PATH, confirm))
