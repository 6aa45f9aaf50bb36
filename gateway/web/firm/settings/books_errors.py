"""What of QuickBooks waits for somebody's decision, and the ways out that each problem has (R-QB-14, R-QB-20)."""

from collections.abc import Callable, Mapping
from typing import Any, get_args
from uuid import UUID

from starlette.responses import Response

from chassis.errors import NotFound
from contracts.quickbooks import QuickBooks
from contracts.quickbooks_comparing import Comparing
from contracts.quickbooks_connection import Connecting
from contracts.quickbooks_documents import DocumentKind, Documents
from gateway.web.firm.settings import place
from gateway.web.firm.settings.books import BOOKS
from gateway.web.page import Page, Visit
from gateway.web.words import later

ERRORS = f"{BOOKS}/errors"
SERVICES = f"{BOOKS}/services"
GROUPS = {
    "client": later("Clients"),
    "invoices": later("Invoices"),
    "payments": later("Payments"),
    "refunds": later("Refunds"),
    "expenses": later("Expenses"),
    "services": later("Services"),
}
KINDS: Mapping[str, str] = {
    "invoice": later("Invoice"),
    "credit": later("Credit note"),
    "payment": later("Payment"),
    "application": later("Credit applied to an invoice"),
    "refund": later("Refund"),
}
# What a button alone does about an account or a document, and what it is called; the others take a form or a link.
BUTTONS = {
    "sync": later("Sync"),
    "retry": later("Try again"),
    "create": later("Create in QuickBooks"),
    "reactivate": later("Make active again"),
    "shorten": later("Shorten it there"),
    "do_not_sync": later("Do not sync"),
}
OF_ACCOUNTS: Mapping[str, Callable[..., Any]] = {
    "sync": QuickBooks.sync_account,
    "retry": QuickBooks.sync_account,
    "create": QuickBooks.create_customer,
    "reactivate": QuickBooks.reactivate_customer,
    "shorten": QuickBooks.shorten_customer,
    "do_not_sync": QuickBooks.skip_account,
}
OF_DOCUMENTS: Mapping[str, Callable[..., Any]] = {
    "sync": Documents.sync_document,
    "retry": Documents.sync_document,
    "do_not_sync": Documents.skip_document,
}


async def show(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, BOOKS)
    group = visit.query.get("group", "")
    asked = {"group": group} if group in GROUPS else {}
    cursor = visit.query.get("cursor")
    found = await visit.call(QuickBooks.list_sync_errors, **asked, **({"cursor": cursor} if cursor else {}))
    shown: dict[str, Any] = {"found": found, "group": group, "group_names": GROUPS, "buttons": BUTTONS}
    return place.draw(visit, "quickbooks_errors", BOOKS, status, **shown | values)


async def solve(visit: Visit) -> Response:
    """Do what was chosen about an account: one of the buttons, another name, or another customer."""
    account_id, remedy, form = visit.path_id(), visit.form.get("remedy", ""), visit.form
    if remedy == "create_as":
        solving = visit.call(QuickBooks.create_customer, account_id=account_id, name=form.get("name", "").strip())
    elif remedy == "choose":
        solving = visit.call(
            QuickBooks.link_customer,
            account_id=account_id,
            customer_id=form.get("customer_id", ""),
            is_shared="is_shared" in form,
        )
    elif remedy in OF_ACCOUNTS:
        solving = visit.call(OF_ACCOUNTS[remedy], account_id=account_id)
    else:
        raise NotFound
    return await place.act(visit, solving, ERRORS, show)


