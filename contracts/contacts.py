"""contacts: people, their addresses, and the links between them and the accounts they serve."""

import datetime as dt
from dataclasses import field
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, Range

from chassis.context import Context
from chassis.errors import Conflict, Invalid, NotFound
from chassis.wire import UNSET, Unset, event, message
from contracts.common import (
    Address,
    Body,
    Cursor,
    Done,
    Email,
    Limit,
    Line,
    Tag,
    Timezone,
    Version,
    phone,
    readable_line,
)
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
from contracts.history import ContactHistory, Historian, History
from contracts.switches import (
    AddressSettings,
    BlockAddress,
    EmailAddress,
    Label,
    PortalStatus,
    RelinkAddress,
    SendInvitation,
    SetSigners,
    SetSwitches,
    SyncedAddress,
    UnblockAddress,
    UnlinkedAddress,
    UnlinkedRef,
)

NameFormat = Literal["first_last", "last_first", "last_comma_first", "first_middle_last"]  # R-CN-1
Description = Annotated[str, Length(max=200), readable_line]  # R-LNK-6
Phone = Annotated[str, Length(min=1, max=40), phone]  # kept as typed


class ContactNotFound(NotFound):
    """There is no such contact, or it is not yours to see."""

    code = "contact_not_found"


class ContactChangedMeanwhile(Conflict):
    """Someone else changed the contact first; `current` is what is there now."""

    code = "contact_changed"


class LastContact(Conflict):
    """An account keeps at least one contact (R-LNK-2); link another one first. `accounts` names those concerned."""

    code = "last_contact"


class LinkNotFound(NotFound):
    """This contact is not linked to this account."""

    code = "link_not_found"


class AlreadyLinked(Conflict):
    """This contact is linked to this account already."""

    code = "already_linked"


class LinksDiscarded(Conflict):
    """The opening of this account was given up; create the account again."""

    code = "links_discarded"


class AccountIsOpen(Conflict):
    """The account is in use: its first contacts can't be taken back, only unlinked one by one."""

    code = "account_is_open"


class MemberAddress(Invalid):
    """A team member's e-mail address can't be a contact's: it would break their sign-in (R-C-3)."""

    code = "member_address"


@message
class Contact:
    """`is_name_typed`: the display name was typed by hand and follows neither the parts nor the format (R-CN-1).

    `warnings` says in a sentence each what is legal but unwise, such as a shared address (R-EM-6); never in events.
    """

    id: UUID
    display_name: str
    is_name_typed: bool
    first_name: str
    middle_name: str
    last_name: str
    addresses: tuple[EmailAddress, ...]
    phones: tuple[str, ...]
    company_name: str
    address: Address
    notes: str
    timezone: str
    tags: tuple[Tag, ...]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    warnings: tuple[str, ...] = ()
    custom_fields: tuple[FieldValue, ...] = ()  # the filled ones, in the firm's order (R-CF-8)


@message
class NewAddress:
    label: Label
    email: Email


@message
class NewContact:
    """At least one of the names or the e-mail address must be there.

    A custom field of type email is an address of the contact like the others (R-EM-1).
    """

    first_name: Line = ""
    middle_name: Line = ""
    last_name: Line = ""
    display_name: Line = ""  # empty: made by the firm's format (R-CN-1)
    email: Email | None = None
    other_addresses: Annotated[tuple[NewAddress, ...], Length(max=20)] = ()
    phones: Annotated[tuple[Phone, ...], Length(max=10)] = ()
    company_name: Line = ""
    address: Address = Address()
    notes: Body = ""
    timezone: Timezone = ""
    tag_ids: tuple[UUID, ...] = ()
    custom_fields: Values = field(default_factory=dict)
    dates: DateOrder = "iso"  # how the dates typed in custom fields are to be read (R-CF-3)


@message
class ContactEntry:
    """Either a known contact by `id` or a `new` one; `description` is the link's (R-LNK-6)."""

    id: UUID | None = None
    new: NewContact | None = None
    description: Description = ""


@message
class ChangeContact:
    """Address lists are replaced as a whole; `email` null clears the built-in address.

    An address that stays keeps its id, whatever its label. `display_name` empty goes back to the firm's format.
    Custom fields that are not named stay as they are.
    """

    contact_id: UUID
    version: Version
    first_name: Line | Unset = UNSET
    middle_name: Line | Unset = UNSET
    last_name: Line | Unset = UNSET
    display_name: Line | Unset = UNSET
    email: Email | None | Unset = UNSET
    other_addresses: Annotated[tuple[NewAddress, ...], Length(max=20)] | Unset = UNSET
    phones: Annotated[tuple[Phone, ...], Length(max=10)] | Unset = UNSET
    company_name: Line | Unset = UNSET
    address: Address | Unset = UNSET
    notes: Body | Unset = UNSET
    timezone: Timezone | Unset = UNSET
    tag_ids: tuple[UUID, ...] | Unset = UNSET
    custom_fields: Values | Unset = UNSET
    dates: DateOrder = "iso"


