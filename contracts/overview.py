"""overview: the composed profile; the directory behind search, the client list, related accounts and exports."""

import datetime as dt
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Protocol
from uuid import UUID

from marshmallow.validate import Length, Range

from chassis.context import Context
from chassis.errors import NotFound
from chassis.wire import message
from contracts.common import Cursor, Done, Limit, Person, Tag
from contracts.custom_fields import FieldValue
from contracts.history import History, ListHistory
from contracts.payments import Balance
from contracts.rights import Action
from contracts.sections import ListSection, SectionName, SectionRows


class SectionRow(NamedTuple):
    """One section of the profile, and what a viewer needs for it, in actions of contracts/rights.py.

    `needs`: who may not do that has no such section (R-OV-5). `own_unless`: who may not gets what is theirs to see.
    `more`: with that action, the viewer's scope says so by that word (`rates`: amounts of money). `quick`: calls that
    the section offers (R-OV-6), to who may do what each needs.
    """

    title: str
    source: str  # the service that owns it
    needs: Action = "view"
    own_unless: Action = "view"
    more: tuple[str, Action] | None = None
    quick: tuple[tuple[str, Action], ...] = ()


# The seed's order (R-OV-2). A firm's own sections join by the setting DOSSIER_EXTRA_SECTIONS.
SECTIONS: dict[str, SectionRow] = {
    "documents": SectionRow(
        "Documents",
        "documents",
        own_unless="see_all_documents",
        quick=(("upload_document", "manage_documents"),),
    ),
    "tasks": SectionRow("Tasks", "work", quick=(("create_task", "view"),)),
    "emails": SectionRow("Email", "messages", quick=(("send_email", "view"),)),
    "jobs": SectionRow("Jobs", "work", own_unless="see_all_jobs", quick=(("create_job", "view"),)),
    "chats": SectionRow("Chats", "messages", quick=(("start_thread", "view"),)),
    "invoices": SectionRow(
        "Unpaid invoices",
        "billing",
        needs="manage_invoices",
        quick=(("create_invoice", "manage_invoices"), ("apply_credit", "manage_payments")),
    ),
    "approvals": SectionRow(
        "Approvals",
        "documents",
        own_unless="see_all_documents",
        quick=(("request_approval", "manage_documents"),),
    ),
    "signatures": SectionRow(
        "Signatures",
        "documents",
        own_unless="see_all_documents",
        quick=(("request_signature", "manage_documents"),),
    ),
    "organizers": SectionRow("Organizers", "documents", quick=(("send_organizer", "view"),)),
    "logins": SectionRow("Login activity", "identity", more=("details", "see_logins")),
    "notes": SectionRow("Notes", "work", quick=(("create_note", "view"),)),
    "time": SectionRow(
        "Time tracking",
        "work",
        own_unless="see_all_time",
        more=("rates", "see_rates"),
        quick=(("create_time_entry", "view"),),
    ),
    "proposals": SectionRow(
        "Proposals & ELs",
        "billing",
        needs="manage_proposals",
        quick=(("create_proposal", "manage_proposals"),),
    ),
}

MOST_HITS = 200  # of one search; nobody reads on after ten pages, and ranking more costs more
PortalStatus = Literal["active", "pending", "off"]  # R-STAT-1
FieldFilter = Annotated[str, Length(min=1, max=400)]  # `<id of a custom field>:<value>`


@message
class GetProfile:
    """`sections` none: all that the caller may see, in the seed's order."""

    account_id: UUID
    sections: tuple[SectionName, ...] | None = None


