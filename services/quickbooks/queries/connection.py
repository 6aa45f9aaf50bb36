"""The connection as owner and admins see it, and the customers that were read."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.common import Done, Person
from contracts.quickbooks_connection import (
    FindCustomers,
    QuickBooksConnection,
    QuickBooksCustomer,
    QuickBooksCustomers,
)
from services.quickbooks import ledger, model, people
from services.quickbooks.operations import queue

MOST = 50
WEB = "https://app.qbo.intuit.com/app/customerdetail?nameId="  # where people see a customer; needs their own sign-in


def get_connection(session: Session, ctx: Context, _request: Done) -> QuickBooksConnection:
    """Tell how the firm stands with QuickBooks. Raises Forbidden."""
    people.manager(ctx)
    return connection(session, ctx)


def connection(session: Session, ctx: Context) -> QuickBooksConnection:
    """Describe the connection; of a firm that never touched it too."""
    row = session.scalar(
        select(model.Connection).where(model.Connection.firm_id == ctx.firm).execution_options(populate_existing=True)
    )
    kept = session.scalar(select(model.Credential).where(model.Credential.firm_id == ctx.firm))
    if row is None:
        row = model.Connection(
            state="unset", client_id="", redirect_url="", which_accounts="billed", company_name="",
            connected_by_name="", problem="", version=1,
        )  # fmt: skip
    by = Person(id=row.connected_by_id, name=row.connected_by_name) if row.connected_by_id else None
    return QuickBooksConnection(
        state=row.state,  # type: ignore[arg-type]
        client_id=row.client_id,
        has_secret=bool(kept and kept.client_secret),
        redirect_url=row.redirect_url,
        which_accounts=row.which_accounts,  # type: ignore[arg-type]
        start_on=row.start_on,
        company_id=row.realm_id,
        company_name=row.company_name,
        connected_by=by,
        connected_at=row.connected_at,
        expired_at=row.expired_at,
        reconnect_by=kept.refresh_until if kept else None,
        problem=row.problem,
        paused_until=row.paused_until,
        customers_read_at=row.customers_read_at,
        ledger=ledger.choices(session, ctx, row),
        waiting=queue.waiting(session, ctx),
        version=row.version,
        waiting_documents=queue.waiting_documents(session, ctx),
    )


def list_quickbooks_customers(session: Session, ctx: Context, request: FindCustomers) -> QuickBooksCustomers:
    """Find customers by a part of their name. Raises Forbidden."""
    people.manager(ctx)
    customer = model.Customer
    where = (customer.firm_id == ctx.firm, customer.name.icontains(request.q.strip(), autoescape=True))
    total = session.scalars(select(func.count()).select_from(customer).where(*where)).one()
    query = select(customer).where(*where).order_by(customer.folded, customer.id).limit(MOST)
    return QuickBooksCustomers(items=shown(session, ctx, session.scalars(query).all()), total=total)


def shown(session: Session, ctx: Context, rows: Sequence[model.Customer]) -> tuple[QuickBooksCustomer, ...]:
    """Customers as people see them, each with the accounts that are linked to it."""
    account = model.Account
    linked: dict[str, list[UUID]] = {}
    query = select(account.customer_id, account.id).where(
        account.firm_id == ctx.firm, account.customer_id.in_([row.id for row in rows])
    )
    for customer_id, account_id in session.execute(query.order_by(account.id)):
        linked.setdefault(str(customer_id), []).append(account_id)
    return tuple(
        QuickBooksCustomer(
            id=row.id,
            name=row.name,
            is_active=row.is_active,
            url=f"{WEB}{row.id}",
            account_ids=tuple(linked.get(row.id, ())),
        )
        for row in rows
    )
