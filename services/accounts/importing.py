"""Client lists brought in row by row: each row by itself, and nothing changes the second time (R-IMP-1, R-IMP-4)."""

import hashlib
from dataclasses import replace
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from chassis import context, wire
from chassis.context import Context
from chassis.db import Transactions, await_lock
from chassis.errors import AppError, Conflict, DeadlineExceeded, Unavailable
from chassis.wire import dump, to_json
from contracts.accounts import CreateAccount, ImportedRow, ImportedRows, ImportRow, ImportRows, ImportSwitches
from contracts.contacts import AccountRef, AlreadyLinked, ContactEntry, Contacts, LinkContact, OpenLinks
from contracts.imports import ImportFault
from services.accounts import driving, filling, names, opening, rules
from services.accounts.driving import CALL_SECONDS
from services.accounts.faults import fault, sentence
from services.accounts.model import Account, AccountOpening
from services.accounts.visibility import visible

Outcome = Literal["created", "linked", "changed", "unchanged"]
LAST_SECONDS = 1.0  # with less left no row is begun


class SeveralAccounts(Conflict):
    """Several accounts have this name, so the row does not say which one is meant."""

    code = "several_accounts"


class Target(NamedTuple):
    """What a row's account name stands for: accounts in sight, or one whose opening goes on, or goes on from here."""

    known: tuple[UUID, ...] = ()
    created: bool = False  # by an earlier try of this very row
    resumed: tuple[Context, OpenLinks] | None = None
    begun: OpenLinks | None = None


def import_rows(db: Transactions, contacts: Contacts, ctx: Context, request: ImportRows) -> ImportedRows:
    """Load every row that can be, in order; the others say why not. Raises Forbidden, Unavailable.

    Unavailable, DeadlineExceeded included, leaves the rows before it loaded: send the same rows again.
    """
    rules.check_in_firm(ctx.actor, "import")
    return ImportedRows(rows=tuple(_row(db, contacts, ctx, row) for row in request.rows))


def _row(db: Transactions, contacts: Contacts, ctx: Context, row: ImportRow) -> ImportedRow:
    if ctx.remaining < LAST_SECONDS:
        raise DeadlineExceeded
    content = hashlib.sha256(to_json(dump(row))).hexdigest()[:32]
    try:
        outcome = _load(db, contacts, ctx.keyed(f"row/{content}"), row)
    except Unavailable:
        raise
    except AppError as refusal:
        faults = faults_of(refusal)
        return ImportedRow(line=row.line, outcome="refused", reason=sentence(faults), faults=faults)
    return ImportedRow(line=row.line, outcome=outcome)


def faults_of(refusal: AppError) -> tuple[ImportFault, ...]:
    """Why a row was refused, with the names of what to mend."""
    errors = refusal.data.get("errors") or []
    told = tuple(fault(each.get("message", ""), each.get("field", "")) for each in errors)
    return told or (fault(refusal.detail),)


def _load(db: Transactions, contacts: Contacts, ctx: Context, row: ImportRow) -> Outcome:
    meant = filling.meant(contacts, ctx, row.contact)
    filling.check_switches(meant.entry, row.switches)
    with db.transaction(ctx) as session:
        target = aim(session, ctx, row, meant.entry)
    account_id, outcome = _reach(db, contacts, ctx, row, target, meant.entry)
    is_filled = filling.fill_contact(contacts, ctx, meant.lacks, row.contact.new)
    is_its_own = outcome == "created" and target.resumed is None  # opened with all that the row says
    if not is_its_own and (row.tags or row.timezone or row.custom_fields):
        with db.transaction(ctx) as session:
            is_filled |= filling.fill_account(session, ctx, account_id, row) is not None
    if row.switches != ImportSwitches():
        entry = meant.entry if meant.entry.id else filling.meant(contacts, ctx, row.contact).entry
        if entry.id is not None:
            is_filled |= filling.switch(contacts, ctx, account_id, entry.id, row.switches)
    return "changed" if is_filled and outcome == "unchanged" else outcome


