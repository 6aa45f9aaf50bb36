"""What a service's rows are made from, and what makes them."""

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple, Protocol

import orjson

from bench.generate.firm import Firm, Rows

YEARS = 3  # over which the firm got its accounts
WARM = 50  # accounts that are looked at again and again, and written to: none of them is archived
FULL = 3000  # the first accounts of a firm that is looked at: every section of theirs is filled
FULL_EVERY = 50  # of those behind them, every so manieth
PLENTY = 6  # rows in each section of a full account: one more than a section shows
STEP = dt.timedelta(minutes=1)  # between one row and the next


class Person(NamedTuple):
    """A contact of an account; `emails` may be empty, `addresses` are the ids of each."""

    contact: str
    name: str
    emails: tuple[str, ...]
    addresses: tuple[str, ...] = ()


class Account(NamedTuple):
    """An account as its sections need it: who is on the team, its people in order, when it was made."""

    number: int
    id: str
    code: str
    name: str
    made: dt.datetime
    team: list[str]
    tags: list[str]
    people: tuple[Person, ...]
    is_full: bool  # whether each of its sections is filled; a million times all of them would take hours to write

    @property
    def first(self) -> tuple[str, str, str]:
        """Its first contact: id, name and an address."""
        contact, name, emails, _ = self.people[0]
        return contact, name, emails[0] if emails else "nobody@example.com"


def as_json(value: Any) -> str:
    """JSON as a column of it takes it."""
    return orjson.dumps(value).decode()


class Source(Protocol):
    """One service for some accounts of a firm; with the same `random` it makes the same rows."""

    def __init__(self, firm: Firm, random: Random) -> None: ...

    @staticmethod
    def of_firm(firm: Firm) -> Rows:
        """Give what the service keeps of the whole firm: members it knows, settings."""

    def add(self, rows: Rows, account: Account) -> Iterator[tuple[str, int]]:
        """Add an account's rows, and give how often each section of its overview changed.

        So often would the service have told an event that names the section; the generation starts there.
        """
