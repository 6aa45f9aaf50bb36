"""Which customer an account is: found by its name, or chosen by a person; one to an account unless shared."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.db import await_lock
from services.quickbooks import model, rules
from services.quickbooks.client.answers import CustomerFacts
from services.quickbooks.operations import marking

GONE = "The customer is inactive or gone in QuickBooks."


def begin(session: Session, ctx: Context) -> None:
    """Let nobody else of the firm link customers until this transaction ends. Before any row is locked."""
    await_lock(session, f"quickbooks links {ctx.firm}")


# Rows are locked in the order connection, customers, accounts, jobs, so that nobody waits in a circle.


def keep(session: Session, ctx: Context, told: Iterable[CustomerFacts]) -> None:
    """Keep customers as QuickBooks told them."""
    customer = model.Customer
    rows = {
        one.id: {
            "firm_id": ctx.firm,
            "id": one.id,
            "name": one.name,
            "folded": rules.folded(one.name if one.is_active else rules.active_name(one.name)),
            "is_active": one.is_active,
            "sync_token": one.sync_token,
        }
        for one in told
    }
    if not rows:
        return
    kept = insert(customer).values([rows[key] for key in sorted(rows)])
    names = ("name", "folded", "is_active", "sync_token")
    newer = {name: getattr(kept.excluded, name) for name in names}
    session.execute(kept.on_conflict_do_update(index_elements=["firm_id", "id"], set_=newer))


def look_after(session: Session, ctx: Context, told: Iterable[CustomerFacts], intuit_tid: str) -> None:
    """See what became of linked customers: gone ones need a decision, those that are back are synced again."""
    states = {one.id: one.is_active for one in told}
    row = model.Account
    query = (
        select(row)
        .where(
            row.firm_id == ctx.firm, row.customer_id.in_(states), row.status.in_(("synced", "changed_in_quickbooks"))
        )
        .order_by(row.id)
        .with_for_update()
    )
    for each in session.scalars(query.execution_options(populate_existing=True)):
        verified(session, ctx, each, is_active=states[str(each.customer_id)], intuit_tid=intuit_tid)


def search_again(session: Session, ctx: Context, told: Iterable[CustomerFacts]) -> None:
    """Have those looked for whose name a customer has since."""
    names = {rules.folded(one.name) for one in told if one.is_active}
    row = model.Account
    query = select(row.id, row.name).where(row.firm_id == ctx.firm, row.status == "no_match").order_by(row.id)
    for account_id, name in session.execute(query).all():
        if rules.folded(name) not in names:
            continue
        each = marking.known(session, ctx, account_id)
        if each is not None and each.status == "no_match":
            marking.search(session, ctx, each)


def verified(
    session: Session, ctx: Context, row: model.Account, *, is_active: bool, intuit_tid: str, author: str = ""
) -> None:
    """Say how a linked account stands, by its customer's state; a new name changes nothing (R-QB-11)."""
    if is_active:
        marking.mark(session, ctx, row, "synced", intuit_tid=intuit_tid, author=author)
    else:
        problem = rules.problem_of("customer_gone", said=GONE, intuit_tid=intuit_tid)
        marking.mark(session, ctx, row, "changed_in_quickbooks", problem=problem, intuit_tid=intuit_tid, author=author)


def by_name(session: Session, ctx: Context, row: model.Account, author: str) -> None:
    """Link the account to the one customer of its name, or say why not (R-QB-10, R-QB-15)."""
    found = [(one.id, one.is_active) for one in same_name(session, ctx, row.name)]
    match = rules.matched(found, taken(session, ctx, [one for one, _ in found], row.id))
    link = (match.customer_id, False) if match.customer_id else None
    marking.mark(session, ctx, row, match.status, author=author, link=link)


def same_name(session: Session, ctx: Context, name: str) -> list[model.Customer]:
    """Give the customers called so, active ones first; an inactive one by the name it had."""
    customer = model.Customer
    query = select(customer).where(customer.firm_id == ctx.firm, customer.folded == rules.folded(name))
    return list(session.scalars(query.order_by(customer.is_active.desc(), customer.id).limit(50)))


def taken(session: Session, ctx: Context, customer_ids: Iterable[str], by_others_than: UUID) -> dict[str, list[UUID]]:
    """Tell which of the customers are other accounts' already, and whose."""
    row = model.Account
    query = select(row.customer_id, row.id).where(
        row.firm_id == ctx.firm, row.customer_id.in_(list(customer_ids)), row.id != by_others_than
    )
    found: dict[str, list[UUID]] = {}
    for customer_id, account_id in session.execute(query.order_by(row.id)):
        found.setdefault(str(customer_id), []).append(account_id)
    return found