def _reach(
    db: Transactions, contacts: Contacts, ctx: Context, row: ImportRow, target: Target, entry: ContactEntry
) -> tuple[UUID, Outcome]:
    """The account with the contact linked to it, and what was done for that."""
    if target.begun is not None:
        return driving.drive(db, contacts, ctx, target.begun).id, "created"
    if target.created:
        return target.known[0], "created"
    if target.resumed is None:
        account_id, is_linked = _link(contacts, ctx, target.known, entry)
        return account_id, "linked" if is_linked else "unchanged"
    theirs, asked = target.resumed
    known = (driving.drive(db, contacts, replace(theirs, deadline=ctx.deadline), asked).id,)
    entry = filling.meant(contacts, ctx, row.contact).entry  # the opening may have made it
    account_id, is_linked = _link(contacts, ctx, known, entry)
    is_its_own = account_id == opening.account_id_for(ctx)  # an earlier try of this very row began it
    return account_id, "created" if is_linked or is_its_own else "unchanged"


def aim(session: Session, ctx: Context, row: ImportRow, entry: ContactEntry) -> Target:
    """What the row's account is; where there is none, its opening is begun.

    One at a time for each name, so that two imports of one file at once make no twins.
    """
    name = names.clean(row.account_name)
    await_lock(session, f"{ctx.firm}/{name}")
    mine = opening.account_id_for(ctx)
    is_meant = or_(Account.name == name, and_(Account.firm_id == ctx.firm, Account.id == mine))
    known = tuple(session.scalars(select(Account.id).where(visible(ctx), is_meant).order_by(Account.created_at)))
    if mine in known:
        return Target(known=(mine,), created=True)
    if known:
        return Target(known=known)
    if (left := _left(session, ctx, name)) is not None:
        return Target(resumed=left)
    request = CreateAccount(
        type=row.account_type,
        contacts=(entry,),
        name=name,
        company_name=row.company_name,
        tags=row.tags,
        timezone=row.timezone,
        custom_fields=row.custom_fields,
    )
    begun = opening.start(session, ctx, request, is_import=True)
    return Target(begun=begun) if isinstance(begun, OpenLinks) else Target(known=(begun.id,), created=True)


def _left(session: Session, ctx: Context, name: str) -> tuple[Context, OpenLinks] | None:
    """An opening of this name that an import of the same actor left half-made."""
    is_its = and_(AccountOpening.firm_id == Account.firm_id, AccountOpening.account_id == Account.id)
    query = select(AccountOpening).join(Account, is_its)
    query = query.where(Account.firm_id == ctx.firm, Account.name == name, Account.state == "opening")
    query = query.where(AccountOpening.is_import, AccountOpening.refusal.is_(None))
    for record in session.scalars(query):
        theirs = context.from_wire(record.context)
        if (theirs.actor.kind, theirs.actor.id) == (ctx.actor.kind, ctx.actor.id):
            request = wire.load(CreateAccount, record.request)
            return replace(theirs, now=ctx.now), opening.links_of(session, ctx, record.account_id, request)
    return None


def _link(contacts: Contacts, ctx: Context, known: tuple[UUID, ...], entry: ContactEntry) -> tuple[UUID, bool]:
    """The account, and whether the contact was linked to it by this. Raises SeveralAccounts."""
    account_id, *others = known
    if others:
        return _among(contacts, ctx, known, entry), False
    asked = LinkContact(account_id=account_id, contact=entry)
    try:
        contacts.link_contact(ctx.within(CALL_SECONDS).keyed(f"link/{entry.id or 'new'}"), asked)
    except AlreadyLinked:
        return account_id, False
    return account_id, True


def _among(contacts: Contacts, ctx: Context, known: tuple[UUID, ...], entry: ContactEntry) -> UUID:
    """The one of several accounts of a name that has the contact already (R-NAME-5). Raises SeveralAccounts."""
    for account_id in known:
        linked = contacts.list_account_contacts(ctx.within(CALL_SECONDS), AccountRef(account_id=account_id))
        if entry.id in [item.contact.id for item in linked.items]:
            return account_id
    raise SeveralAccounts(count=len(known))
