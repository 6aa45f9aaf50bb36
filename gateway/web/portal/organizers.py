"""Organizers: filled in section by section and kept at each step, looked over, handed in (R-ORG-2, R-ORG-3)."""

import asyncio
from contextlib import aclosing
from typing import Any
from uuid import UUID

from starlette.responses import Response

from chassis.errors import AppError, Conflict, Invalid
from chassis.wire import load
from contracts.money import OTHER_DIGITS, TWO_DIGITS
from contracts.organizers import (
    AccountOrganizers,
    Organizer,
    OrganizerCalls,
    OrganizerClosed,
    OrganizerRef,
    SaveAnswers,
    StartOrganizer,
)
from contracts.payments import AccountRef, Payments
from contracts.portal_documents import PortalDocumentRef, PortalDocuments
from gateway import problems
from gateway.multipart import Form
from gateway.routes.documents import FILE
from gateway.web.page import Page, Visit
from gateway.web.portal import answers
from gateway.web.portal.answers import FIELD
from gateway.web.portal.documents import MOST_FORM, keep
from gateway.web.portal.inside import ACCOUNT, Room, enter
from gateway.web.portal.waiting import OPEN_ORGANIZERS

EVERY = f"{ACCOUNT}/organizers"
ONE = f"{EVERY}/{{organizer_id}}"
COMMON = ("EUR", "USD", "GBP", "CHF", "CAD")  # currencies that stand first among all
FORM_REFUSED = (Invalid, problems.TooLarge, problems.TooSlow, problems.WrongMediaType)


async def show_list(visit: Visit) -> Response:
    room = await enter(visit, "organizers")
    request = AccountOrganizers(account_id=room.account_id)
    found, startable = await asyncio.gather(
        room.ask(OrganizerCalls.list_own_organizers, request),
        room.ask(OrganizerCalls.list_startable_organizers, request),
    )
    return await room.draw(
        "organizers.html",
        to_do=[one for one in found.items if one.status in OPEN_ORGANIZERS],
        done=[one for one in found.items if one.status not in OPEN_ORGANIZERS],
        startable=startable.items,
    )


async def start(visit: Visit) -> Response:
    """Start one oneself, where the firm offers it (R-ORG-3)."""
    room = await enter(visit, "organizers")
    fields = {"account_id": room.account_id, "template_id": visit.form.get("template_id", "")}
    made = await room.do(OrganizerCalls.start_organizer, load(StartOrganizer, fields, strict=True))
    return room.go(f"/organizers/{made.id}")


async def show_one(visit: Visit) -> Response:
    """One section to be filled in; what is handed in or sealed as it is. To look at it counts as opened (R-ORG-5)."""
    room = await enter(visit, "organizers")
    organizer = await room.ask(OrganizerCalls.get_own_organizer, _ref(room))
    if organizer.status == "not_opened" and visit.request.method == "GET":
        organizer = await room.ask(OrganizerCalls.open_organizer, _ref(room))
    if organizer.status not in OPEN_ORGANIZERS:
        return await _review(room, organizer)
    return await _section(room, organizer, visit.request.query_params.get("section", ""))


async def save(visit: Visit) -> Response:
    """Keep what a section's form says, and go where its button leads."""
    room = await enter(visit, "organizers")
    before = await room.ask(OrganizerCalls.get_own_organizer, _ref(room))
    if before.status not in OPEN_ORGANIZERS:
        return await _review(room, before, OrganizerClosed())  # before any file of the form becomes a document
    given: dict[str, Any] = {}
    form = None
    try:
        form = Form(visit.request, MOST_FORM, FILE.seconds)
        given |= await _uploaded(room, form)
        visit.filled(form.fields)
        section = before.sections[_place(before, form.fields.get("section", ""))]
        shown = answers.asked(before, section)
        files = {one.key for one in shown if one.kind == "file"}
        given |= {key: None for key in files - given.keys() if form.fields.get(f"{FIELD}{key}.remove") == "yes"}
        given = {key: value for key, value in given.items() if key in files}
        given |= answers.read(visit.language, shown, form.fields)
        fields = {"account_id": room.account_id, "organizer_id": before.id, "answers": given}
        after = await room.do(OrganizerCalls.save_answers, load(SaveAnswers, fields, strict=True))
    except FORM_REFUSED as error:
        visit.filled(form.fields if form else {})
        if "section" not in visit.form:
            raise
        kept = {f"{FIELD}{key}": text for key, text in given.items() if isinstance(text, str)}
        return await _section(room, before, visit.form["section"], {**kept, **visit.form}, error)
    return room.go(_next(before, after, form.fields), _told(before, after, form.fields))


async def show_review(visit: Visit) -> Response:
    room = await enter(visit, "organizers")
    return await _review(room, await room.ask(OrganizerCalls.get_own_organizer, _ref(room)))


async def submit(visit: Visit) -> Response:
    room = await enter(visit, "organizers")
    try:
        await room.do(OrganizerCalls.submit_organizer, _ref(room))
    except (Invalid, Conflict) as error:
        return await _review(room, await room.ask(OrganizerCalls.get_own_organizer, _ref(room)), error)
    return room.go(f"/organizers/{room.id('organizer_id')}", "submitted")


