"""Templates of organizers with their questions, in sections, each shown always or by an earlier answer (R-ORG-3)."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from chassis.errors import AppError, Conflict
from contracts.organizer_templates import OrganizerTemplateCalls as Templates
from gateway.web.firm import acts, drafts
from gateway.web.firm.drafts import REFUSALS, Fields
from gateway.web.firm.settings import place
from gateway.web.firm.writing import rows
from gateway.web.firm.writing.rows import Row, Shape
from gateway.web.page import Page, Visit
from gateway.web.words import later

PLACE = "organizers"
EVERY = f"/settings/{PLACE}"
MOST_FIELDS = 4000  # three hundred questions have up to eight each
LONGEST_KEY = 40
QUESTION = Shape(
    {"key": "", "label": "", "kind": "short_text", "is_required": "", "help": "", "choices": "", "shown_if": ""}
)
SECTION = Shape({"title": ""}, lists={"questions": QUESTION})
TEMPLATE = Shape({"name": "", "is_startable": ""}, lists={"sections": SECTION})
KINDS = (
    ("short_text", later("a line of text")),
    ("long_text", later("a longer text")),
    ("yes_no", later("yes or no")),
    ("single_choice", later("one of several choices")),
    ("multiple_choice", later("any of several choices")),
    ("number", later("a number")),
    ("amount", later("an amount of money")),
    ("date", later("a day")),
    ("email", later("an e-mail address")),
    ("file", later("a file")),
)
CHOOSING = ("single_choice", "multiple_choice")
FLAGS = (("yes", later("Yes")), ("no", later("No")))
FIRST_SECTION = later("General")


async def show_new(visit: Visit) -> Response:
    row = TEMPLATE.blank()
    row["sections"][0]["title"] = visit.language.say(FIRST_SECTION)
    return await _draw(visit, row)


async def create(visit: Visit) -> Response:
    """Save the template, or give the form with the line that a button asked for."""
    await place.enter(visit, PLACE)
    typed = _typed(visit)
    if visit.form.get(rows.DO):
        return await _reordered(visit, typed)
    try:
        await visit.call(Templates.create_organizer_template, **_content(typed))
    except REFUSALS as error:
        return await _draw(visit, typed, error)
    return visit.go(f"{EVERY}?done=1")


async def show_change(visit: Visit) -> Response:
    found = await _found(visit)
    return await _draw(visit, _row_of(found), one=found)


async def change(visit: Visit) -> Response:
    """Save all that the form showed; if somebody else saved meanwhile that is told first, and nothing typed is lost."""
    found, typed = await _found(visit), _typed(visit)
    if visit.form.get(rows.DO):
        return await _reordered(visit, typed, one=found, version=visit.form.get("version"))
    fields = {**acts.version(visit), **_content(typed)}
    try:
        await visit.call(Templates.change_organizer_template, template_id=str(visit.path_id()), **fields)
    except REFUSALS as error:
        again = await _found(visit) if isinstance(error, Conflict) else found
        return await _draw(visit, typed, error, one=again)
    return visit.go(f"{EVERY}?done=1")


async def copy(visit: Visit) -> Response:
    """Begin a template with the questions of another; nothing is saved before somebody has looked at it."""
    found = await _found(visit)
    row = _row_of(found) | {"name": visit.language.say(later("Copy of %(name)s"), name=found["name"])[:255]}
    return await _draw(visit, row, to=f"{EVERY}/new")


async def _found(visit: Visit) -> Any:
    await place.enter(visit, PLACE)
    return await visit.plain(Templates.get_organizer_template, template_id=str(visit.path_id()))


async def _reordered(visit: Visit, typed: Row, **more: Any) -> Response:
    row, focus = rows.changed(rows.filled(typed, TEMPLATE), TEMPLATE, visit.form[rows.DO])
    return await _draw(visit, row, focus=focus, **more)


def _typed(visit: Visit) -> Row:
    """What was typed; each question has a key, by which others may depend on it."""
    read = rows.read(visit.posted, TEMPLATE)
    row = read if visit.form.get(rows.DO) else rows.tidy(read, TEMPLATE)
    taken = {question["key"] for question in _questions(row)}
    for question in _questions(row):
        if question["label"] and not question["key"]:
            question["key"] = _key(question["label"], taken)
            taken.add(question["key"])
    return row


def _questions(row: Row) -> Iterator[Row]:
    for section in row["sections"]:
        yield from section["questions"]


def _key(label: str, taken: set[str]) -> str:
    """A key made of the words of a question, which no other question has."""
    plain = unicodedata.normalize("NFKD", label.casefold()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    stem = (words if words[:1].isalpha() else f"q_{words}").rstrip("_")[: LONGEST_KEY - 4].rstrip("_")
    key, number = stem, 1
    while key in taken:
        number += 1
        key = f"{stem}_{number}"
    return key


async def _draw(visit: Visit, row: Row, error: AppError | None = None, one: Any = None, **more: Any) -> Response:
    await place.enter(visit, PLACE)
    shown = {
        "one": one,
        "version": one["version"] if one else None,
        "to": visit.request.scope["path"],
        "row": rows.filled(row, TEMPLATE),
        "focus": "",
        "kinds": KINDS,
        "conditions": _conditions(visit, row),
        "problems": {_input(name): said for name, said in drafts.problems_of(visit, error).items()},
        **more,
    }
    return place.draw(visit, "organizer", PLACE, 422 if error else 200, **shown)


def _conditions(visit: Visit, row: Row) -> list[tuple[int, str, list[tuple[str, str]]]]:
    """The questions that later ones may depend on: where each stands, its words, its answers as they are kept."""
    found = []
    for number, question in enumerate(_questions(row)):
        if question["kind"] == "yes_no":
            answers = [(key, visit.language.say(said)) for key, said in FLAGS]
        elif question["kind"] in CHOOSING:
            answers = [(choice, choice) for choice in _choices(question)]
        else:
            continue
        if question["key"]:
            kept = [(f"{question['key']}={answer}", said) for answer, said in answers]
            found.append((number, question["label"], kept))
    return found


def _choices(question: Row) -> list[str]:
    return [line.strip() for line in question["choices"].splitlines() if line.strip()]


def _input(name: str) -> str:
    """The input that shows what is wrong: a condition is chosen in one field, choices are typed into one."""
    for whole in (".shown_if", ".choices"):
        holder, found, _ = name.partition(whole)
        if found:
            return f"{holder}{whole}"
    return f"{name.removesuffix('.key')}.label" if name.endswith(".key") else name


def _content(row: Row) -> Fields:
    """What the form says, as the API takes it."""
    sections = [
        {"title": section["title"], "questions": [_question(one) for one in section["questions"]]}
        for section in row["sections"]
    ]
    return {"name": row["name"], "is_startable": bool(row["is_startable"]), "sections": sections}


def _question(row: Row) -> Fields:
    key, _, answer = row["shown_if"].partition("=")
    return {
        "key": row["key"] or "question",
        "label": row["label"],
        "kind": row["kind"],
        "is_required": bool(row["is_required"]),
        "help": row["help"],
        "choices": _choices(row) if row["kind"] in CHOOSING else [],
        "shown_if": {"question": key, "answer": answer} if key else None,
    }


def _row_of(found: Any) -> Row:
    """A template, as the form holds it."""
    sections = [
        {"title": section["title"], "questions": [_row_of_question(one) for one in section["questions"]]}
        for section in found["sections"]
    ]
    return {"name": found["name"], "is_startable": "on" if found["is_startable"] else "", "sections": sections}


def _row_of_question(one: Any) -> Row:
    condition = one["shown_if"]
    return {
        **{name: one[name] for name in ("key", "label", "kind", "help")},
        "is_required": "on" if one["is_required"] else "",
        "choices": "\n".join(one["choices"]),
        "shown_if": f"{condition['question']}={condition['answer']}" if condition else "",
    }


PAGES = (
    Page("GET", f"{EVERY}/new", show_new),
    Page("POST", f"{EVERY}/new", create, most_fields=MOST_FIELDS),
    Page("GET", f"{EVERY}/{{template_id}}", show_change),
    Page("POST", f"{EVERY}/{{template_id}}", change, most_fields=MOST_FIELDS),
    Page("GET", f"{EVERY}/{{template_id}}/copy", copy),
)
