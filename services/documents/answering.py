"""What answers of organizers may hold: documents of the account that its client can see."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Invalid
from chassis.wire import to_json
from contracts.organizer_templates import QuestionSection
from services.documents import access, shared
from services.documents import questions as rules


def check_files(
    session: Session, ctx: Context, account_id: UUID, sections: Sequence[QuestionSection], given: Mapping[str, Any]
) -> None:
    """Raise Invalid for a file question that is answered with anything but a document in the client's sight."""
    kinds = {question.key: question.kind for question in rules.questions(sections)}
    wanted = {key: UUID(value) for key, value in given.items() if kinds[key] == "file" and value is not None}
    if not wanted:
        return
    there = shared.visible(session, ctx, account_id, access.viewer(ctx), list(wanted.values()))
    text = "Must be the id of a document uploaded to this account."
    faults = [{"field": f"answers.{key}", "message": text} for key, one in wanted.items() if one not in there]
    if faults:
        raise Invalid(errors=faults)


def size(answers: Mapping[str, Any]) -> int:
    """Bytes that the answers take."""
    return len(to_json(answers))
