"""The opening of an account: a saga over accounts and contacts that survives a crash between any two steps.

1. `begin`: the account in state opening, seen by nobody, and the record of what was asked, in one transaction.
2. `contacts.open_links`: the contacts and their links, once per account whatever is repeated.
3. `finish`: name, code and tags; the account is active, the record gone, AccountCreated told, in one transaction.

Where contacts refuses for good, `refuse` deletes the account and keeps the record with the refusal, which is the
answer to whoever repeats the call. Its links are discarded then, and once more before the record goes: by that time
the deadline of every call that could still have made some has passed. What a crash left half-made, `mending` takes up.
"""

import uuid
from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import and_, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis import errors, history, outbox, wire
from chassis.context import Context
from chassis.errors import AppError, wrong
from contracts.accounts import Account as AccountMessage
from contracts.accounts import (
    AccountCreated,
    AccountNotFound,
    AccountOpening,
    AccountTrashed,
    CreateAccount,
    TagNotFound,
)
from contracts.contacts import AccountFacts, ContactEntry, LinkedContact, LinkedContacts, OpenLinks
from services.accounts import codes, fields, model, names, naming, rules, snapshot, tags, team
from services.accounts.model import Account
from services.accounts.timing import REFUSED_KEPT, RESUMED_AFTER

NAMESPACE = uuid.UUID("6f1d0c5e-0d0b-5b0e-9a55-3f6f6a1d2c11")  # of account ids: any value will do that never changes


def account_id_for(ctx: Context) -> UUID:
    """The id of the account that this very call creates: repeated, it finds what it began (design.md §4)."""
    return uuid.uuid5(NAMESPACE, f"{ctx.firm}/{ctx.actor.kind}/{ctx.actor.id}/{ctx.key}")


def begin(
    session: Session, ctx: Context, request: CreateAccount, *, is_import: bool = False
) -> AccountMessage | OpenLinks:
    """Step 1; the account itself where an earlier call finished it, else what to ask contacts for.

    Raises Forbidden, Invalid, TeamMemberUnknown, TagNotFound, and what an earlier call was refused with.
    """
    known = _known(session, ctx, account_id_for(ctx))
    return start(session, ctx, request, is_import=is_import) if known is None else known


def start(
    session: Session, ctx: Context, request: CreateAccount, *, is_import: bool = False
) -> AccountMessage | OpenLinks:
    """Step 1 for a call that left nothing yet, as far as the caller knows."""
    rules.check_in_firm(ctx.actor, "create_account")
    account_id = account_id_for(ctx)
    name = _checked(session, ctx, request, is_import=is_import)
    members = team.choose(session, ctx, request.team) if request.team else _default_team(session, ctx)
    if not _insert(session, ctx, request, account_id, name):  # a twin of this call was quicker by a moment
        twin = _known(session, ctx, account_id)
        if twin is None:
            raise AccountOpening(account_id=str(account_id))
        return twin
    fields.put(session, ctx, account_id, request.custom_fields or {}, request.dates)
    session.add(
        model.AccountOpening(
            firm_id=ctx.firm,
            account_id=account_id,
            request=_document(wire.dump(request)),
            context=_document(ctx.to_wire()),
            is_import=is_import,
            due_at=ctx.now + RESUMED_AFTER,
        )
    )
    team.assign(session, ctx, account_id, members)
    return _asked(account_id, request, members)


def _known(session: Session, ctx: Context, account_id: UUID) -> AccountMessage | OpenLinks | None:
    """What an earlier call left. Raises what it was refused with."""
    record = _record(session, ctx, account_id)
    if record is not None:
        _raise_refusal(record)
        return links_of(session, ctx, account_id, wire.load(CreateAccount, record.request))
    return opened_by_another(session, ctx, account_id)


def _checked(session: Session, ctx: Context, request: CreateAccount, *, is_import: bool) -> str:
    """The typed name, cleaned. Raises Invalid, TagNotFound."""
    for place, entry in enumerate(request.contacts):
        if (entry.id is None) == (entry.new is None):
            raise wrong(f"contacts.{place}", "Give either the id of a known contact or a new one.")
        if entry.id is not None and entry.id in [other.id for other in request.contacts[:place]]:
            raise wrong(f"contacts.{place}.id", "This contact is in the list already.")
    absent = [] if _may_create_tags(ctx, is_import=is_import) else tags.missing(session, ctx, request.tags)
    if absent:
        raise TagNotFound(names=absent)
    tags.unique(request.tags)
    name = names.clean(request.name or "")
    if len(name) > names.MAX_NAME:
        raise wrong("name", f"A name has at most {names.MAX_NAME} characters.")
    return name


def _may_create_tags(ctx: Context, *, is_import: bool) -> bool:
    return is_import or rules.may_in_firm(ctx.actor, "manage_tags")


def _default_team(session: Session, ctx: Context) -> list[UUID]:
    """Nobody chosen: the default members, and the creator so that they see what they made (R-ACC-3)."""
    return team.default(session, ctx, creator=ctx.actor.id if ctx.actor.kind == "member" else None)


def _insert(session: Session, ctx: Context, request: CreateAccount, account_id: UUID, name: str) -> bool:
    address = request.company_address
    row: dict[str, Any] = {
        "firm_id": ctx.firm,
        "id": account_id,
        "name": name,
        "name_mode": "manual" if name else "automatic",
        "type": request.type,
        "company_name": names.clean(request.company_name or "") or None,
        "company_address": wire.dump(address) if address else None,
        "timezone": request.timezone,
        "state": "opening",
        "created_at": ctx.now,
        "updated_at": ctx.now,
    }
    statement = insert(Account).values(row).on_conflict_do_nothing().returning(Account.id)
    return session.scalar(statement) is not None


