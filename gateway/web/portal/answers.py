"""The form of an organizer's questions: what was typed as answers, and answers as what stands in the form."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import NumberFormatError, format_decimal, parse_decimal

from contracts.organizer_templates import Question, QuestionSection
from contracts.organizers import Organizer
from gateway.web.languages import Language

FIELD = "answers."  # begins the names of the form's fields; a choice, a currency, a removal has more behind
DECIMAL = frozenset({"number", "amount"})
YES_NO: Mapping[str, bool | None] = {"yes": True, "no": False, "": None}


def steps(organizer: Organizer) -> list[tuple[int, QuestionSection]]:
    """The sections of which anything shows, with their places."""
    shown = set(organizer.shown)
    return [
        (place, section)
        for place, section in enumerate(organizer.sections)
        if any(one.key in shown for one in section.questions)
    ]


def asked(organizer: Organizer, section: QuestionSection) -> list[Question]:
    """The questions of a section that show."""
    shown = set(organizer.shown)
    return [one for one in section.questions if one.key in shown]


def missing(organizer: Organizer) -> list[Question]:
    """The required questions that show and have no answer."""
    shown = set(organizer.shown)
    every = [one for section in organizer.sections for one in section.questions]
    return [one for one in every if one.is_required and one.key in shown and one.key not in organizer.answers]


def read(language: Language, questions: Iterable[Question], form: Mapping[str, str]) -> dict[str, Any]:
    """What a form says to these questions; a field that was left empty takes the answer away."""
    return {one.key: _read(language, one, form) for one in questions if one.kind != "file"}


def _read(language: Language, question: Question, form: Mapping[str, str]) -> Any:
    name = f"{FIELD}{question.key}"
    typed = form.get(name, "").strip()
    if question.kind == "multiple_choice":
        return [text for place, text in enumerate(question.choices) if form.get(f"{name}.{place}") == "yes"] or None
    if question.kind == "yes_no":
        return YES_NO.get(typed, typed)
    if question.kind == "number":
        return decimal(language, typed) or None
    if question.kind == "amount":
        if not typed:
            return None
        return {"amount": decimal(language, typed), "currency": form.get(f"{name}.currency", "").strip().upper()}
    return typed or None


def decimal(language: Language, typed: str) -> str:
    """A number as people of the language write it, in digits with a point; what is none stays as it is."""
    plain = typed.replace("\u00a0", " ").replace("\u202f", " ")
    if language.code == "fr":
        plain = plain.replace(" ", "\u202f")
    try:
        return format(parse_decimal(plain, locale=language.code, strict=True), "f")
    except NumberFormatError:
        return typed


def written(language: Language, questions: Iterable[Question], answers: Mapping[str, Any]) -> dict[str, str]:
    """The same the other way: the form's fields that say these answers."""
    form: dict[str, str] = {}
    for one in questions:
        if one.key in answers:
            form |= _written(language, one, answers[one.key])
    return form


def _written(language: Language, question: Question, answer: Any) -> dict[str, str]:
    name = f"{FIELD}{question.key}"
    if question.kind == "multiple_choice":
        return {f"{name}.{place}": "yes" for place, text in enumerate(question.choices) if text in answer}
    if question.kind == "yes_no":
        return {name: "yes" if answer else "no"}
    if question.kind == "amount":
        return {name: plain_amount(language, answer["amount"]), f"{name}.currency": answer["currency"]}
    return {name: _local(language, answer) if question.kind in DECIMAL else str(answer)}


def plain_amount(language: Language, digits: str | Decimal) -> str:
    """An amount as the language writes it, with two decimals or three and no currency."""
    return str(format_decimal(digits, "#,##0.00#", locale=language.code))


def _local(language: Language, digits: str) -> str:
    return str(format_decimal(digits, locale=language.code, decimal_quantization=False))


def named(problems: Mapping[str, str], questions: Iterable[Question]) -> dict[str, str]:
    """What is wrong with answers, with the question each belongs to, for who reads it away from its field."""
    labels = {f"{FIELD}{one.key}": one.label for one in questions}
    return {field: f"{labels[field]}: {text}" if field in labels else text for field, text in problems.items()}
