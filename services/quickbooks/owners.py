"""How things are, asked of their owners once a firm is connected, and the rule for all applied, page by page."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.wire import EVENTS, load
from contracts import billing
from contracts.accounts import Accounts
from contracts.books import ListBooks
from contracts.export import Export
from services.quickbooks import model
from services.quickbooks.documents import marking as documents
from services.quickbooks.documents import telling
from services.quickbooks.operations import marking, neighbours, queue
from services.quickbooks.operations.queue import Taken
from services.quickbooks.tools import Tools

PAGE = 50  # facts of one turn; others have theirs between
ACCOUNTS, BILLING = "accounts", "billing"


def read(tools: Tools, accounts: Accounts, billed: billing.Billing, firm_id: UUID, taken: Taken) -> None:
    """Ask for a page of accounts, then of documents that belong into the books, and go on. Raises Unavailable."""
    owner, cursor = taken.arguments.get("owner", ACCOUNTS), taken.arguments.get("cursor")
    ctx = Context(firm_id=firm_id)
    if owner == ACCOUNTS:
        page = accounts.export(ctx, Export(cursor=cursor, limit=PAGE))
        more = page.next_cursor
        told: list[Any] = [load(EVENTS[one["type"]], one["body"]) for one in page.events if one["type"] in EVENTS]
        for one in told:
            tools.do(firm_id, _apply, one)
    else:
        books = billed.list_books(ctx, ListBooks(cursor=cursor, limit=PAGE))
        more = books.next_cursor
        tools.do(firm_id, telling.listed, list(books.items))
    following = {"owner": owner, "cursor": more} if more else None
    if following is None and owner == ACCOUNTS:
        following = {"owner": BILLING, "cursor": None}
    tools.do(firm_id, _go_on, taken, following)


def settle_some(session: Session, ctx: Context, taken: Taken) -> None:
    """Apply the rule for all to a page of accounts, and go on with the next."""
    row = model.Account
    query = select(row).where(row.firm_id == ctx.firm).order_by(row.id).limit(PAGE).with_for_update()
    after = taken.arguments.get("after")
    if after:
        query = query.where(row.id > UUID(after))
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    which = marking.rule(session, ctx)
    for each in rows:
        marking.settle(session, ctx, each, which)
        documents.begin(session, ctx, each, which.start_on)
    _go_on(session, ctx, taken, {"after": str(rows[-1].id)} if len(rows) == PAGE else None)


def _apply(session: Session, ctx: Context, told: Any) -> None:
    """Take in what an owner tells."""
    if type(told) in neighbours.HANDLERS:
        neighbours.HANDLERS[type(told)](session, ctx, told)


def _go_on(session: Session, ctx: Context, taken: Taken, following: dict[str, Any] | None) -> None:
    if following is None:
        queue.done(session, ctx, taken)
    else:
        queue.again(session, ctx, taken, following)
