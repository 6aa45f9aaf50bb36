"""The sections there are, ours and those that configuration adds: who answers for each, what a viewer sees of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from chassis.config import Settings, SettingsError, load_settings
from chassis.context import Actor
from chassis.wire import EVENTS
from contracts import (  # noqa: F401 (declare the events that invalidate sections)
    approvals,
    billing,
    chats,
    client_tasks,
    documents,
    emails,
    entries,
    folders,
    organizers,
    portal,
    signatures,
    switches,
    work,
)
from contracts.overview import SECTIONS, SectionRow
from contracts.rights import ACCOUNT, Action, allows, is_staff
from contracts.sections import UnknownSection

OPTIONAL = ("own_unless", "needs")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A section as one viewer sees it; `actions` are the calls it offers them."""

    name: str
    title: str
    source: str
    scope: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All sections in order, and which events speak of which."""

    sections: Mapping[str, SectionRow]
    by_event: Mapping[str, tuple[str, ...]]
    foreign: frozenset[str]

    @classmethod
    def of(cls, extra: Iterable[Mapping[str, Any]]) -> Self:
        """Our sections and the `extra` ones of DOSSIER_EXTRA_SECTIONS. Raises SettingsError."""
        found = dict(SECTIONS)
        events = {kind: tuple(event.SECTIONS) for kind, event in EVENTS.items() if hasattr(event, "SECTIONS")}
        foreign: set[str] = set()
        for row in extra:
            name, section = _extra(row)
            if name in found:
                raise SettingsError(f"DOSSIER_EXTRA_SECTIONS: there is a section {name!r} already")
            found[name] = section
            for kind in row.get("invalidated_by", ()):
                events[kind] = (*events.get(kind, ()), name)
                foreign.add(kind)
        return cls(sections=found, by_event=events, foreign=frozenset(foreign))

    def wanted(self, actor: Actor, names: Iterable[str] | None) -> list[Wanted]:
        """The sections of these names, or all, as the actor sees them; what is not theirs to see is absent (R-OV-5).

        Raises UnknownSection for a name that is none, or not theirs.
        """
        seen = {
            name: _wanted(actor, name, section) for name, section in self.sections.items() if _may(actor, section.needs)
        }
        if names is None:
            return list(seen.values())
        asked = frozenset(names)
        for name in asked:
            if name not in seen:
                raise UnknownSection(name=name)
        return [one for name, one in seen.items() if name in asked]


@lru_cache(maxsize=1)
def configured() -> Table:
    """The sections of this process."""
    return Table.of(load_settings().extra_sections)


def foreign_events(settings: Settings) -> set[str]:
    """Events that only configuration knows."""
    return set(Table.of(settings.extra_sections).foreign)


def _extra(row: Mapping[str, Any]) -> tuple[str, SectionRow]:
    given = {key: row[key] for key in ("name", "title", "source", *OPTIONAL) if row.get(key) is not None}
    kinds = row.get("invalidated_by", [])
    fine = all(isinstance(value, str) and value for value in given.values()) and {"name", "title", "source"} <= {*given}
    if not fine or not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        wrong = "each needs name, title and source; invalidated_by lists events such as tax.return_filed.v1"
        raise SettingsError(f"DOSSIER_EXTRA_SECTIONS: {wrong}")
    for key in OPTIONAL:
        if given.get(key, "view") not in ACCOUNT:
            known = ", ".join(ACCOUNT)
            raise SettingsError(f"DOSSIER_EXTRA_SECTIONS: {key} must be an action, one of {known}")
    return given.pop("name"), SectionRow(**given)


def _may(actor: Actor, action: Action) -> bool:
    # No section of the firm's page is a client's (matrix of §2.4); the portal has its own.
    return is_staff(actor) and allows(ACCOUNT[action], actor)


def _wanted(actor: Actor, name: str, section: SectionRow) -> Wanted:
    scope = "firm" if _may(actor, section.own_unless) else f"member:{actor.id}"
    if section.more is not None and _may(actor, section.more[1]):
        scope += f"+{section.more[0]}"
    actions = tuple(call for call, action in section.quick if _may(actor, action))
    return Wanted(name, section.title, section.source, scope, actions)
