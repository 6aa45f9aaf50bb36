"""Quick actions of the sections: small forms, in a dialog beside what is read or on a page of their own (R-OV-6)."""

import datetime as dt
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from starlette.responses import Response

from chassis.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from contracts.approvals import ApprovalCalls
from contracts.billing import Billing
from contracts.chats import Chats
from contracts.contacts import Contacts
from contracts.emails import Emails
from contracts.identity import Identities
from contracts.organizer_templates import OrganizerTemplateCalls
from contracts.organizers import OrganizerCalls
from contracts.overview import SECTIONS, Overview
from contracts.work import Work
from gateway.problems import ActionNotAllowed
from gateway.web import words
from gateway.web.firm import bill_lines, profile, sayings, statuses
from gateway.web.firm.statuses import ACTIONS
from gateway.web.page import Page, Visit
from gateway.web.words import later

Fields = dict[str, Any]
REFUSALS = (Invalid, Conflict, Forbidden, NotFound)
MISSING = ("Missing data for required field.", "Field may not be null.")
LONGEST = re.compile(r"(?:Length must be between 1 and|Longer than maximum length) (\d+)\.")
TOO_LONG = later("Take at most %(most)s characters.")
TOO_MUCH = later("Type a number above 0 that is not larger than people pay.")
PLAINER = {
    "Not a valid date.": later("Choose a date."),
    "Not a valid number.": later("Type a number, such as 125.50."),
    "Not a valid integer.": later("Type a whole number."),
    "Not a valid email address.": later("Type an e-mail address."),
    "Not a valid UUID.": later("Choose one of these."),
    "Shorter than minimum length 1.": later("Add at least one."),
    "Must be greater than or equal to 0 and less than or equal to 100.": later("Type a number from 0 to 100."),
    "Must be greater than or equal to 0 and less than or equal to 1000000000.": TOO_MUCH,
    "Must be greater than 0 and less than or equal to 1000000000.": TOO_MUCH,
    "Must be greater than 0 and less than or equal to 1000000.": TOO_MUCH,
    "Must be greater than or equal to 0 and less than or equal to 30.": later("Type a number of days from 0 to 30."),
    "Must be greater than or equal to 1 and less than or equal to 5000.": later("Type the number of a page."),
    "Name who shall sign, or a linked contact by `contact_id`.": later("Choose a contact, or type who shall sign."),
}
UNDO = later("Undo")
SPARE_LINES = 3  # empty ones that the form of an invoice begins with
DOCUMENTS = 100  # that a request can be made about from here


@dataclass(frozen=True)
class Draft:
    """`read` makes the fields of `call` of what was typed; `options` are what the form offers to choose from.

    `opens`: the page of what was made is where people go on.
    """

    call: Callable[..., Any]
    said: str
    read: Callable[[Visit], Fields | Awaitable[Fields]]
    options: Callable[[Visit], Awaitable[Fields]] | None = None
    opens: bool = False


async def fields_of(visit: Visit, read: Callable[[Visit], Fields | Awaitable[Fields]]) -> Fields:
    """What a form says; to read some something has to be asked."""
    found = read(visit)
    return await found if isawaitable(found) else found


def typed(visit: Visit, *names: str) -> Fields:
    """The fields that were filled in."""
    return {name: visit.form[name].strip() for name in names if visit.form.get(name, "").strip()}


async def members(visit: Visit) -> Fields:
    found = await visit.plain(Identities.list_members)
    return {"members": [(one["id"], one["name"]) for one in found["items"]]}


async def _pipelines(visit: Visit) -> Fields:
    found = await visit.plain(Work.list_pipelines)
    return {"pipelines": found["items"], **await members(visit)}


async def _templates(visit: Visit) -> Fields:
    found = await visit.plain(OrganizerTemplateCalls.list_organizer_templates)
    return {"templates": [(one["id"], one["name"]) for one in found["items"]]}