async def _uploaded(room: Room, form: Form) -> dict[str, Any]:
    """The documents made of the files that answer questions, by the question's key."""
    found: dict[str, Any] = {}
    async with aclosing(form.files()) as files:
        async for part in files:
            if part.name.startswith(FIELD):
                made = await keep(room, part, form, step=str(len(found)))
                found[part.name.removeprefix(FIELD).removesuffix(".file")] = str(made.id)
    return found


def _next(before: Organizer, after: Organizer, form: dict[str, str]) -> str:
    """Where to go: on, back, out; the same section where the answers bring up more of its questions."""
    at = f"/organizers/{after.id}"
    place = _place(before, form.get("section", ""))
    known = [number for number, _ in answers.steps(after)]
    wanted = form.get("do", "")
    if wanted == "leave":
        return "/organizers"
    if wanted == "back":
        return f"{at}?section={max((one for one in known if one < place), default=place)}"
    if _has_more(before, after, place):
        return f"{at}?section={place}#more"
    following = [one for one in known if one > place]
    return f"{at}?section={following[0]}" if following else f"{at}/review"


def _told(before: Organizer, after: Organizer, form: dict[str, str]) -> str:
    if form.get("do") in ("leave", "back"):
        return "saved"
    return "more" if _has_more(before, after, _place(before, form.get("section", ""))) else ""


def _has_more(before: Organizer, after: Organizer, place: int) -> bool:
    """Whether questions of the section show that did not, and have no answer yet."""
    fresh = set(after.shown) - set(before.shown) - set(after.answers)
    return any(one.key in fresh for one in after.sections[place].questions)


def _place(organizer: Organizer, stated: str) -> int:
    """The place of the section that is meant; of none of these, the first one that shows."""
    known = [number for number, _ in answers.steps(organizer)]
    return int(stated) if stated.isdecimal() and int(stated) in known else next(iter(known), 0)


async def _section(
    room: Room, organizer: Organizer, stated: str, form: dict[str, str] | None = None, error: AppError | None = None
) -> Response:
    place = _place(organizer, stated)
    shown = answers.asked(organizer, organizer.sections[place])
    room.visit.filled(form or answers.written(room.visit.language, shown, organizer.answers))
    values: dict[str, Any] = {
        "organizer": organizer,
        "steps": answers.steps(organizer),
        "place": place,
        "section": organizer.sections[place],
        "questions": shown,
        "files": await _names(room, organizer, shown),
        **await _currencies(room, shown),
    }
    if error is None:
        return await room.draw("organizer.html", named={}, **values)
    said = room.visit.said(error)
    return await room.refuse("organizer.html", error, problems=said, named=answers.named(said, shown), **values)


async def _review(room: Room, organizer: Organizer, error: AppError | None = None) -> Response:
    every = [one for section in organizer.sections for one in section.questions]
    values: dict[str, Any] = {
        "organizer": organizer,
        "steps": [(place, one, answers.asked(organizer, one)) for place, one in answers.steps(organizer)],
        "missing": {one.key for one in answers.missing(organizer)},
        "files": await _names(room, organizer, every),
        "is_open": organizer.status in OPEN_ORGANIZERS,
    }
    if error is None:
        return await room.draw("organizer_review.html", **values)
    said = answers.named(room.visit.said(error), every)
    return await room.refuse("organizer_review.html", error, problems=said, **values)


async def _names(room: Room, organizer: Organizer, questions: Any) -> dict[str, str]:
    """The names of the documents that answer questions, as far as the reader sees them."""
    wanted = {
        one.key: organizer.answers[one.key] for one in questions if one.kind == "file" and one.key in organizer.answers
    }
    names = await asyncio.gather(*(_name(room, text) for text in wanted.values()))
    return dict(zip(wanted, names, strict=True))


async def _name(room: Room, document_id: str) -> str:
    try:
        request = PortalDocumentRef(account_id=room.account_id, document_id=UUID(document_id))
        return (await room.ask(PortalDocuments.get_portal_document, request)).name
    except AppError:
        return ""


async def _currencies(room: Room, questions: Any) -> dict[str, Any]:
    """The currencies to choose from, and the account's own, where an amount is asked for."""
    if not any(one.kind == "amount" for one in questions):
        return {"currencies": (), "currency": ""}
    every = sorted({*TWO_DIGITS, *OTHER_DIGITS} - set(COMMON))
    try:
        balances = (await room.ask(Payments.get_own_balances, AccountRef(account_id=room.account_id))).items
    except AppError:
        balances = ()
    return {"currencies": (*COMMON, *every), "currency": balances[0].currency if balances else COMMON[0]}


def _ref(room: Room) -> OrganizerRef:
    return OrganizerRef(account_id=room.account_id, organizer_id=room.id("organizer_id"))


PAGES = (
    Page("GET", EVERY, show_list),
    Page("POST", EVERY, start),
    Page("GET", ONE, show_one),
    Page("POST", ONE, save, has_files=True),
    Page("GET", f"{ONE}/review", show_review),
    Page("POST", f"{ONE}/review", submit),
)
