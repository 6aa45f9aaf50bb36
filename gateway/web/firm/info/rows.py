"""The Contacts section: its rows, one drawn anew after each change, with whatever else the change shows in (§4.10)."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from starlette.responses import Response

from contracts.accounts import Account
from contracts.contacts import Contacts, LinkedContact, LinkedContacts
from contracts.switches import AddressSettings
from gateway import problems
from gateway.access import Actions
from gateway.web.firm import profile, values
from gateway.web.firm.info import labels, tab
from gateway.web.page import Visit


@dataclass(frozen=True, kw_only=True)
class Row:
    """What of a row is a form at the moment: `name` says which, `address_id` of which address; what is wrong there."""

    contact_id: UUID
    name: str = ""
    address_id: UUID | None = None
    problems: dict[str, str] = field(default_factory=dict)
    is_changed: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """The account of the path with its contacts, and what the member may do there."""

    account: Account
    actions: Actions
    linked: LinkedContacts

    def link(self, contact_id: UUID) -> LinkedContact:
        """The contact's link. Raises NoSuchPath."""
        found = next((one for one in self.linked.items if one.contact.id == contact_id), None)
        if found is None:
            raise problems.NoSuchPath
        return found

    def settings(self, contact_id: UUID, address_id: UUID) -> AddressSettings:
        """What the address may do and gets. Raises NoSuchPath."""
        found = next((one for one in self.link(contact_id).addresses if one.address.id == address_id), None)
        if found is None:
            raise problems.NoSuchPath
        return found

    def needs(self, action: str) -> None:
        """Refuse who may not. Raises ActionNotAllowed."""
        if action not in self.actions:
            raise problems.ActionNotAllowed(action=action)


async def place(visit: Visit) -> Place:
    """Raises AccountNotFound."""
    account_id, account, actions = await profile.opened(visit)
    return Place(account=account, actions=actions, linked=await read(visit, account_id))


async def read(visit: Visit, account_id: UUID) -> LinkedContacts:
    """The account's contacts as they are at this moment."""
    return await visit.call(Contacts.list_account_contacts, account_id=account_id)


async def drawn(
    visit: Visit, here: Place, linked: LinkedContacts, row: Row, *, status: int = 200, toast: str = ""
) -> Response:
    """The row as it is since, with what else shows it; without a script the tab, or on to it where all is well."""
    if not visit.is_part:
        if status == 200 and not row.name:  # noqa: PLR2004 (all is well)
            return visit.go(f"/clients/{here.account.id}/info#contact-{row.contact_id}")
        return await tab.whole(visit, here.account, here.actions, status=status, row=row)
    link = next((one for one in linked.items if one.contact.id == row.contact_id), None)
    return piece(visit, here, "firm/info/row_alone.html", linked, row=row, link=link, status=status, toast=toast)


async def section(
    visit: Visit, here: Place, linked: LinkedContacts, *, status: int = 200, toast: str = "", **facts: Any
) -> Response:
    """The whole section, where rows came or went."""
    if not visit.is_part:
        if status == 200 and "linking" not in facts:  # noqa: PLR2004 (all is well)
            return visit.go(f"/clients/{here.account.id}/info#contacts")
        return await tab.whole(visit, here.account, here.actions, status=status, **facts)
    return piece(visit, here, "firm/info/section_alone.html", linked, status=status, toast=toast, **facts)


def piece(
    visit: Visit, here: Place, template: str, linked: LinkedContacts, *, status: int = 200, **found: Any
) -> Response:
    """Part of the section, for a script."""
    common = {"account": here.account, "actions": here.actions, "linked": linked, "opened": tab.NOTHING, "toast": ""}
    return visit.draw(template, status, **{**common, **labels.facts(), **values.facts(visit), **found})
