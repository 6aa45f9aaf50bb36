"""The parts of an account's details: what each is about, what it takes to change it, how it is saved (R-NAME-1 …)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts.accounts import Account, Accounts
from contracts.custom_fields import CustomField
from contracts.identity import Identities, Member
from gateway.web.firm import field_parts, values
from gateway.web.firm.editing import Offers, Part
from gateway.web.page import Visit

TYPES = ("individual", "company", "other")


async def _change(visit: Visit, account: Account, **fields: Any) -> Account:
    return await visit.call(Accounts.change_account, account_id=account.id, version=account.version, **fields)


async def _save_name(visit: Visit, account: Account) -> Account:
    return await _change(visit, account, name=visit.form.get("name", "").strip() or None)


async def _save_type(visit: Visit, account: Account) -> Account:
    return await _change(visit, account, type=visit.form.get("type", ""))


async def _save_company(visit: Visit, account: Account) -> Account:
    return await _change(
        visit,
        account,
        company_name=visit.form.get("company_name", "").strip() or None,
        company_address=values.address(visit, "company_address"),
    )


async def _save_timezone(visit: Visit, account: Account) -> Account:
    return await _change(visit, account, timezone=visit.form.get("timezone", "").strip())


async def _save_team(visit: Visit, account: Account) -> Account:
    members = visit.chosen("members")
    return await visit.call(Accounts.set_team, account_id=account.id, version=account.version, members=members)


async def _save_roles(visit: Visit, account: Account) -> Account:
    roles = await visit.call(Accounts.list_account_roles)
    entries = [{"role_id": use.role.id, "members": visit.chosen(f"role.{use.role.id}")} for use in roles.items]
    filled = [entry for entry in entries if entry["members"]]
    return await visit.call(Accounts.set_roles, account_id=account.id, version=account.version, roles=filled)


async def members(visit: Visit) -> Sequence[Member]:
    """Who works in the firm, by name."""
    found = await visit.call(Identities.list_members)
    return sorted(found.items, key=lambda one: one.name.casefold())


async def _countries(visit: Visit) -> Offers:
    return {"countries": values.countries(visit)}


async def _zones(_: Visit) -> Offers:
    return {"zones": values.zones()}


async def _members(visit: Visit) -> Offers:
    return {"members": await members(visit)}


async def _holders(visit: Visit) -> Offers:
    roles = await visit.call(Accounts.list_account_roles)
    return {"members": await members(visit), "known_roles": [use.role for use in roles.items]}


NAME: Part[Account] = Part(
    name="name",
    needs="edit_details",
    values=lambda account: (account.name_mode, account.name if account.name_mode == "manual" else ""),
    save=_save_name,
)
TYPE: Part[Account] = Part(
    name="type",
    needs="edit_details",
    values=lambda account: account.type,
    save=_save_type,
    touches=("name", "company"),
)
COMPANY: Part[Account] = Part(
    name="company",
    needs="edit_details",
    values=lambda account: (account.company_name, account.company_address),
    save=_save_company,
    offers=_countries,
    touches=("name",),
)
TIMEZONE: Part[Account] = Part(
    name="timezone", needs="edit_details", values=lambda account: account.timezone, save=_save_timezone, offers=_zones
)
TEAM: Part[Account] = Part(
    name="team",
    needs="edit_team",
    values=lambda account: sorted(str(one.id) for one in account.team),
    save=_save_team,
    offers=_members,
    touches=("followers",),
)
ROLES: Part[Account] = Part(
    name="roles",
    needs="edit_team",
    values=lambda account: [(str(held.role.id), sorted(str(one.id) for one in held.members)) for held in account.roles],
    save=_save_roles,
    offers=_holders,
)
PARTS = {part.name: part for part in (NAME, TYPE, COMPANY, TIMEZONE, TEAM, ROLES)}


def of_field(field: CustomField) -> Part[Account]:
    """The part that one custom field is."""
    return field_parts.of_field(field, "edit_details", _change)


async def definitions(visit: Visit) -> list[CustomField]:
    """The custom fields of accounts, in the firm's order."""
    found = await visit.call(Accounts.list_account_fields)
    return [use.field for use in found.items]


async def field_part(visit: Visit, field_id: UUID) -> Part[Account]:
    """The part of the custom field of that id. Raises NoSuchPath."""
    return of_field(field_parts.find(await definitions(visit), field_id))
