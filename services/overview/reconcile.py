"""Makes a firm's directory agree with its owners again, while events of new changes keep coming."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import Unavailable
from chassis.wire import EVENTS, load
from contracts import accounts, contacts
from contracts.common import Tag
from contracts.export import Export, Exporter
from services.overview import directory, fields
from services.overview.model import DirectoryAccount, DirectoryContact, DirectoryField, DirectoryTag

PAGE = 200  # events
TRIES = 5  # for a page that could not be had or an event that met a lock
T = TypeVar("T")


def reconcile(db: Transactions, firm_id: UUID, owners: Iterable[Exporter], say: Callable[[int], None]) -> int:
    """Apply all that the owners tell of a firm as if it came from the bus, then that what they don't tell is deleted.

    An account that is made meanwhile is not among those known before, so it is not taken for deleted. `say` hears how
    many events were applied so far; their number is the answer.
    """
    with db.reading(Context(firm_id=firm_id)) as session:
        gone = _deletions(session, firm_id)
    applied = 0
    for owner in owners:
        for event in _told(owner, firm_id):
            _apply(db, firm_id, event)
            gone.pop(_subject(event), None)
            applied += 1
            say(applied)
    for event in gone.values():
        _apply(db, firm_id, event)
    return applied + len(gone)


def _told(owner: Exporter, firm_id: UUID) -> Iterator[Any]:
    request = Export(limit=PAGE)
    while True:
        page = _insist(owner.export, request, firm_id)
        for each in page.events:
            kind = EVENTS.get(each["type"])
            if kind is not None and kind in directory.HANDLERS:  # owners also tell what only others keep
                yield load(kind, each["body"])
        if page.next_cursor is None:
            return
        request = Export(limit=PAGE, cursor=page.next_cursor)


def _apply(db: Transactions, firm_id: UUID, event: Any) -> None:
    """One transaction for each event, so that locks are taken in the order in which handlers of the bus take them."""
    handler = directory.HANDLERS.get(type(event))
    if handler is None:
        return  # owners tell more than the directory keeps

    def apply(ctx: Context, happened: Any) -> None:
        with db.transaction(ctx) as session:
            handler(session, ctx, happened)

    _insist(apply, event, firm_id)


def _insist(step: Callable[[Context, Any], T], argument: Any, firm_id: UUID) -> T:
    for attempt in range(1, TRIES):
        try:
            return step(Context(firm_id=firm_id), argument)
        except Unavailable:
            time.sleep(attempt / 2)
    return step(Context(firm_id=firm_id), argument)


def _subject(event: Any) -> UUID | None:
    """What an event shows to exist."""
    match event:
        case accounts.AccountCreated() | accounts.AccountChanged():
            return event.account.id
        case contacts.ContactCreated() | contacts.ContactChanged():
            return event.contact.id
        case accounts.TagChanged():
            return event.tag.id
        case accounts.AccountFieldChanged() | contacts.ContactFieldChanged():
            return event.field.id
    return None


def _deletions(session: Session, firm_id: UUID) -> dict[UUID | None, Any]:
    """For everything the directory knows the event that would delete it."""
    account, contact, tag = DirectoryAccount, DirectoryContact, DirectoryTag
    there = account.state.not_in(("awaited", "deleted"))
    known_accounts = select(account.account_id, account.version).where(account.firm_id == firm_id, there)
    known_contacts = select(contact.contact_id, contact.version).where(
        contact.firm_id == firm_id, contact.version > 0, ~contact.is_deleted
    )
    known_tags = select(tag).where(tag.firm_id == firm_id, ~tag.is_deleted)
    field = DirectoryField
    known_fields = select(field).where(field.firm_id == firm_id, ~field.is_deleted)
    found: dict[UUID | None, Any] = {}
    for account_id, version in session.execute(known_accounts):
        found[account_id] = accounts.AccountDeleted(account_id=account_id, version=version)
    for contact_id, version in session.execute(known_contacts):
        found[contact_id] = contacts.ContactDeleted(contact_id=contact_id, version=version)
    for row in session.scalars(known_tags):
        gone = Tag(id=row.tag_id, name=row.name, colour=row.colour)
        found[row.tag_id] = accounts.TagChanged(tag=gone, is_deleted=True, version=row.version)
    for each in session.scalars(known_fields):
        report = accounts.AccountFieldChanged if each.owner == "accounts" else contacts.ContactFieldChanged
        found[each.field_id] = report(field=fields.definition(each), is_deleted=True)
    return found
