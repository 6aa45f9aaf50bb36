"""Lets the sample's people in, as far as they are not in already: what is so is not asked for again."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from contracts import portal
from contracts.contacts import AccountRef, ChangeContact, Contacts, LinkedContact, LinkedContacts
from contracts.entries import Entries, InvitationNotFound, InvitationRef
from contracts.portal import AcceptPortalInvitation
from contracts.switches import AddressSettings, InvitationNotOpen, SendInvitation, SetSigners, SetSwitches
from deploy.sample.calls import Caller
from deploy.sample.portal import PASSWORD, Entry, Portal, came_by

LINKS = 5  # of one invitation, each made because another was


@dataclass
class LettingIn:
    """Of one account; `key` is its client's."""

    caller: Caller
    account_id: UUID
    key: str

    async def do(self, portal: Portal) -> None:
        request = AccountRef(account_id=self.account_id)
        linked = await self._ask("list_account_contacts", request, "linked")
        if portal.moved_to is not None and linked.unlinked:
            return  # the last that is done
        for number, entry in enumerate(portal.entries):
            linked = await self._enter(linked, entry, f"entry/{number}")
        if portal.is_ordered:
            ids = tuple(_find(linked, entry.email)[0].contact.id for entry in portal.entries)
            signing = sorted(
                (item for item in linked.items if item.signer_rank), key=lambda item: item.signer_rank or 0
            )
            if tuple(item.contact.id for item in signing) != ids:
                order = SetSigners(account_id=self.account_id, version=linked.version, contact_ids=ids)
                await self._ask("set_signers", order, "signers")
        if portal.moved_to is not None:
            contact = _find(linked, portal.entries[0].email)[0].contact
            move = ChangeContact(contact_id=contact.id, version=contact.version, email=portal.moved_to)
            await self._ask("change_contact", move, "move")

    async def _enter(self, linked: LinkedContacts, entry: Entry, key: str) -> LinkedContacts:
        """Gives how the links are before somebody accepts, which changes none of what comes after."""
        item, settings = _find(linked, entry.email)
        contact_id, address_id = item.contact.id, settings.address.id
        if settings.login == "none":
            switches = SetSwitches(
                account_id=self.account_id,
                contact_id=contact_id,
                address_id=address_id,
                version=linked.version,
                is_login_on=True,
                is_synced=entry.is_synced,
            )
            linked = await self._ask("set_switches", switches, f"{key}/switches")
            _, settings = _find(linked, entry.email)
        if settings.login == "granted" and entry.how != "granted":
            invitation = SendInvitation(account_id=self.account_id, contact_id=contact_id, address_id=address_id)
            linked = await self._ask("send_invitation", invitation, f"{key}/invitation")
            _, settings = _find(linked, entry.email)
        if settings.login == "invited" and entry.how == "active" and settings.invited_at is not None:
            await self._accept(entry, address_id, settings.invited_at, f"{key}/accepted")
        return linked

    async def _accept(self, entry: Entry, address_id: UUID, sent_at: dt.datetime, key: str) -> None:
        """Follow the link as whoever gets it does, so that the portal knows them and when they came.

        The mail that goes out meanwhile carries a link of its own, which ends the one before it (R-LOG-7).
        """
        invitation = InvitationRef(account_id=self.account_id, address_id=address_id, sent_at=sent_at)
        address, agent = came_by(entry.email)
        for number in range(LINKS):
            own = f"{self.key}/{key}/{number}"
            try:
                link = await self.caller.ask(Entries, "make_invitation_link", invitation, key=f"{own}/link")
            except InvitationNotOpen as closed:
                if number and closed.data.get("state") == "active":  # accepted, though the answer did not come in time
                    return
                raise
            accepted = AcceptPortalInvitation(token=link.token, password=PASSWORD, address=address, agent=agent)
            try:
                await self.caller.ask(portal.Portal, "accept_invitation", accepted, key=own)
            except InvitationNotFound:
                if number == LINKS - 1:
                    raise
            else:
                return

    async def _ask(self, method: str, request: object, key: str, as_: str = "more") -> LinkedContacts:
        return await self.caller.ask(Contacts, method, request, as_=as_, key=f"{self.key}/{key}")  # type: ignore[no-any-return]


def _find(linked: LinkedContacts, email: str) -> tuple[LinkedContact, AddressSettings]:
    """The contact that has this address, and what the address may do."""
    return next((item, one) for item in linked.items for one in item.addresses if one.address.email == email)
