"""Requests for signatures: who signs, in which order, where on the paper; changed until they are sent (R-SGN-2)."""

import json
from typing import Any

from starlette.responses import Response

from chassis.errors import AppError, Conflict
from contracts.contacts import Contacts
from contracts.signatures import INTENT, SignatureCalls
from contracts.signing import SigningCalls
from gateway.problems import ActionNotAllowed
from gateway.web.firm import acts, drafts, items, profile, statuses
from gateway.web.firm.drafts import REFUSALS, Fields
from gateway.web.firm.writing import rows
from gateway.web.firm.writing.rows import Row, Shape
from gateway.web.page import Page, Visit
from gateway.web.words import later

NEEDS = "manage_documents"
EVERY = "/clients/{account_id}/signatures"
KEPT = "kept"  # the places that were chosen elsewhere stay
SIGNER = Shape({"contact_id": "", "name": "", "email": "", "place": "", "page": "1", "fields": ""})
REQUEST = Shape(
    {"document_id": "", "order": "any", "message": "", "intent": "", "remind_after_days": "3"},
    lists={"signers": SIGNER},
)
ORDERS = (("any", later("all at once")), ("sequential", later("one after the other, as they stand here")))
WIDTH, HEIGHT = 0.36, 0.07  # of a page: as much as a signature of two lines takes
LEFT, MIDDLE, RIGHT, UPPER, LOWER = 0.08, 0.32, 0.56, 0.08, 0.84
PLACES = {
    "lower_right": (later("at the bottom on the right"), RIGHT, LOWER),
    "lower_middle": (later("at the bottom in the middle"), MIDDLE, LOWER),
    "lower_left": (later("at the bottom on the left"), LEFT, LOWER),
    "upper_right": (later("at the top on the right"), RIGHT, UPPER),
    "upper_left": (later("at the top on the left"), LEFT, UPPER),
}


async def show_new(visit: Visit) -> Response:
    """A request with the account's signers in their order (R-SP-1)."""
    row = REQUEST.blank()
    row["document_id"] = visit.query.get("document", "")
    row["intent"] = visit.language.say(INTENT)
    people = await _people(visit)
    ranked = sorted((one for one in people if one["signer_rank"]), key=lambda one: one["signer_rank"])
    row["signers"] = [SIGNER.blank() | {"contact_id": one["contact"]["id"]} for one in ranked]
    return await _draw(visit, row, people=people)


async def create(visit: Visit) -> Response:
    """Send the request, or keep it prepared, or give the form with the line that a button asked for."""
    order = visit.form.get(rows.DO, "")
    if order not in ("", "prepare"):
        return await _reordered(visit)
    typed = _typed(visit)
    fields = {**_content(typed), "document_id": typed["document_id"], "intent": typed["intent"]}
    try:
        made = await visit.call(
            SignatureCalls.request_signature, account_id=visit.path_id(), is_sent=not order, **fields
        )
    except REFUSALS as error:
        return await _draw(visit, typed, error)
    return visit.go(f"/clients/{visit.path_id()}/signatures/{made.id}")


async def show_change(visit: Visit) -> Response:
    found = await _found(visit)
    return await _draw(visit, _row_of(found), one=found)


async def change(visit: Visit) -> Response:
    """Save a prepared request; what somebody else has saved meanwhile is told first, and nothing typed is lost."""
    found = await _found(visit)
    if visit.form.get(rows.DO):
        return await _reordered(visit, one=found, version=visit.form.get("version"))
    typed = _typed(visit)
    ids = {"account_id": visit.path_id(), "signature_id": str(visit.path_id(1))}
    try:
        await visit.call(SignatureCalls.change_signature, **ids, **acts.version(visit), **_content(typed))
    except REFUSALS as error:
        again = await _found(visit) if isinstance(error, Conflict) else found
        return await _draw(visit, typed, error, one=again)
    return visit.go(f"/clients/{visit.path_id()}/signatures/{visit.path_id(1)}")


async def make_link(visit: Visit) -> Response:
    """A link by which a signer signs, shown this once and mailed to them; the former opens nothing (R-SGN-4)."""
    ids = {"account_id": visit.path_id(), "signature_id": str(visit.path_id(1)), "signer_id": str(visit.path_id(2))}
    try:
        made = await visit.plain(SigningCalls.make_signing_link, **ids)
    except REFUSALS as error:
        return await items.show("signatures", visit, error)
    url = f"{str(visit.request.base_url).rstrip('/')}/portal/signing/{made['token']}"
    return await items.show("signatures", visit, link={**made, "url": url})


async def _found(visit: Visit) -> Any:
    ids = {"account_id": visit.path_id(), "signature_id": str(visit.path_id(1))}
    return await visit.plain(SignatureCalls.get_signature, **ids)


