"""accounts: whom the firm works for; names, codes, tags, teams; and who may do what on an account."""

import datetime as dt
from dataclasses import field
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, OneOf, Range

from chassis.context import Context
from chassis.errors import Conflict, Invalid, NotFound
from chassis.wire import UNSET, Unset, event, message
from contracts.account_settings import (
    AccountRole,
    AccountRoles,
    ChangeTag,
    CreateRole,
    CreateTag,
    RenameRole,
    RoleRef,
    TagName,
    TagRef,
    Tags,
)
from contracts.common import (
    Address,
    Cursor,
    Done,
    Limit,
    Line,
    Name,
    Person,
    Tag,
    Timezone,
    Version,
)
from contracts.contacts import ContactEntry
from contracts.custom_fields import (
    ChangeField,
    CreateField,
    CustomField,
    CustomFields,
    DateOrder,
    DeleteField,
    FieldValue,
    Values,
)
from contracts.export import Exporter
from contracts.files import Content, Upload
from contracts.history import Historian
from contracts.imports import ImportFault
from contracts.rights import Action

AccountType = Literal["individual", "company", "other"]
AccountState = Literal["active", "archived", "trashed"]  # trashed: for 30 days, seen by nobody (R-ARC-5)

PHOTO_SIZES = (64, 128, 256, 512)  # pixels of both sides
PhotoSize = Annotated[int, OneOf(PHOTO_SIZES)]


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


class AccountNotArchived(Conflict):
    """Only an archived account can be deleted: archive it first (R-ARC-4)."""

    code = "account_not_archived"


class AccountOwes(Conflict):
    """The account has unpaid invoices, in all as `due` says: only the owner can delete it, by force (R-ARC-5)."""

    code = "account_owes"


class AccountTrashed(Conflict):
    """The account that this request made is in the trash; take a fresh Idempotency-Key to make another."""

    code = "account_trashed"


class RoleNotFound(NotFound):
    """There is no such account role in this firm."""

    code = "account_role_not_found"


class RoleExists(Conflict):
    """The firm has an account role of this name already."""

    code = "account_role_exists"


class AccessRequestNotFound(NotFound):
    """There is no such open request, or it is not yours to answer."""

    code = "access_request_not_found"


@message
class RoleHolders:
    """Who fills an account role on one account: work is routed to them; it gives them no access (R-ACC-6)."""

    role: Person
    members: tuple[Person, ...]


@message
class Photo:
    """`by` says whether the firm or the client put it there (R-PHOTO-1, R-PHOTO-2)."""

    id: UUID
    updated_at: dt.datetime
    by: Literal["firm", "client"]


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
    photo: Photo | None = None  # none: the initials are shown
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
    name: Line | None = None  # empty: automatic (R-NAME-2)
    company_name: Line | None = None
    company_address: Address | None = None
    tags: tuple[TagName, ...] = ()
    team: tuple[UUID, ...] = ()  # members; none: those with default access (R-ACC-3)
    timezone: Timezone = ""
    custom_fields: Values | None = None  # by the field's id
    dates: DateOrder = "iso"


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
    """`name` null or empty goes back to automatic (R-NAME-4).

    `custom_fields` holds the fields that change, by id; null takes the value away.
    """

    account_id: UUID
    version: Version
    name: Line | None | Unset = UNSET
    type: AccountType | Unset = UNSET
    company_name: Line | None | Unset = UNSET
    company_address: Address | None | Unset = UNSET
    timezone: Timezone | Unset = UNSET
    custom_fields: Values | Unset = UNSET
    dates: DateOrder = "iso"


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
class RoleEntry:
    role_id: UUID
    members: Annotated[tuple[UUID, ...], Length(max=100)]


@message
class SetRoles:
    """All the roles that are to be filled, and by whom; one left out is filled by nobody."""

    account_id: UUID
    version: Version
    roles: Annotated[tuple[RoleEntry, ...], Length(max=100)]


@message
class DeleteAccount:
    """`name` is the account's, typed by the caller so that nobody deletes the wrong one (R-ARC-5).

    With `is_forced` the owner of the firm deletes an account that still owes something.
    """

    account_id: UUID
    name: Annotated[str, Length(max=255)]
    is_forced: bool = False