async def solve_document(visit: Visit) -> Response:
    """Do what was chosen about a document: try again, leave it out, another number, link or unlink there."""
    remedy, form = visit.form.get("remedy", ""), visit.form
    one = {
        "account_id": visit.path_id(),
        "kind": form.get("kind", ""),
        "document_id": visit.path_id(1),
    }
    if remedy == "renumber":
        solving = visit.call(Documents.renumber_document, **one, number=form.get("number", "").strip())
    elif remedy == "link_existing":
        chosen = {
            "quickbooks_id": form.get("quickbooks_id", "").strip(),
            "deletes_former": "deletes_former" in form,
        }
        solving = visit.call(Documents.link_document, **one, **chosen)
    elif remedy == "unlink":
        solving = visit.call(Comparing.unlink_document, **one, deletes="deletes" in form)
    elif remedy in OF_DOCUMENTS:
        solving = visit.call(OF_DOCUMENTS[remedy], **one)
    else:
        raise NotFound
    return await place.act(visit, solving, ERRORS, show)


async def show_comparison(visit: Visit) -> Response:
    """A document here and there, side by side, with what there may be the same (R-QB-20)."""
    await place.enter(visit, BOOKS)
    one = {"account_id": visit.path_id(), "document_id": visit.path_id(1), "kind": visit.values[2]}
    if one["kind"] not in get_args(DocumentKind):
        raise NotFound
    both = await visit.call(Comparing.get_comparison, **one)
    return place.draw(visit, "quickbooks_comparison", BOOKS, both=both, kinds=KINDS)


async def resume(visit: Visit) -> Response:
    """Go on at once with what rests since the subscription had ended."""
    return await place.act(visit, visit.call(Connecting.resume_quickbooks), ERRORS, show)


async def show_choosing(visit: Visit, status: int = 200, **values: Any) -> Response:
    """The customers of QuickBooks by name, to link one of them to an account."""
    await place.enter(visit, BOOKS)
    account_id: UUID = visit.path_id()
    sync = await visit.call(QuickBooks.get_account_sync, account_id=account_id)
    q = visit.query.get("q", "").strip()
    found = await visit.call(Connecting.list_quickbooks_customers, q=q)
    return place.draw(visit, "quickbooks_choosing", BOOKS, status, sync=sync, found=found, q=q, **values)


async def show_services(visit: Visit) -> Response:
    """The services of the price list with what they are in QuickBooks."""
    await place.enter(visit, BOOKS)
    found = await visit.call(Documents.list_service_syncs)
    return place.draw(visit, "quickbooks_services", BOOKS, services=found.items)


async def show_mapping(visit: Visit, status: int = 200, **values: Any) -> Response:
    """The products and services of QuickBooks by name, for one of ours to be."""
    await place.enter(visit, BOOKS)
    q, service_id = visit.query.get("q", "").strip(), visit.path_id()
    known = await visit.call(Documents.list_service_syncs)
    service = next((one for one in known.items if one.service_id == service_id), None)
    if service is None:
        raise NotFound
    found = await visit.call(Documents.list_quickbooks_items, q=q)
    return place.draw(visit, "quickbooks_mapping", BOOKS, status, service=service, found=found, q=q, **values)


async def map_service(visit: Visit) -> Response:
    """Take one that is there, or with none chosen have one made."""
    item_id = visit.form.get("item_id") or None
    mapping = visit.call(Documents.map_service, service_id=visit.path_id(), item_id=item_id)
    return await place.act(visit, mapping, SERVICES, show_mapping)


ACCOUNT = "/settings/quickbooks/accounts/{account_id}"
SERVICE = "/settings/quickbooks/services/{service_id}"
PAGES = (
    Page("GET", "/settings/quickbooks/errors", show),
    Page("GET", ACCOUNT, show_choosing),
    Page("POST", ACCOUNT, solve),
    Page("POST", f"{ACCOUNT}/documents/{{document_id}}", solve_document),
    Page("GET", f"{ACCOUNT}/documents/{{document_id}}/{{kind}}", show_comparison),
    Page("POST", "/settings/quickbooks/resume", resume),
    Page("GET", "/settings/quickbooks/services", show_services),
    Page("GET", SERVICE, show_mapping),
    Page("POST", SERVICE, map_service),
)
