"""The switches of an address on an account, and the invitations to it (R-LOG-*, R-NOT-4, R-SYN-3, R-SIG-1)."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Forbidden, wrong
from chassis.wire import UNSET
from contracts import contacts
from contracts.common import Done
from contracts.contacts import LinkedContacts
from contracts.switches import (
    AcceptInvitation,
    AccountArchived,
    AddressBlocked,
    AddressNotFound,
    InvitationNotOpen,
    NotInvitable,
    SendInvitation,
    SetSwitches,
)
from services.contacts.model import AccountRef, AddressSwitch, Contact, ContactAddress, SuppressedAddress
from services.contacts.operations import announcing, inviting, moving, rows
from services.contacts.queries import access
from services.contacts.queries.access import CLOSED
from services.contacts.queries.links import linked_contacts, same_version
from services.contacts.rules import login
from services.contacts.rules.text import tidy_body


def set_switches(session: Session, ctx: Context, request: SetSwitches) -> LinkedContacts:
    """Change what an address may do and gets on this account alone (R-EM-2).

    LOGIN that goes on for the first time takes NOTIFY (R-NOT-4) and signing (R-SIG-1) along unless told otherwise;
    EMAIL SYNC needs no LOGIN (R-SYN-3). Raises AccountNotFound, Forbidden, LinkNotFound, AddressNotFound,
    LinksChangedMeanwhile.
    """
    account, _, address = _place(session, ctx, request.account_id, request.contact_id, request.address_id)
    same_version(session, ctx, account, request.version)
    with announcing.access_watched(session, ctx, [account]):
        switch = _switch(session, ctx, account, address)
        before = _state(switch)
        _apply(switch, request)
        if _state(switch) != before:
            _keep(session, switch)
            moving.forget_ranks(session, ctx, [account.id])
            announcing.switches_changed(session, [account])
    return linked_contacts(session, ctx, account)


def _apply(switch: AddressSwitch, request: SetSwitches) -> None:
    is_first = switch.login == "none"
    if request.is_login_on is not UNSET:
        switch.access = login.switched(switch.access, is_on=request.is_login_on)
        if is_first and switch.access.is_on:
            switch.is_notified = switch.is_signatory = True
    if request.is_notified is not UNSET:
        switch.is_notified = request.is_notified
    if request.is_synced is not UNSET:
        switch.is_synced = request.is_synced
    if request.is_signatory is not UNSET:
        if request.is_signatory and not switch.access.is_on:
            raise wrong("is_signatory", "Only who may sign in can sign: switch LOGIN on too.")
        switch.is_signatory = request.is_signatory
    if switch.login == "none":
        switch.is_signatory = False


def send_invitation(session: Session, ctx: Context, request: SendInvitation) -> LinkedContacts:
    """Invite an address whose LOGIN is on, or invite it again (R-LOG-1, R-LOG-2).

    Raises AccountNotFound, Forbidden, LinkNotFound, AddressNotFound, NotInvitable, AddressBlocked, AccountArchived.
    """
    account, contact, address = _place(session, ctx, request.account_id, request.contact_id, request.address_id)
    _refuse_closed(account)
    switch = _switch(session, ctx, account, address)
    if not switch.access.is_on:
        raise NotInvitable(state=switch.login)
    suppressed = session.get(SuppressedAddress, (ctx.firm, address.folded))
    if suppressed is not None and switch.login != "active":
        raise AddressBlocked(reason=suppressed.reason)
    with announcing.access_watched(session, ctx, [account]):
        is_resend = switch.invited_at is not None
        switch.access = login.invited(switch.access, ctx.now)
        announcing.switches_changed(session, [account])
        inviting.requested(session, ctx, account, contact, address, tidy_body(request.message), is_resend=is_resend)
    return linked_contacts(session, ctx, account)


def accept_invitation(session: Session, ctx: Context, request: AcceptInvitation) -> Done:
    """Let in who followed the link (R-LOG-3). Raises Forbidden, InvitationNotOpen, AccountArchived."""
    if ctx.actor.kind != "system":
        raise Forbidden
    account = rows.account_to_open(session, ctx, request.account_id)
    if account is None or account.is_gone:
        raise InvitationNotOpen
    _refuse_closed(account)
    key = (ctx.firm, account.id, request.address_id)
    switch = session.get(AddressSwitch, key, populate_existing=True)
    if switch is None:
        raise InvitationNotOpen
    is_first = access.accesses(session, ctx, [account.id])[account.id].portal_status != "active"
    with announcing.access_watched(session, ctx, [account]):
        switch.access = login.accepted(switch.access, request.sent_at, ctx.now)
        announcing.switches_changed(session, [account])
    announcing.let_in(session, ctx, account, switch, is_first=is_first)
    return Done()


def _refuse_closed(account: AccountRef) -> None:
    if account.state in CLOSED:
        raise AccountArchived(account_id=str(account.id))


def _place(
    session: Session, ctx: Context, account_id: UUID, contact_id: UUID, address_id: UUID
) -> tuple[AccountRef, Contact, ContactAddress]:
    """Contact and account are locked in the order that everybody keeps; whose contact is linked sees it."""
    rows.account(session, ctx, account_id)
    try:
        (contact,) = rows.contacts_to_link(session, ctx, contact_id)
    except contacts.ContactNotFound:
        raise contacts.LinkNotFound(account_id=str(account_id), contact_id=str(contact_id)) from None
    account = rows.account_to_switch(session, ctx, account_id)
    rows.link_of(session, ctx, account, contact_id)
    address = next((one for one in contact.addresses if one.id == address_id), None)
    if address is None:  # nor can anything be switched on for a contact without addresses (R-LOG-6)
        raise AddressNotFound(contact_id=str(contact_id), address_id=str(address_id))
    return account, contact, address


def _switch(session: Session, ctx: Context, account: AccountRef, address: ContactAddress) -> AddressSwitch:
    """The address's switches, all off where nothing is kept of them."""
    query = select(AddressSwitch).where(
        AddressSwitch.firm_id == ctx.firm,
        AddressSwitch.account_id == account.id,
        AddressSwitch.address_id == address.id,
    )
    return session.scalar(query, execution_options=rows.FRESH) or AddressSwitch(
        firm_id=ctx.firm,
        account_id=account.id,
        address_id=address.id,
        contact_id=address.contact_id,
        login="none",
        is_notified=False,
        is_synced=False,
        is_signatory=False,
    )


def _state(switch: AddressSwitch) -> tuple[object, ...]:
    return switch.access, switch.is_notified, switch.is_synced, switch.is_signatory


def _keep(session: Session, switch: AddressSwitch) -> None:
    """A row is there only where something differs from all off."""
    if not switch.is_all_off:
        session.add(switch)
    elif switch in session:
        session.delete(switch)
    session.flush()
