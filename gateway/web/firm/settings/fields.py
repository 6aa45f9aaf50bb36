"""Custom fields, of accounts and apart from them of contacts: made, named, ordered, deleted (R-CF-1 to R-CF-8)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.responses import Response

from chassis.errors import NotFound
from contracts.accounts import Accounts
from contracts.contacts import Contacts
from contracts.custom_fields import CHOOSING, FieldFilled, FieldUse
from gateway.web.firm import sayings
from gateway.web.firm.settings import place
from gateway.web.page import Page, Visit
from gateway.web.words import later

TYPES = {
    "text": later("Line of text"),
    "long_text": later("Long text"),
    "date": later("Date"),
    "single_choice": later("One of several"),
    "multiple_choice": later("Some of several"),
    "email": later("E-mail address"),
    "number": later("Number"),
    "url": later("Web address"),
    "phone": later("Phone number"),
    "checkbox": later("Yes or no"),
    "currency": later("Amount of money"),
}


@dataclass(frozen=True)
class Kind:
    """Whose fields: the calls are alike."""

    place: str
    every: Callable[..., Any]
    create: Callable[..., Any]
    change: Callable[..., Any]
    delete: Callable[..., Any]


KINDS = (
    Kind(
        "account-fields",
        Accounts.list_account_fields,
        Accounts.create_account_field,
        Accounts.change_account_field,
        Accounts.delete_account_field,
    ),
    Kind(
        "contact-fields",
        Contacts.list_contact_fields,
        Contacts.create_contact_field,
        Contacts.change_contact_field,
        Contacts.delete_contact_field,
    ),
)


async def show(kind: Kind, visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, kind.place)
    found = await visit.call(kind.every)
    shown: dict[str, Any] = {"uses": found.items, "types": TYPES, "choosing": CHOOSING}
    return place.draw(visit, "fields", kind.place, status, **shown | values)


async def create(kind: Kind, visit: Visit) -> Response:
    form = visit.form
    making = visit.call(
        kind.create, name=form.get("name", ""), type=form.get("type", ""), choices=_lines(form.get("choices", ""))
    )
    return await place.act(visit, making, kind.place, partial(show, kind))


async def show_one(kind: Kind, visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, kind.place)
    use = await _use(kind, visit)
    shown: dict[str, Any] = {"use": use, "types": TYPES, "choosing": CHOOSING, "filled": None}
    return place.draw(visit, "field", kind.place, status, **shown | values)


async def change(kind: Kind, visit: Visit) -> Response:
    """Name, place in the order, and choices: those that stay by their id, new ones by a line each."""
    use, form = await _use(kind, visit), visit.form
    changes: dict[str, Any] = {"name": form.get("name", "")}
    position = place.number(visit, "position")
    if isinstance(position, int):
        changes["position"] = max(position - 1, 0)  # people count from one
    if use.field.type in CHOOSING:
        kept = [{"id": row["choice_id"], "name": row["choice"]} for row in place.parts(visit, "choice", "choice_id")]
        changes["choices"] = [*kept, *_lines(form.get("choices", ""))]
    changing = visit.call(kind.change, field_id=use.field.id, version=place.number(visit, "version"), **changes)
    return await place.act(visit, changing, kind.place, partial(show_one, kind))


async def delete(kind: Kind, visit: Visit) -> Response:
    """Delete a field; what would be lost with it is said first."""
    try:
        await visit.call(kind.delete, field_id=visit.path_id(), is_confirmed="is_confirmed" in visit.form)
    except FieldFilled as error:
        return await show_one(kind, visit, sayings.status(error), filled=error.data.get("filled", 0))
    except place.REFUSED as error:
        return await show_one(kind, visit, sayings.status(error), problems=sayings.by_field(visit, error))
    return visit.go(f"/settings/{kind.place}?done=1")


async def _use(kind: Kind, visit: Visit) -> FieldUse:
    found = await visit.call(kind.every)
    wanted = visit.path_id()
    for use in found.items:
        if use.field.id == wanted:
            return use  # type: ignore[no-any-return]
    raise NotFound


def _lines(text: str) -> list[dict[str, str]]:
    return [{"name": line.strip()} for line in text.splitlines() if line.strip()]


def _pages(kind: Kind) -> tuple[Page, ...]:
    every = f"/settings/{kind.place}"
    one = f"{every}/{{field_id}}"

    def of(act: Callable[..., Awaitable[Response]]) -> Callable[[Visit], Awaitable[Response]]:
        return partial(act, kind)

    return (
        Page("GET", every, of(show)),
        Page("POST", every, of(create)),
        Page("GET", one, of(show_one)),
        Page("POST", one, of(change)),
        Page("POST", f"{one}/delete", of(delete)),
    )


PAGES = tuple(page for kind in KINDS for page in _pages(kind))