@message
class TrashedAccount:
    """An account that is deleted for good at `gone_at`, unless somebody restores it."""

    id: UUID
    code: str
    name: str
    type: AccountType
    deleted_by: Person | None
    deleted_at: dt.datetime
    gone_at: dt.datetime


@message
class ListTrash:
    cursor: Cursor | None = None
    limit: Limit = 25


@message
class TrashedAccounts:
    """Those the caller would see, the last deleted first."""

    items: tuple[TrashedAccount, ...]
    next_cursor: str | None = None


@message
class Follow:
    """The caller follows the account, or no longer does (R-FOL-1)."""

    account_id: UUID
    is_following: bool


@message
class SetPhoto:
    """A JPEG, PNG or WebP picture of at most 5 MB and 40 megapixels becomes the account's photo (R-PHOTO-2).

    `x`, `y` and `size` choose a square of the upright picture, in its pixels; without them it is the largest one in
    the middle. The last one set wins. What the file says besides the picture, such as where it was taken, is dropped.
    """

    account_id: UUID
    upload: Upload
    x: Annotated[int, Range(min=0)] | None = None
    y: Annotated[int, Range(min=0)] | None = None
    size: Annotated[int, Range(min=1)] | None = None


@message
class GetPhoto:
    """The photo in one of its sizes; where there is none, the initials of the account's name on a colour."""

    account_id: UUID
    size: PhotoSize = 128


@message
class Access:
    """What the caller may do on one account; an account out of sight is AccountNotFound instead."""

    account_id: UUID
    actions: tuple[Action, ...]


@message
class Viewer:
    """A member who sees the account, the first reason why (R-ACC-1, R-TEAM-1), and what they may do on it (§2.4)."""

    member: Person
    reason: Literal["owner", "admin", "team", "view_all_accounts"]
    actions: tuple[Action, ...] = ()


@message
class Viewers:
    items: tuple[Viewer, ...]


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
class ImportSwitches:
    """What the contact's primary address may do and gets on the account (R-IMP-4); null: the row does not say."""

    is_login_on: bool | None = None
    is_notified: bool | None = None
    is_synced: bool | None = None


@message
class ImportRow:
    """One contact of one account (R-IMP-1); `line` is where it stood in the file.

    `custom_fields` and `timezone` are the account's; what a row does not say stays as it is.
    """

    line: int
    account_name: Name
    account_type: AccountType = "individual"
    company_name: Line | None = None
    tags: tuple[TagName, ...] = ()
    timezone: Timezone = ""
    custom_fields: Values = field(default_factory=dict)  # by the field's id
    contact: ContactEntry
    switches: ImportSwitches = ImportSwitches()


@message
class ImportRows:
    rows: Annotated[tuple[ImportRow, ...], Length(min=1, max=200)]


@message
class ImportedRow:
    """`outcome`: created (a new account), linked (a contact to a known account), refused, or changed.

    Changed: what was there got tags, a time zone, values of custom fields, or switches.
    """

    line: int
    outcome: Literal["created", "linked", "changed", "unchanged", "refused"]
    reason: str = ""
    faults: tuple[ImportFault, ...] = ()  # the same for who translates it


@message
class ImportedRows:
    rows: tuple[ImportedRow, ...]


@event("accounts.account_created", version=1)
class AccountCreated:
    account: Account


@event("accounts.account_changed", version=1)
class AccountChanged:
    """Anything of the account changed but its portal status; `account` is how it is since.

    Whoever keeps a projection hides a trashed one.
    """

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


@event("accounts.role_changed", version=1)
class RoleChanged:
    """An account role was made, renamed, or deleted; of two, the higher `version` is how it is since."""

    role: AccountRole
    is_deleted: bool = False
    version: int = 1


@event("accounts.custom_field_changed", version=1)
class AccountFieldChanged:
    """A custom field of accounts was made, changed, moved, or deleted; of two, the higher `field.version` counts.

    Accounts are not told of again for it: their values name the field by its id, and a deleted one has none.
    """

    field: CustomField
    is_deleted: bool = False


