"""documents: organizers, the questionnaires that a firm sends to its clients (R-ORG-*)."""

import datetime as dt
from typing import Annotated, Any, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import event, message
from contracts.common import Line
from contracts.organizer_templates import QuestionSection

# R-ORG-5; `sealed` stands above all others.
OrganizerStatus = Literal["not_opened", "opened", "in_progress", "submitted", "reopened", "sealed"]
# R-ORG-4, and what else happens to one.
Step = Literal[
    "created", "viewed", "started", "changed", "resent", "submitted", "reopened", "sealed", "unsealed", "archived",
    "restored",
]  # fmt: skip
Answers = Annotated[dict[str, Any], Length(max=300)]  # by the question's key; null takes the answer away


class OrganizerNotFound(NotFound):
    """There is no such organizer on this account, or it is not yours to see."""

    code = "organizer_not_found"


class OrganizerClosed(Conflict):
    """The organizer is sealed, archived or submitted, so this can't be done; `state` says how it is."""

    code = "organizer_closed"


@message
class SendOrganizer:
    """One organizer for each template, several at once."""

    account_id: UUID
    template_ids: Annotated[tuple[UUID, ...], Length(min=1, max=20)]
    name: Line = ""  # instead of the template's, where only one is sent


@message
class Author:
    """Who did something, by the name of that day; `kind` as in a context: member, portal or system."""

    kind: str
    id: UUID | None
    name: str


@message
class Organizer:
    """`answers` are those of questions that show, whose keys are in `shown`.

    `progress` is the answered part of what is required or answered, in whole percent. `sent_at` is the last
    (re)sending, none for one that the client began.
    """

    id: UUID
    account_id: UUID
    name: str
    template_id: UUID
    template_version: int
    status: OrganizerStatus
    is_sealed: bool
    is_archived: bool
    progress: int
    sections: tuple[QuestionSection, ...]
    answers: dict[str, Any]
    shown: tuple[str, ...]
    created_at: dt.datetime
    created_by: Author
    sent_at: dt.datetime | None
    submitted_at: dt.datetime | None
    submitted_by: Author | None
    updated_at: dt.datetime
    version: int


@message
class Organizers:
    items: tuple[Organizer, ...]


@message
class OrganizerSummary:
    id: UUID
    name: str
    status: OrganizerStatus
    progress: int
    is_archived: bool
    created_at: dt.datetime
    sent_at: dt.datetime | None
    submitted_at: dt.datetime | None
    updated_at: dt.datetime


@message
class OrganizerSummaries:
    """Newest first."""

    items: tuple[OrganizerSummary, ...]


@message
class OrganizerRef:
    account_id: UUID
    organizer_id: UUID


@message
class AccountOrganizers:
    account_id: UUID


@message
class OrganizerEvent:
    """Changes by one person within ten minutes are one; `at` is the last of them."""

    step: Step
    at: dt.datetime
    by: Author


@message
class OrganizerHistory:
    """Oldest first (R-ORG-4)."""

    items: tuple[OrganizerEvent, ...]


@message
class StartableTemplate:
    id: UUID
    name: str


@message
class StartableTemplates:
    items: tuple[StartableTemplate, ...]


@message
class StartOrganizer:
    account_id: UUID
    template_id: UUID


@message
class SaveAnswers:
    """Answers that are not named stay; of two people who answer one question, the last one's counts."""

    account_id: UUID
    organizer_id: UUID
    answers: Answers


@event("documents.organizer_changed", version=1)
class OrganizerChanged:
    """`step` says what happened, `by` whom."""

    SECTIONS: ClassVar = ("organizers",)

    account_id: UUID
    organizer: OrganizerSummary
    step: Step
    by: Author


class OrganizerCalls(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Calls on one organizer raise OrganizerNotFound, those that change it OrganizerClosed.
    """

    NAME: ClassVar[str] = "documents"

    # Of the firm's people.
    def send_organizer(self, ctx: Context, request: SendOrganizer) -> Organizers: ...  # OrganizerTemplateNotFound
    def get_organizer(self, ctx: Context, request: OrganizerRef) -> Organizer: ...
    def list_organizer_history(self, ctx: Context, request: OrganizerRef) -> OrganizerHistory: ...
    def resend_organizer(self, ctx: Context, request: OrganizerRef) -> Organizer: ...
    def reopen_organizer(self, ctx: Context, request: OrganizerRef) -> Organizer: ...  # of a submitted one
    def seal_organizer(self, ctx: Context, request: OrganizerRef) -> Organizer: ...
    def unseal_organizer(self, ctx: Context, request: OrganizerRef) -> Organizer: ...
    def archive_organizer(self, ctx: Context, request: OrganizerRef) -> Organizer: ...
    def restore_organizer(self, ctx: Context, request: OrganizerRef) -> Organizer: ...

    # Of the account's people in the portal; archived ones are not theirs to see.
    def list_own_organizers(self, ctx: Context, request: AccountOrganizers) -> OrganizerSummaries: ...
    def list_startable_organizers(self, ctx: Context, request: AccountOrganizers) -> StartableTemplates: ...
    def start_organizer(self, ctx: Context, request: StartOrganizer) -> Organizer: ...  # OrganizerTemplateNotFound
    def get_own_organizer(self, ctx: Context, request: OrganizerRef) -> Organizer: ...
    def open_organizer(self, ctx: Context, request: OrganizerRef) -> Organizer: ...  # the same, on record as viewed
    def save_answers(self, ctx: Context, request: SaveAnswers) -> Organizer: ...
    def submit_organizer(self, ctx: Context, request: OrganizerRef) -> Organizer: ...