@message
class ProfileSection:
    """`state`: fresh; stale (remembered, its owner did not answer in time); unavailable (nothing remembered).

    `actions`: the calls that the viewer may make from here, by their names in the OpenAPI document (R-OV-6).
    `generation` counts the section's changes, to be compared with what `contracts.changes` tells later.
    """

    name: str
    title: str
    state: Literal["fresh", "stale", "unavailable"]
    as_of: dt.datetime | None
    rows: tuple[dict[str, Any], ...]
    total: int | None
    footer: dict[str, Any] | None = None
    actions: tuple[str, ...] = ()
    generation: int = 0


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
    """Why it was found: `of` names whose address matched (R-SRC-4); nobody, where it is unlinked (R-SRC-3)."""

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
class AccountFilter:
    """Which of the accounts that the caller may see (R-LST-2)."""

    state: Literal["active", "archived", "all"] = "active"
    type: tuple[Literal["individual", "company", "other"], ...] = ()
    tag_id: tuple[UUID, ...] = ()  # carrying all of them
    member_id: UUID | None = None  # with this member on the team
    portal_status: tuple[PortalStatus, ...] = ()
    is_notified: bool | None = None  # for at least one linked contact (R-STAT-3)
    is_synced: bool | None = None
    has_signed_in: bool | None = None  # to the portal, anybody of the account's, ever (R-LA-3)
    signed_in_from: dt.date | None = None  # last, in UTC; both days included
    signed_in_until: dt.date | None = None
    custom_field: Annotated[tuple[FieldFilter, ...], Length(max=20)] = ()
    q: Annotated[str, Length(max=200)] | None = None


@message
class ListAccounts(AccountFilter):
    """Accounts the caller may see (R-LST-3), by name in locale-aware order unless said otherwise.

    `q` finds what search finds, of very many the first thousand. A filter `custom_field` is `<field id>:<value>`:
    text without regard to case and accents, a choice by its name or id, `true` or `false`, a date as 2026-01-31,
    an amount as `12.50 EUR`, or nothing after the colon for accounts where the field is not filled.
    """

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
    custom_fields: tuple[FieldValue, ...] = ()  # the filled ones, in the firm's order
    portal_status: PortalStatus = "off"
    is_notified: bool = False
    is_synced: bool = False
    signed_in_at: dt.datetime | None = None  # last by anybody of the account's; none: never (R-LA-1)
    balances: tuple[Balance, ...] = ()  # for who may manage invoices (R-INV-5)


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


@message
class Column:
    """One column of a sheet. Its cells are text, or with `is_number` the digits of a number."""

    key: str
    name: str
    is_number: bool = False


@message
class SheetPage:
    """Part of a sheet: the cells of each row, in the order of `columns`."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    next_cursor: str | None = None


@message
class AccountSheet(AccountFilter):
    """Accounts as a table (R-EXP-1), in the order of their codes, for the filters of the client list.

    `columns` are the keys of the first page's columns, so that all pages have the same.
    """

    columns: tuple[str, ...] = ()
    cursor: Cursor | None = None


@message
class ContactSheet:
    """Contacts as a table (R-EXP-1), the oldest first; `q` as in the list of contacts, `columns` as in AccountSheet."""

    q: Annotated[str, Length(max=200)] | None = None
    columns: tuple[str, ...] = ()
    cursor: Cursor | None = None


SheetKind = Literal["accounts", "contacts"]


@message
class StartExport:
    """`filters` as the caller wrote them."""

    kind: SheetKind
    filters: dict[str, Any]


@message
class EndExport:
    """`is_complete`: every row went out, as far as the sender can tell; `rows` did in any case."""

    export_id: UUID
    rows: Annotated[int, Range(min=0)]
    is_complete: bool


@message
class ExportRecord:
    """Who took what out of the firm, and when (R-EXP-2); without `ended_at` it is under way or was cut off."""

    id: UUID
    kind: SheetKind
    member: Person
    filters: dict[str, Any]
    started_at: dt.datetime
    ended_at: dt.datetime | None = None
    rows: int = 0
    is_complete: bool = False


@message
class ListExports:
    """The newest first."""

    cursor: Cursor | None = None
    limit: Limit = 25


@message
class ExportRecords:
    items: tuple[ExportRecord, ...]
    next_cursor: str | None = None


class ExportNotFound(NotFound):
    """There is no such export under way, or it is not yours."""

    code = "export_not_found"


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
    def get_account_sheet(self, ctx: Context, request: AccountSheet) -> SheetPage: ...  # Forbidden
    def get_contact_sheet(self, ctx: Context, request: ContactSheet) -> SheetPage: ...  # Forbidden
    def list_exports(self, ctx: Context, request: ListExports) -> ExportRecords: ...  # Forbidden to all but admins

    # For the gateway alone, which sends the sheets; no route leads here.
    def start_export(self, ctx: Context, request: StartExport) -> ExportRecord: ...  # Forbidden
    def end_export(self, ctx: Context, request: EndExport) -> Done: ...  # ExportNotFound
