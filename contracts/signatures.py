"""documents: signatures that the firm asks of clients and third parties for a PDF (R-SGN-*, R-POR-3, R-SIG-6)."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, Range

from chassis.context import Context
from chassis.errors import Conflict, Invalid, NotFound
from chassis.wire import UNSET, Unset, event, message
from contracts.approvals import Reason
from contracts.common import Body, Email, Line, Version, readable
from contracts.organizers import Author

# R-SGN-3. Only the simple kind is offered: the other two need a trust service and a provider of identity checks.
SignatureKind = Literal["simple", "qualified", "kba"]
SignatureStatus = Literal["prepared", "pending", "partially_signed", "signed", "declined", "voided"]  # R-SGN-2
SignerStatus = Literal["pending", "signed", "declined"]
SigningOrder = Literal["any", "sequential"]
Part = Annotated[float, Range(min=0, max=1)]  # of the page's width or height, from its upper left corner
INTENT = "By typing my name and choosing to sign, I sign this document electronically and agree to what it says."


class SignatureNotFound(NotFound):
    """There is no such signature request on this account, or it is not yours to see."""

    code = "signature_not_found"


class SignatureChangedMeanwhile(Conflict):
    """Someone else changed the signature request first; `current` is what is there now."""

    code = "signature_changed"


class SignatureClosed(Conflict):
    """The request is in no state for this; `state` says how it is."""

    code = "signature_closed"


class SignaturePending(Conflict):
    """The document waits for signatures already; void that request to send another."""

    code = "signature_pending"


class NotSignable(Invalid):
    """Only a PDF that opens without a password can be signed (R-SGN-3)."""

    code = "document_not_signable"


class KindNotOffered(Invalid):
    """Qualified signatures and identity checks are not offered; ask for a simple one (R-SGN-3)."""

    code = "signature_kind_not_offered"


@message
class SignField:
    """A place on a page; `id` in answers alone. A date is that of signing, a text is the signer's."""

    kind: Literal["signature", "initials", "date", "text"]
    page: Annotated[int, Range(min=1, max=5000)]
    x: Part
    y: Part
    width: Annotated[float, Range(min=0.005, max=1)]
    height: Annotated[float, Range(min=0.005, max=1)]
    label: Line = ""
    id: int | None = None


@message
class SignerEntry:
    """A linked contact by id (R-SIG-6), or a third party by name and e-mail address.

    Without fields the signature goes on a page added at the end.
    """

    contact_id: UUID | None = None
    name: Line = ""
    email: Email | None = None
    fields: Annotated[tuple[SignField, ...], Length(max=100)] = ()


Signers = Annotated[tuple[SignerEntry, ...], Length(max=20)]


@message
class RequestSignature:
    """Ask for signatures, or with `is_sent` False prepare it (R-SGN-2).

    Without signers all contacts with LOGIN, in the account's order of signers (R-SP-1); signers sign in the order
    in which they stand, or with `any` in whatever order. `remind_after_days` 0: no reminder.
    """

    account_id: UUID
    document_id: UUID
    kind: SignatureKind = "simple"
    order: SigningOrder = "any"
    signers: Signers = ()
    message: Body = ""
    intent: Annotated[str, Length(min=1, max=1000), readable] = INTENT
    is_sent: bool = True
    remind_after_days: Annotated[int, Range(min=0, max=30)] = 3


@message
class ChangeSignature:
    """Of a prepared one."""

    account_id: UUID
    signature_id: UUID
    version: Version
    order: SigningOrder | Unset = UNSET
    signers: Signers | Unset = UNSET
    message: Body | Unset = UNSET
    remind_after_days: Annotated[int, Range(min=0, max=30)] | Unset = UNSET


@message
class Signer:
    """`way`: in the portal, or by an e-mailed link. `is_unlinked`: the contact has left the account (R-LNK-3)."""

    id: UUID
    contact_id: UUID | None
    name: str
    email: str
    way: Literal["portal", "link"]
    status: SignerStatus
    fields: tuple[SignField, ...]
    signed_at: dt.datetime | None
    reason: str  # of a refusal
    is_unlinked: bool
    link_expires_at: dt.datetime | None


@message
class Signature:
    """`reminder_due_at` is when those who have not signed are reminded. `is_stamped`: a signed PDF can be had."""

    id: UUID
    account_id: UUID
    document_id: UUID
    document_name: str
    document_version: int
    kind: SignatureKind
    order: SigningOrder
    status: SignatureStatus
    message: str
    intent: str
    signers: tuple[Signer, ...]
    signed: int
    total: int
    is_locked: bool
    is_stamped: bool
    remind_after_days: int
    created_at: dt.datetime
    created_by: Author
    sent_at: dt.datetime | None
    reminded_at: dt.datetime | None
    reminder_due_at: dt.datetime | None
    ended_at: dt.datetime | None
    reason: str  # of voiding
    version: int


@message
class SignatureRef:
    account_id: UUID
    signature_id: UUID


@message
class VoidSignature:
    account_id: UUID
    signature_id: UUID
    reason: Reason


@event("documents.signature_changed", version=1)
class SignatureChanged:
    """`change` says what happened, `by` whom. `invalidated`: another version of the document came."""

    SECTIONS: ClassVar = ("signatures", "documents")

    account_id: UUID
    signature: Signature
    change: Literal[
        "prepared", "changed", "sent", "signed", "completed", "stamped", "declined", "voided", "invalidated",
        "reminded", "signer_unlinked", "signer_linked",
    ]  # fmt: skip
    by: Author


@event("documents.signature_reminder_due", version=1)
class SignatureReminderDue:
    """For whoever sends mail: these have not signed yet (R-SGN-4)."""

    account_id: UUID
    signature_id: UUID
    document_name: str
    signers: tuple[Signer, ...]
    sent_at: dt.datetime


class SignatureCalls(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Calls about a document raise documents.DocumentNotFound, those about one request SignatureNotFound.
    """

    NAME: ClassVar[str] = "documents"

    # Of the firm's people, with `manage_documents` where something changes.
    # NotSignable, KindNotOffered, SignaturePending, approvals.NotShared
    def request_signature(self, ctx: Context, request: RequestSignature) -> Signature: ...
    def get_signature(self, ctx: Context, request: SignatureRef) -> Signature: ...
    # SignatureChangedMeanwhile, SignatureClosed
    def change_signature(self, ctx: Context, request: ChangeSignature) -> Signature: ...
    def send_signature(self, ctx: Context, request: SignatureRef) -> Signature: ...  # SignatureClosed
    def void_signature(self, ctx: Context, request: VoidSignature) -> Signature: ...  # SignatureClosed
    def remind_signers(self, ctx: Context, request: SignatureRef) -> Signature: ...  # SignatureClosed
