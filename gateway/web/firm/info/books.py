"""How an account stands with QuickBooks, and what may be done about it, each as a button (R-QB-10 to R-QB-15)."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from chassis.errors import AppError, wrong
from contracts.accounts import Account
from contracts.quickbooks import AccountSync, QuickBooks
from gateway import problems
from gateway.access import Actions
from gateway.web.firm import editing, profile, sayings
from gateway.web.firm.info import marks, tab
from gateway.web.firm.info.tab import INFO, Open
from gateway.web.page import Page, Visit
from gateway.web.words import FILL_IN, later


async def show(visit: Visit) -> Response:
    """The status alone, or with `?choose` the customers that it may be linked to."""
    _, account, actions = await profile.opened(visit)
    if not visit.is_part:
        return await tab.whole(visit, account, actions, await _choosing(visit, account, actions, {}))
    return await _drawn(visit, account, actions, await _choosing(visit, account, actions, {}))


async def act(visit: Visit) -> Response:
    """Do what the button says: sync, skip, link, create, shorten, reactivate."""
    _, account, actions = await profile.opened(visit)
    deed = visit.form.get("do", "")
    try:
        toast = await _done(visit, account.id, deed)
    except editing.REFUSED as error:
        said = {"quickbooks": " ".join(dict.fromkeys(sayings.by_field(visit, error).values()))}
        opened = await _choosing(visit, account, actions, said, stays=deed in ("link", "create"))
        if visit.is_part:
            return await _drawn(visit, account, actions, opened, sayings.status(error))
        return await tab.whole(visit, account, actions, opened, sayings.status(error))
    if not visit.is_part:
        return visit.go(f"/clients/{account.id}/info#quickbooks")
    return await _drawn(visit, account, actions, tab.NOTHING, toast=visit.language.say(toast))


async def _done(visit: Visit, account_id: UUID, deed: str) -> str:
    """Make the call, and give what to say of it. Raises what the call does."""
    form = visit.form
    if deed == "sync":
        await visit.call(QuickBooks.sync_account, account_id=account_id)
        return later("The sync has begun.")
    if deed == "skip":
        await visit.call(QuickBooks.skip_account, account_id=account_id)
        return later("This client is not synced from now on.")
    if deed == "reactivate":
        await visit.call(QuickBooks.reactivate_customer, account_id=account_id)
        return later("The customer is being made active again.")
    if deed == "shorten":
        await visit.call(QuickBooks.shorten_customer, account_id=account_id)
        return later("The customer is being created.")
    if deed == "create":
        name = {"name": form["name"].strip()} if form.get("name", "").strip() else {}
        await visit.call(QuickBooks.create_customer, account_id=account_id, **name)
        return later("The customer is being created.")
    if deed == "link":
        if not form.get("customer_id"):
            raise wrong("customer_id", FILL_IN)
        fields = {"customer_id": form["customer_id"], "is_shared": form.get("is_shared") == "yes"}
        await visit.call(QuickBooks.link_customer, account_id=account_id, **fields)
        return later("The client is linked to the customer.")
    raise problems.NoSuchPath


async def _choosing(
    visit: Visit, account: Account, actions: Actions, said: dict[str, str], *, stays: bool = False
) -> Open:
    """The choice of a customer where it is asked for, with those found by `q`."""
    is_wanted = ("choose" in visit.query or stays) and "sync_quickbooks" in actions
    q = visit.query.get("q", visit.form.get("q", ""))[:255]
    offers: dict[str, Any] = {"q": q, "customers": ()}
    if is_wanted:
        sync = await tab.attempt(visit.call(QuickBooks.get_account_sync, account_id=account.id))
        offers["customers"] = sync.candidates if sync and not q else ()
        if q or not offers["customers"]:
            try:
                found = await visit.call(QuickBooks.list_quickbooks_customers, q=q or account.name[:255])
                offers["customers"] = found.items
            except AppError as error:
                said = said or {"quickbooks": sayings.sentence(visit, error)}
    return Open(name="quickbooks" if is_wanted or said else "", offers=offers if is_wanted else {}, problems=said)


async def _drawn(
    visit: Visit, account: Account, actions: Actions, opened: Open, status: int = 200, toast: str = ""
) -> Response:
    sync: AccountSync | None = await tab.attempt(visit.call(QuickBooks.get_account_sync, account_id=account.id))
    return await marks.piece(
        visit,
        "firm/info/quickbooks.html",
        account,
        actions,
        sync=sync,
        opened=opened,
        status=status,
        toast=toast,
        is_saved=bool(toast),
    )


PAGES = (
    Page("GET", f"{INFO}/quickbooks", show),
    Page("POST", f"{INFO}/quickbooks", act),
)
