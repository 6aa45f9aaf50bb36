"""How a list that came in is understood: what its columns are loaded as, and why rows of it are refused."""

from collections.abc import Iterable, Mapping, Sequence

from chassis.errors import AppError, Unavailable
from contracts.accounts import Accounts
from contracts.contacts import Contacts
from contracts.custom_fields import CustomField
from contracts.imports import Import, ImportFault
from gateway.web import words
from gateway.web.firm import sayings
from gateway.web.page import Visit
from gateway.web.words import later

ACCOUNT_FIELD, CONTACT_FIELD = "account_field", "contact_field"
Option = tuple[str, str]
Group = tuple[str, Sequence[Option]]
OF_CLIENTS: Mapping[str, str] = {
    "account_name": later("Client"),
    "linked_account": later("Client that the contact is linked to"),
    "account_type": later("Type"),
    "company_name": later("Company"),
    "tags": later("Tags"),
    "account_timezone": later("Time zone of the client"),
}
OF_CONTACTS: Mapping[str, str] = {
    "full_name": later("Name of the contact"),
    "first_name": later("First name"),
    "middle_name": later("Middle name"),
    "last_name": later("Last name"),
    "email": later("E-mail address"),
    "other_email": later("Further e-mail address"),
    "phone": later("Phone"),
    "street": later("Street"),
    "street_2": later("Second line of the address"),
    "city": later("Town"),
    "state": later("State or region"),
    "zip": later("Postal code"),
    "country": later("Country"),
    "notes": later("Notes"),
    "description": later("What they are to this client"),
    "timezone": later("Time zone of the contact"),
    "login": "LOGIN",
    "notify": "NOTIFY",
    "sync": "EMAIL SYNC",
}
# Where a row was refused while it was loaded, what its owner calls a field.
PLACES: Mapping[str, str] = {
    "account_name": later("Client"),
    "name": later("Client"),
    "tags": later("Tags"),
    "timezone": later("Time zone of the client"),
    "custom_fields": later("Custom fields"),
    "switches": "LOGIN, NOTIFY, EMAIL SYNC",
    "contact": later("Contact"),
    "contacts": later("Contact"),
}
# What accounts say of rows; the rest of what they and contacts may say is among the words of every page.
REASONS = (
    later("line %(line)s says otherwise of the time zone of “%(account)s”: make them agree"),
    later("line %(line)s says otherwise of “%(what)s” of “%(account)s”: make them agree"),
    later(
        "the row has %(count)s cells, there are %(most)s columns: a cell that holds the separator needs quotation marks"
    ),
    later("the row has %(count)s cells; at most %(most)s are read"),
    later("the row has more than %(most)s characters; at most so many are read"),
    later("the row is not CSV"),
    later("a cell holds a NUL character, which no text has: remove it"),
    later("a cell has %(count)s characters; at most %(most)s are read"),
    later("a cell holds a whole row: probably a quotation mark is opened in it and not closed, or one is missing"),
    later(
        "a quotation mark is opened here and not closed, so that everything down to line %(line)s was taken for one"
        " row: close or remove it and load the file again"
    ),
    later(
        "the row holds bytes that are not UTF-8, as the rest of the file is: open it in your spreadsheet program and"
        " save it as “CSV UTF-8 (Comma delimited)”"
    ),
    later("none of its cells is in a column that is loaded"),
    later("there is neither a name nor an e-mail address in it"),
    later("this is no country; write its name or its code"),
    later("Must be yes or no."),
    later("Must be an amount and its currency, such as 1250.00 EUR."),
    later("The contact has no e-mail address to switch anything on for."),
    later("Several accounts have this name, so the row does not say which one is meant."),
)
NUMBERS = ("count", "most")


async def options(visit: Visit) -> Sequence[Group]:
    """All that a column may be loaded as, in groups."""
    say = visit.language.say
    ours, theirs = await _fields(visit)
    of_clients = [*_said(visit, OF_CLIENTS), *((f"{ACCOUNT_FIELD}:{one.name}", one.name) for one in ours)]
    of_contacts = [*_said(visit, OF_CONTACTS), *((f"{CONTACT_FIELD}:{one.name}", one.name) for one in theirs)]
    return ((say(later("Of the client")), of_clients), (say(later("Of the contact")), of_contacts))


def _said(visit: Visit, names: Mapping[str, str]) -> Iterable[Option]:
    return ((name, visit.language.say(text)) for name, text in names.items())


async def _fields(visit: Visit) -> tuple[Sequence[CustomField], Sequence[CustomField]]:
    """The firm's own fields of clients and of contacts; without those of an owner who is away."""
    found = []
    for call in (Accounts.list_account_fields, Contacts.list_contact_fields):
        try:
            found.append(tuple(use.field for use in (await visit.call(call)).items))
        except Unavailable:
            found.append(())
    return found[0], found[1]


def read_as(one: Import) -> list[str]:
    """What each column is loaded as, as the options name it."""
    return [f"{each.field}:{each.custom_field}" if each.custom_field else each.field for each in one.columns]


def choices(visit: Visit, one: Import) -> list[dict[str, str]]:
    """What was chosen for each column; one that the form did not name stays as it is."""
    chosen = [visit.form.get(f"column.{place}", kept) for place, kept in enumerate(read_as(one))]
    parts = (value.partition(":") for value in chosen)
    return [{"field": field, "custom_field": custom} for field, _, custom in parts]


def reasons(visit: Visit, faults: Iterable[ImportFault]) -> list[str]:
    """Why a row is refused, in the reader's language."""
    return list(dict.fromkeys(_reason(visit, fault) for fault in faults))


def _reason(visit: Visit, fault: ImportFault) -> str:
    language = visit.language
    facts = {name: language.number(fact) if name in NUMBERS else fact for name, fact in fault.facts.items()}
    text = language.say(fault.text, **facts) if facts else words.plainly(language, DETAILS.get(fault.text, fault.text))
    place = PLACES.get(fault.column.partition(".")[0])
    column = language.say(place) if place else fault.column
    if fault.value:
        text = language.say(later("%(reason)s (“%(value)s”)"), reason=text, value=fault.value)
    if column:
        return language.say(later("%(column)s: %(reason)s"), column=column, reason=text)
    return f"{text[:1].upper()}{text[1:]}"


def _detail(kind: type[AppError]) -> str:
    return kind().detail


# What errors are called by their owners, and what pages say of them.
DETAILS = {_detail(kind): text for kind, text in {**words.SENTENCES, **sayings.SENTENCES}.items()}
