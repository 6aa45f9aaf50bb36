"""Who may enter an account, and who is told and synced: what everybody hears of the switches (R-STAT-1 to R-STAT-3)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.contacts import AccessChanged
from contracts.switches import PortalStatus, SyncedAddress
from services.contacts.model import AccountRef, AddressSwitch, ContactAddress, UnlinkedAddress
from services.contacts.rules import login

CLOSED = ("archived", "trashed", "deleted")  # nobody is let into such an account; its switches stay (R-ARC-1, R-ARC-3)


class Access(NamedTuple):
    """`entered` are the addresses with a password or an open link, as compared and as typed."""

    portal_status: PortalStatus
    is_notified: bool
    is_synced: bool
    login_emails: tuple[str, ...]
    unlinked: tuple[str, ...]
    synced: tuple[SyncedAddress, ...]
    entered: dict[str, str]

    @property
    def told(self) -> tuple[object, ...]:
        """What AccessChanged says."""
        return self[:6]


NOBODY = Access("off", False, False, (), (), (), {})
Switches = Row[tuple[UUID, UUID, login.Kept, bool, bool, str, str]]


def portal_status(states: Iterable[login.Kept], *, has_unlinked: bool, is_closed: bool) -> PortalStatus:
    """Say whether somebody may sign in, or somebody could (R-STAT-2). Nobody enters a closed account."""
    found = set(states)
    if is_closed:
        return "off"
    if has_unlinked or "active" in found:
        return "active"
    return "pending" if not found.isdisjoint(login.ON) else "off"


def accesses(session: Session, ctx: Context, account_ids: Collection[UUID]) -> dict[UUID, Access]:
    """Tell it of each of the accounts, in as many statements for all as for one."""
    if not account_ids:
        return {}
    account, switch, address, unlinked = AccountRef, AddressSwitch, ContactAddress, UnlinkedAddress
    accounts = select(account.id, account.state, account.is_gone)
    switches = (
        select(
            switch.account_id,
            switch.contact_id,
            switch.login,
            switch.is_notified,
            switch.is_synced,
            address.email,
            address.folded,
        )
        .join(address, (address.firm_id == switch.firm_id) & (address.id == switch.address_id))
        .where(switch.firm_id == ctx.firm, switch.account_id.in_(account_ids))
    )
    gone = select(unlinked.account_id, unlinked.email, unlinked.folded)
    gone = gone.where(unlinked.firm_id == ctx.firm, unlinked.account_id.in_(account_ids))
    by_account: dict[UUID, list[Switches]] = defaultdict(list)
    for one in session.execute(switches.order_by(address.folded, address.id)):
        by_account[one.account_id].append(one)
    left: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for account_id, email, folded in session.execute(gone.order_by(unlinked.folded, unlinked.id)):
        left[account_id].append((email, folded))
    known = session.execute(accounts.where(account.firm_id == ctx.firm, account.id.in_(account_ids)))
    return {
        one.id: NOBODY if one.is_gone else _access(by_account[one.id], left[one.id], is_closed=one.state in CLOSED)
        for one in known
    }


def _access(
    switches: list[Switches],
    unlinked: list[tuple[str, str]],
    *,
    is_closed: bool,
) -> Access:
    entered = {one.folded: one.email for one in switches if one.login in login.ENTERED}
    entered |= {folded: email for email, folded in unlinked}
    return Access(
        portal_status=portal_status((one.login for one in switches), has_unlinked=bool(unlinked), is_closed=is_closed),
        is_notified=any(one.is_notified for one in switches),
        is_synced=any(one.is_synced for one in switches),
        login_emails=tuple(dict.fromkeys(one.email for one in switches if one.login in login.ON)),
        unlinked=tuple(dict.fromkeys(email for email, _ in unlinked)),
        synced=tuple(SyncedAddress(contact_id=one.contact_id, email=one.email) for one in switches if one.is_synced),
        entered={} if is_closed else entered,
    )


def as_event(account_id: UUID, version: int, access: Access) -> AccessChanged:
    """Tell of it to everybody."""
    return AccessChanged(
        account_id=account_id,
        version=version,
        portal_status=access.portal_status,
        is_notified=access.is_notified,
        is_synced=access.is_synced,
        login_emails=access.login_emails,
        unlinked=access.unlinked,
        synced=access.synced,
    )
