"""Accounts and contacts as tables for a spreadsheet (R-EXP-1), a page at a time.

Accounts are in the order of their codes (R-ID-2), contacts in that of their making: neither ever changes, so what is
renamed while a sheet is sent is neither left out nor there twice. The directory says which accounts there are, the
owners what stands in the rows.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, tuple_
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import wrong
from contracts.accounts import Account, Accounts, GetAccounts
from contracts.contacts import Contact, Contacts, ListContacts
from contracts.custom_fields import CustomField, FieldValue
from contracts.overview import AccountSheet, Column, ContactSheet, SheetPage
from contracts.work import CountOpen, OpenWork, Work
from services.overview import exports, fields
from services.overview.model import DirectoryAccount, DirectoryLink
from services.overview.queries import filters

ACCOUNTS = 200  # rows of a page: what their owner gives at once
CONTACTS = 100
MOST_LINKED = 50  # columns of linked contacts or accounts; what is beyond stands in the last of them
SEVERAL = "; "  # between values of one cell, as the import reads them
ACCOUNT_COLUMNS = {
    "code": "Code", "name": "Account name", "state": "State", "type": "Account type", "company": "Company name",
    "tags": "Tags", "team": "Team", "followers": "Followers", "roles": "Account roles", "created": "Created",
    "updated": "Updated", "archived": "Archived", "timezone": "Time zone", "portal": "Portal status",
    "login": "Login emails", "signed_in": "Last login", "due": "Balance due", "credit": "Credit", "net_due": "Net due",
    "jobs": "Active jobs", "tasks": "Open tasks",
}  # fmt: skip
CONTACT_COLUMNS = {
    "name": "Contact name", "first": "First name", "middle": "Middle name", "last": "Last name", "email": "Email",
    "emails": "Other emails", "phone": "Phone", "company": "Company name", "street": "Street", "city": "City",
    "state": "State", "zip": "Zip", "country": "Country", "notes": "Notes", "tags": "Tags", "created": "Created",
    "updated": "Updated", "timezone": "Time zone",
}  # fmt: skip
NUMBERS = ("jobs", "tasks")


def account_sheet(db: Transactions, accounts: Accounts, work: Work, ctx: Context, request: AccountSheet) -> SheetPage:
    """A page of the accounts in the caller's sight. Raises Forbidden, Invalid; Unavailable when an owner is away."""
    exports.check(ctx.actor, "accounts")
    with db.reading(ctx) as session:
        rows, following = _accounts(session, ctx, request)
        known = fields.defined(session, ctx, "accounts")
        keys = request.columns or _account_keys(session, ctx, request, known)
    ids = tuple(row.account_id for row in rows)
    told = {one.id: one for one in accounts.get_accounts(ctx, GetAccounts(account_ids=ids)).items} if ids else {}
    counts = {one.account_id: one for one in work.count_open(ctx, CountOpen(account_ids=ids)).items} if ids else {}
    # An account that its owner no longer shows is no row, whatever the directory still says.
    cells = (_account_cells(ctx, told[row.account_id], row, counts) for row in rows if row.account_id in told)
    return _page(keys, ACCOUNT_COLUMNS, known, cells, following)


def contact_sheet(db: Transactions, contacts: Contacts, ctx: Context, request: ContactSheet) -> SheetPage:
    """A page of the contacts in the caller's sight. Raises Forbidden, Invalid; Unavailable when their owner is away."""
    exports.check(ctx.actor, "contacts")
    asked = ListContacts(q=request.q, sort="created_at", cursor=request.cursor, limit=CONTACTS)
    page = contacts.list_contacts(ctx, asked)
    with db.reading(ctx) as session:
        linked = _linked(session, ctx, [contact.id for contact in page.items])
        known = fields.defined(session, ctx, "contacts")
        keys = request.columns or _contact_keys(session, ctx, known)
    cells = (_contact_cells(contact, linked.get(contact.id, [])) for contact in page.items)
    return _page(keys, CONTACT_COLUMNS, known, cells, page.next_cursor)


def _accounts(session: Session, ctx: Context, request: AccountSheet) -> tuple[Sequence[DirectoryAccount], str | None]:
    account = DirectoryAccount
    if request.q and len(filters.searched(session, ctx, request.q)) >= filters.MOST_FOUND:
        raise wrong("q", f"This finds more than {filters.MOST_FOUND:,} accounts; type more, or filter otherwise.")
    query = select(account).where(*filters.conditions(session, ctx, request))
    if request.cursor is not None:
        query = query.where(tuple_(account.code, account.account_id) > _after(request.cursor))
    rows = session.scalars(query.order_by(account.code, account.account_id).limit(ACCOUNTS + 1)).all()
    shown = rows[:ACCOUNTS]
    last = shown[-1] if len(rows) > len(shown) else None
    return shown, cursor.encode(last.code, last.account_id) if last else None


def _account_keys(
    session: Session, ctx: Context, request: AccountSheet, known: Mapping[UUID, CustomField]
) -> Sequence[str]:
    account = DirectoryAccount
    most = select(func.max(func.jsonb_array_length(account.people)))
    count = session.scalar(most.where(*filters.conditions(session, ctx, request)))
    return _keys(ACCOUNT_COLUMNS, known, "contact", count or 0)


def _contact_keys(session: Session, ctx: Context, known: Mapping[UUID, CustomField]) -> Sequence[str]:
    account, link = DirectoryAccount, DirectoryLink
    each = (
        select(func.count().label("accounts"))
        .select_from(link)
        .join(account, (account.firm_id == link.firm_id) & (account.account_id == link.account_id))
        .where(link.firm_id == ctx.firm, *filters.seen(ctx, account))
        .group_by(link.contact_id)
        .subquery()
    )
    return _keys(CONTACT_COLUMNS, known, "account", session.scalar(select(func.max(each.c.accounts))) or 0)