async def _people(visit: Visit) -> Any:
    return (await visit.plain(Contacts.list_account_contacts, account_id=visit.path_id()))["items"]


def _typed(visit: Visit) -> Row:
    """What was typed; that nobody is named is for the owner to refuse, who would else ask whoever may sign in."""
    row = rows.tidy(rows.read(visit.posted, REQUEST), REQUEST)
    return {**row, "signers": row["signers"] or [SIGNER.blank()]}


async def _reordered(visit: Visit, **values_of: Any) -> Response:
    row = rows.filled(rows.read(visit.posted, REQUEST), REQUEST)
    row, focus = rows.changed(row, REQUEST, visit.form[rows.DO])
    return await _draw(visit, row, focus=focus, **values_of)


async def _draw(
    visit: Visit, row: Row, error: AppError | None = None, one: Any = None, people: Any = None, **more: Any
) -> Response:
    _, account, actions = await profile.opened(visit)
    if NEEDS not in actions:
        raise ActionNotAllowed(action=NEEDS)
    at = f"/clients/{account.id}"
    documents = [] if one else (await drafts.documents(visit))["documents"]
    shown = {
        "section_name": "signatures",
        "words": statuses,
        "at": at,
        "back": f"{at}/signatures/{one['id']}" if one else f"{at}/signatures",
        "one": one,
        "version": one["version"] if one else None,
        "row": rows.filled(row, REQUEST),
        "focus": "",
        "orders": ORDERS,
        "places": PLACES,
        "people": [_person(entry) for entry in people or await _people(visit)],
        "documents": [(key, name) for key, name, kind in documents if kind == "application/pdf"],
        "problems": {_input(name): said for name, said in drafts.problems_of(visit, error).items()},
        **more,
    }
    status = 422 if error else 200
    template = "firm/writing/signature.html"
    return profile.draw(visit, template, account, actions, here="signatures", status=status, **shown)


def _input(name: str) -> str:
    """The input that shows what is wrong: a page, or a place, stands in one field of its own."""
    holder, found, rest = name.partition(".fields")
    if not found:
        return name
    return f"{holder}.page" if rest.endswith(".page") else f"{holder}.place"


def _person(linked: Any) -> tuple[str, str, bool]:
    """A contact to choose: id, name, and whether they sign in the portal rather than by a link."""
    return linked["contact"]["id"], linked["contact"]["display_name"], linked["signer_rank"] is not None


def _content(row: Row) -> Fields:
    """What the form says of both a fresh request and a prepared one, as the API takes it."""
    days = row["remind_after_days"]
    return {
        "order": row["order"],
        "message": row["message"],
        "remind_after_days": int(days) if days.isascii() and days.isdigit() and len(days) < 5 else days or 0,  # noqa: PLR2004
        "signers": [_signer(one) for one in row["signers"]],
    }


def _signer(row: Row) -> Fields:
    if row["contact_id"]:
        who: Fields = {"contact_id": row["contact_id"]}
    else:
        who = {"name": row["name"], "email": row["email"] or None}
    return {**who, "fields": _places(row)}


def _places(row: Row) -> Any:
    if row["place"] == KEPT:
        try:
            return json.loads(row["fields"])
        except ValueError:
            return row["fields"]  # for its owner to refuse
    if row["place"] not in PLACES:
        return []
    _, x, y = PLACES[row["place"]]
    page = row["page"]
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else page  # noqa: PLR2004
    return [{"kind": "signature", "page": number, "x": x, "y": y, "width": WIDTH, "height": HEIGHT}]


def _row_of(found: Any) -> Row:
    """A prepared request, as the form holds it."""
    plain = {name: str(found[name]) for name in ("document_id", "order", "message", "intent", "remind_after_days")}
    return {**plain, "signers": [_row_of_signer(one) for one in found["signers"]]}


def _row_of_signer(signer: Any) -> Row:
    fields = [{name: value for name, value in one.items() if name != "id"} for one in signer["fields"]]
    row = SIGNER.blank() | {"contact_id": signer["contact_id"] or ""}
    if not signer["contact_id"]:
        row |= {"name": signer["name"], "email": signer["email"]}
    if fields:
        row |= {"place": KEPT, "page": str(fields[0]["page"]), "fields": json.dumps(fields)}
    return row


PAGES = (
    Page("GET", f"{EVERY}/new", show_new),
    Page("POST", f"{EVERY}/new", create),
    Page("GET", f"{EVERY}/{{signature_id}}/change", show_change),
    Page("POST", f"{EVERY}/{{signature_id}}/change", change),
    Page("POST", f"{EVERY}/{{signature_id}}/signers/{{signer_id}}/link", make_link),
)
