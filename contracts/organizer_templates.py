"""documents: templates of organizers, which the firm defines (R-ORG-3)."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, Regexp

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import UNSET, Unset, message
from contracts.common import Body, Done, Name, Version

QuestionKind = Literal[
    "short_text", "long_text", "number", "date", "single_choice", "multiple_choice", "yes_no", "email", "file", "amount"
]  # fmt: skip
Key = Annotated[
    str, Regexp(r"[a-z][a-z0-9_]{0,39}\Z", error="Must be 1 to 40 small letters, digits and _, a letter first.")
]


class OrganizerTemplateNotFound(NotFound):
    """There is no such organizer template in this firm, or clients may not start it."""

    code = "organizer_template_not_found"


class OrganizerTemplateChangedMeanwhile(Conflict):
    """Someone else changed the template first; `current` is what is there now."""

    code = "organizer_template_changed"


@message
class ShownIf:
    """A question shows only where an earlier one that shows has this answer: a choice, or for yes_no `yes` or `no`."""

    question: Key
    answer: Name


@message
class Question:
    """`choices` for the kinds of choices alone, at least two.

    An answer is text, a number in digits, a date in ISO 8601, a choice or a list of choices as they are written here,
    true or false for yes_no, the id of an uploaded document for file, `{"amount": "12.50", "currency": "EUR"}`.
    """

    key: Key
    label: Name
    kind: QuestionKind
    is_required: bool = False
    help: Body = ""
    choices: Annotated[tuple[Name, ...], Length(max=100)] = ()
    shown_if: ShownIf | None = None


@message
class QuestionSection:
    title: Name
    questions: Annotated[tuple[Question, ...], Length(min=1, max=100)]


Sections = Annotated[tuple[QuestionSection, ...], Length(min=1, max=30)]


@message
class CreateOrganizerTemplate:
    name: Name
    sections: Sections
    is_startable: bool = False  # clients may start one themselves (R-ORG-3)


@message
class OrganizerTemplate:
    """What was sent keeps the questions of its day, whatever becomes of the template."""

    id: UUID
    name: str
    sections: tuple[QuestionSection, ...]
    is_startable: bool
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


@message
class OrganizerTemplates:
    """By name."""

    items: tuple[OrganizerTemplate, ...]


@message
class OrganizerTemplateRef:
    template_id: UUID


@message
class ChangeOrganizerTemplate:
    template_id: UUID
    version: Version
    name: Name | Unset = UNSET
    sections: Sections | Unset = UNSET
    is_startable: bool | Unset = UNSET


class OrganizerTemplateCalls(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable."""

    NAME: ClassVar[str] = "documents"

    # OrganizerTemplateNotFound, OrganizerTemplateChangedMeanwhile
    def list_organizer_templates(self, ctx: Context, request: Done) -> OrganizerTemplates: ...
    def get_organizer_template(self, ctx: Context, request: OrganizerTemplateRef) -> OrganizerTemplate: ...
    def create_organizer_template(self, ctx: Context, request: CreateOrganizerTemplate) -> OrganizerTemplate: ...
    def change_organizer_template(self, ctx: Context, request: ChangeOrganizerTemplate) -> OrganizerTemplate: ...
    def delete_organizer_template(self, ctx: Context, request: OrganizerTemplateRef) -> Done: ...
