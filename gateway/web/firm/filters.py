"""What the list behind each section can be narrowed down by, as its owner reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.web.firm.statuses import CHIPS, DOCUMENT, Chip
from gateway.web.words import later

ME = "me"  # stands for the reader, whose id the owner is asked with


@dataclass(frozen=True)
class Filter:
    """`options` are the values of a choice with their words; the first is none, which the owner fills in itself."""

    name: str
    label: str
    options: Sequence[tuple[str, str]] = ()
    kind: Literal["select", "search", "date"] = "select"


def _statuses(chips: Mapping[str, Chip], first: str, *others: tuple[str, str]) -> Filter:
    known = [(value, words) for value, (words, _) in chips.items()]
    return Filter("status", later("Status"), [("", first), *others, *known])


def _yes_no(name: str, label: str, yes: str, no: str) -> Filter:
    return Filter(name, label, [("", later("All")), ("true", yes), ("false", no)])


SEARCH = Filter("q", later("Search"), kind="search")
ALL, ALL_STATES = later("All"), ("all", later("All"))
ASSIGNEE = Filter("assignee", later("Assigned to"), [("", later("Anybody")), (ME, later("Me"))])
MEMBER = Filter("member", later("Member"), [("", later("Anybody")), (ME, later("Me"))])
FROM, TO = Filter("from", later("From"), kind="date"), Filter("to", later("Until"), kind="date")

FILTERS: Mapping[str, Sequence[Filter]] = {
    "documents": (
        Filter(
            "uploaded_by",
            later("Uploaded by"),
            [("", later("The client")), ("firm", later("The firm")), ("all", later("Anybody"))],
        ),
        Filter("new", later("Seen"), [("", ALL), ("true", later("New")), ("mine", later("New for me"))]),
        _statuses(DOCUMENT, ALL),
        Filter("sort", later("Order"), [("", later("Latest first")), ("name", later("By name"))]),
        SEARCH,
    ),
    "tasks": (
        _statuses(CHIPS["tasks"], later("Open"), ALL_STATES),
        ASSIGNEE,
        _yes_no("overdue", later("Due"), later("Overdue"), later("Not overdue")),
        Filter("sort", later("Order"), [("", later("Latest first")), ("due_on", later("By due date"))]),
    ),
    "emails": (
        Filter(
            "direction",
            later("Direction"),
            [("", ALL), ("received", later("Received")), ("sent", later("Sent"))],
        ),
        _statuses(CHIPS["emails"], ALL),
        SEARCH,
    ),
    "jobs": (_statuses(CHIPS["jobs"], later("Current"), ALL_STATES), ASSIGNEE),
    "chats": (
        Filter("state", later("State"), [("", later("Active")), ("archived", later("Archived")), ALL_STATES]),
        Filter(
            "assignee",
            later("Assigned to"),
            [("", later("Anybody")), (ME, later("Me")), ("nobody", later("Nobody"))],
        ),
        _yes_no("unread", later("Read"), later("Unread"), later("Read")),
        SEARCH,
    ),
    "invoices": (
        _statuses(CHIPS["invoices"], later("Due"), ALL_STATES),
        FROM,
        TO,
        Filter("sort", later("Order"), [("", later("By due date")), ("-posted_on", later("Latest first"))]),
        SEARCH,
    ),
    "approvals": (_statuses(CHIPS["approvals"], later("Current"), ALL_STATES),),
    "signatures": (_statuses(CHIPS["signatures"], ALL, ("sent", later("Sent")), ("open", later("Not ended"))),),
    "organizers": (
        _statuses(CHIPS["organizers"], ALL, ("pending", later("Not submitted")), ("finished", later("Finished"))),
        Filter("archived", later("State"), [("", later("Active")), ("true", later("Archived")), ALL_STATES]),
        Filter("sort", later("Order"), [("", later("Latest first")), ("name", later("By name"))]),
    ),
    "logins": (),
    "notes": (_yes_no("pinned", later("Pinned"), later("Pinned"), later("Not pinned")),),
    "time": (
        MEMBER,
        _yes_no("billable", later("Billable"), later("Billable"), later("not billable")),
        _yes_no("billed", later("Billed"), later("Billed"), later("Not billed")),
        FROM,
        TO,
    ),
    "proposals": (
        _statuses(CHIPS["proposals"], later("Sent")),
        Filter(
            "kind",
            later("Kind"),
            [("", ALL), ("proposal", later("Proposal")), ("engagement_letter", later("Engagement letter"))],
        ),
        SEARCH,
    ),
}
