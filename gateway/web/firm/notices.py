"""What a member is told of: the list, how many are unread, and the words of each kind (R-FOL-2, R-LOG-9)."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from contracts.notices import Notice, StaffNotices
from gateway.web.page import Page, Visit
from gateway.web.words import later

KINDS: Mapping[str, str] = {
    "client_activated": later("A client accepts an invitation"),
    "document_uploaded": later("A client uploads documents"),
    "chat_message": later("A client writes in a chat"),
    "client_task_done": later("A client does a task"),
    "approval_answered": later("A client approves or disapproves"),
    "signature_answered": later("A client signs or declines"),
    "organizer_submitted": later("A client submits an organizer"),
    "proposal_signed": later("A client signs a proposal"),
    "payment_received": later("A payment comes in"),
    "mentioned": later("Somebody mentions me"),
    "task_assigned": later("A task is given to me"),
    "access_requested": later("Somebody asks for access to a client"),
    "proposals_not_sent": later("Proposals could not be sent"),
    "quickbooks_attention": later("QuickBooks needs a decision"),
}
# The part of the profile that a notice leads to.
LEADS = {
    "client_activated": "info",
    "document_uploaded": "documents",
    "chat_message": "chats",
    "client_task_done": "chats",
    "approval_answered": "approvals",
    "signature_answered": "signatures",
    "organizer_submitted": "organizers",
    "proposal_signed": "proposals",
    "payment_received": "invoices",
    "task_assigned": "tasks",
    "access_requested": "info",
}


async def show(visit: Visit) -> Response:
    await visit.member()
    narrowed = {"is_unread": True} if visit.query.get("unread") == "1" else {}
    cursor = visit.query.get("cursor")
    found = await visit.call(StaffNotices.list_notices, **narrowed, **({"cursor": cursor} if cursor else {}))
    return visit.draw(
        "firm/notices.html", found=found, kinds=KINDS, leads=lead, says=says(visit), is_unread=bool(narrowed)
    )


async def count(visit: Visit) -> Response:
    """How many are unread, for the bar of every page."""
    found = await visit.call(StaffNotices.get_unread_notices)
    return visit.draw("firm/unread.html", unread=found.unread)


async def read(visit: Visit) -> Response:
    """Take all up to the newest that was shown for read."""
    up_to = visit.form.get("up_to")
    if up_to:
        await visit.call(StaffNotices.read_notices, up_to=up_to)
    return visit.go("/notices")


def lead(notice: Notice) -> str:
    """The page that a notice is about."""
    if notice.kind == "quickbooks_attention":
        return "/settings/quickbooks/errors"
    if notice.account_id is None:
        return ""
    part = LEADS.get(notice.kind, "")
    return f"/clients/{notice.account_id}" + (f"/{part}" if part else "")


def says(visit: Visit) -> Any:
    """What a notice tells beside its kind, from its facts."""

    def said(notice: Notice) -> str:
        facts = notice.facts
        names = [facts.get(key) for key in ("contact", "author", "member")]
        things = [facts.get(key) for key in ("subject", "document", "organizer", "proposal", "task", "sentence")]
        parts = [*names, *things, ", ".join(facts.get("names", ()))]
        if "amount" in facts:
            parts.append(_amount(visit, facts["amount"]))
        parts += [facts.get("excerpt"), facts.get("comment"), facts.get("reason")]
        return " · ".join(str(part) for part in parts if part)

    return said


def _amount(visit: Visit, amount: Any) -> str:
    if isinstance(amount, dict):
        return visit.language.money(amount["amount"], amount["currency"])
    return str(amount)


PAGES = (
    Page("GET", "/notices", show),
    Page("GET", "/notices/unread", count),
    Page("POST", "/notices/read", read),
)
