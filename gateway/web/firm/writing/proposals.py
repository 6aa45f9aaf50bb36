"""Proposals and engagement letters, written line by line, before they are sent and until somebody signs (R-PRP-4)."""

import asyncio
from typing import Any

from starlette.responses import Response

from chassis.errors import AppError, Conflict
from contracts.accounts import Accounts
from contracts.billing import Billing
from contracts.proposals import Proposals
from contracts.work import Work
from gateway.problems import ActionNotAllowed
from gateway.web.firm import acts, drafts, profile, statuses, values
from gateway.web.firm.drafts import REFUSALS, Fields
from gateway.web.firm.writing import rows
from gateway.web.firm.writing.rows import Row, Shape
from gateway.web.page import Page, Visit
from gateway.web.words import later

NEEDS = "manage_proposals"
EVERY = "/clients/{account_id}/proposals"
MOST_FIELDS = 4000  # ten packages of fifty lines have six each
LINE = Shape(
    {"service": "", "description": "", "quantity": "1", "unit_price": "", "tax_rate": "0", "cadence": "one_off"}
)
PACKAGE = Shape(
    {"name": "", "description": "", "pipeline_id": "", "job": ""}, several=("tag_ids",), lists={"lines": LINE}
)
TERM = Shape({"title": "", "text": ""})
PLAIN = (
    "kind", "name", "introduction", "requirement", "currency", "deposit", "payment_method", "authorization",
    "invoicing", "issues_invoices", "recurs_from", "expires_on",
)  # fmt: skip
LETTER = Shape(
    {
        **dict.fromkeys(PLAIN, ""),
        "kind": "proposal",
        "requirement": "all",
        "payment_method": "client_choice",
        "authorization": "manual",
        "invoicing": "on_signature",
    },
    lists={"packages": PACKAGE, "terms": TERM},
)
FIRST_PACKAGE = later("Our services")
KINDS = (("proposal", later("Proposal")), ("engagement_letter", later("Engagement letter")))
CADENCES = (("one_off", later("once")), ("monthly", later("each month")))
REQUIREMENTS = (("all", later("all who may sign")), ("one", later("one who may sign")))
METHODS = (
    ("client_choice", later("the client chooses")),
    ("card", later("card")),
    ("bank_debit", later("bank debit")),
    ("offline", later("outside the portal")),
)
AUTHORIZATIONS = (("manual", later("is paid by hand")), ("automatic", later("is charged automatically")))
INVOICINGS = (
    ("on_signature", later("once signed, then monthly")),
    ("recurring", later("each month: every line is monthly")),
    ("later", later("later, by hand")),
)
CHOICES = {
    "kinds": KINDS, "cadences": CADENCES, "requirements": REQUIREMENTS, "methods": METHODS,
    "authorizations": AUTHORIZATIONS, "invoicings": INVOICINGS,
}  # fmt: skip


async def show_new(visit: Visit) -> Response:
    """A proposal in which nothing is written but what most begin with."""
    row = LETTER.blank()
    row["packages"][0]["name"] = visit.language.say(FIRST_PACKAGE)
    row["currency"] = (await visit.call(Billing.get_billing_settings)).currency
    return await _draw(visit, row)


async def create(visit: Visit) -> Response:
    """Save the draft, or give the form with the line that a button asked for."""
    if visit.form.get(rows.DO):
        return await _reordered(visit)
    typed = _typed(visit)
    try:
        made = await visit.call(Proposals.create_proposal, account_id=visit.path_id(), **_content(typed))
    except REFUSALS as error:
        return await _draw(visit, typed, error)
    return visit.go(f"/clients/{visit.path_id()}/proposals/{made.id}")


async def show_change(visit: Visit) -> Response:
    """What is written, as it is at present."""
    found = await _found(visit)
    return await _draw(visit, _row_of(found), one=found)


async def change(visit: Visit) -> Response:
    """Save all that the form showed; if somebody else saved meanwhile that is told first, and nothing typed is lost."""
    found = await _found(visit)
    if visit.form.get(rows.DO):
        return await _reordered(visit, one=found, version=visit.form.get("version"))
    typed, ids = _typed(visit), {"account_id": visit.path_id(), "proposal_id": str(visit.path_id(1))}
    fields = _content(typed)
    fields["currency"] = fields["currency"] or found["currency"]
    try:
        await visit.call(Proposals.change_proposal, **ids, **acts.version(visit), **fields)
    except REFUSALS as error:
        again = await _found(visit) if isinstance(error, Conflict) else found
        return await _draw(visit, typed, error, one=again)
    return visit.go(f"/clients/{visit.path_id()}/proposals/{visit.path_id(1)}")


