"""Makes rows of an import out of a file's records: what is written where, and what follows from it."""

import re
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from chassis import wire
from chassis.errors import Invalid
from contracts.accounts import ImportRow
from contracts.custom_fields import DateOrder
from contracts.imports import ImportFault
from services.accounts.client_lists import cells, countries, typed
from services.accounts.client_lists.cells import PersonName
from services.accounts.client_lists.columns import Column, key
from services.accounts.client_lists.problem import BadRow, BrokenRow
from services.accounts.client_lists.reading import Record
from services.accounts.faults import fault

MAX_CELL = 32_767  # characters: what a cell of a spreadsheet holds
MAX_LABEL = 60  # characters
AS_TEXT = re.compile("^'(?=[=+@\uff1d\uff0b\uff0d\uff20-])")  # how exports keep spreadsheets from taking a formula
MARK = "\ufeff"  # of a file's beginning; inside it where files were put one behind the other
CERTAIN = {key(name) for name in ("account type", "type of account", "type de compte")}
SWITCHES = {"is_login_on": "login", "is_notified": "notify", "is_synced": "sync"}
PLACES = {  # where a field of the message comes from in the file
    "account_name": "account_name",
    "account_type": "account_type",
    "company_name": "company_name",
    "tags": "tags",
    "timezone": "account_timezone",
    "contact.description": "description",
    "contact.new.first_name": "first_name",
    "contact.new.middle_name": "middle_name",
    "contact.new.last_name": "last_name",
    "contact.new.email": "email",
    "contact.new.other_addresses": "other_email",
    "contact.new.phones": "phone",
    "contact.new.company_name": "company_name",
    "contact.new.address.street": "street",
    "contact.new.address.city": "city",
    "contact.new.address.state": "state",
    "contact.new.address.zip": "zip",
    "contact.new.address.country": "country",
    "contact.new.notes": "notes",
    "contact.new.timezone": "timezone",
}


