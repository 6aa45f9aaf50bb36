import pytest

from chassis.testing import database, firm_context, service_session, service_sessions
from tests.unit.identity.people import add_firm

ctx = firm_context()
session = service_session("identity")
sessions = service_sessions("identity")


@pytest.fixture
def db(postgres_url):
    return database(postgres_url, "identity")


@pytest.fixture
def owner(session, ctx):
    """The owner of a firm that is there."""
    return add_firm(session, ctx)


@pytest.fixture
def settled(sessions, ctx):
    """The same, committed, for what takes several transactions."""
    with sessions() as session:
        return add_firm(session, ctx)
