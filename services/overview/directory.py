"""The directory: one row per account, put together from events of accounts and contacts in whatever order they come.

Facts are kept apart (account, contact, links, access, tag, field), each with the version of its owner; what lists and
search read is made from them anew under locks. Contacts are locked before accounts, each in the order of their ids:
whoever changes a contact and whoever links it wait for each other, and nobody waits in a circle.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.wire import to_json
from contracts import accounts, billing, contacts, portal
from contracts.common import Tag
from services.overview import fields, marks, rules
from services.overview.model import (
    DirectoryAccount,
    DirectoryContact,
    DirectoryLink,
    DirectoryMark,
    DirectorySearch,
    DirectoryTag,
)

VISIBLE = ("active", "archived")


def account_created(session: Session, ctx: Context, happened: accounts.AccountCreated) -> None:
    put_account(session, ctx, happened.account)


def account_changed(session: Session, ctx: Context, happened: accounts.AccountChanged) -> None:
    put_account(session, ctx, happened.account)


def account_deleted(session: Session, ctx: Context, happened: accounts.AccountDeleted) -> None:
    """Keep a bare tombstone, so that an older event that comes late brings nothing back."""
    row = _locked_account(session, ctx, happened.account_id)
    if row.state != "deleted":
        _bury(row, happened.version)
        _refresh(session, ctx, [row])


def put_account(session: Session, ctx: Context, account: accounts.Account) -> None:
    """Take over an account as it is, unless something newer of it is known."""
    row = _locked_account(session, ctx, account.id)
    if row.state == "deleted" or account.version < row.version:
        return
    # Who follows an account, or what its photo is, concerns no list. The same version told again mends what is kept.
    is_news, before = account.version > row.version > 0, _shown(row)
    row.version, row.state = account.version, account.state
    row.code, row.name, row.company, row.type = account.code, account.name, account.company_name or "", account.type
    row.tags, row.team = [tag.id for tag in account.tags], sorted(person.id for person in account.team)
    row.created_at = account.created_at
    row.fields = fields.kept(account.custom_fields)
    if is_news and _shown(row) == before:
        return
    for tag in sorted(account.tags, key=lambda tag: tag.id):
        _put_tag(session, ctx, tag, version=0, is_deleted=False)
    fields.seen(session, ctx, account.custom_fields)
    _refresh(session, ctx, [row])


def _shown(row: DirectoryAccount) -> tuple[Any, ...]:
    """What the account itself lends to lists and search."""
    return row.state, row.code, row.name, row.company, row.type, row.tags, row.team, row.created_at, row.fields


def contact_created(session: Session, ctx: Context, happened: contacts.ContactCreated) -> None:
    put_contact(session, ctx, happened.contact)


def contact_changed(session: Session, ctx: Context, happened: contacts.ContactChanged) -> None:
    put_contact(session, ctx, happened.contact)


def contact_deleted(session: Session, ctx: Context, happened: contacts.ContactDeleted) -> None:
    row = _locked_contacts(session, ctx, [happened.contact_id], for_change=True)[0]
    if not row.is_deleted:
        row.version, row.is_deleted, row.name, row.addresses = happened.version, True, "", []
        _refresh_linked(session, ctx, row.contact_id)


def put_contact(session: Session, ctx: Context, contact: contacts.Contact) -> None:
    """Take over a contact as it is, unless something newer of it is known."""
    row = _locked_contacts(session, ctx, [contact.id], for_change=True)[0]
    if row.is_deleted or contact.version < row.version:
        return
    row.version, row.name = contact.version, contact.display_name
    row.addresses = [address.email for address in contact.addresses]
    _refresh_linked(session, ctx, contact.id)


def links_changed(session: Session, ctx: Context, happened: contacts.LinksChanged) -> None:
    """Take over all links of an account, unless newer ones are known."""
    _locked_contacts(session, ctx, happened.contact_ids, for_change=False)
    row = _locked_account(session, ctx, happened.account_id)
    if happened.version < row.links_version:
        return
    row.links_version = happened.version
    theirs = (DirectoryLink.firm_id == ctx.firm, DirectoryLink.account_id == row.account_id)
    session.execute(delete(DirectoryLink).where(*theirs))
    links = [
        {"firm_id": ctx.firm, "account_id": row.account_id, "contact_id": contact_id, "position": place}
        for place, contact_id in enumerate(dict.fromkeys(happened.contact_ids))
    ]
    if links:
        session.execute(insert(DirectoryLink).values(links))
    _refresh(session, ctx, [row])


def access_changed(session: Session, ctx: Context, happened: contacts.AccessChanged) -> None:
    """Take over what an account's switches add up to, unless something newer is known; equal versions: the later."""
    row = _locked_account(session, ctx, happened.account_id)
    if row.state == "deleted" or happened.version < row.access_version:
        return
    row.access_version, row.portal_status = happened.version, happened.portal_status
    row.is_notified, row.is_synced = happened.is_notified, happened.is_synced
    row.login_emails, row.unlinked = list(happened.login_emails), list(happened.unlinked)
    _refresh(session, ctx, [row])


