"""Single items of the sections: what the API's GET gives, and what is most often done about one (R-OV-10)."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from chassis.errors import AppError
from contracts.approvals import ApprovalCalls
from contracts.billing import Billing
from contracts.chats import Chats
from contracts.contacts import Contacts
from contracts.documents import Documents
from contracts.emails import Emails
from contracts.organizers import OrganizerCalls
from contracts.proposals import Proposals
from contracts.signatures import SignatureCalls
from contracts.signing import SigningCalls
from contracts.work import Work
from gateway.problems import NoSuchPath
from gateway.web.firm import bill_lines, drafts, profile, statuses
from gateway.web.firm.acts import ACTS
from gateway.web.firm.drafts import REFUSALS, Fields, fields_of, saved
from gateway.web.page import Page, Visit

UNISSUED = ("draft", "scheduled")  # invoices that are still written
MESSAGES = 100  # of a conversation on its page, the latest
NO_LOGIN = ("none", "revoked", "unlinked")  # an address in any other state of LOGIN may sign in, or will
Beside = Callable[[Visit, Any], Awaitable[Fields]]


@dataclass(frozen=True)
class Item:
    """`call` gives one, by the id in `key`; `beside` gives what else its page shows."""

    call: Callable[..., Any]
    key: str
    beside: Beside | None = None


async def _task(visit: Visit, _: Any) -> Fields:
    return {"known": (await visit.plain(Work.list_task_statuses))["items"], **await drafts.members(visit)}


async def _job(visit: Visit, _: Any) -> Fields:
    return {"pipelines": (await visit.plain(Work.list_pipelines))["items"]}


async def _thread(visit: Visit, thread: Any) -> Fields:
    ids = {"account_id": visit.path_id(), "thread_id": thread["id"]}
    found = await visit.plain(Chats.list_messages, **ids, limit=MESSAGES)
    messages = sorted(found["items"], key=lambda one: one["position"])
    if messages and thread["is_unread"]:  # who opens it reads it (R-CHT-2)
        await visit.plain(Chats.read_thread, **ids, message_id=messages[-1]["id"])
    return {"messages": messages, "earlier": found["total"] - len(messages)}


async def _email(visit: Visit, thread: Any) -> Fields:
    for one in thread["items"]:
        if one["status"] == "unread":  # who opens it reads it (R-EML-2)
            await visit.plain(Emails.mark_email, account_id=visit.path_id(), email_id=one["id"], is_read=True)
    return {}


async def _signature(visit: Visit, found: Any) -> Fields:
    if not found["signed"]:
        return {"link": None, "evidence": None}
    ids = {"account_id": visit.path_id(), "signature_id": found["id"]}
    return {"link": None, "evidence": await visit.plain(SigningCalls.get_signature_evidence, **ids)}


async def _organizer(visit: Visit, found: Any) -> Fields:
    ids = {"account_id": visit.path_id(), "organizer_id": found["id"]}
    return {"steps": (await visit.plain(OrganizerCalls.list_organizer_history, **ids))["items"]}


async def _proposal(visit: Visit, found: Any) -> Fields:
    """Who would be asked to sign a draft, sent at this moment (R-SIG-1)."""
    today = {"today": dt.datetime.now(visit.zone).date().isoformat()}
    if found["status"] != "draft":
        return {**today, "signatories": ()}
    linked = await visit.plain(Contacts.list_account_contacts, account_id=visit.path_id())
    may_sign = [
        entry["contact"]["display_name"]
        for entry in linked["items"]
        if any(one["is_signatory"] and one["login"] not in NO_LOGIN for one in entry["addresses"])
    ]
    return {**today, "signatories": may_sign}


async def _invoice(visit: Visit, invoice: Any) -> Fields:
    if invoice["status"] not in UNISSUED:
        return {"is_open": False}
    services = await bill_lines.price_list(visit)
    return {"is_open": True, "services": services, "rows": bill_lines.offered(visit, invoice["lines"], spare=1)}


ITEMS: Mapping[str, Item] = {
    "documents": Item(Documents.get_document, "document_id"),
    "tasks": Item(Work.get_task, "task_id", _task),
    "emails": Item(Emails.get_email_thread, "email_id", _email),
    "jobs": Item(Work.get_job, "job_id", _job),
    "chats": Item(Chats.get_thread, "thread_id", _thread),
    "invoices": Item(Billing.get_invoice, "invoice_id", _invoice),
    "approvals": Item(ApprovalCalls.get_approval, "approval_id"),
    "signatures": Item(SignatureCalls.get_signature, "signature_id", _signature),
    "organizers": Item(OrganizerCalls.get_organizer, "organizer_id", _organizer),
    "notes": Item(Work.get_note, "note_id"),
    "time": Item(Work.get_time_entry, "time_entry_id"),
    "proposals": Item(Proposals.get_proposal, "proposal_id", _proposal),
}


async def show(section: str, visit: Visit, error: AppError | None = None, **more: Any) -> Response:
    """Draw one item, with what was made for its reader alone. Raises what its owner raises where there is none."""
    item = ITEMS[section]
    _, account, actions = await profile.opened(visit)
    at = f"/clients/{account.id}"
    if not profile.may_see(section, actions):
        raise NoSuchPath
    found = await _found(section, visit)
    beside = await item.beside(visit, found) if item.beside else {}
    values = {"section_name": section, "words": statuses, "at": at, "one": found, "picked": visit.chosen}
    values |= {"here_is": f"{at}/{section}/{visit.values[1]}", "file_at": f"/v1/accounts/{account.id}", **beside}
    values |= {"problems": drafts.problems_of(visit, error), **more}
    status = 422 if error else 200
    return profile.draw(visit, f"firm/items/{section}.html", account, actions, here=section, status=status, **values)


async def show_form(section: str, act: str, visit: Visit, error: AppError | None = None) -> Response:
    """Draw the form of one act by itself."""
    _, account, actions = await profile.opened(visit)
    found = await _found(section, visit)
    item, doing = ITEMS[section], ACTS[section][act]
    beside = await item.beside(visit, found) if item.beside else {}
    form_of = f"firm/drafts/{section}_{act}.html"
    return drafts.drawn(visit, form_of, section, doing.title, (account, actions), error, one=found, **beside)


async def do(section: str, act: str, visit: Visit) -> Response:
    """Do what a form of an item says."""
    item, doing = ITEMS[section], ACTS[section][act]
    account_id, item_id = visit.path_id(), visit.path_id(1)
    # A message that answers an e-mail is one of its own.
    ids = {} if doing.call is Emails.send_email else {item.key: str(item_id)}
    try:
        made = await visit.plain(doing.call, account_id=account_id, **ids, **await fields_of(visit, doing.read))
    except REFUSALS as error:
        if doing.form and visit.is_part:
            return await show_form(section, act, visit, error)
        return await show(section, visit, error)
    at = f"/clients/{account_id}/{section}"
    if doing.opens:
        return visit.go(f"{at}/{made['id']}/{doing.opens}")
    undo = {"status_id": visit.form["was"], "version": str(made["version"])} if visit.form.get("was") else None
    return saved(visit, section, doing.said, at if doing.leaves else f"{at}/{item_id}", undo)


async def _found(section: str, visit: Visit) -> Any:
    item = ITEMS[section]
    return await visit.plain(item.call, **{"account_id": visit.path_id(), item.key: str(visit.path_id(1))})


def _shower(section: str) -> Callable[[Visit], Awaitable[Response]]:
    return lambda visit: show(section, visit)


def _doer(section: str, act: str) -> Callable[[Visit], Awaitable[Response]]:
    return lambda visit: do(section, act, visit)


def _former(section: str, act: str) -> Callable[[Visit], Awaitable[Response]]:
    return lambda visit: show_form(section, act, visit)


def _pages() -> list[Page]:
    found = []
    for section in ITEMS:
        one = f"/clients/{{account_id}}/{section}/{{item_id}}"
        found.append(Page("GET", one, _shower(section)))
        for name, act in ACTS.get(section, {}).items():
            found.append(Page("POST", f"{one}/{name}", _doer(section, name)))
            if act.form:
                found.append(Page("GET", f"{one}/{name}", _former(section, name)))
    return found


PAGES = tuple(_pages())
