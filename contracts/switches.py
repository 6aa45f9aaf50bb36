"""The switches of each address on each account it serves: LOGIN, NOTIFY, EMAIL SYNC, signing (R-EM-2, R-LOG-*)."""

import datetime as dt
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from marshmallow.validate import Length

from chassis.errors import Conflict, NotFound
from chassis.wire import UNSET, Unset, event, message
from contracts.common import Body, Email, Line, Person, Version, readable_line

# domain.md §4.5. `expired` is `invited` 30 days on (R-LOG-7); `blocked` is a LOGIN that waits for mail which does not
# arrive (R-LOG-8); who is `active` stays so, for a password needs no mail.
LoginState = Literal["none", "granted", "invited", "expired", "active", "revoked", "unlinked", "blocked"]
PortalStatus = Literal["active", "pending", "off"]  # R-STAT-1, R-STAT-2
Label = Annotated[str, Length(min=1, max=60), readable_line]


class LinksChangedMeanwhile(Conflict):
    """Someone else changed the account's contacts or their switches first; `current` is what is there now."""

    code = "links_changed"


class AddressNotFound(NotFound):
    """The contact has no such address."""

    code = "address_not_found"


class NotInvitable(Conflict):
    """Only an address whose LOGIN is on and that has not accepted yet can be invited; `state` says how it is."""

    code = "not_invitable"


class AddressBlocked(Conflict):
    """Mail to this address does not arrive (R-LOG-8), `reason` says why; give the contact another one."""

    code = "address_blocked"


class InvitationNotOpen(Conflict):
    """This invitation was accepted, withdrawn, replaced by a later one, or is out of date (R-LOG-7)."""

    code = "invitation_not_open"


class AccountArchived(Conflict):
    """Nobody is let into an archived account (R-ARC-1); re-activate it first."""

    code = "account_archived"


@message
class EmailAddress:
    """One address of a contact. `label` is `email` for the built-in one (R-EM-1).

    `field_id` is the custom field of type email whose value it is; it is labelled by the field's name.
    """

    id: UUID
    label: str
    email: str
    field_id: UUID | None = None


@message
class AddressSettings:
    """What an address may do and gets on one account (§4.10); `suppression` says why mail to it does not arrive."""

    address: EmailAddress
    login: LoginState
    is_notified: bool
    is_synced: bool
    is_signatory: bool
    invited_at: dt.datetime | None = None  # last
    suppression: str = ""


@message
class SyncedAddress:
    """An address of a contact whose mail is filed in an account: EMAIL SYNC is on (R-SYN-1)."""

    contact_id: UUID
    email: str


@message
class UnlinkedAddress:
    """An address that may still sign in though it left `contact_id`, whose it was (R-EM-3)."""

    id: UUID
    email: str
    contact_id: UUID
    unlinked_at: dt.datetime


@message
class SetSwitches:
    """`version` is that of the account's links. LOGIN that first goes on takes NOTIFY and signing along (R-NOT-4)."""

    account_id: UUID
    contact_id: UUID
    address_id: UUID
    version: Version
    is_login_on: bool | Unset = UNSET
    is_notified: bool | Unset = UNSET
    is_synced: bool | Unset = UNSET
    is_signatory: bool | Unset = UNSET  # with LOGIN on alone (R-SIG-1)


@message
class SendInvitation:
    """Sent again, it replaces the former one (R-LOG-2, R-LOG-7)."""

    account_id: UUID
    contact_id: UUID
    address_id: UUID
    message: Body = ""


@message
class AcceptInvitation:
    """`sent_at` is the invitation's own; after another was sent it opens nothing (R-LOG-7)."""

    account_id: UUID
    address_id: UUID
    sent_at: dt.datetime


@message
class BlockAddress:
    """Mail to this address does not arrive, wherever in the firm it stands (R-LOG-8)."""

    email: Email
    reason: Line


@message
class UnblockAddress:
    email: Email


@message
class UnlinkedRef:
    account_id: UUID
    address_id: UUID


@message
class RelinkAddress:
    """Where the contact shall have it: in the custom field, under the label, or else as its built-in address."""

    account_id: UUID
    address_id: UUID
    contact_id: UUID
    field_id: UUID | None = None
    label: Label | None = None


@message
class SetSigners:
    """Contacts with LOGIN in the order in which they sign (R-SP-1); those left out follow by name, none: all do."""

    account_id: UUID
    version: Version
    contact_ids: Annotated[tuple[UUID, ...], Length(max=200)]


@event("contacts.invitation_requested", version=1)
class InvitationRequested:
    """Somebody wants this address invited to the portal; the link it gets opens until `expires_at` (R-LOG-7).

    Whoever sends it asks `make_invitation_link` of entries for the link.
    """

    SECTIONS: ClassVar = ("logins",)

    account_id: UUID
    account_name: str
    contact_id: UUID
    contact_name: str
    address: EmailAddress
    requested_by: Person | None  # none: the system
    message: str
    is_resend: bool
    sent_at: dt.datetime
    expires_at: dt.datetime


@event("contacts.access_ended", version=1)
class AccessEnded:
    """Nobody may enter the account by this address any more: its sessions and open links end at once (R-LOG-5)."""

    SECTIONS: ClassVar = ("logins",)

    account_id: UUID
    email: str