@event("accounts.access_requested", version=1)
class AccessRequested:
    request: AccessRequest


class Accounts(Exporter, Historian, Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable."""

    NAME: ClassVar[str] = "accounts"

    def create_account(self, ctx: Context, request: CreateAccount) -> Account: ...  # TeamMemberUnknown, TagNotFound
    def get_account(self, ctx: Context, request: AccountRef) -> Account: ...  # AccountNotFound
    def get_access(self, ctx: Context, request: AccountRef) -> Access: ...  # AccountNotFound
    def list_viewers(self, ctx: Context, request: AccountRef) -> Viewers: ...  # AccountNotFound
    def change_account(self, ctx: Context, request: ChangeAccount) -> Account: ...  # AccountChangedMeanwhile
    def set_team(self, ctx: Context, request: SetTeam) -> Account: ...  # AccountChangedMeanwhile, TeamMemberUnknown
    def set_tags(self, ctx: Context, request: SetTags) -> Account: ...  # AccountChangedMeanwhile, TagNotFound
    def set_roles(self, ctx: Context, request: SetRoles) -> Account: ...  # AccountChangedMeanwhile, TeamMemberUnknown
    def follow(self, ctx: Context, request: Follow) -> Account: ...  # AccountNotFound
    def archive_account(self, ctx: Context, request: AccountRef) -> Account: ...  # AccountNotFound
    def reactivate_account(self, ctx: Context, request: AccountRef) -> Account: ...  # AccountNotFound
    def delete_account(self, ctx: Context, request: DeleteAccount) -> TrashedAccount: ...
    def list_trash(self, ctx: Context, request: ListTrash) -> TrashedAccounts: ...
    def restore_account(self, ctx: Context, request: AccountRef) -> Account: ...  # AccountNotFound
    def list_account_fields(self, ctx: Context, request: Done) -> CustomFields: ...
    def create_account_field(self, ctx: Context, request: CreateField) -> CustomField: ...  # FieldExists
    # FieldNotFound, FieldExists, FieldChangedMeanwhile
    def change_account_field(self, ctx: Context, request: ChangeField) -> CustomField: ...
    def delete_account_field(self, ctx: Context, request: DeleteField) -> Done: ...  # FieldNotFound, FieldFilled
    def list_account_roles(self, ctx: Context, request: Done) -> AccountRoles: ...
    def create_account_role(self, ctx: Context, request: CreateRole) -> AccountRole: ...  # RoleExists
    def rename_account_role(self, ctx: Context, request: RenameRole) -> AccountRole: ...  # RoleNotFound, RoleExists
    def delete_account_role(self, ctx: Context, request: RoleRef) -> Done: ...  # RoleNotFound
    def get_photo(self, ctx: Context, request: GetPhoto) -> Content: ...  # AccountNotFound
    def set_photo(self, ctx: Context, request: SetPhoto) -> Photo: ...  # AccountNotFound, Invalid
    def delete_photo(self, ctx: Context, request: AccountRef) -> Done: ...  # AccountNotFound
    def list_tags(self, ctx: Context, request: Done) -> Tags: ...
    def create_tag(self, ctx: Context, request: CreateTag) -> Tag: ...  # TagExists
    def change_tag(self, ctx: Context, request: ChangeTag) -> Tag: ...  # TagNotFound, TagExists
    def delete_tag(self, ctx: Context, request: TagRef) -> Done: ...  # TagNotFound
    def request_access(self, ctx: Context, request: AccountRef) -> Done: ...  # never says whether it exists (R-ACC-5)
    def list_access_requests(self, ctx: Context, request: Done) -> AccessRequests: ...
    def answer_access_request(self, ctx: Context, request: AnswerAccessRequest) -> Done: ...  # AccessRequestNotFound
    def import_rows(self, ctx: Context, request: ImportRows) -> ImportedRows: ...
    def get_accounts(self, ctx: Context, request: GetAccounts) -> AccountList: ...  # of exporting; no route leads here
