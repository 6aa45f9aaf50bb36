"""overview: the composed profile, and the directory behind search, the client list and related accounts."""

import datetime as dt
from typing import Annotated, Any, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.wire import message
from contracts.common import Cursor, Limit, Tag
from contracts.history import History, ListHistory
from contracts.sections import ListSection, SectionName, SectionRows

# The seed's order (R-OV-2), each with the service that owns it. `own_unless`: without this right a viewer gets only
# what is theirs; `rates_with`: with it the amounts too (C-TIME); `needs`: without it the section is absent (R-OV-5).
# Sections join this table as their owners are built, a firm's own by the setting DOSSIER_EXTRA_SECTIONS.
SECTIONS: dict[str, dict[str, str]] = {
    "tasks": {"title": "Tasks", "source": "work"},
    "jobs": {"title": "Jobs", "source": "work", "own_unless": "manage_pipelines"},
    "notes": {"title": "Notes", "source": "work"},
    "time": {
        "title": "Time tracking",
        "source": "work",
        "own_unless": "manage_time_entries",
        "rates_with": "manage_rates",
    },
}

MOST_HITS = 200  # of one search; nobody reads on after ten pages, and ranking more costs more


@message
class GetProfile:
    """`sections` none: all that the caller may see, in the seed's order."""

    account_id: UUID
    sections: tuple[SectionName, ...] | None = None


@message
class ProfileSection:
    """`state`: fresh; stale (remembered, its owner did not answer in time); unavailable (nothing remembered)."""

    name: str
    title: str
    state: Literal["fresh", "stale", "unavailable"]
    as_of: dt.datetime | None
    rows: tuple[dict[str, Any], ...]
    total: int | None
    footer: dict[str, Any] | None = None


@message
class Profile:
    account_id: UUID
    sections: tuple[ProfileSection, ...]


@message
class Search:
    """Part of a name, a code, or part of an e-mail address of at least two characters (R-SRC-3)."""

    q: Annotated[str, Length(min=1, max=200)]
    cursor: Cursor | None = None
    limit: Limit = 20


@message
class Match:
    """Why it was found: `of` names whose name or address matched (R-SRC-4)."""

    kind: Literal["code", "name", "company", "contact", "email"]
    text: str
    of: str = ""


@message
class SearchHit:
    id: UUID
    code: str
    name: str
    type: str
    state: str
    matches: tuple[Match, ...]


@message
class SearchResults:
    """`is_capped`: more were found than are worth ranking (MOST_HITS); `total` counts those ranked. Type more."""

    items: tuple[SearchHit, ...]
    total: int
    is_capped: bool = False
    next_cursor: str | None = None


@message
class ListAccounts:
    """Accounts the caller may see (R-LST-3), by name in locale-aware order unless said otherwise.

    `q` finds what search finds, of very many the first thousand.
    """

    state: Literal["active", "archived", "all"] = "active"
    type: tuple[Literal["individual", "company", "other"], ...] = ()
    tag_id: tuple[UUID, ...] = ()  # carrying all of them
    member_id: UUID | None = None  # with this member on the team
    q: Annotated[str, Length(max=200)] | None = None
    sort: Literal["name", "-name", "code", "-created_at"] = "name"
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class AccountRow:
    id: UUID
    code: str
    name: str
    type: str
    state: str
    tags: tuple[Tag, ...]
    team: tuple[UUID, ...]
    contacts: tuple[str, ...]  # display names
    created_at: dt.datetime


@message
class AccountPage:
    items: tuple[AccountRow, ...]
    total: int
    next_cursor: str | None = None


@message
class AccountRef:
    account_id: UUID


@message
class RelatedAccount:
    """Shares at least one contact (R-REL-1); `contacts` names them."""

    id: UUID
    code: str
    name: str
    type: str
    state: str
    contacts: tuple[str, ...]


@message
class RelatedAccounts:
    items: tuple[RelatedAccount, ...]


class Overview(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    What the caller may see is part of every query, before its limit (R-SRC-5); the account itself is the gateway's
    to check with `accounts` before it asks for a profile.
    """

    NAME: ClassVar[str] = "overview"

    def get_profile(self, ctx: Context, request: GetProfile) -> Profile: ...  # UnknownSection
    def list_section(self, ctx: Context, request: ListSection) -> SectionRows: ...  # UnknownSection
    def search(self, ctx: Context, request: Search) -> SearchResults: ...
    def list_accounts(self, ctx: Context, request: ListAccounts) -> AccountPage: ...
    def list_history(self, ctx: Context, request: ListHistory) -> History: ...  # accounts.AccountNotFound
    def list_related(self, ctx: Context, request: AccountRef) -> RelatedAccounts: ...
