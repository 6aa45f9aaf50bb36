"""What every source of an overview section serves; any service may be one, ours or a firm's own."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import NotFound, wrong
from chassis.wire import message
from contracts.common import Cursor, Limit

SectionName = Annotated[str, Length(min=1, max=60)]
# What of a section the viewer may see, as `Seen` reads it: `firm` or `member:<id>`, either with `+<more>`.
# A section is remembered once per scope.
Scope = Annotated[str, Length(max=80)]


@dataclass(frozen=True)
class Seen:
    """A scope, read: everything, or with `member_id` only what is that member's to see.

    `more` names what a further right adds to each row: `rates` (amounts of money, C-TIME), `details` (of sign-ins).
    """

    member_id: UUID | None = None
    more: str = ""


def seen(scope: str) -> Seen:
    """Read `firm` or `member:<id>`, either with `+<more>`. Raises Invalid for anything else."""
    whose, plus, more = scope.partition("+")
    if not plus or (more.isascii() and more.isalpha()):
        if whose == "firm":
            return Seen(more=more)
        if whose.startswith("member:"):
            try:
                return Seen(member_id=UUID(whose.removeprefix("member:")), more=more)
            except ValueError:
                pass
    raise wrong("scope", "Must be firm or member:<id>, either with +<more>.")


class UnknownSection(NotFound):
    """There is no such section, or it is not yours to see."""

    code = "unknown_section"


@message
class SectionAsk:
    name: SectionName
    scope: Scope = "firm"


@message
class GetSections:
    """Some sections of one account, the newest rows of each as its own rule says (R-OV-3, R-OV-4)."""

    account_id: UUID
    sections: tuple[SectionAsk, ...]


@message
class Section:
    """`total` counts what "view all" lists under the same scope (R-OV-6); `footer` holds sums and the like."""

    name: str
    rows: tuple[dict[str, Any], ...]
    total: int
    footer: dict[str, Any] | None = None


@message
class SectionList:
    as_of: dt.datetime
    sections: tuple[Section, ...]


@message
class ListSection:
    """All rows of one section. `filters` are the section's own, e.g. `{"status": "done"}` for tasks."""

    account_id: UUID
    name: SectionName
    scope: Scope = "firm"
    filters: dict[str, str] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class SectionRows:
    rows: tuple[dict[str, Any], ...]
    total: int
    next_cursor: str | None = None


class SectionSource(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    An event of the source that changes a section of an account names it in a class attribute `SECTIONS` and
    carries `account_id`; with `account_id` None it speaks of that section in every account of the firm.
    """

    def get_sections(self, ctx: Context, request: GetSections) -> SectionList: ...  # UnknownSection
    def list_section(self, ctx: Context, request: ListSection) -> SectionRows: ...  # UnknownSection