async def documents(visit: Visit) -> Fields:
    narrowed = {"uploaded_by": "all"}
    fields = {"account_id": visit.path_id(), "name": "documents", "filters": narrowed, "limit": DOCUMENTS}
    found = await visit.plain(Overview.list_section, **fields)
    return {"documents": [(row["id"], row["name"], row["media_type"]) for row in found["rows"]]}


async def _addresses(visit: Visit) -> Fields:
    found = await visit.plain(Contacts.list_account_contacts, account_id=visit.path_id())
    emails = [
        (one["address"]["email"], item["contact"]["display_name"])
        for item in found["items"]
        for one in item["addresses"]
    ]
    return {"addresses": emails}


def _task(visit: Visit) -> Fields:
    fields = typed(visit, "title", "priority", "due_on", "description")
    return {"title": "", **fields, "assignee_ids": visit.chosen("assignee_ids")}


def _job(visit: Visit) -> Fields:
    pipeline_id, _, stage_id = visit.form.get("stage", "").partition(":")
    fields = typed(visit, "name", "priority", "due_on", "description")
    placed = {"pipeline_id": pipeline_id, "stage_id": stage_id or None}
    return {"name": "", **fields, **placed, "assignee_ids": visit.chosen("assignee_ids")}


def _note(visit: Visit) -> Fields:
    return {"body": "", **typed(visit, "title", "body"), "is_pinned": "is_pinned" in visit.form}


def time_fields(visit: Visit) -> Fields:
    """What was typed about some time; hours and minutes are one number, neither of them a running timer."""
    fields: Fields = {"on": "", **typed(visit, "on", "service", "description")}
    parts = [visit.form.get(name, "").strip() for name in ("hours", "rest")]
    if any(parts):
        hours, rest = (int(part) if part.isascii() and part.isdigit() else 0 for part in parts)
        fields["minutes"] = hours * 60 + rest
    return {**fields, "is_billable": "is_billable" in visit.form}


def _thread(visit: Visit) -> Fields:
    tasks = [line.strip() for line in visit.form.get("tasks", "").splitlines() if line.strip()]
    return {"subject": "", **typed(visit, "subject", "text"), "tasks": tasks}


def _email(visit: Visit) -> Fields:
    return {"text": "", **typed(visit, "subject", "text"), "to": visit.chosen("to")}


async def _services(visit: Visit) -> Fields:
    return {"services": await bill_lines.price_list(visit)}


async def _invoice(visit: Visit) -> Fields:
    lines = bill_lines.entries(visit, await bill_lines.price_list(visit))
    return {"lines": lines, **typed(visit, "due_on", "memo")}


def _about_document(visit: Visit) -> Fields:
    return {"document_id": visit.form.get("document_id", "")}


DRAFTS: Mapping[str, Draft] = {
    "tasks": Draft(Work.create_task, later("The task is there."), _task, members),
    "jobs": Draft(Work.create_job, later("The job is there."), _job, _pipelines),
    "notes": Draft(Work.create_note, later("The note is there."), _note),
    "time": Draft(Work.create_time_entry, later("The time is recorded."), time_fields),
    "chats": Draft(Chats.start_thread, later("The message is sent."), _thread),
    "emails": Draft(Emails.send_email, later("The e-mail is on its way."), _email, _addresses),
    "invoices": Draft(Billing.create_invoice, later("The draft is there."), _invoice, _services, opens=True),
    "approvals": Draft(
        ApprovalCalls.request_approval,
        later("The client is asked."),
        lambda visit: {**_about_document(visit), **typed(visit, "note")},
        documents,
    ),
    "organizers": Draft(
        OrganizerCalls.send_organizer,
        later("The organizer is sent."),
        lambda visit: {"template_ids": visit.chosen("template_ids"), **typed(visit, "name")},
        _templates,
    ),
}
OFFERED = ("documents", *DRAFTS)


