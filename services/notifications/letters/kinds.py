"""The kinds of letters: who gets them, under which type of notification, and which facts they tell."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from contracts.notifications import NotificationType

Sort = Literal["text", "texts", "date", "instant", "money", "count", "flag"]


@dataclass(frozen=True)
class Fact:
    """One fact of a letter, as JSON holds it.

    text: a string. texts: a list of strings, at least one. date: "2026-04-15". instant: "2026-04-15T09:30:00Z".
    money: {"amount": "1200.50", "currency": "EUR"}. count: a whole number from 0. flag: true or false.
    """

    sort: Sort
    is_optional: bool = False  # may be missing or null


@dataclass(frozen=True)
class Kind:
    """A kind of letter; `type` is the type of notification that switches it off, none for security and staff mails."""

    name: str
    type: NotificationType | None
    facts: Mapping[str, Fact]
    is_staff: bool = False


TEXT, TEXTS, MONEY = Fact("text"), Fact("texts"), Fact("money")
INSTANT, FLAG = Fact("instant"), Fact("flag")
MAYBE_TEXT, MAYBE_TEXTS = Fact("text", is_optional=True), Fact("texts", is_optional=True)
MAYBE_DATE, MAYBE_MONEY = Fact("date", is_optional=True), Fact("money", is_optional=True)
MAYBE_COUNT, MAYBE_FLAG = Fact("count", is_optional=True), Fact("flag", is_optional=True)

_DOCUMENT = {"document": TEXT, "due_on": MAYBE_DATE}
_PROPOSAL = {"proposal": TEXT, "expires_on": MAYBE_DATE}
_ORGANIZER = {"organizer": TEXT, "due_on": MAYBE_DATE}
_ABOUT = {"account": TEXT, "contact": MAYBE_TEXT}  # on which account, and who of it did it

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        # Security mails: nobody can switch them off (R-NOT-7).
        # `account` opens to who accepts; `message` is the personal one of the member who invites (R-LOG-1).
        Kind("invitation", None, {"email": TEXT, "expires_at": INSTANT, "account": MAYBE_TEXT, "message": MAYBE_TEXT}),
        Kind("password_reset", None, {"email": TEXT, "expires_at": INSTANT}),
        Kind("signing_link", None, {"document": TEXT, "expires_at": INSTANT, "message": MAYBE_TEXT}),
        # For clients, by types of R-NOT-3.
        Kind("documents_uploaded", "documents", {"names": TEXTS, "author": MAYBE_TEXT}),
        Kind("signature_requested", "signatures", {**_DOCUMENT, "author": MAYBE_TEXT, "message": MAYBE_TEXT}),
        Kind("signature_reminder", "signatures", _DOCUMENT),
        Kind("approval_requested", "approvals", {**_DOCUMENT, "author": MAYBE_TEXT, "message": MAYBE_TEXT}),
        Kind("approval_reminder", "approvals", _DOCUMENT),
        Kind("chat_message", "messages", {"author": TEXT, "subject": TEXT, "excerpt": TEXT, "is_reply": MAYBE_FLAG}),
        Kind("client_tasks", "messages", {"tasks": TEXTS, "subject": MAYBE_TEXT, "author": MAYBE_TEXT}),
        Kind("proposal_sent", "proposals", {**_PROPOSAL, "message": MAYBE_TEXT}),
        Kind("proposal_reminder", "proposals", _PROPOSAL),
        Kind("organizer_sent", "organizers", {**_ORGANIZER, "questions": MAYBE_COUNT}),
        Kind("organizer_reminder", "organizers", {**_ORGANIZER, "questions": MAYBE_COUNT, "answered": MAYBE_COUNT}),
        Kind("invoice_issued", "invoices", {"number": TEXT, "amount": MONEY, "due_on": MAYBE_DATE}),
        # `amount` is what remains to be paid.
        Kind(
            "invoice_reminder",
            "invoices",
            {"number": TEXT, "amount": MONEY, "due_on": MAYBE_DATE, "is_overdue": MAYBE_FLAG},
        ),
        # `invoices` are the numbers of those it paid; `credit` is what it left over.
        Kind(
            "payment_received",
            "invoices",
            {"amount": MONEY, "paid_on": MAYBE_DATE, "invoices": MAYBE_TEXTS, "credit": MAYBE_MONEY},
        ),
        Kind("refund_made", "invoices", {"amount": MONEY, "refunded_on": MAYBE_DATE, "invoice": MAYBE_TEXT}),
        Kind("request_sent", "requests", {"request": TEXT, "due_on": MAYBE_DATE, "questions": MAYBE_COUNT}),
        # For members of the firm; `account` is the name of the account it is about.
        Kind("staff_client_activated", None, {"account": TEXT, "contact": TEXT, "email": MAYBE_TEXT}, is_staff=True),
        Kind("staff_document_uploaded", None, {**_ABOUT, "names": TEXTS}, is_staff=True),
        Kind(
            "staff_chat_message",
            None,
            {"account": TEXT, "author": TEXT, "subject": TEXT, "excerpt": TEXT, "is_reply": MAYBE_FLAG},
            is_staff=True,
        ),
        Kind("staff_client_task_done", None, {**_ABOUT, "task": TEXT, "subject": MAYBE_TEXT}, is_staff=True),
        Kind(
            "staff_approval_answered",
            None,
            {**_ABOUT, "document": TEXT, "is_approved": FLAG, "comment": MAYBE_TEXT},
            is_staff=True,
        ),
        # `is_complete`: all who had to have signed.
        Kind(
            "staff_signature_answered",
            None,
            {**_ABOUT, "document": TEXT, "is_signed": FLAG, "is_complete": MAYBE_FLAG, "reason": MAYBE_TEXT},
            is_staff=True,
        ),
        Kind("staff_organizer_submitted", None, {**_ABOUT, "organizer": TEXT}, is_staff=True),
        Kind("staff_proposal_signed", None, {**_ABOUT, "proposal": TEXT}, is_staff=True),
        Kind("staff_proposals_not_sent", None, {"proposal": TEXT, "accounts": TEXTS}, is_staff=True),  # R-SIG-4
        Kind(
            "staff_payment_received",
            None,
            {"account": TEXT, "amount": MONEY, "paid_on": MAYBE_DATE, "invoices": MAYBE_TEXTS},
            is_staff=True,
        ),
        Kind("staff_mentioned", None, {"account": TEXT, "author": TEXT, "excerpt": TEXT}, is_staff=True),
        Kind(
            "staff_task_assigned",
            None,
            {"task": TEXT, "account": MAYBE_TEXT, "author": MAYBE_TEXT, "due_on": MAYBE_DATE},
            is_staff=True,
        ),
        Kind("staff_access_requested", None, {"account": TEXT, "member": TEXT}, is_staff=True),  # R-ACC-4
        # `names` of what waits for a decision, none: it is the whole connection; `problem` where all have the same one.
        Kind(
            "staff_quickbooks_attention",
            None,
            {
                "count": Fact("count"),
                "names": MAYBE_TEXTS,
                "problem": MAYBE_TEXT,
                "open": MAYBE_COUNT,
                "is_solved": MAYBE_FLAG,
            },
            is_staff=True,
        ),
    )
}


def wrong_facts(kind: Kind, facts: Mapping[str, Any]) -> list[str]:
    """Name the facts that are missing, unknown or not of their sort; none for a letter that can be written."""
    wrong = [name for name in facts if name not in kind.facts]
    for name, fact in kind.facts.items():
        value = facts.get(name)
        if not (fact.is_optional if value is None else _is(fact.sort, value)):
            wrong.append(name)
    return wrong


def _is(sort: Sort, value: Any) -> bool:  # noqa: PLR0911 (one line for each sort)
    match sort:
        case "text":
            return isinstance(value, str)
        case "texts":
            return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(each, str) for each in value)
        case "flag":
            return isinstance(value, bool)
        case "count":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case "date":
            return _reads(dt.date.fromisoformat, value)
        case "instant":
            return _reads(dt.datetime.fromisoformat, value) and dt.datetime.fromisoformat(value).tzinfo is not None
        case "money":
            return (
                isinstance(value, Mapping)
                and _reads(Decimal, value.get("amount"))
                and _is("text", value.get("currency"))
            )


def _reads(reader: Any, value: Any) -> bool:
    try:
        reader(value)
    except (TypeError, ValueError, InvalidOperation):
        return False
    return isinstance(value, str)
