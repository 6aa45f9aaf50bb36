"""Portal users: clients' people, who accept an invitation, sign in, and switch between the accounts they may enter."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Conflict, Forbidden
from chassis.wire import event, message
from contracts.common import Cursor, Done, Limit
from contracts.export import Exporter
from contracts.identity import Credential, Firm, Secret, SessionRef, Sessions
from contracts.sections import SectionSource

Typed = Annotated[str, Length(max=254)]  # an e-mail address as somebody typed it; compared by R-EM-5
TypedPassword = Annotated[str, Length(max=200)]
# A fresh one: 12 characters with 1 capital, 2 digits and 2 others (R-POR-5), and none of the commonest.
NewPassword = Annotated[str, Length(min=12, max=200)]
How = Literal["signed_in", "switched", "accepted"]  # a switch: into the account, within a session (R-LA-2)


class NothingToEnter(Forbidden):
    """Your address may enter no account at present; ask your accountant."""

    code = "nothing_to_enter"


class ResetNotOpen(Forbidden):
    """This link was used, replaced by a later one, or is out of date: ask for another."""

    code = "reset_not_open"


class NoPasswordYet(Conflict):
    """Only who has accepted an invitation has a password to choose anew; `state` says how the address is."""

    code = "no_password_yet"


@message
class PortalUser:
    """One address of a firm's clients with a password, whatever accounts it may enter (R-POR-2)."""

    id: UUID
    email: str


@message
class PortalAccount:
    """An account that the user may enter, and the contact as whom they act there; `timezone` is that contact's."""

    account_id: UUID
    code: str
    name: str
    contact_id: UUID
    contact_name: str
    timezone: str = ""


@message
class AcceptPortalInvitation:
    """`token` is the link's. `password` is chosen by who has none with this firm yet (R-LOG-3).

    Who has one may leave it out; one that is sent must be right. `address` and `agent` as in SignIn.
    """

    token: Secret
    password: TypedPassword | None = None
    address: str = ""
    agent: str = ""
    former: str = ""  # token of the session in which it was sent, which ends


@message
class SignInToPortal:
    """`address` (of the caller, by IP) and `agent` (what the browser says of itself) go into the login activity."""

    email: Typed
    password: TypedPassword
    firm_id: UUID | None = None
    address: str = ""
    agent: str = ""
    former: str = ""


@message
class SignedInToPortal:
    """`accounts` by name; a sign-in counts for each of them (R-LA-2)."""

    token: str
    expires_at: dt.datetime
    firm: Firm
    user: PortalUser
    accounts: tuple[PortalAccount, ...]


@message
class PortalIdentity:
    """Who a session belongs to; it ends at `expires_at`, or where nobody uses it for 12 hours."""

    firm: Firm
    user: PortalUser
    session_id: UUID
    expires_at: dt.datetime


@message
class PortalHome:
    """Who is signed in, and the accounts they may enter, by name; a photo is at `…/accounts/{account_id}/photo`."""

    firm: Firm
    user: PortalUser
    accounts: tuple[PortalAccount, ...]


@message
class EnterAccount:
    """`user_id` is whose session it is."""

    account_id: UUID
    user_id: UUID
    address: str = ""
    agent: str = ""


@message
class Entered:
    account_id: UUID
    contact_id: UUID
    contact_name: str


@message
class ChangePortalPassword:
    """Ends every other session of the user than `session_id`."""

    current_password: Secret
    new_password: NewPassword
    session_id: UUID | None = None


@message
class RequestPortalReset:
    """The answer is the same whether or not anybody has this address."""

    email: Typed
    address: str = ""


@message
class SendPortalReset:
    """Have a link sent to an address of a contact, or to one that left its contact and may still sign in."""

    account_id: UUID
    contact_id: UUID
    address_id: UUID


@message
class PortalResetRef:
    reset_id: UUID