def links_of(session: Session, ctx: Context, account_id: UUID, request: CreateAccount) -> OpenLinks:
    """What step 2 asks contacts for, of an opening that was begun before."""
    return _asked(account_id, request, team.of(session, ctx, account_id))


def _asked(account_id: UUID, request: CreateAccount, members: Collection[UUID]) -> OpenLinks:
    """Version 0, so that AccountCreated is newer."""
    facts = AccountFacts(
        id=account_id, code="", name=request.name or "", state="opening", team=tuple(sorted(members)), version=0
    )
    return OpenLinks(account=facts, contacts=request.contacts)


def finish(session: Session, ctx: Context, account_id: UUID, linked: LinkedContacts) -> AccountMessage:
    """Step 3; done already, it gives the account. Raises what the opening was refused with meanwhile."""
    record = _record(session, ctx, account_id, lock=True)
    if record is None:
        opened = opened_by_another(session, ctx, account_id)
        if opened is None:
            raise AccountNotFound(account_id=str(account_id))
        return opened
    _raise_refusal(record)
    request = wire.load(CreateAccount, record.request)
    present = team.of(session, ctx, account_id)
    members = team.still_active(session, ctx, present)
    naming.remember(session, ctx, [item.contact for item in linked.items])
    account = session.get_one(Account, (ctx.firm, account_id), with_for_update=True, populate_existing=True)
    first = first_entered(request.contacts, linked.items)
    account.naming_contact_id = first.contact.id
    account.links_version = max(account.links_version, linked.version)
    naming.renew(session, account)
    if present != set(members):
        team.remove(session, ctx, account_id, present - set(members))
        team.assign(session, ctx, account_id, members)
    _tag(session, ctx, record, request)
    account.code = codes.give(session, ctx, _prefix(account, first, is_import=record.is_import))
    account.state = "active"
    account.updated_at = ctx.now
    session.delete(record)
    opened = snapshot.of(session, ctx, account_id)
    outbox.emit(session, ctx, AccountCreated(account=opened))
    return opened


def _tag(session: Session, ctx: Context, record: model.AccountOpening, request: CreateAccount) -> None:
    wanted = tags.unique(request.tags)
    may_create = _may_create_tags(ctx, is_import=record.is_import)
    if wanted and not may_create:  # a tag deleted since step 1 is not missed
        absent = {names.key(name) for name in tags.missing(session, ctx, wanted.values())}
        wanted = {key: name for key, name in wanted.items() if key not in absent}
    if wanted:
        tags.put(session, ctx, record.account_id, tags.ensure(session, ctx, wanted.values(), may_create=may_create))


def _prefix(account: Account, first: LinkedContact, *, is_import: bool) -> str:
    if is_import and account.type == "individual":
        return names.initials(first.contact.first_name, first.contact.last_name, account.name)
    return names.code_prefix(account.name)


def first_entered(entries: tuple[ContactEntry, ...], items: tuple[LinkedContact, ...]) -> LinkedContact:
    """The link of the first entry, whose contact gives the name (R-NAME-3); items come in alphabetical order."""
    if entries[0].id is not None:
        return next((item for item in items if item.contact.id == entries[0].id), items[0])
    known = {entry.id for entry in entries}
    made = [item for item in items if item.contact.id not in known]  # contacts' ids grow in the order of making
    return min(made or items, key=lambda item: (item.linked_at, item.contact.id))


def refuse(session: Session, ctx: Context, account_id: UUID, refusal: AppError) -> bool:
    """Contacts refused for good: no account comes of it. False where it is open or refused already."""
    record = _record(session, ctx, account_id, lock=True)
    if record is None or record.refusal is not None:
        return False
    session.execute(delete(Account).where(Account.firm_id == ctx.firm, Account.id == account_id))
    history.forget(session, ctx, account_id)
    record.refusal = errors.to_reply(refusal)
    record.due_at = ctx.now + REFUSED_KEPT
    return True


def opened_by_another(session: Session, ctx: Context, account_id: UUID) -> AccountMessage | None:
    """The account where another attempt at the same opening was not refused but came to its end.

    Raises AccountTrashed for one that was deleted since.
    """
    mine = and_(Account.firm_id == ctx.firm, Account.id == account_id, Account.state != "opening")
    state = session.scalar(select(Account.state).where(mine))
    if state is None:
        return None
    if state == "trashed":
        raise AccountTrashed
    return snapshot.of(session, ctx, account_id)


def forget(session: Session, ctx: Context, account_id: UUID) -> None:
    """Delete the record of an opening that was refused and whose links are gone."""
    record = _record(session, ctx, account_id, lock=True)
    if record is not None and record.refusal is not None:
        session.delete(record)


def count_attempt(session: Session, ctx: Context, account_id: UUID) -> int:
    """How often contacts has failed on this opening, this time included."""
    record = _record(session, ctx, account_id, lock=True)
    if record is None:
        return 0
    record.attempts += 1
    return record.attempts


def _raise_refusal(record: model.AccountOpening) -> None:
    if record.refusal is not None:
        raise errors.from_reply(record.refusal)


def _record(session: Session, ctx: Context, account_id: UUID, *, lock: bool = False) -> model.AccountOpening | None:
    opening = model.AccountOpening
    query = select(opening).where(opening.firm_id == ctx.firm, opening.account_id == account_id)
    if lock:
        query = query.with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def _document(value: Any) -> dict[str, Any]:
    parsed: dict[str, Any] = orjson.loads(wire.to_json(value))
    return parsed