async def show(section: str, visit: Visit, error: AppError | None = None) -> Response:
    """Draw the form, as it was typed where something is wrong with it."""
    _, account, actions = await profile.opened(visit)
    call, action = SECTIONS[section].quick[0]
    if action not in actions:
        raise ActionNotAllowed(action=action)
    draft = DRAFTS.get(section)
    options = await draft.options(visit) if draft and draft.options else {}
    if section == "documents":
        options = {"send_to": f"/v1/accounts/{account.id}/documents"}
    return drawn(visit, f"firm/drafts/{section}.html", section, ACTIONS[call], (account, actions), error, **options)


def drawn(
    visit: Visit, form_of: str, section: str, title: str, opened: Any, error: AppError | None = None, **values: Any
) -> Response:
    """A form for the dialog, or as a page within the profile."""
    account, actions = opened
    at = f"/clients/{account.id}"
    given = {"form_of": form_of, "section_name": section, "draft_title": title, "at": at, "words": statuses}
    given |= {"problems": problems_of(visit, error), **values}
    given |= {"today": dt.datetime.now(visit.zone).date().isoformat(), "picked": visit.chosen}
    given["asked_document"] = visit.query.get("document", "")
    given["rows"] = bill_lines.offered(visit, spare=SPARE_LINES)
    status = 422 if error else 200
    if visit.is_part:
        return visit.draw("firm/draft_part.html", status, account=account, **given)
    return profile.draw(visit, "firm/draft.html", account, actions, here=section, status=status, **given)


def problems_of(visit: Visit, error: AppError | None) -> dict[str, str]:
    """What is wrong, field by field, in words for who filled the form in."""
    if error is None:
        return {}
    found = sayings.by_field(visit, error)
    told = {each["field"]: each["message"] for each in error.data.get("errors", ())}  # as the owner put it
    for name in found:
        said = told.get(name, "")
        longest = LONGEST.fullmatch(said)
        if said in MISSING or (longest and not visit.form.get(name, "").strip()):
            found[name] = visit.language.say(words.FILL_IN)
        elif longest:
            found[name] = visit.language.say(TOO_LONG, most=longest[1])
        elif said in PLAINER:
            found[name] = visit.language.say(PLAINER[said])
    return found


async def make(section: str, visit: Visit) -> Response:
    """Do what the form says, and go on where the reader was."""
    draft = DRAFTS[section]
    account_id = visit.path_id()
    try:
        made = await visit.plain(draft.call, account_id=account_id, **await fields_of(visit, draft.read))
    except REFUSALS as error:
        await visit.actions(account_id)  # who does not see the account learns nothing from its forms
        return await show(section, visit, error)
    at = f"/clients/{account_id}/{section}"
    if draft.opens:
        return visit.go(f"{at}/{made['id']}")
    return saved(visit, section, draft.said, at)


def saved(visit: Visit, section: str, said: str, at: str, undo: Fields | None = None) -> Response:
    """For a script what is to be said, where its dialog closes; for others the page to go to.

    `undo` are the fields that, posted to the same address, make it as it was.
    """
    if not visit.is_part:
        return visit.go(at)
    told: Fields = {"section": section, "said": visit.language.say(said)}
    if undo:
        told["undo"] = {"to": visit.request.scope["path"], "fields": undo, "said": visit.language.say(UNDO)}
    return Response(status_code=200, headers={"HX-Trigger": json.dumps({"dossier:saved": told}), "HX-Reswap": "none"})


def _form(section: str) -> Callable[[Visit], Awaitable[Response]]:
    return lambda visit: show(section, visit)


def _maker(section: str) -> Callable[[Visit], Awaitable[Response]]:
    return lambda visit: make(section, visit)


PAGES = (
    *(Page("GET", f"/clients/{{account_id}}/{name}/new", _form(name)) for name in OFFERED),
    *(Page("POST", f"/clients/{{account_id}}/{name}/new", _maker(name)) for name in DRAFTS),
)
