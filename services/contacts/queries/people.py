"""Contacts the caller may see: one, a page of them, the one that is meant, those that are there twice."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_, union
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.wire import dump
from contracts import contacts
from contracts.common import Done
from contracts.contacts import (
    ContactAccounts,
    ContactPage,
    ContactRef,
    Duplicates,
    FindContact,
    FoundContact,
    ListContacts,
    NewContact,
)
from services.contacts import snapshots
from services.contacts.access import sees_contact
from services.contacts.model import Contact, ContactAddress, ContactField
from services.contacts.queries import links, sorting
from services.contacts.queries.fields import NOTHING, Filled, sorted_out
from services.contacts.rules import addresses, fields, sameness, text

SUSPECTS = 5000  # contacts compared in one call; merging what it shows brings the next
GROUPS = 100


def get_contact(session: Session, ctx: Context, request: ContactRef) -> contacts.Contact:
    """Describe a contact. Raises ContactNotFound, also for one that the caller does not see (R-ACC-5)."""
    row = session.scalar(select(Contact).where(*_seen(ctx), Contact.id == request.contact_id))
    if row is None:
        raise contacts.ContactNotFound(contact_id=str(request.contact_id))
    return snapshots.of_contact(session, ctx, row)


def list_contacts(session: Session, ctx: Context, request: ListContacts) -> ContactPage:
    """List contacts, 25 at a time and by name unless asked otherwise (R-LST-5)."""
    found = [*_seen(ctx), *_matches(request.q)]
    total = session.scalar(select(func.count()).select_from(Contact).where(*found)) or 0
    order = sorting.order(request.sort)
    page = select(Contact).where(*found).order_by(*order)
    if request.cursor is not None:
        page = page.where(sorting.after(request.sort, request.cursor))
    rows = session.scalars(page.limit(request.limit + 1)).all()
    shown = rows[: request.limit]
    more = sorting.cursor_after(request.sort, shown[-1]) if len(rows) > len(shown) else None
    served = links.accounts_of(session, ctx, [row.id for row in shown]) if request.has_accounts else {}
    return ContactPage(
        items=tuple(snapshots.of_contacts(session, ctx, shown)),
        total=total,
        next_cursor=more,
        accounts=tuple(ContactAccounts(contact_id=contact_id, items=items) for contact_id, items in served.items()),
    )


def find_contact(session: Session, ctx: Context, request: FindContact) -> FoundContact:
    """Find the oldest contact that has all that is filled in the request (R-C-4, R-IMP-1)."""
    asked = _facts(session, ctx, request.contact)
    emails = [value for field, value in asked.items() if field.startswith(sameness.ADDRESS)]
    candidates: list[ColumnElement[bool]] = [Contact.id.in_(_having(ctx, emails[:1]))] if emails else []
    candidates += [getattr(Contact, part) == asked[part] for part in fields.NAMES if part in asked]
    if not candidates and "display_name" in asked:
        candidates = [Contact.display_name == asked["display_name"]]
    if not candidates:
        return FoundContact(contact_id=None)
    rows = session.scalars(select(Contact).where(*_seen(ctx), *candidates).order_by(Contact.id))
    return FoundContact(contact_id=next((row.id for row in rows if sameness.has_all(row.facts, asked)), None))


def list_duplicates(session: Session, ctx: Context, request: Done) -> Duplicates:  # noqa: ARG001
    """Group the visible contacts whose filled fields are all equal (R-C-4)."""
    suspects = select(Contact).where(*_seen(ctx), Contact.id.in_(union(_namesakes(ctx), _sharers(ctx))))
    rows = session.scalars(suspects.order_by(Contact.display_name, Contact.id).limit(SUSPECTS))
    found = sameness.groups({row.id: row.facts for row in rows})
    return Duplicates(groups=tuple(found[:GROUPS]))


def _namesakes(ctx: Context) -> Select[tuple[UUID]]:
    name = (Contact.last_name, Contact.first_name)
    repeated = select(*name).where(Contact.firm_id == ctx.firm, or_(*(part != "" for part in name)))
    repeated = repeated.group_by(*name).having(func.count() > 1)
    return select(Contact.id).where(Contact.firm_id == ctx.firm, tuple_(*name).in_(repeated))


def _sharers(ctx: Context) -> Select[tuple[UUID]]:
    repeated = select(ContactAddress.folded).where(ContactAddress.firm_id == ctx.firm)
    repeated = repeated.group_by(ContactAddress.folded).having(func.count() > 1)
    return _having(ctx, repeated)


def _seen(ctx: Context) -> tuple[ColumnElement[bool], ...]:
    return Contact.firm_id == ctx.firm, sees_contact(ctx.actor)


def _matches(q: str | None) -> list[ColumnElement[bool]]:
    return [Contact.search.contains(word, autoescape=True) for word in text.words(q or "")]


def _having(ctx: Context, folded: Sequence[str] | Select[tuple[str]]) -> Select[tuple[UUID]]:
    return select(ContactAddress.contact_id).where(
        ContactAddress.firm_id == ctx.firm, ContactAddress.folded.in_(folded)
    )


def _facts(session: Session, ctx: Context, new: NewContact) -> sameness.Facts:
    columns = fields.columns(dump(new))
    phones = columns.pop("phones")
    filled = _custom(session, ctx, new)
    emails = {field_id: email for field_id, email in filled.emails.items() if email is not None}
    asked = addresses.wanted(new.email, new.other_addresses, "contact.", emails)
    values = {field_id: value for field_id, value in filled.others.items() if value is not None}
    return sameness.facts(columns, [(one.slot, one.folded) for one in asked], phones, values)


def _custom(session: Session, ctx: Context, new: NewContact) -> Filled:
    if not new.custom_fields:
        return NOTHING
    rows = session.scalars(select(ContactField).where(ContactField.firm_id == ctx.firm))
    return sorted_out(rows, new.custom_fields, new.dates, "contact.custom_fields")
