"""The list of contacts, and a new one (R-LST-5, R-C-2)."""

from typing import Any

from starlette.responses import Response

from chassis.errors import Conflict, Forbidden, Invalid, NotFound
from contracts.contacts import Contacts
from gateway.web.firm import sayings, values
from gateway.web.firm.clients.asking import Asked, address
from gateway.web.page import Page, Visit
from gateway.web.words import later

CONTACTS = "/contacts"
LIMIT = 25  # R-LST-5
NAMES = ("q", "sort", "cursor")
SORTS = ("name", "phone", "company", "created_at")
LISTED, TABLE, ROWS, NEW = (f"firm/contacts/{name}.html" for name in ("list", "table", "rows", "new"))
REFUSED = (Invalid, Conflict, Forbidden, NotFound)
LINES = ("first_name", "middle_name", "last_name", "display_name", "company_name")


async def show(visit: Visit) -> Response:
    """The list; for a script the table alone, or with `more` the rows that follow."""
    await visit.member()
    typed = ((name, visit.query.get(name, "").strip()) for name in NAMES)
    wanted = Asked(tuple((name, value) for name, value in typed if value))
    is_more = visit.is_part and visit.query.get("more") == "1"
    template = ROWS if is_more else TABLE if visit.is_part else LISTED
    shown: dict[str, Any] = {
        "wanted": wanted,
        "at": CONTACTS,
        "export": address("/v1/exports/contacts.csv", _export(wanted)),
    }
    try:
        page = await visit.call(Contacts.list_contacts, limit=LIMIT, has_accounts=True, **dict(wanted.pairs))
    except Invalid as error:
        return visit.refuse(template, error, page=None, accounts={}, **shown)
    accounts = {each.contact_id: each.items for each in page.accounts}
    response = visit.draw(template, page=page, accounts=accounts, **shown)
    if visit.is_part and not is_more:
        response.headers["HX-Replace-Url"] = wanted.at(CONTACTS)
    return response


def _export(wanted: Asked) -> list[tuple[str, str]]:
    return [("q", value) for value in wanted.all("q")]


async def show_new(visit: Visit) -> Response:
    await visit.member()
    if not visit.may("create_contact"):
        return _forbidden(visit)
    return await _form(visit)


async def create(visit: Visit) -> Response:
    """Make a contact that serves no client yet, and open it."""
    await visit.member()
    try:
        made = await visit.call(Contacts.create_contact, **await _document(visit))
    except REFUSED as error:
        said = {_input(name): text for name, text in sayings.by_field(visit, error).items()}
        return await _form(visit, sayings.status(error), problems=said)
    return visit.go(f"{CONTACTS}/{made.id}")


def _input(name: str) -> str:
    """The input that a wrong field was typed into: all phones stand in one."""
    return "phones" if name.startswith("phones.") else name


async def _document(visit: Visit) -> dict[str, Any]:
    """What was typed, as the API takes it."""
    form = visit.form
    found: dict[str, Any] = {name: form.get(name, "").strip() for name in LINES}
    found["email"] = form.get("email", "").strip() or None
    found["phones"] = [line.strip() for line in form.get("phones", "").splitlines() if line.strip()]
    found["notes"] = form.get("notes", "").replace("\r\n", "\n").strip()
    found["timezone"] = form.get("timezone", "").strip()
    place = values.address(visit, "address")
    if place:
        found["address"] = place
    own = (await visit.call(Contacts.list_contact_fields)).items
    typed = {str(use.field.id): values.typed(visit, use.field) for use in own}
    found["custom_fields"] = {field_id: value for field_id, value in typed.items() if value is not None}
    return found


async def _form(visit: Visit, status: int = 200, **drawn: Any) -> Response:
    own = (await visit.call(Contacts.list_contact_fields)).items
    offered = {
        "fields": [use.field for use in own],
        "countries": values.countries(visit),
        "zones": values.zones(),
        "currencies": values.currencies(),
    }
    return visit.draw(NEW, status, **values.facts(visit), **offered, **drawn)


def _forbidden(visit: Visit) -> Response:
    said = visit.language.say(later("Your rights do not cover this. Ask an admin of your firm."))
    return visit.draw("firm/failed.html", 403, said=said, request_id=visit.exchange.request_id)


PAGES = (
    Page("GET", CONTACTS, show),
    Page("GET", f"{CONTACTS}/new", show_new),
    Page("POST", f"{CONTACTS}/new", create),
)
