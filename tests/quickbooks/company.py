"""A company (realm): what it holds, and what everything that is written in it goes through."""

import copy
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.quickbooks import faults
from tests.quickbooks.clock import Clock, instant

Record = dict[str, Any]
APP = "API API"  # what Intuit calls an app in the text of 5010
PERSON = "Craig Carlson"
CURRENCIES = {"USD": "United States Dollar", "EUR": "Euro", "GBP": "British Pound Sterling", "CAD": "Canadian Dollar"}
ADDED_UP = frozenset({"Invoice", "CreditMemo", "Payment"})


@dataclass(frozen=True)
class Change:
    kind: str
    id: str
    operation: str  # Create, Update, Delete, Merge, Void
    at: str
    gone_id: str | None = None  # of a merge: what went


class Company:
    """Ids are strings counted per family: a customer and an invoice may share one, a customer and a vendor not."""

    def __init__(
        self, realm: str, name: str, clock: Clock, announce: Callable[["Company", Change], None], currency: str = "USD"
    ) -> None:
        self.realm, self.name, self.clock, self.announce = realm, name, clock, announce
        self.currency = currency
        self.records: dict[str, dict[str, Record]] = {}
        self.gone: dict[str, dict[str, str]] = {}  # kind -> id -> when, of what was deleted
        self.sequences: dict[str, int] = {}
        self.answers: dict[str, dict[str, Any]] = {}  # requestid -> what was answered
        self.writes: dict[str, int] = {}  # requestid -> how often something was written under it
        self.is_disconnected = self.has_lost_admin = self.is_over = self.numbers_itself = False
        self.closed_on: str | None = None
        self.longest_name = 500  # characters of a DisplayName; users of the API report companies that take 100
        self.refused_characters = ""  # in any text, beside those that Intuit's pages name
        self.sums: dict[str, Any] = {}  # what is added up over all of a kind, kept until one of it changes

    @property
    def money(self) -> Record:
        """The currency that everything is in, as records refer to it."""
        return {"value": self.currency, "name": CURRENCIES[self.currency]}

    def all(self, kind: str) -> dict[str, Record]:
        return self.records.setdefault(kind, {})

    def find(self, kind: str, record_id: object) -> Record | None:
        return self.all(kind).get(str(record_id))

    def get(self, kind: str, record_id: object) -> Record:
        """Raises 2030 for what is no id, 610."""
        if not str(record_id).isdigit():
            raise faults.bad_id(record_id)
        if str(record_id) in self.gone.get(kind, {}):
            raise faults.not_found("Another user has deleted this transaction.")
        record = self.find(kind, record_id)
        if record is None:
            raise faults.not_found()
        return record

    def new_id(self, family: str) -> str:
        self.sequences[family] = self.sequences.get(family, 0) + 1
        return str(self.sequences[family])

    def add(self, kind: str, record: Record, family: str, by: str) -> Record:
        at = self.clock.stamp()
        record["Id"], record["SyncToken"] = self.new_id(family), "0"
        record["MetaData"] = {"CreateTime": at, "LastUpdatedTime": at}
        record["_by"] = by
        self.all(kind)[record["Id"]] = record
        self.forget_sums(kind)
        self.tell(kind, record["Id"], "Create")
        return record

    def replace(self, kind: str, record: Record, by: str, operation: str = "Update") -> Record:
        """Keep `record` in place of the one with its id, one SyncToken further."""
        record["SyncToken"] = str(int(record["SyncToken"]) + 1)
        record["MetaData"] = {**record["MetaData"], "LastUpdatedTime": self.clock.stamp()}
        record["_by"] = by
        self.all(kind)[record["Id"]] = record
        self.forget_sums(kind)
        self.tell(kind, record["Id"], operation)
        return record

    def touch(self, kind: str, record_id: str, by: str = APP) -> None:
        """Count what happened to a transaction through another one, as a payment does to an invoice."""
        record = self.find(kind, record_id)
        if record is not None:
            self.replace(kind, copy.deepcopy(record), by)

    def remove(self, kind: str, record_id: str) -> None:
        del self.all(kind)[record_id]
        self.forget_sums(kind)
        self.gone.setdefault(kind, {})[record_id] = self.clock.stamp()
        self.tell(kind, record_id, "Delete")

    def tell(self, kind: str, record_id: str, operation: str, gone_id: str | None = None) -> None:
        self.announce(self, Change(kind, record_id, operation, self.clock.stamp(), gone_id))

    def forget_sums(self, kind: str) -> None:
        self.sums.pop("jobs" if kind == "Customer" else "ledger" if kind in ADDED_UP else "", None)

    def refuse_closed(self, *dates: str | None) -> None:
        """Raises 6210 when one of the days is in a period that the firm has closed."""
        if self.closed_on and any(day and day <= self.closed_on for day in dates):
            raise faults.period_closed()

    def changed_since(self, kind: str, since: dt.datetime) -> list[Record]:
        """This will give records, newest first; both times are compared in whole seconds, as they are shown."""
        floor = since.replace(microsecond=0)
        found = [each for each in self.all(kind).values() if last_change(each) >= floor]
        return sorted(found, key=last_change, reverse=True)

    KEPT = (
        "currency",
        "records",
        "gone",
        "sequences",
        "answers",
        "writes",
        "is_disconnected",
        "has_lost_admin",
        "is_over",
        "numbers_itself",
        "closed_on",
        "longest_name",
        "refused_characters",
    )

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, **{field: getattr(self, field) for field in self.KEPT}}

    def load(self, kept: dict[str, Any]) -> None:
        for field in self.KEPT:
            setattr(self, field, kept.get(field, getattr(self, field)))


def last_change(record: Record) -> dt.datetime:
    return instant(record["MetaData"]["LastUpdatedTime"])


def public(record: Record) -> Record:
    """A copy without what only the simulator knows."""
    return {name: copy.deepcopy(value) for name, value in record.items() if not name.startswith("_")}