async def _found(visit: Visit) -> Any:
    ids = {"account_id": visit.path_id(), "proposal_id": str(visit.path_id(1))}
    return await visit.plain(Proposals.get_proposal, **ids)


async def _reordered(visit: Visit, **values_of: Any) -> Response:
    row, focus = rows.changed(rows.filled(_typed(visit), LETTER), LETTER, visit.form[rows.DO])
    return await _draw(visit, row, focus=focus, **values_of)


def _typed(visit: Visit) -> Row:
    read = rows.read(visit.posted, LETTER)
    return read if visit.form.get(rows.DO) else rows.tidy(read, LETTER)


async def _draw(visit: Visit, row: Row, error: AppError | None = None, one: Any = None, **more: Any) -> Response:
    _, account, actions = await profile.opened(visit)
    if NEEDS not in actions:
        raise ActionNotAllowed(action=NEEDS)
    priced, tags, pipelines = await asyncio.gather(
        visit.plain(Billing.list_services), visit.plain(Accounts.list_tags), visit.plain(Work.list_pipelines)
    )
    at = f"/clients/{account.id}"
    version = one["version"] if one else None
    shown = {
        **CHOICES,
        "section_name": "proposals",
        "words": statuses,
        "at": at,
        "back": f"{at}/proposals/{one['id']}" if one else f"{at}/proposals",
        "one": one,
        "version": version,
        "row": rows.filled(row, LETTER),
        "focus": "",
        "services": priced["items"],
        "tags": tags["items"],
        "pipelines": pipelines["items"],
        "currencies": values.currencies(),
        "problems": drafts.problems_of(visit, error),
        **more,
    }
    status = 422 if error else 200
    template = "firm/writing/proposal.html"
    return profile.draw(visit, template, account, actions, here="proposals", status=status, **shown)


def _content(row: Row) -> Fields:
    """What the form says, as the API takes it."""
    plain = {name: row[name] for name in ("kind", "name", "introduction", "requirement", "payment_method")}
    return {
        **plain,
        "authorization": row["authorization"],
        "invoicing": row["invoicing"],
        "issues_invoices": bool(row["issues_invoices"]),
        "currency": row["currency"] or None,
        "deposit": values.plain_number(row["deposit"]) or None,
        "recurs_from": row["recurs_from"] or None,
        "expires_on": row["expires_on"] or None,
        "packages": [_package(one) for one in row["packages"]],
        "terms": row["terms"],
    }


def _package(row: Row) -> Fields:
    job = {"pipeline_id": row["pipeline_id"], "name": row["job"]} if row["pipeline_id"] else None
    lines = [_line(one) for one in row["lines"]]
    plain = {name: row[name] for name in ("name", "description", "tag_ids")}
    return {**plain, "lines": lines, "job": job}


def _line(row: Row) -> Fields:
    numbers = {name: values.plain_number(row[name]) for name in ("quantity", "unit_price", "tax_rate")}
    left_empty = {"quantity": "1", "tax_rate": "0"}
    return {**row, **{name: text or left_empty.get(name) for name, text in numbers.items()}}


def _row_of(found: Any) -> Row:
    """What is written, as the form holds it."""
    row: Row = {name: "" if found[name] is None else found[name] for name in PLAIN}
    row["issues_invoices"] = "on" if found["issues_invoices"] else ""
    row["terms"] = [dict(one) for one in found["terms"]]
    row["packages"] = [
        {
            "name": one["name"],
            "description": one["description"],
            "pipeline_id": one["job"]["pipeline_id"] if one["job"] else "",
            "job": one["job"]["name"] if one["job"] else "",
            "tag_ids": one["tag_ids"],
            "lines": [dict(line) for line in one["lines"]],
        }
        for one in found["packages"]
    ]
    return row


PAGES = (
    Page("GET", f"{EVERY}/new", show_new),
    Page("POST", f"{EVERY}/new", create, most_fields=MOST_FIELDS),
    Page("GET", f"{EVERY}/{{proposal_id}}/change", show_change),
    Page("POST", f"{EVERY}/{{proposal_id}}/change", change, most_fields=MOST_FIELDS),
)
