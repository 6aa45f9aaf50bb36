"""Short lists of the firm: tags, roles on accounts, and how names of contacts are written."""

from typing import Any

from starlette.responses import Response

from contracts.accounts import Accounts
from contracts.contacts import Contacts
from gateway.web.firm.settings import place
from gateway.web.page import Page, Visit
from gateway.web.words import later

FORMATS = {
    "first_last": later("First Last: Anna Roy"),
    "last_first": later("Last First: Roy Anna"),
    "last_comma_first": later("Last, First: Roy, Anna"),
    "first_middle_last": later("First Middle Last: Anna Maria Roy"),
}


async def show_tags(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, "tags")
    tags = await visit.call(Accounts.list_tags)
    return place.draw(visit, "tags", "tags", status, tags=tags.items, **values)


async def create_tag(visit: Visit) -> Response:
    colour = visit.form.get("colour") or None
    making = visit.call(Accounts.create_tag, name=visit.form.get("name", ""), colour=colour)
    return await place.act(visit, making, "tags", show_tags)


async def change_tag(visit: Visit) -> Response:
    changes = {name: visit.form[name] for name in ("name", "colour") if visit.form.get(name)}
    return await place.act(visit, visit.call(Accounts.change_tag, tag_id=visit.path_id(), **changes), "tags", show_tags)


async def delete_tag(visit: Visit) -> Response:
    return await place.act(visit, visit.call(Accounts.delete_tag, tag_id=visit.path_id()), "tags", show_tags)


async def show_roles(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, "roles")
    roles = await visit.call(Accounts.list_account_roles)
    return place.draw(visit, "roles", "roles", status, roles=roles.items, **values)


async def create_role(visit: Visit) -> Response:
    making = visit.call(Accounts.create_account_role, name=visit.form.get("name", ""))
    return await place.act(visit, making, "roles", show_roles)


async def rename_role(visit: Visit) -> Response:
    renaming = visit.call(Accounts.rename_account_role, role_id=visit.path_id(), name=visit.form.get("name", ""))
    return await place.act(visit, renaming, "roles", show_roles)


async def delete_role(visit: Visit) -> Response:
    return await place.act(
        visit, visit.call(Accounts.delete_account_role, role_id=visit.path_id()), "roles", show_roles
    )


async def show_format(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, "name-format")
    found = await visit.call(Contacts.get_name_format)
    return place.draw(visit, "name_format", "name-format", status, chosen=found.format, formats=FORMATS, **values)


async def set_format(visit: Visit) -> Response:
    setting = visit.call(
        Contacts.set_name_format, format=visit.form.get("format", ""), apply_to_all="apply_to_all" in visit.form
    )
    return await place.act(visit, setting, "name-format", show_format)


PAGES = (
    Page("GET", "/settings/tags", show_tags),
    Page("POST", "/settings/tags", create_tag),
    Page("POST", "/settings/tags/{tag_id}", change_tag),
    Page("POST", "/settings/tags/{tag_id}/delete", delete_tag),
    Page("GET", "/settings/roles", show_roles),
    Page("POST", "/settings/roles", create_role),
    Page("POST", "/settings/roles/{role_id}", rename_role),
    Page("POST", "/settings/roles/{role_id}/delete", delete_role),
    Page("GET", "/settings/name-format", show_format),
    Page("POST", "/settings/name-format", set_format),
)
