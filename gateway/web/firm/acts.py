"""What is done about single items of the sections by forms on their pages (R-OV-6)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.approvals import ApprovalCalls
from contracts.billing import Billing
from contracts.chats import Chats
from contracts.documents import Documents
from contracts.emails import Emails
from contracts.organizers import OrganizerCalls
from contracts.proposals import Proposals
from contracts.signatures import SignatureCalls
from contracts.work import Work
from gateway.web.firm import bill_lines
from gateway.web.firm.drafts import Fields, time_fields, typed
from gateway.web.page import Visit
from gateway.web.words import later


@dataclass(frozen=True)
class Act:
    """Something done about an item by a form on its page; `read` gives the fields beside the ids.

    `form`: the form comes in the dialog too, from rows. `leaves`: the item's page is no more. `opens`: people go on at
    what was made, at this step below its page.
    """

    call: Callable[..., Any]
    said: str
    read: Callable[[Visit], Fields | Awaitable[Fields]] = lambda _: {}
    title: str = ""
    form: bool = False
    leaves: bool = False
    opens: str = ""


def version(visit: Visit) -> Fields:
    return {"version": _number(visit.form.get("version", ""))}


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


def _task_fields(visit: Visit) -> Fields:
    fields = {name: visit.form.get(name, "").strip() for name in ("title", "priority", "description", "status_id")}
    due_on = visit.form.get("due_on", "").strip() or None
    return {**version(visit), **fields, "due_on": due_on, "assignee_ids": visit.chosen("assignee_ids")}


def _note_fields(visit: Visit) -> Fields:
    fields = {name: visit.form.get(name, "").strip() for name in ("title", "body")}
    return {**version(visit), **fields, "is_pinned": "is_pinned" in visit.form}


async def _invoice_fields(visit: Visit) -> Fields:
    ids = {"account_id": visit.path_id(), "invoice_id": visit.values[1]}
    services, kept = await asyncio.gather(bill_lines.price_list(visit), visit.plain(Billing.get_invoice, **ids))
    due_on = visit.form.get("due_on", "").strip() or None
    lines = bill_lines.entries(visit, services, kept["lines"])
    return {**version(visit), "lines": lines, "due_on": due_on, "memo": visit.form.get("memo", "").strip()}


def _answer(visit: Visit) -> Fields:
    return {"text": "", **typed(visit, "text"), "is_internal": "is_internal" in visit.form}


def _mail(visit: Visit) -> Fields:
    to = [one.strip() for one in visit.form.get("to", "").split(",") if one.strip()]
    return {"text": "", **typed(visit, "text", "subject"), "to": to, "answers": visit.values[1]}


def _reason(visit: Visit) -> Fields:
    return {"reason": visit.form.get("reason", "").strip()}


ACTS: Mapping[str, Mapping[str, Act]] = {
    "tasks": {
        "status": Act(
            Work.change_task,
            later("The status is changed."),
            lambda visit: {**version(visit), **typed(visit, "status_id")},
            title=later("Change the status"),
            form=True,
        ),
        "change": Act(Work.change_task, later("Saved."), _task_fields),
        "delete": Act(Work.delete_task, later("The task is deleted."), leaves=True),
    },
    "jobs": {
        "stage": Act(
            Work.change_job,
            later("The job is moved."),
            lambda visit: {**version(visit), **typed(visit, "stage_id")},
        ),
        "status": Act(
            Work.change_job,
            later("The status is changed."),
            lambda visit: {**version(visit), **typed(visit, "status")},
        ),
    },
    "notes": {
        "change": Act(Work.change_note, later("Saved."), _note_fields),
        "delete": Act(Work.delete_note, later("The note is deleted."), leaves=True),
    },
    "time": {
        "change": Act(Work.change_time_entry, later("Saved."), lambda visit: {**version(visit), **time_fields(visit)}),
        "stop": Act(
            Work.change_time_entry,
            later("The timer is stopped."),
            lambda visit: {**version(visit), "is_running": False},
        ),
        "delete": Act(Work.delete_time_entry, later("The entry is deleted."), leaves=True),
    },
    "invoices": {
        "change": Act(Billing.change_invoice, later("Saved."), _invoice_fields),
        "delete": Act(Billing.delete_invoice, later("The draft is deleted."), leaves=True),
        "unschedule": Act(Billing.unschedule_invoice, later("It is a draft again."), version),
        "issue": Act(
            Billing.issue_invoice,
            later("The invoice is issued."),
            lambda visit: {**version(visit), **typed(visit, "posted_on")},
        ),
        "credit": Act(
            Billing.apply_credit,
            later("The credit is applied."),
            lambda visit: typed(visit, "amount"),
            title=later("Apply credit"),
            form=True,
        ),
    },
    "chats": {"answer": Act(Chats.send_message, later("The message is sent."), _answer)},
    "emails": {"answer": Act(Emails.send_email, later("The e-mail is on its way."), _mail)},
    "documents": {"unseen": Act(Documents.mark_unseen, later("It is marked as new again."))},
    "approvals": {"withdraw": Act(ApprovalCalls.withdraw_approval, later("The request is withdrawn."))},
    "signatures": {
        "send": Act(SignatureCalls.send_signature, later("The signers are asked.")),
        "remind": Act(SignatureCalls.remind_signers, later("The signers are reminded.")),
        "void": Act(SignatureCalls.void_signature, later("The request is withdrawn."), _reason),
    },
    "organizers": {
        "resend": Act(OrganizerCalls.resend_organizer, later("The organizer is sent again.")),
        "reopen": Act(OrganizerCalls.reopen_organizer, later("The client can change it again.")),
        "seal": Act(OrganizerCalls.seal_organizer, later("The organizer is sealed.")),
        "unseal": Act(OrganizerCalls.unseal_organizer, later("The organizer is open again.")),
        "archive": Act(OrganizerCalls.archive_organizer, later("The organizer is put away.")),
        "restore": Act(OrganizerCalls.restore_organizer, later("The organizer is back.")),
    },
    "proposals": {
        "send": Act(Proposals.send_proposal, later("The proposal is sent."), version),
        "withdraw": Act(
            Proposals.withdraw_proposal,
            later("The proposal is withdrawn."),
            lambda visit: {**version(visit), **typed(visit, "reason")},
        ),
        "copy": Act(Proposals.copy_proposal, later("The copy is there."), opens="change"),
        "delete": Act(Proposals.delete_proposal, later("The proposal is deleted."), leaves=True),
        "remove-signer": Act(
            Proposals.remove_signer,
            later("They need not sign any more."),
            lambda visit: {"contact_id": visit.form.get("contact_id", "")},
        ),
        "deposit": Act(
            Proposals.receive_deposit,
            later("The deposit is the client's credit."),
            lambda visit: {
                "received_on": "",
                "method": visit.form.get("method", ""),
                **typed(visit, "received_on", "reference"),
            },
        ),
    },
}
