"""The overview's migrated database, a firm of its own for each test, and a directory to fill."""

import pytest

from chassis.testing import firm_context, service_session, service_sessions
from tests.unit.overview.firm import Directory

session = service_session("overview")
sessions = service_sessions("overview")
ctx = firm_context()


@pytest.fixture
def told(session, ctx):
    """`told.account("Anna Roy", ("Anna Roy", "anna@roy.example"), code="R1")`: what the owners told the directory."""
    return Directory(session, ctx)
