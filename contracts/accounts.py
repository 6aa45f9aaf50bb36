"""accounts: whom the firm works for; names, codes, tags, teams; and who may do what on an account."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Conflict, Invalid, NotFound
from chassis.wire import UNSET, Unset, event, message
from contracts.common import Address, Colour, Done, Line, Name, Person, Tag, Version
from contracts.contacts import ContactEntry
from contracts.custom_fields import CustomField, FieldValue
from contracts.export import Exporter

AccountType = Literal["individual", "company", "other"]
AccountState = Literal["active", "archived", "trashed"]  # trashed: for 30 days, seen by nobody (R-ARC-5)
# domain.md §2.3 and the matrix of §2.4, as far as it concerns one account; rules.py of the owner weighs them.
Action = Literal[
    "view", "edit_details", "edit_team", "apply_tags", "link_contacts", "edit_contacts", "archive",
    "edit_any_note", "see_all_time", "see_rates", "see_all_jobs", "request_access_answer",
]  # fmt: skip
TagName = Annotated[str, Length(min=1, max=60)]


class AccountNotFound(NotFound):
    """There is no such account, or it is not yours to see."""

    code = "account_not_found"


class AccountChangedMeanwhile(Conflict):
    """Someone else changed the account first; `current` is what is there now."""

    code = "account_changed"


class AccountOpening(Conflict):
    """The account is still being created, or its creation undone; ask again in a moment."""

    code = "account_opening"


class TagNotFound(NotFound):
    """There is no such tag in this firm."""

    code = "tag_not_found"


class TagExists(Conflict):
    """The firm has a tag of this name already."""

    code = "tag_exists"


class TeamMemberUnknown(Invalid):
    """The team names somebody who is not an active member of the firm, or whom you may not add or remove."""

    code = "team_member_unknown"


class AccessRequestNotFound(NotFound):
    """There is no such open request, or it is not yours to answer."""

    code = "access_request_not_found"


@message
class RoleHolders:
    """Who fills an account role on one account: work is routed to them; it gives them no access (R-ACC-6)."""

    role: Person
    members: tuple[Person, ...]


@message
class Account:
    """`name_mode` automatic follows the first contact's or the company's name (R-NAME-4).

    `warnings` says in a sentence each what is legal but unwise about the name (R-NAME-6, R-NAME-8). `custom_fields`
    are the filled ones in the firm's order (R-CF-8). `portal_status` (R-STAT-1) changes without a new version.
    """

    id: UUID
    code: str
    name: str
    name_mode: Literal["manual", "automatic"]
    type: AccountType
    company_name: str | None
    company_address: Address | None
    tags: tuple[Tag, ...]
    team: tuple[Person, ...]
    followers: tuple[Person, ...]
    state: AccountState
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    archived_at: dt.datetime | None = None
    warnings: tuple[str, ...] = ()
    custom_fields: tuple[FieldValue, ...] = ()
    roles: tuple[RoleHolders, ...] = ()
    timezone: str = ""
    portal_status: Literal["active", "pending", "off"] = "off"


@message
class CreateAccount:
    """Needs at least one contact (R-LNK-1); tags by name are made when missing, if the caller may."""

    type: AccountType
    contacts: Annotated[tuple[ContactEntry, ...], Length(min=1, max=50)]
    name: Annotated[str, Length(max=255)] | None = None  # empty: automatic (R-NAME-2)
    company_name: Line | None = None
    company_address: Address | None = None
    tags: tuple[TagName, ...] = ()
    team: tuple[UUID, ...] = ()  # members; none: those with default access (R-ACC-3)


@message
class AccountRef:
    account_id: UUID


@message
class GetAccounts:
    account_ids: Annotated[tuple[UUID, ...], Length(max=200)]


@message
class AccountList:
    """Those of the accounts asked for that the caller sees; nothing is said of the others (R-ACC-5)."""

    items: tuple[Account, ...]


@message
class ChangeAccount:
    """`name` null or empty goes back to automatic (R-NAME-4)."""

    account_id: UUID
    version: Version
    name: Annotated[str, Length(max=255)] | None | Unset = UNSET
    type: AccountType | Unset = UNSET
    company_name: Line | None | Unset = UNSET
    company_address: Address | None | Unset = UNSET


@message
class SetTeam:
    account_id: UUID
    version: Version
    members: tuple[UUID, ...]


@message
class SetTags:
    account_id: UUID
    version: Version
    tags: tuple[TagName, ...]


@message
class Follow:
    """The caller follows the account, or no longer does (R-FOL-1)."""

    account_id: UUID
    is_following: bool


@message
class Access:
    """What the caller may do on one account; an account out of sight is AccountNotFound instead."""

    account_id: UUID
    actions: tuple[Action, ...]


@message
class Viewer:
    """A member who sees the account, and the first reason why (R-ACC-1, R-TEAM-1)."""

    member: Person
    reason: Literal["owner", "admin", "team", "view_all_accounts"]


@message
class Viewers:
    items: tuple[Viewer, ...]


@message
class CreateTag:
    name: TagName
    colour: Colour | None = None


@message
class ChangeTag:
    tag_id: UUID
    name: TagName | Unset = UNSET
    colour: Colour | Unset = UNSET


@message
class TagRef:
    tag_id: UUID


@message
class TagUse:
    id: UUID
    name: str
    colour: str
    accounts: int  # how many carry it (R-TAG-5)


@message
class Tags:
    items: tuple[TagUse, ...]


@message
class AccessRequest:
    id: UUID
    account_id: UUID
    account_name: str
    account_code: str
    member: Person
    requested_at: dt.datetime


@message
class AccessRequests:
    items: tuple[AccessRequest, ...]


@message
class AnswerAccessRequest:
    request_id: UUID
    is_granted: bool


@message
class ImportRow:
    """One contact of one account (R-IMP-1); `line` is where it stood in the file."""

    line: int
    account_name: Name
    account_type: AccountType = "individual"
    company_name: Line | None = None
    tags: tuple[TagName, ...] = ()
    contact: ContactEntry


@message
class ImportRows:
    rows: Annotated[tuple[ImportRow, ...], Length(min=1, max=200)]


@message
class ImportedRow:
    """`outcome`: created (a new account), linked (a contact to a known account), changed (tags only), or refused."""

    line: int
    outcome: Literal["created", "linked", "changed", "unchanged", "refused"]
    reason: str = ""


@message
class ImportedRows:
    rows: tuple[ImportedRow, ...]


@event("accounts.account_created", version=1)
class AccountCreated:
    account: Account


@event("accounts.account_changed", version=1)
class AccountChanged:
    """Name, type, company, state, tags, team or followers changed; `account` is how it is since."""

    account: Account


@event("accounts.account_deleted", version=1)
class AccountDeleted:
    account_id: UUID
    version: int


@event("accounts.tag_changed", version=1)
class TagChanged:
    """A tag was made, renamed, recoloured, or deleted; of two, the higher `version` is how it is since."""

    tag: Tag
    is_deleted: bool = False
    version: int = 1


@event("accounts.custom_field_changed", version=1)
class AccountFieldChanged:
    """A custom field of accounts was made, renamed, given other choices, or deleted for good."""

    field: CustomField
    is_deleted: bool = False


@event("accounts.access_requested", version=1, outward=True)
class AccessRequested:
    request: AccessRequest


class Accounts(Exporter, Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable."""

    NAME: ClassVar[str] = "accounts"

    def create_account(self, ctx: Context, request: CreateAccount) -> Account: ...  # TeamMemberUnknown, TagNotFound
    def get_account(self, ctx: Context, request: AccountRef) -> Account: ...  # AccountNotFound
    def get_access(self, ctx: Context, request: AccountRef) -> Access: ...  # AccountNotFound
    def list_viewers(self, ctx: Context, request: AccountRef) -> Viewers: ...  # AccountNotFound
    def change_account(self, ctx: Context, request: ChangeAccount) -> Account: ...  # AccountChangedMeanwhile
    def set_team(self, ctx: Context, request: SetTeam) -> Account: ...  # AccountChangedMeanwhile, TeamMemberUnknown
    def set_tags(self, ctx: Context, request: SetTags) -> Account: ...  # AccountChangedMeanwhile, TagNotFound
    def follow(self, ctx: Context, request: Follow) -> Account: ...  # AccountNotFound
    def archive_account(self, ctx: Context, request: AccountRef) -> Account: ...  # AccountNotFound
    def reactivate_account(self, ctx: Context, request: AccountRef) -> Account: ...  # AccountNotFound
    def list_tags(self, ctx: Context, request: Done) -> Tags: ...
    def create_tag(self, ctx: Context, request: CreateTag) -> Tag: ...  # TagExists
    def change_tag(self, ctx: Context, request: ChangeTag) -> Tag: ...  # TagNotFound, TagExists
    def delete_tag(self, ctx: Context, request: TagRef) -> Done: ...  # TagNotFound
    def request_access(self, ctx: Context, request: AccountRef) -> Done: ...  # never says whether it exists (R-ACC-5)
    def list_access_requests(self, ctx: Context, request: Done) -> AccessRequests: ...
    def answer_access_request(self, ctx: Context, request: AnswerAccessRequest) -> Done: ...  # AccessRequestNotFound
    def import_rows(self, ctx: Context, request: ImportRows) -> ImportedRows: ...
    def get_accounts(self, ctx: Context, request: GetAccounts) -> AccountList: ...  # of exporting; no route leads here
