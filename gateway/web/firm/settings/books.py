"""QuickBooks: how the firm is connected, what is synced, and what takes it in the ledger (R-QB-1, R-QB-2)."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from contracts.quickbooks import QuickBooks
from contracts.quickbooks_connection import Connecting, QuickBooksConnection
from contracts.quickbooks_ledger import Ledger, LedgerChoice, LedgerKind
from contracts.quickbooks_webhooks import Webhooks
from gateway.web.firm import sayings
from gateway.web.firm.settings import place
from gateway.web.page import Page, Visit
from gateway.web.words import later

BOOKS = "quickbooks"
STATES = {
    "unset": (later("Not set up"), ""),
    "disconnected": (later("Not connected"), ""),
    "connected": (later("Connected"), "good"),
    "expired": (later("Connection expired"), "bad"),
}
LEDGER: Mapping[LedgerKind, str] = {
    "income": later("Income of services"),
    "deposit": later("Payments that come in"),
    "refund": later("Refunds that go out"),
    "fee": later("Fees of processing"),
}


async def show(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, BOOKS)
    connection = await visit.call(Connecting.get_connection)
    webhooks = await visit.call(Webhooks.get_webhooks)
    ledger = [(kind, *await _takers(visit, connection, kind)) for kind in LEDGER]
    errors = await visit.call(QuickBooks.list_sync_errors, limit=1)
    shown: dict[str, Any] = {
        "connection": connection,
        "webhooks": webhooks,
        "webhooks_url": str(visit.request.base_url).rstrip("/") + webhooks.path,
        "states": STATES,
        "ledger": ledger,
        "ledger_names": LEDGER,
        "waiting_errors": sum(errors.counts.values()),
        "is_owner": visit.actor.role == "owner",
    }
    return place.draw(visit, "quickbooks", BOOKS, status, **shown | values)


async def _takers(visit: Visit, connection: QuickBooksConnection, kind: LedgerKind) -> tuple[LedgerChoice, Any]:
    """What takes something, and the accounts of the ledger that may."""
    found = await visit.call(Ledger.list_ledger_accounts, kind=kind)
    return getattr(connection.ledger, kind), found.items


async def change(visit: Visit) -> Response:
    """Keys where they were typed; a secret that was left empty stays as it is."""
    form = visit.form
    changes: dict[str, Any] = {name: form[name].strip() for name in ("client_id", "redirect_url") if form.get(name)}
    if form.get("client_secret"):
        changes["client_secret"] = form["client_secret"].strip()
    if "which_accounts" in form:
        changes |= {"which_accounts": form["which_accounts"], "start_on": form.get("start_on") or None}
    changes |= {name: form[name] or None for name in (f"{kind}_ledger_id" for kind in LEDGER) if name in form}
    changing = visit.call(Connecting.change_quickbooks_settings, version=place.number(visit, "version"), **changes)
    return await place.act(visit, changing, BOOKS, show)


async def connect(visit: Visit) -> Response:
    """Send the owner's browser to Intuit, which sends it back to the redirect address.

    By a page that leads on at once: what a form answers with may lead to no other site (form-action of the policy).
    """
    try:
        started = await visit.call(Connecting.start_connecting)
    except place.REFUSED as error:
        return await show(visit, sayings.status(error), problems=sayings.by_field(visit, error))
    response = place.draw(visit, "quickbooks_leaving", BOOKS, way=started.authorization_url)
    response.headers["Refresh"] = f"0; url={started.authorization_url}"
    return response


async def disconnect(visit: Visit) -> Response:
    return await place.act(visit, visit.call(Connecting.disconnect_quickbooks), BOOKS, show)


async def read_ledger(visit: Visit) -> Response:
    """Ask QuickBooks for the accounts of its ledger anew."""
    return await place.act(visit, visit.call(Ledger.read_ledger_accounts), BOOKS, show)


async def set_verifier(visit: Visit) -> Response:
    setting = visit.call(Webhooks.set_webhook_verifier, verifier=visit.form.get("verifier", "").strip() or None)
    return await place.act(visit, setting, BOOKS, show)


PAGES = (
    Page("GET", "/settings/quickbooks", show),
    Page("POST", "/settings/quickbooks", change),
    Page("POST", "/settings/quickbooks/connect", connect),
    Page("POST", "/settings/quickbooks/disconnect", disconnect),
    Page("POST", "/settings/quickbooks/ledger", read_ledger),
    Page("POST", "/settings/quickbooks/webhooks", set_verifier),
)
