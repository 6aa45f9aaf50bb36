"""Which questions of an organizer show, what answers fit them, how far it is (R-ORG-2, R-ORG-5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from chassis.errors import Invalid
from contracts import custom_fields
from contracts.organizer_templates import Question, QuestionSection
from contracts.organizers import OrganizerStatus, Step
from services.documents.texts import trimmed

MOST_QUESTIONS = 300  # of one organizer; as many as one request may answer
MOST_BYTES = 400_000  # of all answers; a person types less, and all of it is kept in one row
CHOOSING = ("single_choice", "multiple_choice")
CONDITIONAL = (*CHOOSING, "yes_no")  # kinds that others may be shown by
LEAST_CHOICES = 2
# Kinds that custom fields have too, so that the same text fits or does not fit in both.
FIELD_TYPES: dict[str, custom_fields.FieldType] = {
    "short_text": "text",
    "long_text": "long_text",
    "number": "number",
    "date": "date",
    "yes_no": "checkbox",
    "email": "email",
    "amount": "currency",
}
# The status that a step leads to; one that is not named leaves it as it is.
AFTER: dict[Step, OrganizerStatus] = {
    "started": "in_progress",
    "changed": "in_progress",
    "submitted": "submitted",
    "reopened": "reopened",
}


def after(status: OrganizerStatus, step: Step) -> OrganizerStatus:
    """The status after a step (R-ORG-5); to be seen for the first time opens it."""
    if step == "viewed":
        return "opened" if status == "not_opened" else status
    return AFTER.get(step, status)


def questions(sections: Sequence[QuestionSection]) -> Iterator[Question]:
    """All questions in order."""
    for section in sections:
        yield from section.questions


def tidied(sections: Sequence[QuestionSection]) -> tuple[QuestionSection, ...]:
    """The same without blanks around texts, so that a choice is told by what can be seen of it. Raises Invalid."""
    return tuple(
        replace(
            section,
            title=trimmed(f"sections.{index}.title", section.title),
            questions=tuple(
                _tidy(f"sections.{index}.questions.{number}", question)
                for number, question in enumerate(section.questions)
            ),
        )
        for index, section in enumerate(sections)
    )


def _tidy(path: str, question: Question) -> Question:
    condition = question.shown_if
    return replace(
        question,
        label=trimmed(f"{path}.label", question.label),
        choices=tuple(trimmed(f"{path}.choices", choice) for choice in question.choices),
        shown_if=None if condition is None else replace(condition, answer=condition.answer.strip()),
    )


def check(sections: Sequence[QuestionSection]) -> None:
    """Raise Invalid with one entry per fault of a template."""
    faults: list[dict[str, str]] = []
    earlier: dict[str, Question] = {}
    if sum(len(section.questions) for section in sections) > MOST_QUESTIONS:
        faults.append({"field": "sections", "message": f"An organizer has at most {MOST_QUESTIONS} questions."})
    for index, section in enumerate(sections):
        for number, question in enumerate(section.questions):
            path = f"sections.{index}.questions.{number}"
            faults += [{"field": f"{path}.{name}", "message": text} for name, text in _faults(question, earlier)]
            earlier.setdefault(question.key, question)
    if faults:
        raise Invalid(errors=faults)


def _faults(question: Question, earlier: Mapping[str, Question]) -> Iterator[tuple[str, str]]:
    if question.key in earlier:
        yield "key", "Another question has this key."
    distinct = {choice.strip().casefold() for choice in question.choices}
    if question.kind not in CHOOSING and question.choices:
        yield "choices", "Only questions of choices have choices."
    if question.kind in CHOOSING and (len(distinct) < LEAST_CHOICES or len(distinct) < len(question.choices)):
        yield "choices", f"Give at least {LEAST_CHOICES} choices, each once."
    if question.shown_if is None:
        return
    other = earlier.get(question.shown_if.question)
    if other is None:
        yield "shown_if.question", "Must be the key of an earlier question."
    elif other.kind not in CONDITIONAL:
        yield "shown_if.question", "Must be a question of choices, or of yes and no."
    elif question.shown_if.answer not in _conditions(other):
        yield "shown_if.answer", f"Must be one of: {', '.join(_conditions(other))}."


def _conditions(question: Question) -> tuple[str, ...]:
    return ("yes", "no") if question.kind == "yes_no" else question.choices


def shown(sections: Sequence[QuestionSection], answers: Mapping[str, Any]) -> list[Question]:
    """The questions that show under these answers: a hidden one hides those that depend on it."""
    found: dict[str, Question] = {}
    for question in questions(sections):
        condition = question.shown_if
        if condition is None or (condition.question in found and _meets(condition.answer, answers, condition.question)):
            found[question.key] = question
    return list(found.values())


def _meets(wanted: str, answers: Mapping[str, Any], key: str) -> bool:
    given = answers.get(key)
    if isinstance(given, bool):
        return wanted == ("yes" if given else "no")
    return wanted in given if isinstance(given, list) else wanted == given


def visible(sections: Sequence[QuestionSection], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of questions that show; others are kept, in case theirs show again."""
    return {one.key: answers[one.key] for one in shown(sections, answers) if one.key in answers}


def progress(sections: Sequence[QuestionSection], answers: Mapping[str, Any]) -> int:
    """Whole percent of what is required or answered, among the questions that show; 100 only for all of it."""
    seen = shown(sections, answers)
    answered = sum(one.key in answers for one in seen)
    counted = sum(one.is_required or one.key in answers for one in seen)
    return answered * 100 // counted if counted else 0


def missing(sections: Sequence[QuestionSection], answers: Mapping[str, Any]) -> list[Question]:
    """The required questions that show and have no answer."""
    return [one for one in shown(sections, answers) if one.is_required and one.key not in answers]


def checked(sections: Sequence[QuestionSection], given: Mapping[str, Any]) -> dict[str, Any]:
    """The answers in the one form they are kept in, None for those taken away. Raises Invalid, one entry per fault.

    Whether a document that answers a file question is there is for the caller to say.
    """
    known = {question.key: question for question in questions(sections)}
    found: dict[str, Any] = {}
    faults = []
    for key, value in given.items():
        if key not in known:
            faults.append({"field": f"answers.{key}", "message": "There is no such question in this organizer."})
            continue
        try:
            found[key] = _normal(known[key], value)
        except ValidationError as exc:
            faults += [{"field": f"answers.{key}", "message": str(text)} for text in exc.messages]
    if faults:
        raise Invalid(errors=faults)
    return found


def _normal(question: Question, given: Any) -> Any:
    if given is None or given in ("", []):
        return None
    if question.kind in CHOOSING:
        return _chosen(question, given)
    if question.kind == "file":
        return _id(given)
    field = custom_fields.CustomField(
        id=UUID(int=0), name=question.label, type=FIELD_TYPES[question.kind], choices=(), position=0, version=1
    )
    return custom_fields.normal(field, given)


def _chosen(question: Question, given: Any) -> Any:
    is_several = question.kind == "multiple_choice"
    wanted = given if is_several and isinstance(given, list) else [given]
    if not all(isinstance(one, str) and one in question.choices for one in wanted):
        text = f"Must be {'some' if is_several else 'one'} of: {', '.join(question.choices)}."
        raise ValidationError(text)
    return [one for one in question.choices if one in wanted] if is_several else wanted[0]


def _id(given: Any) -> str:
    try:
        return str(UUID(given))
    except (ValueError, AttributeError, TypeError) as exc:
        text = "Must be the id of a document uploaded to this account."
        raise ValidationError(text) from exc