@dataclass
class Values:
    """The filled cells of a record by what they mean, each with its column."""

    found: dict[str, list[tuple[Column, str]]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """The first filled cell, its spaces collapsed."""
        return " ".join(self.found[name][0][1].split()) if name in self.found else ""

    def all(self, *names: str) -> list[tuple[Column, str]]:
        """All filled cells, in the order of their columns' numbers."""
        return sorted(chain.from_iterable(self.found.get(name, ()) for name in names), key=lambda each: each[0].number)

    def column(self, name: str) -> str:
        """How the file calls it."""
        return self.found[name][0][0].name if name in self.found else name.replace("_", " ")


def rows(record: Record, columns: list[Column | None], dates: DateOrder = "iso") -> list[ImportRow]:
    """The rows a record stands for: one, or one for each account the contact is linked to. Raises BadRow."""
    if record.fault is not None:
        raise BrokenRow(record.fault)
    values = _values(record, columns)
    person, account_name = _named(values)
    linked = list(dict.fromkeys(" ".join(text.split()) for _, text in values.all("linked_account")))
    document = _document(values, person, dates)
    names = [account_name] if account_name and not linked else linked or [_derived(values, person, document)]
    documents = [{"line": record.line, "account_name": name, **_typed(values, name), **document} for name in names]
    return [_row(each, values) for each in documents]


def _values(record: Record, columns: list[Column | None]) -> Values:
    extra = [cell for cell in record.cells[len(columns) :] if cell.strip()]
    if extra:
        text = (
            "the row has %(count)s cells, there are %(most)s columns:"
            " a cell that holds the separator needs quotation marks"
        )
        raise BrokenRow(fault(text, count=len(record.cells), most=len(columns)))
    values = Values()
    for column, cell in zip(columns, record.cells, strict=False):
        if "\x00" in cell:
            raise BrokenRow(fault("a cell holds a NUL character, which no text has: remove it"))
        if len(cell) > MAX_CELL:
            text = "a cell has %(count)s characters; at most %(most)s are read"
            raise BrokenRow(fault(text, count=len(cell), most=MAX_CELL))
        text = AS_TEXT.sub("", cell.replace(MARK, "").strip())
        if column is not None and text:
            values.found.setdefault(column.field, []).append((column, text))
    if not values.found:
        raise BadRow(fault("none of its cells is in a column that is loaded"))
    return values


def _named(values: Values) -> tuple[PersonName, str]:
    """Whom the row is about, and the account's name as written; either may say what the other is."""
    person = PersonName(values.one("first_name"), values.one("middle_name"), values.one("last_name"))
    account_name = values.one("account_name")
    if not any(person) and values.one("full_name"):
        person = cells.split_name(values.one("full_name"))
    if not any(person) and _kind(values, account_name) == "individual" and not values.one("linked_account"):
        person = cells.split_name(account_name) if account_name else person
    return person, account_name


def _kind(values: Values, account_name: str) -> str:
    """The type as written; unsaid, what the names tell. A bare “Type” may be about something else altogether."""
    written = values.one("account_type")
    kind = cells.kind(written) if written else None
    if kind is not None:
        return kind
    if written and key(values.column("account_type")) in CERTAIN:
        raise BadRow(fault("Must be one of: Individual, Company, Other.", values.column("account_type"), written))
    company = values.one("company_name")
    if company and account_name in ("", company):
        return "company"
    return "company" if cells.is_company_name(account_name) else "individual"


def _typed(values: Values, account_name: str) -> dict[str, Any]:
    kind = _kind(values, account_name)
    company = values.one("company_name") or (account_name if kind == "company" else "")
    return {"account_type": kind, "company_name": company or None}


def _derived(values: Values, person: PersonName, document: dict[str, Any]) -> str:
    """The name of an account that the file does not name."""
    company = values.one("company_name")
    if company and _kind(values, "") == "company":
        return company
    return " ".join(f"{person.first} {person.last}".split()) or company or document["contact"]["new"].get("email") or ""


def _document(values: Values, person: PersonName, dates: DateOrder) -> dict[str, Any]:
    addresses = _emails(values)
    if not any(person) and not addresses:
        name = values.one("company_name") or values.one("account_name")  # an account has a contact (R-LNK-1)
        person = PersonName("", "", name)
        if not name:
            raise BadRow(fault("there is neither a name nor an e-mail address in it"))
    new = {
        "first_name": person.first,
        "middle_name": person.middle,
        "last_name": person.last,
        "email": addresses[0][1] if addresses else None,
        "other_addresses": [{"label": label, "email": email} for label, email in addresses[1:]],
        "phones": list(dict.fromkeys(number for _, text in values.all("phone") for number in cells.phones(text))),
        "company_name": values.one("company_name"),
        "address": _address(values),
        "notes": "\n".join(text for _, text in values.all("notes")),
        "timezone": values.one("timezone"),
        "custom_fields": typed.values(values.all("contact_field"), dates),
    }
    return {
        "tags": [tag for _, text in values.all("tags") for tag in cells.tags(text)],
        "timezone": values.one("account_timezone"),
        "custom_fields": typed.values(values.all("account_field"), dates),
        "contact": {"new": new, "description": values.one("description")},
        "switches": {name: _switch(values, place) for name, place in SWITCHES.items()},
    }


def _switch(values: Values, place: str) -> bool | None:
    """On, off, or None where the file does not say (R-IMP-4)."""
    written = values.one(place)
    is_on = cells.yes_or_no(written) if written else None
    if written and is_on is None:
        raise BadRow(fault("Must be yes or no.", values.column(place), written))
    return is_on


def _emails(values: Values) -> list[tuple[str, str]]:
    """Label and address of each, the built-in one first; further ones are called as their columns are."""
    found: dict[str, tuple[str, str]] = {}
    labels: set[str] = set()
    written = [*values.all("email"), *values.all("other_email")]
    for column, text in written:
        for place, address in enumerate(cells.emails(text)):
            is_taken = place > 0 or column.name in labels or key(column.name) == "email"
            label = f"Email {len(found) + 1}" if is_taken and found else column.name
            labels.add(label)
            found.setdefault(address.casefold(), (label[:MAX_LABEL], address))
    return list(found.values())


def _address(values: Values) -> dict[str, Any]:
    written = values.one("country")
    country = countries.alpha_2(written) if written else None
    if written and country is None:
        raise BadRow(fault("this is no country; write its name or its code", values.column("country"), written))
    state = values.one("state")
    if state.casefold() in ("active", "archived"):  # what an export of accounts calls the state of the account
        state = ""
    street = ", ".join(part for part in (values.one("street"), values.one("street_2")) if part)
    return {"street": street, "city": values.one("city"), "state": state, "zip": values.one("zip"), "country": country}


def _row(document: dict[str, Any], values: Values) -> ImportRow:
    try:
        return wire.load(ImportRow, document, strict=True)
    except Invalid as refusal:
        faults = [_told(each["field"], each["message"], document, values) for each in refusal.data["errors"]]
        raise BadRow(*faults) from refusal


def _told(path: str, message: str, document: dict[str, Any], values: Values) -> ImportFault:
    """A wrong field by the name of its column, with the beginning of what stands there."""
    place = next((place for start, place in PLACES.items() if path == start or path.startswith(f"{start}.")), path)
    value: Any = document
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value.get(step) if isinstance(value, dict) else None
    return fault(message, values.column(place), value if isinstance(value, str) else "")