def _keys(columns: Mapping[str, str], known: Iterable[UUID], linked: str, count: int) -> list[str]:
    places = range(1, max(min(count, MOST_LINKED), 1) + 1)  # at least one: the first link may come meanwhile
    return [*columns, *(f"field:{field_id}" for field_id in known), *(f"{linked}:{place}" for place in places)]


def _linked(session: Session, ctx: Context, contact_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The names of the accounts that the caller sees, by contact."""
    account, link = DirectoryAccount, DirectoryLink
    query = (
        select(link.contact_id, account.name)
        .join(account, (account.firm_id == link.firm_id) & (account.account_id == link.account_id))
        .where(link.firm_id == ctx.firm, link.contact_id.in_(contact_ids), *filters.seen(ctx, account))
        .order_by(link.contact_id, account.name, account.account_id)
    )
    found: dict[UUID, list[str]] = {}
    for contact_id, name in session.execute(query):
        found.setdefault(contact_id, []).append(name)
    return found


def _page(
    keys: Sequence[str],
    names: Mapping[str, str],
    known: Mapping[UUID, CustomField],
    cells: Iterable[dict[str, str]],
    following: str | None,
) -> SheetPage:
    numeric = {*NUMBERS, *(f"field:{field.id}" for field in known.values() if field.type == "number")}
    named = {**names, **{f"field:{field.id}": field.name for field in known.values()}}
    columns = tuple(Column(key=key, name=named.get(key, _linked_name(key)), is_number=key in numeric) for key in keys)
    rows = tuple(_row(keys, row) for row in cells)
    return SheetPage(columns=columns, rows=rows, next_cursor=following)


def _linked_name(key: str) -> str:
    kind, _, place = key.partition(":")
    return f"Linked {kind} #{place}" if kind in ("account", "contact") else ""  # a field deleted meanwhile


def _row(keys: Sequence[str], cells: dict[str, str]) -> tuple[str, ...]:
    """The cells under their columns; linked ones for which there is no column are added to the last that there is."""
    last = keys[-1]
    kind = last.partition(":")[0]
    if kind in ("account", "contact"):
        beyond = [text for key, text in cells.items() if key.startswith(f"{kind}:") and key not in keys]
        cells[last] = SEVERAL.join([*([cells[last]] if last in cells else []), *beyond])
    return tuple(cells.get(key, "") for key in keys)


def _account_cells(
    ctx: Context, account: Account, row: DirectoryAccount, counts: Mapping[UUID, OpenWork]
) -> dict[str, str]:
    count = counts.get(account.id)
    return {
        "code": account.code,
        "name": account.name,
        "state": account.state,
        "type": account.type,
        "company": account.company_name or "",
        "tags": SEVERAL.join(tag.name for tag in account.tags),
        "team": SEVERAL.join(person.name for person in account.team),
        "followers": SEVERAL.join(person.name for person in account.followers),
        "roles": SEVERAL.join(_role(each.role.name, [one.name for one in each.members]) for each in account.roles),
        "created": _instant(account.created_at),
        "updated": _instant(account.updated_at),
        "archived": _instant(account.archived_at),
        "timezone": account.timezone,
        "portal": row.portal_status,
        "login": SEVERAL.join(row.login_emails),
        "signed_in": _instant(row.signed_in_at),
        **(_money(row.balances) if filters.sees_money(ctx) else {}),
        "jobs": str(count.jobs if count else 0),
        "tasks": str(count.tasks if count else 0),
        **_fields(account.custom_fields),
        **_numbered("contact", [name for name, _ in row.people]),
    }


def _money(balances: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Amounts with their currencies, which are never added up (R-EXP-1, R-CRD-4)."""
    names = ("due", "credit", "net_due")
    return {name: SEVERAL.join(f"{one[name]} {one['currency']}" for one in balances) for name in names}


def _contact_cells(contact: Contact, linked: Sequence[str]) -> dict[str, str]:
    address = contact.address
    emails = [each.email for each in sorted(contact.addresses, key=lambda each: each.label != "email")]
    return {
        "name": contact.display_name,
        "first": contact.first_name,
        "middle": contact.middle_name,
        "last": contact.last_name,
        "email": SEVERAL.join(emails[:1]),
        "emails": SEVERAL.join(emails[1:]),
        "phone": SEVERAL.join(contact.phones),
        "company": contact.company_name,
        "street": address.street,
        "city": address.city,
        "state": address.state,
        "zip": address.zip,
        "country": address.country or "",
        "notes": contact.notes,
        "tags": SEVERAL.join(tag.name for tag in contact.tags),
        "created": _instant(contact.created_at),
        "updated": _instant(contact.updated_at),
        "timezone": contact.timezone,
        **_fields(contact.custom_fields),
        **_numbered("account", linked),
    }


def _fields(values: Iterable[FieldValue]) -> dict[str, str]:
    return {f"field:{value.field_id}": value.text for value in values}


def _numbered(kind: str, names: Sequence[str]) -> dict[str, str]:
    return {f"{kind}:{place}": name for place, name in enumerate(names, 1)}


def _role(name: str, members: Sequence[str]) -> str:
    return f"{name}: {', '.join(members)}"


def _instant(value: dt.datetime | None) -> str:
    return "" if value is None else value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _after(text: str) -> Any:
    code, account_id = cursor.decode(text, 2)
    try:
        last = UUID(account_id)
    except (AttributeError, TypeError, ValueError):
        last = None
    if last is None or not isinstance(code, str):
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.")
    return tuple_(literal(code, DirectoryAccount.code.type), literal(last))