def client_signed_in(session: Session, ctx: Context, happened: portal.ClientSignedIn) -> None:
    """Keep the latest sign-in by anybody (R-LA-1)."""
    row = _locked_account(session, ctx, happened.account_id)
    if row.state != "deleted" and (row.signed_in_at is None or row.signed_in_at < happened.at):
        row.signed_in_at = happened.at


def balance_changed(session: Session, ctx: Context, happened: billing.BalanceChanged) -> None:
    """Keep what the account owes and its credit, unless something newer is known (R-CRD-4)."""
    row = _locked_account(session, ctx, happened.account_id)
    told = happened.balances
    if row.state != "deleted" and told.version >= row.balances_version:
        row.balances_version = told.version
        row.balances = [orjson.loads(to_json(one)) for one in told.items]


def tag_changed(session: Session, ctx: Context, happened: accounts.TagChanged) -> None:
    _put_tag(session, ctx, happened.tag, version=happened.version, is_deleted=happened.is_deleted)


def _put_tag(session: Session, ctx: Context, tag: Tag, *, version: int, is_deleted: bool) -> None:
    values = {"version": version, "is_deleted": is_deleted, "name": tag.name, "colour": tag.colour}
    put = insert(DirectoryTag).values(firm_id=ctx.firm, tag_id=tag.id, **values)
    if version == 0:
        put = put.on_conflict_do_nothing()
    else:
        newer = (DirectoryTag.version <= version) & ~DirectoryTag.is_deleted
        put = put.on_conflict_do_update(index_elements=["firm_id", "tag_id"], set_=values, where=newer)
    session.execute(put)


def _locked_account(session: Session, ctx: Context, account_id: UUID) -> DirectoryAccount:
    """The account's row, made if this is the first that is heard of it, and nobody else's until the end."""
    session.execute(insert(DirectoryAccount).values(firm_id=ctx.firm, account_id=account_id).on_conflict_do_nothing())
    return _lock_accounts(session, ctx, [account_id])[0]


