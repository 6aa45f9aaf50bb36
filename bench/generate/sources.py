"""The services whose rows stand in sections of the overview, each filled by a module of its own.

A service joins in three places: a class like `bench.generate.work.Work` in a module of its own, its tables with their
columns in `tables.py`, and its line in SOURCES. A test holds columns against models and rows against columns.
"""

from bench.generate.billing import Billing
from bench.generate.documents import Documents
from bench.generate.firm import Firm, Rows, rows
from bench.generate.messages import Messages
from bench.generate.portal import Portal
from bench.generate.requests import Requests
from bench.generate.source import Source
from bench.generate.work import Work

SOURCES: tuple[type[Source], ...] = (Work, Documents, Requests, Messages, Billing, Portal)


def firm_rows(firm: Firm) -> Rows:
    """Everything of the firm but its accounts, of every service."""
    found = rows(firm)
    for source in SOURCES:
        found |= source.of_firm(firm)
    return found
