"""Drives the openings of accounts through their steps: at once for the caller, later for what was left half-made."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import context, wire
from chassis.context import Context, new_id
from chassis.db import Transactions
from chassis.errors import AppError, Conflict, Forbidden, Invalid, NotFound, Unavailable
from chassis.logs import log
from contracts.accounts import Account, CreateAccount
from contracts.contacts import AccountRef, Contacts, OpenLinks
from services.accounts import opening
from services.accounts.model import AccountOpening
from services.accounts.timing import BATCH, MAX_ATTEMPTS, RESUMED_AFTER

FINAL = (Invalid, NotFound, Conflict, Forbidden)  # contacts says no, and will say so again
CALL_SECONDS = 5.0  # of one call to contacts, whatever time a long import has


def create(
    db: Transactions, contacts: Contacts, ctx: Context, request: CreateAccount, *, is_import: bool = False
) -> Account:
    """Open an account, or go on where an earlier call with the same key stopped.

    Raises what `opening.begin` raises, what contacts refuses, and Unavailable: then the account opens later by itself
    or by repeating the call, unless contacts refuses.
    """
    with db.transaction(ctx) as session:
        begun = opening.begin(session, ctx, request, is_import=is_import)
    return drive(db, contacts, ctx, begun) if isinstance(begun, OpenLinks) else begun


def drive(db: Transactions, contacts: Contacts, ctx: Context, asked: OpenLinks) -> Account:
    """Steps 2 and 3, or the way back."""
    account_id = asked.account.id
    try:
        # A key of its own each time: contacts does this once per account, not per key.
        linked = contacts.open_links(_fresh(ctx), asked)
    except FINAL as refusal:
        give_up(db, contacts, ctx, account_id, refusal)
        with db.reading(ctx) as session:
            opened = opening.opened_by_another(session, ctx, account_id)
        if opened is not None:
            return opened
        raise
    with db.transaction(ctx) as session:
        return opening.finish(session, ctx, account_id, linked)


def give_up(db: Transactions, contacts: Contacts, ctx: Context, account_id: UUID, refusal: AppError) -> None:
    """Undo the opening; discarding its links may wait for the sweep, which does it once more in any case."""
    with db.transaction(ctx) as session:
        is_refused = opening.refuse(session, ctx, account_id, refusal)
    if is_refused:
        try:
            contacts.discard_links(_fresh(ctx), AccountRef(account_id=account_id))
        except AppError as problem:
            log.warning("links are discarded later", account_id=str(account_id), error=str(problem))


def _fresh(ctx: Context) -> Context:
    return replace(ctx.within(CALL_SECONDS), key=f"opening/{new_id()}")


def mend(db: Transactions, contacts: Contacts, now: Context) -> int:
    """Take up the openings that are due, of every firm; how many were brought to an end."""
    with db.reading(now) as session:
        due = _due(session, now)
    ended = 0
    for firm_id, account_id in due:
        try:
            ended += _mend(db, contacts, replace(now, firm_id=firm_id), account_id)
        except Unavailable as problem:
            log.warning("openings wait", error=str(problem))
            break  # the others would fare no better
        except AppError as problem:
            log.warning("opening not mended", account_id=str(account_id), error=str(problem))
    return ended


def _due(session: Session, now: Context) -> list[tuple[UUID, UUID]]:
    query = select(AccountOpening.firm_id, AccountOpening.account_id).where(AccountOpening.due_at <= now.now)
    return [
        (row.firm_id, row.account_id) for row in session.execute(query.order_by(AccountOpening.due_at).limit(BATCH))
    ]


def claim(session: Session, now: Context, account_id: UUID) -> AccountOpening | None:
    """Take up one opening, so that no other process does for a while; None where one has."""
    query = select(AccountOpening).where(
        AccountOpening.firm_id == now.firm, AccountOpening.account_id == account_id, AccountOpening.due_at <= now.now
    )
    record = session.scalar(query.with_for_update(skip_locked=True))
    if record is not None:
        record.due_at = now.now + RESUMED_AFTER
    return record


def _mend(db: Transactions, contacts: Contacts, now: Context, account_id: UUID) -> bool:
    with db.transaction(now) as session:
        record = claim(session, now, account_id)
        if record is None:
            return False
        is_refused = record.refusal is not None
        ctx = replace(context.from_wire(record.context), now=now.now)
        request = wire.load(CreateAccount, record.request)
        asked = opening.links_of(session, ctx, account_id, request)
    if is_refused:
        contacts.discard_links(_fresh(ctx), AccountRef(account_id=account_id))
        with db.transaction(ctx) as session:
            opening.forget(session, ctx, account_id)
        return True
    try:
        drive(db, contacts, ctx, asked)
    except Unavailable:
        raise
    except FINAL as refusal:
        log.info("opening undone", account_id=str(account_id), reason=str(refusal))
    except AppError as fault:
        _count(db, contacts, ctx, account_id, fault)
        return False
    return True


def _count(db: Transactions, contacts: Contacts, ctx: Context, account_id: UUID, fault: AppError) -> None:
    """A fault inside contacts may pass; one that does not ends the opening."""
    with db.transaction(ctx) as session:
        attempts = opening.count_attempt(session, ctx, account_id)
    if attempts >= MAX_ATTEMPTS:
        give_up(db, contacts, ctx, account_id, fault)
    log.error("contacts failed to open links", account_id=str(account_id), attempts=attempts, error=str(fault))