def _lock_accounts(session: Session, ctx: Context, account_ids: Sequence[UUID]) -> Sequence[DirectoryAccount]:
    query = (
        select(DirectoryAccount)
        .where(DirectoryAccount.firm_id == ctx.firm, DirectoryAccount.account_id.in_(account_ids))
        .order_by(DirectoryAccount.account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()


def _locked_contacts(
    session: Session, ctx: Context, contact_ids: Iterable[UUID], *, for_change: bool
) -> Sequence[DirectoryContact]:
    wanted = sorted(set(contact_ids))
    if not wanted:
        return []
    rows = [{"firm_id": ctx.firm, "contact_id": contact_id} for contact_id in wanted]
    session.execute(insert(DirectoryContact).values(rows).on_conflict_do_nothing())
    query = (
        select(DirectoryContact)
        .where(DirectoryContact.firm_id == ctx.firm, DirectoryContact.contact_id.in_(wanted))
        .order_by(DirectoryContact.contact_id)
        .with_for_update(read=not for_change)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()


def _refresh_linked(session: Session, ctx: Context, contact_id: UUID) -> None:
    session.flush()
    linked = select(DirectoryLink.account_id).where(
        DirectoryLink.firm_id == ctx.firm, DirectoryLink.contact_id == contact_id
    )
    account_ids = session.scalars(linked).all()
    if account_ids:
        _refresh(session, ctx, _lock_accounts(session, ctx, account_ids))


def _refresh(session: Session, ctx: Context, rows: Sequence[DirectoryAccount]) -> None:
    """Make what is read of these locked accounts anew from the facts."""
    session.flush()
    people = _people(session, ctx, [row.account_id for row in rows])
    for row in rows:
        theirs = people.get(row.account_id, [])
        row.people = [[person.name, list(person.addresses)] for person in theirs]
        _mark(session, ctx, row)
        _index(session, ctx, row, theirs)
    session.flush()


def _people(session: Session, ctx: Context, account_ids: Sequence[UUID]) -> dict[UUID, list[rules.Person]]:
    contact, link = DirectoryContact, DirectoryLink
    same = (contact.firm_id == link.firm_id) & (contact.contact_id == link.contact_id)
    query = (
        select(link.account_id, contact.name, contact.addresses)
        .join(contact, same)
        .where(link.firm_id == ctx.firm, link.account_id.in_(account_ids), contact.version > 0, ~contact.is_deleted)
        .order_by(link.account_id, link.position)
    )
    found: dict[UUID, list[rules.Person]] = {}
    for account_id, name, addresses in session.execute(query):
        found.setdefault(account_id, []).append(rules.Person(name, tuple(addresses)))
    return found


def _mark(session: Session, ctx: Context, row: DirectoryAccount) -> None:
    wanted = sorted(_marks(row)) if row.state in VISIBLE else []
    theirs = (DirectoryMark.firm_id == ctx.firm, DirectoryMark.account_id == row.account_id)
    session.execute(delete(DirectoryMark).where(*theirs, DirectoryMark.mark_id.not_in(wanted)))
    marks = [{"firm_id": ctx.firm, "mark_id": mark_id, "account_id": row.account_id} for mark_id in wanted]
    if marks:
        session.execute(insert(DirectoryMark).values(marks).on_conflict_do_nothing())


def _marks(row: DirectoryAccount) -> set[UUID]:
    states = {marks.state(name, getattr(row, name)) for name in ("portal_status", "is_notified", "is_synced")}
    filled = marks.of_values({UUID(field_id): value for field_id, value, _ in row.fields})
    return {*row.tags, *row.team, *states, *filled}


def _index(session: Session, ctx: Context, row: DirectoryAccount, people: Sequence[rules.Person]) -> None:
    if row.state not in VISIBLE:
        theirs = (DirectorySearch.firm_id == ctx.firm, DirectorySearch.account_id == row.account_id)
        session.execute(delete(DirectorySearch).where(*theirs))
        return
    texts = [row.code, row.name, row.company, *(person.name for person in people)]
    addresses = [*(a for person in people for a in person.addresses), *row.unlinked]  # R-SRC-3
    kept = rules.searched(ctx.firm, texts, addresses, row.team)
    values = {
        "is_archived": row.state == "archived",
        "name": row.name,
        "code_key": rules.normal(row.code),
        "name_key": rules.normal(row.name),
        "names": kept.names,
        "addresses": kept.addresses,
        "team": row.team,
        "keys": kept.keys,
    }
    put = insert(DirectorySearch).values(firm_id=ctx.firm, account_id=row.account_id, **values)
    given = {name: put.excluded[name] for name in values}
    session.execute(put.on_conflict_do_update(index_elements=["firm_id", "account_id"], set_=given))


def _bury(row: DirectoryAccount, version: int) -> None:
    row.version, row.state, row.created_at = version, "deleted", None
    row.code = row.name = row.company = row.type = ""
    row.tags, row.team, row.fields, row.login_emails, row.unlinked = [], [], [], [], []
    row.access_version, row.portal_status, row.is_notified, row.is_synced = 0, "off", False, False
    row.signed_in_at = None
    row.balances_version, row.balances = 0, []


HANDLERS: dict[Any, Callable[[Session, Context, Any], None]] = {
    accounts.AccountCreated: account_created,
    accounts.AccountChanged: account_changed,
    accounts.AccountDeleted: account_deleted,
    accounts.TagChanged: tag_changed,
    accounts.AccountFieldChanged: fields.account_field_changed,
    contacts.ContactFieldChanged: fields.contact_field_changed,
    contacts.AccessChanged: access_changed,
    contacts.ContactCreated: contact_created,
    contacts.ContactChanged: contact_changed,
    contacts.ContactDeleted: contact_deleted,
    contacts.LinksChanged: links_changed,
    portal.ClientSignedIn: client_signed_in,
    billing.BalanceChanged: balance_changed,
}