@message
class ContactRef:
    contact_id: UUID


@message
class ListContacts:
    """Only contacts the caller may see, in locale-aware order of display names (R-LST-5), or oldest first.

    Each word of `q` is a part of a name, the company's name or an address; case and accents do not matter.
    Those without a phone or a company come last where they are sorted by it; a phone counts as it was typed.
    With `has_accounts` the answer says which accounts each one serves, too.
    """

    q: Annotated[str, Length(max=200)] | None = None
    sort: Literal["name", "phone", "company", "created_at"] = "name"
    has_accounts: bool = False
    cursor: Cursor | None = None
    limit: Limit = 25


@message
class LinkedAccount:
    id: UUID
    code: str
    name: str
    state: str
    description: str


@message
class ContactAccounts:
    """The accounts that a contact serves and the caller sees, by name."""

    contact_id: UUID
    items: tuple[LinkedAccount, ...]


@message
class ContactPage:
    """`accounts` of those of the page that have any in the caller's sight, where the request asks for them."""

    items: tuple[Contact, ...]
    total: int
    next_cursor: str | None = None
    accounts: tuple[ContactAccounts, ...] = ()


@message
class MergeContacts:
    """The survivor keeps links, addresses, phones, tags and notes of both (R-C-4); its other gaps are filled."""

    survivor_id: UUID
    other_id: UUID


@message
class Duplicates:
    """Groups of visible contacts whose filled fields are all equal, missing ones ignored (R-C-4); at most 100."""

    groups: tuple[tuple[UUID, ...], ...]


@message
class LinkedContact:
    """`addresses` are all of the contact's with their switches on this account, in the contact's order (R-EM-1).

    `signer_rank` counts the account's signers from 1; a contact without LOGIN is none (R-SP-2).
    """

    contact: Contact
    description: str
    linked_at: dt.datetime
    addresses: tuple[AddressSettings, ...] = ()
    signer_rank: int | None = None


@message
class LinkedContacts:
    """In locale-aware order of display names (R-LNK-5). `version` counts changes of the account's links and switches.

    `unlinked` are addresses that left their contact and may still sign in (R-EM-3).
    """

    account_id: UUID
    version: int
    items: tuple[LinkedContact, ...]
    unlinked: tuple[UnlinkedAddress, ...] = ()
    portal_status: PortalStatus = "off"


@message
class AccountRef:
    account_id: UUID


@message
class LinkContact:
    account_id: UUID
    contact: ContactEntry


@message
class LinkAccount:
    """The same from the contact's side (R-LNK-4)."""

    contact_id: UUID
    account_id: UUID
    description: Description = ""


@message
class DescribeLink:
    account_id: UUID
    contact_id: UUID
    version: Version  # of the account's links
    description: Description


@message
class ListDescriptions:
    """Those that hold `q`, regardless of case."""

    q: Annotated[str, Length(max=200), readable_line] = ""
    limit: Annotated[int, Range(min=1, max=20)] = 10


@message
class Descriptions:
    """Of links to accounts that the caller sees; the most used first (R-LNK-6)."""

    items: tuple[str, ...]


@message
class LinkRef:
    account_id: UUID
    contact_id: UUID


@message
class LinkedAccounts:
    items: tuple[LinkedAccount, ...]


@message
class AccountFacts:
    """What contacts must know of an account to link to it and to decide who sees its people."""

    id: UUID
    code: str
    name: str
    state: str
    team: tuple[UUID, ...]
    version: int


@message
class OpenLinks:
    """The first links of an account that is being created; repeated with the same account it is done once."""

    account: AccountFacts
    contacts: Annotated[tuple[ContactEntry, ...], Length(min=1, max=50)]  # R-LNK-1


@message
class FindContact:
    """The oldest visible contact that has all that is filled here, if there is one (R-C-4, R-IMP-1)."""

    contact: NewContact


@message
class FoundContact:
    contact_id: UUID | None


@message
class NameFormatSetting:
    format: NameFormat
    apply_to_all: bool = False  # rename the contacts that have the parts (R-CN-2)


@message
class NameFormatApplied:
    format: NameFormat
    renamed: int


@event("contacts.contact_created", version=1)
class ContactCreated:
    contact: Contact


@event("contacts.contact_changed", version=1)
class ContactChanged:
    contact: Contact


@event("contacts.contact_deleted", version=1)
class ContactDeleted:
    contact_id: UUID
    version: int


@event("contacts.links_changed", version=1)
class LinksChanged:
    """A contact was linked, described or unlinked; `contact_ids` are all of the account's, oldest link first."""

    account_id: UUID
    contact_ids: tuple[UUID, ...]
    version: int  # of the account's links, not of the account
    change: Literal["opened", "linked", "described", "unlinked", "merged", "discarded"]
    contact_id: UUID | None = None


