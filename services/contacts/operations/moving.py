"""What becomes of switches when an address leaves its contact, comes back, or passes its place on (R-EM-3, R-LOG-4)."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, exists, select, update
from sqlalchemy.orm import Session

from chassis.context import Context
from services.contacts.model import (
    AccountRef,
    AddressSwitch,
    Contact,
    ContactAddress,
    ContactLink,
    SuppressedAddress,
    Switched,
    UnlinkedAddress,
)
from services.contacts.operations import announcing, inviting
from services.contacts.operations.rows import FRESH
from services.contacts.queries.access import CLOSED
from services.contacts.rules import login
from services.contacts.rules.addresses import Wanted


class Left(NamedTuple):
    """The switches of an address that leaves, and the place it leaves."""

    switch: AddressSwitch
    email: str
    folded: str
    slot: str


def taken(session: Session, ctx: Context, row: Contact, wanted: Sequence[Wanted]) -> list[Left]:
    """Take the switches off those addresses of a contact that are not wanted any more."""
    kept = {one.folded for one in wanted}
    going = {address.id: address for address in row.addresses if address.folded not in kept}
    if not going:
        return []
    query = select(AddressSwitch).where(AddressSwitch.firm_id == ctx.firm, AddressSwitch.address_id.in_(going))
    found = session.scalars(query.order_by(AddressSwitch.account_id), execution_options=FRESH).all()
    left = []
    for switch in found:
        address = going[switch.address_id]
        left.append(Left(switch, address.email, address.folded, address.slot))
        session.delete(switch)
    session.flush()
    return left


def settled(
    session: Session, ctx: Context, row: Contact, accounts: Sequence[AccountRef], left: Sequence[Left], known: set[str]
) -> None:
    """Give what was taken to whom it falls: who may sign in stays, unlinked (R-EM-3), the rest is inherited.

    `known` are the addresses that the contact had before, in the form in which they are compared.
    """
    heirs = {address.slot: address for address in row.addresses if address.folded not in known}
    by_id = {account.id: account for account in accounts}
    touched: set[UUID] = set()
    for one in left:
        touched.add(one.switch.account_id)
        if one.switch.login == "active":
            session.add(_unlinked(ctx, one))
        heir = heirs.get(one.slot)
        if heir is not None:
            _inherit(session, ctx, by_id[one.switch.account_id], row, heir, one.switch)
    session.flush()
    touched |= adopt(session, ctx, by_id)
    forget_ranks(session, ctx, touched)
    announcing.switches_changed(session, [account for account in accounts if account.id in touched])


def _unlinked(ctx: Context, left: Left) -> UnlinkedAddress:
    switch = left.switch
    made = UnlinkedAddress(
        firm_id=ctx.firm,
        account_id=switch.account_id,
        id=switch.address_id,
        contact_id=switch.contact_id,
        email=left.email,
        folded=left.folded,
        unlinked_at=ctx.now,
    )
    _copy(switch, made)
    return made


def _inherit(
    session: Session, ctx: Context, account: AccountRef, row: Contact, heir: ContactAddress, switch: AddressSwitch
) -> None:
    """The heir takes NOTIFY and EMAIL SYNC over, LOGIN and signing only where nobody had accepted (R-LOG-4)."""
    may_invite = account.state not in CLOSED and not is_suppressed(session, ctx, heir.folded)
    access = login.inherited(switch.access, ctx.now, may_invite=may_invite)
    made = AddressSwitch(
        firm_id=ctx.firm,
        account_id=account.id,
        address_id=heir.id,
        contact_id=row.id,
        is_notified=switch.is_notified,
        is_synced=switch.is_synced,
        is_signatory=switch.is_signatory and access.is_on,
    )
    made.access = access
    if made.is_all_off:
        return
    session.add(made)
    if access.state == "invited":
        inviting.requested(session, ctx, account, row, heir, "", is_resend=False)


def adopt(session: Session, ctx: Context, account_ids: Collection[UUID]) -> set[UUID]:
    """Link each unlinked address again that a contact of its account has (R-EM-3); in which accounts."""
    unlinked, link, address = UnlinkedAddress, ContactLink, ContactAddress
    query = (
        select(unlinked, address)
        .join(link, and_(link.firm_id == unlinked.firm_id, link.account_id == unlinked.account_id))
        .join(
            address,
            and_(
                address.firm_id == link.firm_id,
                address.contact_id == link.contact_id,
                address.folded == unlinked.folded,
            ),
        )
        .where(unlinked.firm_id == ctx.firm, unlinked.account_id.in_(account_ids))
        .order_by(unlinked.account_id, unlinked.id, link.position)
    )
    done: set[tuple[UUID, UUID]] = set()
    for row, home in session.execute(query).all() if account_ids else ():
        if (row.account_id, row.id) not in done:
            done.add((row.account_id, row.id))
            switch = session.get(AddressSwitch, (ctx.firm, row.account_id, home.id))
            if switch is None:
                switch = AddressSwitch(
                    firm_id=ctx.firm, account_id=row.account_id, address_id=home.id, contact_id=home.contact_id
                )
                _copy(row, switch)
                session.add(switch)
            else:
                combine(switch, row)
            session.delete(row)
    session.flush()
    return {account_id for account_id, _ in done}


def _copy(one: Switched, other: Switched) -> None:
    other.access = one.access
    other.is_notified, other.is_synced, other.is_signatory = one.is_notified, one.is_synced, one.is_signatory


def combine(switch: Switched, other: Switched) -> None:
    """Let one address have what two had on an account: the stronger of each (R-C-4)."""
    switch.access = login.stronger(switch.access, other.access)
    switch.is_notified = switch.is_notified or other.is_notified
    switch.is_synced = switch.is_synced or other.is_synced
    switch.is_signatory = switch.is_signatory or other.is_signatory


def forget_ranks(session: Session, ctx: Context, account_ids: Collection[UUID]) -> None:
    """Take the place among the signers from whoever has no LOGIN left (R-SP-3)."""
    has_login = exists().where(
        AddressSwitch.firm_id == ContactLink.firm_id,
        AddressSwitch.account_id == ContactLink.account_id,
        AddressSwitch.contact_id == ContactLink.contact_id,
        AddressSwitch.login.in_(login.ON),
    )
    out = update(ContactLink).where(
        ContactLink.firm_id == ctx.firm,
        ContactLink.account_id.in_(account_ids),
        ContactLink.signer_rank.is_not(None),
        ~has_login,
    )
    if account_ids:
        session.flush()
        session.execute(out.values(signer_rank=None), execution_options={"synchronize_session": False})


def is_suppressed(session: Session, ctx: Context, folded: str) -> bool:
    """Whether mail to this address does not arrive (R-LOG-8)."""
    return session.get(SuppressedAddress, (ctx.firm, folded)) is not None


def ends(session: Session, ctx: Context, account_id: UUID, contact_id: UUID) -> None:
    """End what a contact's addresses have on an account, those that left it included (R-LNK-3)."""
    for table in (AddressSwitch, UnlinkedAddress):
        theirs = select(table).where(
            table.firm_id == ctx.firm, table.account_id == account_id, table.contact_id == contact_id
        )
        for row in session.scalars(theirs, execution_options=FRESH):
            session.delete(row)
    session.flush()
