"""What people decide about an account: sync it, leave it, choose or make its customer (R-QB-10 to R-QB-14)."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Unavailable, wrong
from contracts.quickbooks import (
    AccountNotSynced,
    AccountSync,
    CreateCustomer,
    CustomerNotFound,
    CustomerTaken,
    LinkCustomer,
    NotPossible,
    SyncRef,
)
from contracts.quickbooks_connection import QuickBooksNotConnected
from services.quickbooks import model, people, rules
from services.quickbooks.operations import marking, matching, queue
from services.quickbooks.queries import accounts as described


def sync_account(session: Session, ctx: Context, request: SyncRef) -> AccountSync:
    """Sync an account whatever the rule for all says; what is synced is looked after (R-QB-12).

    Raises Forbidden, AccountNotSynced, QuickBooksNotConnected.
    """
    row = _locked(session, ctx, request)
    row.wish = "sync"
    marking.search(session, ctx, row)
    return described.account(session, ctx, row)


def skip_account(session: Session, ctx: Context, request: SyncRef) -> AccountSync:
    """Leave an account alone: nothing is pushed, no error shown; the customer stays as it is (R-QB-12).

    Raises Forbidden, AccountNotSynced.
    """
    row = _locked(session, ctx, request, is_offline=True)
    row.wish = "skip"
    queue.drop(session, ctx, "account", row.id)
    marking.mark(session, ctx, row, "do_not_sync")
    return described.account(session, ctx, row)


def link_customer(session: Session, ctx: Context, request: LinkCustomer) -> AccountSync:
    """Link an account to a customer by its id (R-QB-11, R-QB-14).

    Raises Forbidden, AccountNotSynced, QuickBooksNotConnected, CustomerNotFound, CustomerTaken, Invalid.
    """
    people.manager(ctx)
    matching.begin(session, ctx)
    row = _locked(session, ctx, request)
    customer = model.Customer
    query = select(customer).where(customer.firm_id == ctx.firm, customer.id == request.customer_id)
    found = session.scalar(query)
    if found is None:
        raise CustomerNotFound
    others = matching.taken(session, ctx, [found.id], row.id).get(found.id, [])
    if others and not request.is_shared:
        raise CustomerTaken(account_ids=[str(one) for one in others])
    if others:
        shared = update(model.Account).where(model.Account.firm_id == ctx.firm, model.Account.id.in_(others))
        session.execute(shared.values(is_shared=True), execution_options={"synchronize_session": False})
    row.wish = "sync"
    queue.ask(session, ctx, "account", row.id, "match")
    marking.mark(session, ctx, row, "queued", link=(found.id, request.is_shared))
    return described.account(session, ctx, row)


def create_customer(session: Session, ctx: Context, request: CreateCustomer) -> AccountSync:
    """Have a customer made for an account that is linked to none, or whose customer is gone.

    Raises Forbidden, AccountNotSynced, QuickBooksNotConnected, NotPossible, Invalid.
    """
    row = _locked(session, ctx, request)
    if row.customer_id is not None and row.status != "changed_in_quickbooks":
        raise NotPossible(state=row.status)
    name = rules.pushed_name(request.name or row.name)
    if not name:
        raise wrong("name", "Give the customer a name.")
    row.wish = "sync"
    queue.ask(session, ctx, "account", row.id, "create", {"name": name})
    marking.mark(session, ctx, row, "queued", link=(None, False))
    return described.account(session, ctx, row)


def shorten_customer(session: Session, ctx: Context, request: SyncRef) -> AccountSync:
    """Have the customer made under as much of the account's name as QuickBooks takes, after it was too long.

    Raises Forbidden, AccountNotSynced, QuickBooksNotConnected, NotPossible.
    """
    row = _locked(session, ctx, request)
    if row.status != "failed" or (row.problem or {}).get("case") != "text_too_long":
        raise NotPossible(state=row.status)
    queue.ask(session, ctx, "account", row.id, "create", {"name": rules.shortened(row.name)})
    marking.mark(session, ctx, row, "queued", link=(None, False))
    return described.account(session, ctx, row)


def reactivate_customer(session: Session, ctx: Context, request: SyncRef) -> AccountSync:
    """Have the account's customer made active again: the one it is linked to, else the one inactive of its name.

    Raises Forbidden, AccountNotSynced, QuickBooksNotConnected, NotPossible.
    """
    people.manager(ctx)
    matching.begin(session, ctx)
    row = _locked(session, ctx, request)
    customer_id = row.customer_id if row.status == "changed_in_quickbooks" else None
    if customer_id is None and row.status == "no_match":
        inactive = [one.id for one in matching.same_name(session, ctx, row.name) if not one.is_active]
        inactive = [one for one in inactive if one not in matching.taken(session, ctx, inactive, row.id)]
        customer_id = inactive[0] if len(inactive) == 1 else None
    if customer_id is None:
        raise NotPossible(state=row.status)
    row.wish = "sync"
    queue.ask(session, ctx, "account", row.id, "reactivate")
    marking.mark(session, ctx, row, "queued", link=(customer_id, row.is_shared))
    return described.account(session, ctx, row)


def _locked(
    session: Session, ctx: Context, request: SyncRef | LinkCustomer | CreateCustomer, *, is_offline: bool = False
) -> model.Account:
    people.manager(ctx)
    if not is_offline and not queue.is_connected(session, ctx):
        raise QuickBooksNotConnected(state=described.connection_state(session, ctx))
    row = marking.account(session, ctx, request.account_id)
    if row.state == "trashed":
        raise AccountNotSynced
    if not row.state:
        raise Unavailable("The account is not known here yet; try again in a moment.")
    return row
