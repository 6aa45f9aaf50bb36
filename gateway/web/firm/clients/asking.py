"""What the address of a list of clients asks for, and how its form says so."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from contracts.custom_fields import CustomField
from contracts.overview import AccountFilter, ListAccounts
from gateway.web.page import Visit
from gateway.web.words import later

CLIENTS = "/clients"
OWN = "own."  # before the id of a custom field, where a form asks for its value
UNFILLED = "-"  # typed there for clients without one
FILTERS = frozenset(spec.name for spec in dataclasses.fields(AccountFilter))
KNOWN = FILTERS | {"sort"} | {spec.name for spec in dataclasses.fields(ListAccounts) if spec.name == "cursor"}
TYPES = {"individual": later("Individual"), "company": later("Company"), "other": later("Other")}
STATUSES = {"active": later("Activated"), "pending": later("Pending activation"), "off": later("Not activated")}
FLAGS: Mapping[str, Mapping[str, str]] = {
    "is_notified": {"true": later("Notified"), "false": later("Not notified")},
    "is_synced": {"true": later("E-mail synced"), "false": later("E-mail not synced")},
    "has_signed_in": {"true": later("Has signed in"), "false": later("Has never signed in")},
}

Pair = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    """What is asked of the list, as the pairs of its address."""

    pairs: tuple[Pair, ...]

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.pairs if known == name]

    def one(self, name: str, default: str = "") -> str:
        return next(iter(self.all(name)), default)

    def own(self, field_id: object) -> str:
        """What is asked of a custom field, as its input shows it."""
        start = f"{field_id}:"
        found = next((one.removeprefix(start) for one in self.all("custom_field") if one.startswith(start)), None)
        return UNFILLED if found == "" else found or ""

    @property
    def is_narrowed(self) -> bool:
        """Whether any client may be left out, but for archived ones."""
        return any(name in FILTERS and name != "state" for name, _ in self.pairs)

    @property
    def filters(self) -> tuple[Pair, ...]:
        """What narrows the list, without how it is sorted and where it begins."""
        return tuple(pair for pair in self.pairs if pair[0] in FILTERS)

    @property
    def reset(self) -> str:
        """The address of the list with nothing that narrows it."""
        return address(CLIENTS, (pair for pair in self.pairs if pair[0] in ("state", "sort")))

    def at(self, path: str = CLIENTS, **other: str) -> str:
        """The address of the same with other values; an empty one takes what is asked away, and so the first page."""
        kept = [pair for pair in self.pairs if pair[0] not in {*other, "cursor"}]
        return address(path, (*kept, *((name, value) for name, value in other.items() if value)))

    def without(self, pair: Pair) -> str:
        return address(CLIENTS, (one for one in self.pairs if one != pair and one[0] != "cursor"))


def address(path: str, pairs: Iterable[Pair]) -> str:
    query = urlencode(list(pairs))
    return f"{path}?{query}" if query else path


def asked(visit: Visit) -> Asked:
    """What the address asks for, without what was left empty and what no list knows."""
    found: list[Pair] = []
    for name, typed in visit.request.query_params.multi_items():
        value = typed.strip()
        if not value or (name, value) == ("state", "active"):
            continue
        if name.startswith(OWN):
            found.append(("custom_field", f"{name.removeprefix(OWN)}:{'' if value == UNFILLED else value}"))
        elif name in KNOWN:
            found.append((name, value))
    return Asked(tuple(dict.fromkeys(found)))


@dataclass(frozen=True)
class Chip:
    """One thing that the list is narrowed by, and the address of the list without it."""

    text: str
    away: str


def chips(
    visit: Visit, wanted: Asked, tags: Mapping[str, str], members: Mapping[str, str], fields: Iterable[CustomField]
) -> list[Chip]:
    """What the list is narrowed by, in words; `q` stands in its field already."""
    say = visit.language.say
    own = {str(field.id): field for field in fields}
    named = {"type": TYPES, "portal_status": STATUSES, **FLAGS}
    found = []
    for name, value in wanted.filters:
        if name in named:
            text = say(named[name].get(value, value))
        elif name == "tag_id":
            text = tags.get(value, value)
        elif name == "member_id":
            text = say(later("Team: %(name)s"), name=members.get(value, value))
        elif name == "signed_in_from":
            text = say(later("Signed in since %(day)s"), day=value)
        elif name == "signed_in_until":
            text = say(later("Signed in until %(day)s"), day=value)
        elif name == "custom_field":
            text = _of_field(visit, own, value)
        else:
            continue
        found.append(Chip(text, wanted.without((name, value))))
    return found


def _of_field(visit: Visit, own: Mapping[str, CustomField], value: str) -> str:
    field_id, _, sought = value.partition(":")
    field = own.get(field_id)
    if field is None:
        return value
    if not sought:
        return visit.language.say(later("%(field)s: not filled"), field=field.name)
    names = {str(choice.id): choice.name for choice in field.choices}
    words = {"true": visit.language.say(later("yes")), "false": visit.language.say(later("no"))}
    return f"{field.name}: {names.get(sought) or words.get(sought, sought)}"
