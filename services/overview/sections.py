"""The sections there are, ours and those that configuration adds: who answers for each, what a viewer sees of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from chassis.config import Settings, SettingsError, load_settings
from chassis.context import Actor
from chassis.wire import EVENTS
from contracts import work  # noqa: F401 (declares the events that invalidate its sections)
from contracts.identity import holds
from contracts.overview import SECTIONS
from contracts.sections import UnknownSection

OPTIONAL = ("own_unless", "rates_with", "needs")


@dataclass(frozen=True, slots=True)
class Section:
    """One section and its source; the rights are explained at `contracts.overview.SECTIONS`."""

    name: str
    title: str
    source: str
    own_unless: str | None = None
    rates_with: str | None = None
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A section as one viewer sees it."""

    section: Section
    scope: str


@dataclass(frozen=True, slots=True)
class Table:
    """All sections in order, and which events speak of which."""

    sections: Mapping[str, Section]
    by_event: Mapping[str, tuple[str, ...]]
    foreign: frozenset[str]

    @classmethod
    def of(cls, extra: Iterable[Mapping[str, Any]]) -> Self:
        """Our sections and the `extra` ones of DOSSIER_EXTRA_SECTIONS. Raises SettingsError."""
        found = {name: Section(name=name, **row) for name, row in SECTIONS.items()}
        events = {kind: tuple(event.SECTIONS) for kind, event in EVENTS.items() if hasattr(event, "SECTIONS")}
        foreign: set[str] = set()
        for row in extra:
            section = _extra(row)
            if section.name in found:
                raise SettingsError(f"DOSSIER_EXTRA_SECTIONS: there is a section {section.name!r} already")
            found[section.name] = section
            for kind in row.get("invalidated_by", ()):
                events[kind] = (*events.get(kind, ()), section.name)
                foreign.add(kind)
        return cls(sections=found, by_event=events, foreign=frozenset(foreign))

    def wanted(self, actor: Actor, names: Iterable[str] | None) -> list[Wanted]:
        """The sections of these names, or all, as the actor sees them; what is not theirs to see is absent (R-OV-5).

        Raises UnknownSection for a name that is none, or not theirs.
        """
        seen = {name: section for name, section in self.sections.items() if _may_see(actor, section)}
        if names is None:
            return [Wanted(section, _scope(actor, section)) for section in seen.values()]
        asked = list(dict.fromkeys(names))
        for name in asked:
            if name not in seen:
                raise UnknownSection(name=name)
        return [Wanted(section, _scope(actor, section)) for name, section in seen.items() if name in asked]


@lru_cache(maxsize=1)
def configured() -> Table:
    """The sections of this process."""
    return Table.of(load_settings().extra_sections)


def foreign_events(settings: Settings) -> set[str]:
    """Events that only configuration knows."""
    return set(Table.of(settings.extra_sections).foreign)


def _extra(row: Mapping[str, Any]) -> Section:
    given = {key: row[key] for key in ("name", "title", "source", *OPTIONAL) if row.get(key) is not None}
    kinds = row.get("invalidated_by", [])
    fine = all(isinstance(value, str) and value for value in given.values()) and {"name", "title", "source"} <= {*given}
    if not fine or not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        wrong = "each needs name, title and source; invalidated_by lists events such as tax.return_filed.v1"
        raise SettingsError(f"DOSSIER_EXTRA_SECTIONS: {wrong}")
    return Section(**given)


def _may_see(actor: Actor, section: Section) -> bool:
    if actor.kind == "portal":
        return False  # no section of the firm's page is the client's (matrix of §2.4); the portal has its own
    return section.needs is None or holds(actor, section.needs)


def _scope(actor: Actor, section: Section) -> str:
    is_own = section.own_unless is not None and not holds(actor, section.own_unless)
    scope = f"member:{actor.id}" if is_own else "firm"
    return f"{scope}+rates" if section.rates_with is not None and holds(actor, section.rates_with) else scope
