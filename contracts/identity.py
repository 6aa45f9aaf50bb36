"""identity: firms, members and their rights, signing in, sessions, API tokens."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Actor, Context
from chassis.errors import Conflict, Forbidden, NotFound, TooManyRequests, Unauthenticated
from chassis.wire import UNSET, Unset, event, message
from contracts.common import Cursor, Done, Email, Limit, Name, Version

Role = Literal["owner", "admin", "employee"]
# domain.md §2.2; `preview_portal` is our own (§2.4)
Right = Literal[
    "view_all_accounts", "manage_accounts", "view_all_contacts", "manage_contacts", "manage_tags",
    "manage_custom_fields", "assign_team_members", "manage_documents", "manage_invoices", "manage_payments",
    "manage_proposals", "manage_organizers", "manage_time_entries", "manage_rates", "manage_pipelines",
    "preview_portal",
]  # fmt: skip
# What an API token may be used for; it never exceeds what its member may do.
Scope = Literal[
    "accounts:read", "accounts:write", "contacts:read", "contacts:write", "work:read", "work:write",
    "documents:read", "documents:write", "messages:read", "messages:write", "billing:read", "billing:write",
    "settings:read", "settings:write", "members:read", "members:write",
]  # fmt: skip
Password = Annotated[str, Length(min=12, max=200)]
Secret = Annotated[str, Length(min=1, max=200)]


def holds(actor: Actor, *rights: str) -> bool:
    """Whether the actor may do what any one of `rights` allows; owner and admins hold them all (§2.1)."""
    return actor.kind == "system" or actor.role in ("owner", "admin") or not actor.rights.isdisjoint(rights)


class MemberNotFound(NotFound):
    """There is no such member in this firm."""

    code = "member_not_found"


class MemberChangedMeanwhile(Conflict):
    """Someone else changed the member first; `current` is what is there now."""

    code = "member_changed"


class EmailTaken(Conflict):
    """A member of this firm has this e-mail address already."""

    code = "email_taken"


class NotAllowed(Forbidden):
    """Your role does not allow this (domain.md §2.1)."""

    code = "rights_not_allowed"


class OwnerStays(Conflict):
    """A firm has exactly one owner: transfer the ownership first (R-ROLE-1)."""

    code = "owner_stays"


class WrongCredentials(Unauthenticated):
    """The e-mail address and the password do not belong together."""

    code = "wrong_credentials"


class ChooseFirm(Conflict):
    """This address and password belong to members of several firms; send `firm_id`, one of `firms`."""

    code = "choose_firm"


class TooManySignIns(TooManyRequests):
    """Too many failed attempts to sign in; wait `retry_after_seconds`."""

    code = "too_many_sign_ins"


@message
class Member:
    """A member of the firm; `has_default_access` puts them on the team of each new account (R-ACC-2)."""

    id: UUID
    email: str
    name: str
    role: Role
    rights: tuple[Right, ...]
    has_default_access: bool
    is_active: bool
    version: int
    created_at: dt.datetime
    deactivated_at: dt.datetime | None = None


@message
class Firm:
    id: UUID
    name: str


@message
class Firms:
    items: tuple[Firm, ...]


@message
class Identity:
    """Who a credential belongs to. `scopes` is None for a session: it may do all that its member may.

    `expires_at` ends it for good; a session ends sooner where nobody uses it for 12 hours.
    """

    firm: Firm
    member: Member
    session_id: UUID | None = None
    token_id: UUID | None = None
    scopes: tuple[Scope, ...] | None = None
    expires_at: dt.datetime | None = None


@message
class Credential:
    """A session token or an API token, as the caller sent it."""

    token: Secret


@message
class SignIn:
    """`address` (of the caller, by IP) and `agent` (what the browser says of itself) go into the history (R-LA-4).

    Failures are counted per e-mail address and per caller's address; the latter where it is known.
    """

    email: Annotated[str, Length(max=254)]
    password: Annotated[str, Length(max=200)]
    firm_id: UUID | None = None
    address: str = ""
    agent: str = ""


@message
class SignedIn:
    token: str
    expires_at: dt.datetime
    firm: Firm
    member: Member


@message
class Session:
    """`browser` and `system` are a coarse guess by `agent`, empty where it tells nothing."""

    id: UUID
    created_at: dt.datetime
    last_seen_at: dt.datetime
    expires_at: dt.datetime
    address: str
    agent: str
    browser: str = ""
    system: str = ""


@message
class Sessions:
    items: tuple[Session, ...]


@message
class SessionRef:
    session_id: UUID


@message
class CreateToken:
    """`expires_on` is the last day, in UTC, on which the token is valid; without it, it is until revoked."""

    name: Name
    scopes: Annotated[tuple[Scope, ...], Length(min=1)]
    expires_on: dt.date | None = None


@message
class Token:
    """An API token; `secret` is told once, when it is made; a repeated request gets the answer without it."""

    id: UUID
    name: str
    scopes: tuple[Scope, ...]
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    expires_on: dt.date | None
    secret: str | None = None


@message
class Tokens:
    items: tuple[Token, ...]


@message
class TokenRef:
    token_id: UUID


@message
class SignInRecord:
    at: dt.datetime
    member_id: UUID | None
    email: str
    succeeded: bool
    address: str
    agent: str
    browser: str = ""  # as in Session
    system: str = ""


@message
class ListSignIns:
    """Owner and admins see all; an employee their own."""

    member_id: UUID | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class SignIns:
    items: tuple[SignInRecord, ...]
    next_cursor: str | None = None


@message
class ListMembers:
    include_inactive: bool = False


@message
class Members:
    items: tuple[Member, ...]


@message
class MemberRef:
    member_id: UUID


@message
class CreateMember:
    """Without a password one is made and told once in the answer."""

    email: Email
    name: Name
    role: Literal["admin", "employee"] = "employee"
    rights: tuple[Right, ...] = ()
    has_default_access: bool = False
    password: Password | None = None


@message
class CreatedMember:
    """`initial_password` is told once, and only where it was made here; a repeated request gets the rest again."""

    member: Member
    initial_password: str | None = None


@message
class ChangeMember:
    """One's own name and e-mail anyone may change; role, rights and default access of oneself nobody.

    A member made an admin loses the rights given singly, which an admin holds anyway.
    """

    member_id: UUID
    version: Version
    name: Name | Unset = UNSET
    email: Email | Unset = UNSET
    role: Literal["admin", "employee"] | Unset = UNSET
    rights: tuple[Right, ...] | Unset = UNSET
    has_default_access: bool | Unset = UNSET


@message
class ChangePassword:
    """Ends every other session of the member than `session_id`; API tokens stay."""

    current_password: Secret
    new_password: Password
    session_id: UUID | None = None


@message
class CreateFirm:
    name: Name
    owner_name: Name
    owner_email: Email
    owner_password: Password


@message
class AuditEntry:
    """One change of rights: who changed what of whom (R-ROLE-2), with the names of that day.

    `change` is one of created, role, rights, default_access, email, state, password.
    """

    at: dt.datetime
    actor_id: UUID | None
    actor_name: str
    member_id: UUID
    member_name: str
    change: str
    before: str
    after: str


@message
class ListAudit:
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class Audit:
    items: tuple[AuditEntry, ...]
    next_cursor: str | None = None


@event("identity.firm_created", version=1)
class FirmCreated:
    firm: Firm


@event("identity.member_created", version=1)
class MemberCreated:
    member: Member


@event("identity.member_changed", version=1)
class MemberChanged:
    member: Member


@event("identity.member_deactivated", version=1)
class MemberDeactivated:
    member: Member


@event("identity.member_restored", version=1)
class MemberRestored:
    member: Member


@event("identity.credentials_ended", version=1, outward=True)
class CredentialsEnded:
    """Sessions or tokens of the member are void; with neither named, all are."""

    member_id: UUID
    session_ids: tuple[UUID, ...] = ()
    token_ids: tuple[UUID, ...] = ()


class Identities(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable."""

    NAME: ClassVar[str] = "identity"

    def create_firm(self, ctx: Context, request: CreateFirm) -> SignedIn: ...  # without a firm in ctx; NotAllowed
    def list_firms(self, ctx: Context, request: Done) -> Firms: ...  # of the system alone; Forbidden
    def sign_in(self, ctx: Context, request: SignIn) -> SignedIn: ...  # WrongCredentials, TooManySignIns, ChooseFirm
    def resolve(self, ctx: Context, request: Credential) -> Identity: ...  # Unauthenticated
    def sign_out(self, ctx: Context, request: Credential) -> Done: ...
    def list_sessions(self, ctx: Context, request: Done) -> Sessions: ...
    def end_session(self, ctx: Context, request: SessionRef) -> Done: ...  # NotFound
    def change_password(self, ctx: Context, request: ChangePassword) -> Done: ...  # WrongCredentials, TooManySignIns
    def reset_password(self, ctx: Context, request: MemberRef) -> CreatedMember: ...  # NotAllowed; ends their sessions
    def create_token(self, ctx: Context, request: CreateToken) -> Token: ...  # NotAllowed
    def list_tokens(self, ctx: Context, request: Done) -> Tokens: ...
    def revoke_token(self, ctx: Context, request: TokenRef) -> Done: ...  # NotFound
    def list_sign_ins(self, ctx: Context, request: ListSignIns) -> SignIns: ...  # NotAllowed
    def list_members(self, ctx: Context, request: ListMembers) -> Members: ...  # NotAllowed: members only
    def get_member(self, ctx: Context, request: MemberRef) -> Member: ...  # MemberNotFound
    def create_member(self, ctx: Context, request: CreateMember) -> CreatedMember: ...  # EmailTaken, NotAllowed
    def change_member(self, ctx: Context, request: ChangeMember) -> Member: ...  # MemberChangedMeanwhile, NotAllowed
    def deactivate_member(self, ctx: Context, request: MemberRef) -> Member: ...  # OwnerStays, NotAllowed
    def restore_member(self, ctx: Context, request: MemberRef) -> Member: ...  # NotAllowed
    def transfer_ownership(self, ctx: Context, request: MemberRef) -> Member: ...  # NotAllowed, OwnerStays
    def list_audit(self, ctx: Context, request: ListAudit) -> Audit: ...  # NotAllowed: owner and admins only