@event("contacts.access_changed", version=1)
class AccessChanged:
    """Who may enter the account, or who is told and synced, changed (R-STAT-1 to R-STAT-3).

    `version` is of the account's links; of two events the higher or equal one that came later is how it is since.
    """

    account_id: UUID
    version: int
    portal_status: PortalStatus
    is_notified: bool
    is_synced: bool
    login_emails: tuple[str, ...]  # whose LOGIN is on
    unlinked: tuple[str, ...]
    synced: tuple[SyncedAddress, ...] | None = None  # whose EMAIL SYNC is on; none: not told


@event("contacts.custom_field_changed", version=1)
class ContactFieldChanged:
    """A custom field of contacts was made, changed, or deleted with its values; of two, the higher version counts."""

    field: CustomField
    is_deleted: bool = False


@event("contacts.name_format_changed", version=1, outward=True)
class NameFormatChanged:
    """Owner or admin chose another format of names (R-CN-1); `renamed` contacts follow it at once."""

    before: NameFormat
    format: NameFormat
    renamed: int


class Contacts(Exporter, Historian, Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Calls on one account raise accounts.AccountNotFound, calls on one contact ContactNotFound, when it is out of sight.
    """

    NAME: ClassVar[str] = "contacts"

    def create_contact(self, ctx: Context, request: NewContact) -> Contact: ...  # MemberAddress
    def get_contact(self, ctx: Context, request: ContactRef) -> Contact: ...
    def change_contact(self, ctx: Context, request: ChangeContact) -> Contact: ...  # ContactChangedMeanwhile
    def delete_contact(self, ctx: Context, request: ContactRef) -> Done: ...  # LastContact (R-LNK-7)
    def list_contacts(self, ctx: Context, request: ListContacts) -> ContactPage: ...
    def merge_contacts(self, ctx: Context, request: MergeContacts) -> Contact: ...
    def list_duplicates(self, ctx: Context, request: Done) -> Duplicates: ...
    def find_contact(self, ctx: Context, request: FindContact) -> FoundContact: ...
    def list_contact_history(self, ctx: Context, request: ContactHistory) -> History: ...
    def list_contact_accounts(self, ctx: Context, request: ContactRef) -> LinkedAccounts: ...  # visible ones only
    def list_account_contacts(self, ctx: Context, request: AccountRef) -> LinkedContacts: ...
    def link_contact(self, ctx: Context, request: LinkContact) -> LinkedContacts: ...  # ContactNotFound, AlreadyLinked
    def link_account(self, ctx: Context, request: LinkAccount) -> LinkedAccounts: ...  # ContactNotFound, AlreadyLinked
    # LinkNotFound, LinksChangedMeanwhile
    def describe_link(self, ctx: Context, request: DescribeLink) -> LinkedContacts: ...
    def list_descriptions(self, ctx: Context, request: ListDescriptions) -> Descriptions: ...
    def unlink_contact(self, ctx: Context, request: LinkRef) -> LinkedContacts: ...  # LastContact, LinkNotFound

    # Each of these raises LinkNotFound and AddressNotFound too.
    def set_switches(self, ctx: Context, request: SetSwitches) -> LinkedContacts: ...  # LinksChangedMeanwhile
    # NotInvitable, AddressBlocked, AccountArchived
    def send_invitation(self, ctx: Context, request: SendInvitation) -> LinkedContacts: ...
    def set_signers(self, ctx: Context, request: SetSigners) -> LinkedContacts: ...  # LinksChangedMeanwhile
    def remove_unlinked(self, ctx: Context, request: UnlinkedRef) -> LinkedContacts: ...  # ends its access
    def relink_address(self, ctx: Context, request: RelinkAddress) -> LinkedContacts: ...

    # FieldNotFound, FieldExists, FieldChangedMeanwhile, FieldFilled of custom_fields
    def list_contact_fields(self, ctx: Context, request: Done) -> CustomFields: ...
    def create_contact_field(self, ctx: Context, request: CreateField) -> CustomField: ...
    def change_contact_field(self, ctx: Context, request: ChangeField) -> CustomField: ...
    def delete_contact_field(self, ctx: Context, request: DeleteField) -> Done: ...

    def get_name_format(self, ctx: Context, request: Done) -> NameFormatSetting: ...
    def set_name_format(self, ctx: Context, request: NameFormatSetting) -> NameFormatApplied: ...  # owner, admins

    # For accounts alone, with the context of whoever creates the account; no route leads here.
    def open_links(self, ctx: Context, request: OpenLinks) -> LinkedContacts: ...  # ContactNotFound, LinksDiscarded
    def discard_links(self, ctx: Context, request: AccountRef) -> Done: ...  # AccountIsOpen

    # For whoever sends mail, as the system; no route leads here.
    def block_address(self, ctx: Context, request: BlockAddress) -> Done: ...
    def unblock_address(self, ctx: Context, request: UnblockAddress) -> Done: ...