@message
class ResetLink:
    """`token` is told once and kept only as a digest; it opens once, until `expires_at`."""

    token: str
    expires_at: dt.datetime


@message
class ResetPortalPassword:
    """Ends all sessions of whoever's link it is."""

    token: Secret
    password: NewPassword
    address: str = ""


@message
class ClientSignIn:
    """One line of the login activity, with the names of that day. A coarse guess at device, browser and system."""

    id: UUID
    at: dt.datetime
    how: How
    account_id: UUID
    account_name: str
    contact_id: UUID
    contact_name: str
    email: str
    address: str
    agent: str
    device: Literal["desktop", "mobile", "tablet", ""]
    browser: str
    system: str


@message
class ListClientSignIns:
    """Of all accounts, newest first (R-LA-4)."""

    cursor: Cursor | None = None
    limit: Limit = 50


@message
class ClientSignIns:
    items: tuple[ClientSignIn, ...]
    next_cursor: str | None = None


@event("identity.client_signed_in", version=1)
class ClientSignedIn:
    """Somebody of the account's signed in, or switched into it (R-LA-2)."""

    SECTIONS: ClassVar = ("logins",)

    account_id: UUID
    contact_id: UUID
    email: str
    at: dt.datetime


@event("identity.portal_sessions_ended", version=1, outward=True)
class PortalSessionsEnded:
    """Sessions of the user are void; with none named, all are."""

    user_id: UUID
    session_ids: tuple[UUID, ...] = ()


@event("identity.portal_reset_requested", version=1)
class PortalResetRequested:
    """A client is to choose a new password, as they or the firm asked.

    Whoever mails asks for the link of `reset_id`, open until `expires_at`.
    """

    reset_id: UUID
    email: str
    expires_at: dt.datetime


class Portal(SectionSource, Exporter, Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    The section `logins` has a row with the last sign-in, or none; "view all" a row by contact and address, to who may
    `see_logins`. It takes no filters.
    """

    NAME: ClassVar[str] = "identity"

    # contacts' InvitationNotFound and InvitationNotOpen; WrongCredentials, TooManySignIns
    def accept_invitation(self, ctx: Context, request: AcceptPortalInvitation) -> SignedInToPortal: ...
    # WrongCredentials, TooManySignIns, ChooseFirm, NothingToEnter
    def sign_in_to_portal(self, ctx: Context, request: SignInToPortal) -> SignedInToPortal: ...
    def sign_out_of_portal(self, ctx: Context, request: Credential) -> Done: ...
    def get_portal_home(self, ctx: Context, request: Done) -> PortalHome: ...  # Unauthenticated
    def enter_account(self, ctx: Context, request: EnterAccount) -> Entered: ...
    def list_portal_sessions(self, ctx: Context, request: Done) -> Sessions: ...
    def end_portal_session(self, ctx: Context, request: SessionRef) -> Done: ...  # NotFound
    def end_portal_sessions(self, ctx: Context, request: Done) -> Done: ...  # all of the user's
    # WrongCredentials, TooManySignIns
    def change_portal_password(self, ctx: Context, request: ChangePortalPassword) -> Done: ...
    def request_portal_reset(self, ctx: Context, request: RequestPortalReset) -> Done: ...  # TooManySignIns
    # contacts' AddressNotFound and AccountArchived; NoPasswordYet, accounts.AccountNotFound
    def send_portal_reset(self, ctx: Context, request: SendPortalReset) -> Done: ...
    def reset_portal_password(self, ctx: Context, request: ResetPortalPassword) -> Done: ...  # ResetNotOpen
    def list_client_sign_ins(self, ctx: Context, request: ListClientSignIns) -> ClientSignIns: ...  # NotAllowed

    # For the gateway and for whoever mails; no route leads here.
    def resolve_portal(self, ctx: Context, request: Credential) -> PortalIdentity: ...  # Unauthenticated
    def make_reset_link(self, ctx: Context, request: PortalResetRef) -> ResetLink: ...  # ResetNotOpen
