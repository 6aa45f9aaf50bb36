"""Each contract is served with its types, says what it promised yesterday, and every event has somebody to hear it."""

from typing import get_type_hints

import pytest

from chassis import topology, wire
from deploy import catalog
from deploy.local.services import ROOT, service_names
from tests.contract import snapshots

PAGES = sorted(catalog.pages())


def every_call():
    return [
        pytest.param(service, call, hints, id=f"{service}.{call}")
        for service in service_names()
        for call, hints in catalog.calls(*catalog.contracts_of(service)).items()
    ]


@pytest.mark.parametrize(("service", "call", "promised"), every_call())
def test_every_call_in_a_contract_is_served_with_its_types(service, call, promised):
    served = getattr(topology.service_class(service), call)

    assert {entry.__class__.__name__ for entry in served.nameko_entrypoints} == {"Serve"}
    assert get_type_hints(served) == promised


def test_nothing_is_served_that_no_contract_promises():
    for service in service_names():
        members = vars(topology.service_class(service)).items()
        served = {
            name
            for name, value in members
            if any(type(entry).__name__ == "Serve" for entry in getattr(value, "nameko_entrypoints", ()))
        }
        assert served == set(catalog.calls(*catalog.contracts_of(service)))


def test_every_event_belongs_to_a_service_and_is_heard():
    heard = catalog.listeners()

    ours = {kind: event for kind, event in wire.EVENTS.items() if kind.partition(".")[0] in service_names()}
    unheard = {kind for kind, event in ours.items() if not event.OUTWARD and not heard.get(kind)}
    assert unheard == set(), (
        "an event that nobody hears stays in the outbox and raises an alarm: say `outward=True`, or subscribe"
    )


@pytest.mark.parametrize("page", PAGES)
def test_a_contract_says_what_it_promised(page):
    kept = snapshots.FOLDER / f"{page}.json"

    assert kept.read_text() == snapshots.render(page), "a wanted change: `make snapshots`, and a line in CHANGELOG.md"


def test_the_catalog_is_up_to_date():
    assert (ROOT / "docs" / "catalog.md").read_text() == catalog.render(), "run `make catalog`"
