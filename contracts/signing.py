"""documents: signing itself, by a client in the portal or by anybody who was e-mailed a link (R-SGN-4, R-POR-3)."""

import datetime as dt
from dataclasses import field
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, Regexp

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import event, message
from contracts.approvals import Reason
from contracts.common import Email, Line, Name
from contracts.files import Content
from contracts.signatures import SignatureRef, SignatureStatus, SignerStatus, SignField, SigningOrder

Token = Annotated[str, Length(max=200), Regexp(r"[\w-]+\Z", error="Must be the token of a link.")]
Values = Annotated[dict[str, Line], Length(max=100)]  # of text fields, by the field's id


class AlreadySigned(Conflict):
    """This signer has signed or declined already."""

    code = "already_signed"


class NotYourTurn(Conflict):
    """Others sign before; you can as soon as they have."""

    code = "not_your_turn"


class SigningLinkNotFound(NotFound):
    """This link opens nothing: it was used, replaced by a later one, or is more than 7 days old (R-SGN-4)."""

    code = "signing_link_not_found"


@message
class AskedSignature:
    """What one signer sees of a request: their own fields and state, of the others how many have signed (R-POR-3).

    `is_my_turn`: nobody has to sign before, no invoice has to be paid before, and it waits for this signature.
    """

    id: UUID
    document_id: UUID
    document_name: str
    status: SignatureStatus
    my_status: SignerStatus
    is_my_turn: bool
    is_locked: bool
    order: SigningOrder
    message: str
    intent: str
    name: str
    fields: tuple[SignField, ...]
    signed: int
    total: int
    sent_at: dt.datetime | None
    signed_at: dt.datetime | None
    expires_at: dt.datetime | None  # of the link; none in the portal


@message
class AskedSignatures:
    """Those that wait for the caller first, each kind newest first."""

    items: tuple[AskedSignature, ...]


@message
class AccountSignatures:
    account_id: UUID


@message
class Sign:
    """`has_consented`: the signer agrees to `intent` as it was shown. Text fields are filled by `values`."""

    account_id: UUID
    signature_id: UUID
    signed_name: Name
    has_consented: bool
    values: Values = field(default_factory=dict)
    address: Line = ""
    agent: str = ""


@message
class DeclineToSign:
    account_id: UUID
    signature_id: UUID
    reason: Reason


@message
class LinkRef:
    token: Token


@message
class SignByLink:
    token: Token
    signed_name: Name
    has_consented: bool
    values: Values = field(default_factory=dict)
    address: Line = ""
    agent: str = ""


@message
class DeclineByLink:
    token: Token
    reason: Reason


@message
class SignerRef:
    account_id: UUID
    signature_id: UUID
    signer_id: UUID


@message
class SigningLink:
    """Shown this once; signs once, within 7 days, unless another is made (R-SGN-4)."""

    signer_id: UUID
    token: str
    expires_at: dt.datetime


@message
class Evidence:
    """One signature: who, when, from where, on which bytes, agreeing to what."""

    signer_id: UUID
    contact_id: UUID | None
    name: str
    email: str
    way: Literal["portal", "link"]
    signed_at: dt.datetime
    address: str
    agent: str
    sha256: str
    intent: str
    signed_name: str
    values: dict[str, str]


@message
class SignatureEvidence:
    """`sha256` is of the file that was signed; `stamped_sha256` of the PDF that bears the signatures."""

    signature_id: UUID
    document_id: UUID
    document_name: str
    document_version: int
    sha256: str
    status: SignatureStatus
    signatures: tuple[Evidence, ...]
    completed_at: dt.datetime | None
    stamped_sha256: str


@event("documents.signing_link_made", version=1)
class SigningLinkMade:
    """For whoever sends mail: `token` opens the document for signing until `expires_at`, and is kept nowhere."""

    account_id: UUID
    signature_id: UUID
    signer_id: UUID
    name: Name
    email: Email
    document_name: str
    message: str
    token: str
    expires_at: dt.datetime


class SigningCalls(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    To sign or decline raises signatures.SignatureClosed, AlreadySigned, NotYourTurn, approvals.DocumentLocked.
    """

    NAME: ClassVar[str] = "documents"

    # Of the account's people in the portal; signatures.SignatureNotFound for what is not asked of the caller.
    def list_own_signatures(self, ctx: Context, request: AccountSignatures) -> AskedSignatures: ...
    def get_own_signature(self, ctx: Context, request: SignatureRef) -> AskedSignature: ...
    def sign_document(self, ctx: Context, request: Sign) -> AskedSignature: ...
    def decline_to_sign(self, ctx: Context, request: DeclineToSign) -> AskedSignature: ...

    # Of whoever holds a link; signatures.SigningLinkNotFound.
    def get_link(self, ctx: Context, request: LinkRef) -> AskedSignature: ...
    def get_link_file(self, ctx: Context, request: LinkRef) -> Content: ...  # DocumentLocked
    def sign_by_link(self, ctx: Context, request: SignByLink) -> AskedSignature: ...
    def decline_by_link(self, ctx: Context, request: DeclineByLink) -> AskedSignature: ...

    # Of the firm's people. SignatureClosed, AlreadySigned
    def make_signing_link(self, ctx: Context, request: SignerRef) -> SigningLink: ...
    def get_signature_evidence(self, ctx: Context, request: SignatureRef) -> SignatureEvidence: ...

    # The PDF with the signatures on it, of the firm and of a signer.
    def get_signed_file(self, ctx: Context, request: SignatureRef) -> Content: ...
    def get_own_signed_file(self, ctx: Context, request: SignatureRef) -> Content: ...
