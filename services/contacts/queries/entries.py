"""Who may enter which account, for those who sign people in (R-POR-1, R-LOG-5, R-ARC-1)."""

from typing import Any

from sqlalchemy import Select, and_, select, union_all
from sqlalchemy.orm import Session

from chassis.addresses import fold
from chassis.context import Context
from chassis.errors import Forbidden
from contracts.accounts import AccountNotFound
from contracts.entries import (
    Entry,
    EntryList,
    GetEntry,
    Invitation,
    InvitationNotFound,
    InvitationToken,
    ListEntries,
)
from services.contacts.model import (
    AccountRef,
    AddressSwitch,
    Contact,
    ContactAddress,
    InvitationLink,
    UnlinkedAddress,
)
from services.contacts.queries.access import CLOSED
from services.contacts.rules import login, tokens


def get_entry(session: Session, ctx: Context, request: GetEntry) -> Entry:
    """As whom who signed in by the address acts on the account. Raises AccountNotFound, whether it exists or not."""
    check_system(ctx)
    found = session.execute(_entries(ctx, request.email, AccountRef.id == request.account_id)).first()
    if found is None:
        raise AccountNotFound(account_id=str(request.account_id))
    return _entry(found)


def list_entries(session: Session, ctx: Context, request: ListEntries) -> EntryList:
    """Every account that may be entered by the address, by name (R-POR-2)."""
    check_system(ctx)
    found: dict[Any, Entry] = {}
    for row in session.execute(_entries(ctx, request.email)):
        found.setdefault(row.account_id, _entry(row))
    return EntryList(items=tuple(found.values()))


def find_invitation(session: Session, ctx: Context, request: InvitationToken) -> Invitation:
    """What an open link invites to (R-LOG-7). Raises InvitationNotFound for any other, whatever became of it."""
    check_system(ctx)
    link, switch, address = InvitationLink, AddressSwitch, ContactAddress
    is_its = and_(
        switch.firm_id == link.firm_id, switch.account_id == link.account_id, switch.address_id == link.address_id
    )
    query = (
        select(switch, address.email, AccountRef.name, Contact.display_name)
        .join_from(link, switch, is_its)
        .join(address, and_(address.firm_id == link.firm_id, address.id == link.address_id))
        .join(AccountRef, and_(AccountRef.firm_id == link.firm_id, AccountRef.id == link.account_id))
        .join(Contact, and_(Contact.firm_id == link.firm_id, Contact.id == switch.contact_id))
        .where(link.firm_id == ctx.firm, link.digest == tokens.digest(request.token))
        .where(link.sent_at == switch.invited_at, AccountRef.state.not_in(CLOSED))
        .where(AccountRef.is_open, ~AccountRef.is_gone)  # as for entries: no link is used up that leads nowhere
    )
    row = session.execute(query).one_or_none()
    if row is None or login.seen(row[0].access, ctx.now) != "invited":
        raise InvitationNotFound
    found: AddressSwitch = row[0]
    if found.invited_at is None:
        raise InvitationNotFound
    return Invitation(
        account_id=found.account_id,
        account_name=row.name,
        contact_id=found.contact_id,
        contact_name=row.display_name,
        address_id=found.address_id,
        email=row.email,
        sent_at=found.invited_at,
        expires_at=found.invited_at + login.VALID,
    )


def check_system(ctx: Context) -> None:
    """Raise Forbidden to all but the services themselves."""
    if ctx.actor.kind != "system":
        raise Forbidden


def _entries(ctx: Context, email: str, *where: Any) -> Select[Any]:
    """Linked and unlinked addresses alike (R-EM-3): by account, who was let in first at the top."""
    folded = fold(email)
    switch, address, unlinked = AddressSwitch, ContactAddress, UnlinkedAddress
    linked = (
        select(switch.account_id, switch.contact_id, switch.accepted_at, address.email)
        .join(address, and_(address.firm_id == switch.firm_id, address.id == switch.address_id))
        .where(switch.firm_id == ctx.firm, switch.login == "active", address.firm_id == ctx.firm)
        .where(address.folded == folded)
    )
    left = select(unlinked.account_id, unlinked.contact_id, unlinked.accepted_at, unlinked.email).where(
        unlinked.firm_id == ctx.firm, unlinked.folded == folded
    )
    both = union_all(linked, left).subquery()
    return (
        select(both, AccountRef.code, AccountRef.name, Contact.display_name, Contact.timezone)
        .join(AccountRef, and_(AccountRef.firm_id == ctx.firm, AccountRef.id == both.c.account_id))
        .join(Contact, and_(Contact.firm_id == ctx.firm, Contact.id == both.c.contact_id))
        .where(AccountRef.is_open, ~AccountRef.is_gone, AccountRef.state == "active", *where)
        .order_by(AccountRef.name, AccountRef.id, both.c.accepted_at.nulls_last(), both.c.contact_id)
    )


def _entry(row: Any) -> Entry:
    return Entry(
        account_id=row.account_id,
        code=row.code,
        name=row.name,
        contact_id=row.contact_id,
        contact_name=row.display_name,
        email=row.email,
        timezone=row.timezone,
    )
