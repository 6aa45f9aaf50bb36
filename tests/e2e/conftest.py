"""A fresh firm on the shared system for each test, and a system of its own for what asks Intuit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.servers import Servers
from tests.firms import Firm
from tests.listening import Listener
from tests.quickbooks.launching import Simulator, simulator
from tests.stack import Stack


@pytest.fixture
def firm(stack: Stack) -> Iterator[Firm]:
    made = Firm(stack.url, stack.env)
    yield made
    made.owner.close()


@pytest.fixture(scope="session")
def shared_intuit() -> Iterator[Simulator]:
    with simulator() as running:
        yield running


@pytest.fixture(scope="module")
def intuit(shared_intuit: Simulator) -> Simulator:
    """A simulated Intuit as if it were just started."""
    shared_intuit.reset()
    return shared_intuit


@pytest.fixture(scope="session")
def shared_books(servers: Servers, folder: Path, shared_intuit: Simulator) -> Iterator[Stack]:
    where = {"DOSSIER_QUICKBOOKS_URL": shared_intuit.url, "DOSSIER_QUICKBOOKS_DISCOVERY_URL": shared_intuit.discovery}
    with Stack(servers, folder / "quickbooks", where) as running:
        with Listener(running.env) as listener:
            running.listener = listener  # type: ignore[attr-defined]
            yield running
        assert listener.faults() == []


@pytest.fixture(scope="module")
def system(shared_books: Stack, intuit: Simulator) -> Stack:
    """The whole system with that Intuit, shared by all tests of QuickBooks; `listener` hears what it tells."""
    return shared_books
