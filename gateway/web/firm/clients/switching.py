"""Switches and invitations of many clients at once (R-BULK-2)."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.errors import AppError, Conflict, Forbidden, Invalid, NotFound, Unavailable
from contracts.accounts import Account
from contracts.contacts import Contacts, LinkedContact, LinkedContacts
from contracts.preferences import PreferenceCalls
from contracts.switches import AddressSettings, LinksChangedMeanwhile
from gateway.web.firm import sayings
from gateway.web.firm.info.labels import ON
from gateway.web.page import Visit

SWITCHES: Mapping[str, str] = {"login": "is_login_on", "notify": "is_notified", "sync": "is_synced"}
FLAGS = {"on": True, "off": False}
INVITABLE = ("granted", "expired")  # may sign in, and has no link that opens anything
BUILT_IN = "email"
REFUSED = (Invalid, Conflict, Forbidden, NotFound, Unavailable)
TRIES = 5  # each address raises the version of the account's links
AT_ONCE = 10  # accounts that are looked at together


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to become of the addresses; `flags` by the switch. `types` None: they stay as they are."""

    flags: Mapping[str, bool]
    invites: bool
    message: str
    types: Sequence[str] | None

    @property
    def is_something(self) -> bool:
        return bool(self.flags) or self.invites or self.types is not None


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What is to be done about one address."""

    contact_id: UUID
    address_id: UUID
    email: str
    flags: Mapping[str, bool] = field(default_factory=dict)
    invites: bool = False
    sets_types: bool = False


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What would become of one client, in numbers of addresses by switch and by on or off."""

    account: Account
    counts: Mapping[tuple[str, bool], int]
    invited: int
    typed: int


def wanted(visit: Visit) -> Wanted:
    """What the form asks for."""
    asked = ((switch, visit.form.get(switch, "")) for switch in SWITCHES)
    return Wanted(
        flags={switch: FLAGS[value] for switch, value in asked if value in FLAGS},
        invites=visit.form.get("invite") == "yes",
        message=visit.form.get("message", "").strip(),
        types=visit.chosen("types") if visit.form.get("set_types") == "yes" else None,
    )


def deeds(linked: LinkedContacts, asked: Wanted) -> list[Deed]:
    """What each address lacks of what is asked: on for each contact's own address, off for all that have it."""
    every = (_deed(item, one, asked) for item in linked.items for one in item.addresses)
    return [deed for deed in every if deed.flags or deed.invites or deed.sets_types]


def _deed(item: LinkedContact, one: AddressSettings, asked: Wanted) -> Deed:
    is_own = one.address.label == BUILT_IN and one.address.field_id is None
    stands = {"login": one.login in ON, "notify": one.is_notified, "sync": one.is_synced}
    flags = {name: on for name, on in asked.flags.items() if stands[name] != on and (is_own or not on)}
    is_let_in, is_login_on = "login" in flags and flags["login"], flags.get("login", stands["login"])
    # LOGIN that first goes on takes NOTIFY along (R-NOT-4).
    is_notified = flags.get("notify", stands["notify"] or is_let_in)
    return Deed(
        contact_id=item.contact.id,
        address_id=one.address.id,
        email=one.address.email,
        flags=flags,
        invites=asked.invites and is_login_on and (is_let_in or one.login in INVITABLE),
        sets_types=asked.types is not None and is_notified,
    )


async def foresee(visit: Visit, accounts: Sequence[Account], asked: Wanted) -> list[Foreseen]:
    """Say what would become of each client; nothing is changed."""
    found: list[Foreseen] = []
    for start in range(0, len(accounts), AT_ONCE):
        some = accounts[start : start + AT_ONCE]
        found += await asyncio.gather(*(_foreseen(visit, account, asked) for account in some))
    return found


async def _foreseen(visit: Visit, account: Account, asked: Wanted) -> Foreseen:
    todo = deeds(await visit.call(Contacts.list_account_contacts, account_id=account.id), asked)
    every = [(name, on) for deed in todo for name, on in deed.flags.items()]
    return Foreseen(
        account=account,
        counts={each: every.count(each) for each in dict.fromkeys(every)},
        invited=sum(deed.invites for deed in todo),
        typed=sum(deed.sets_types for deed in todo),
    )


async def apply(visit: Visit, account: Account, asked: Wanted) -> tuple[bool, list[str]]:
    """Do it to one client: whether anything changed, and why the rest was refused, address by address."""
    linked = await visit.call(Contacts.list_account_contacts, account_id=account.id)
    is_changed, said = False, []
    for deed in deeds(linked, asked):
        try:
            linked = await _do(visit, linked, deed, asked)
            is_changed = True
        except REFUSED as error:
            said.append(f"{deed.email}: {_why(visit, error)}")
    return is_changed, said


def _why(visit: Visit, error: AppError) -> str:
    return " ".join(dict.fromkeys(sayings.by_field(visit, error).values()))


async def _do(visit: Visit, linked: LinkedContacts, deed: Deed, asked: Wanted) -> LinkedContacts:
    at = {"account_id": linked.account_id, "contact_id": deed.contact_id, "address_id": deed.address_id}
    if deed.flags:
        linked = await _switch(visit, linked, deed, at)
    if deed.sets_types:
        await visit.call(PreferenceCalls.set_preferences, f"{deed.address_id}/types", types=asked.types, **at)
    if deed.invites:
        await visit.call(Contacts.send_invitation, f"{deed.address_id}/invite", message=asked.message, **at)
        linked = await visit.call(Contacts.list_account_contacts, account_id=linked.account_id)
    return linked


async def _switch(visit: Visit, linked: LinkedContacts, deed: Deed, at: Mapping[str, Any]) -> LinkedContacts:
    """Put the switches of one address; others may be at work on the same client."""
    flags = {SWITCHES[name]: is_on for name, is_on in deed.flags.items()}
    for _ in range(TRIES - 1):
        step = f"{deed.address_id}/{linked.version}"
        try:
            return await visit.call(Contacts.set_switches, step, version=linked.version, **at, **flags)
        except LinksChangedMeanwhile:
            linked = await visit.call(Contacts.list_account_contacts, account_id=linked.account_id)
    return await visit.call(Contacts.set_switches, version=linked.version, **at, **flags)
