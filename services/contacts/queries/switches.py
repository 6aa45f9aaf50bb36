"""The switches of an account's addresses as people see them (R-EM-2, §4.10)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import switches
from contracts.switches import AddressSettings, EmailAddress, PortalStatus
from services.contacts.model import (
    AccountRef,
    AddressSwitch,
    ContactAddress,
    ContactLink,
    SuppressedAddress,
    UnlinkedAddress,
)
from services.contacts.queries.access import CLOSED, portal_status
from services.contacts.rules import login


@dataclass(frozen=True, kw_only=True)
class Switches:
    """All switches of one account: by address, with the reasons why mail to some of them does not arrive."""

    by_address: Mapping[UUID, AddressSwitch]
    suppressed: Mapping[UUID, str]
    unlinked: tuple[switches.UnlinkedAddress, ...]
    portal_status: PortalStatus
    now: dt.datetime

    @property
    def may_sign(self) -> set[UUID]:
        """The contacts with LOGIN (R-SP-2)."""
        return {switch.contact_id for switch in self.by_address.values() if switch.access.is_on}

    def settings(self, address: EmailAddress) -> AddressSettings:
        """What one address may do and gets; signing takes LOGIN (R-SIG-1)."""
        switch = self.by_address.get(address.id)
        reason = self.suppressed.get(address.id, "")
        access = login.OFF if switch is None else switch.access
        return AddressSettings(
            address=address,
            login=login.seen(access, self.now, is_suppressed=address.id in self.suppressed),
            is_notified=switch is not None and switch.is_notified,
            is_synced=switch is not None and switch.is_synced,
            is_signatory=switch is not None and switch.is_signatory and access.is_on,
            invited_at=access.invited_at,
            suppression=reason,
        )


def of_account(session: Session, ctx: Context, account: AccountRef) -> Switches:
    """Find all switches of an account, in as many statements for many contacts as for one."""
    mine = AddressSwitch.firm_id == ctx.firm, AddressSwitch.account_id == account.id
    by_address = {row.address_id: row for row in session.scalars(select(AddressSwitch).where(*mine))}
    left = select(UnlinkedAddress).where(UnlinkedAddress.firm_id == ctx.firm, UnlinkedAddress.account_id == account.id)
    unlinked = session.scalars(left.order_by(UnlinkedAddress.folded, UnlinkedAddress.id)).all()
    return Switches(
        by_address=by_address,
        suppressed=_suppressed(session, ctx, account.id),
        unlinked=tuple(
            switches.UnlinkedAddress(id=one.id, email=one.email, contact_id=one.contact_id, unlinked_at=one.unlinked_at)
            for one in unlinked
        ),
        portal_status=portal_status(
            (row.login for row in by_address.values()), has_unlinked=bool(unlinked), is_closed=account.state in CLOSED
        ),
        now=ctx.now,
    )


def _suppressed(session: Session, ctx: Context, account_id: UUID) -> dict[UUID, str]:
    address, link, suppressed = ContactAddress, ContactLink, SuppressedAddress
    query = (
        select(address.id, suppressed.reason)
        .join(suppressed, (suppressed.firm_id == address.firm_id) & (suppressed.folded == address.folded))
        .join(link, (link.firm_id == address.firm_id) & (link.contact_id == address.contact_id))
        .where(link.firm_id == ctx.firm, link.account_id == account_id)
    )
    return dict(session.execute(query).tuples().all())
