"""Who may enter which account through the portal, and the links by which people are let in; for other services."""

import datetime as dt
from typing import Annotated, ClassVar, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import NotFound
from chassis.wire import event, message
from contracts.common import Done
from contracts.switches import AcceptInvitation

Typed = Annotated[str, Length(max=254)]  # compared by R-EM-5; what is no address is nobody's


class InvitationNotFound(NotFound):
    """This is no link of an invitation, or no longer one: ask the firm for another (R-LOG-7)."""

    code = "invitation_not_found"


@message
class Entry:
    """An address with LOGIN on an active account, and the contact as whom whoever has it acts there (R-POR-1).

    Where two contacts of the account share the address, it is the one who was let in first.
    """

    account_id: UUID
    code: str
    name: str
    contact_id: UUID
    contact_name: str
    email: str
    timezone: str = ""


@message
class GetEntry:
    account_id: UUID
    email: Typed


@message
class ListEntries:
    email: Typed


@message
class EntryList:
    """By the account's name; none for an address that may enter nowhere."""

    items: tuple[Entry, ...]


@message
class InvitationRef:
    """The invitation of an address on an account that went out at `sent_at` (InvitationRequested)."""

    account_id: UUID
    address_id: UUID
    sent_at: dt.datetime


@message
class InvitationLink:
    """`token` is told once and kept only as a digest; it opens until `expires_at`, until used, or another is sent."""

    token: str
    expires_at: dt.datetime


@message
class InvitationToken:
    token: Annotated[str, Length(min=1, max=200)]


@message
class Invitation:
    """What stands behind an open link."""

    account_id: UUID
    account_name: str
    contact_id: UUID
    contact_name: str
    address_id: UUID
    email: str
    sent_at: dt.datetime
    expires_at: dt.datetime


@event("contacts.invitation_accepted", version=1)
class InvitationAccepted:
    """Somebody was let in; `is_first`: nobody could enter the account before, of which its followers hear (R-LOG-9)."""

    SECTIONS: ClassVar = ("logins",)

    account_id: UUID
    account_name: str
    contact_id: UUID
    contact_name: str
    email: str
    accepted_at: dt.datetime
    is_first: bool


class Entries(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    They are the system's alone (Forbidden to others); no route leads here.
    """

    NAME: ClassVar[str] = "contacts"

    def get_entry(self, ctx: Context, request: GetEntry) -> Entry: ...  # AccountNotFound
    def list_entries(self, ctx: Context, request: ListEntries) -> EntryList: ...
    def make_invitation_link(self, ctx: Context, request: InvitationRef) -> InvitationLink: ...  # InvitationNotOpen
    def find_invitation(self, ctx: Context, request: InvitationToken) -> Invitation: ...  # InvitationNotFound
    # InvitationNotOpen, AccountArchived
    def accept_invitation(self, ctx: Context, request: AcceptInvitation) -> Done: ...
