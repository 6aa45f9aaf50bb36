"""documents: approvals that the firm asks of a client for a document; what a client pays first (R-APR-*, R-CRD-8)."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Conflict, Invalid, NotFound
from chassis.wire import event, message
from contracts.common import Body, Line, readable
from contracts.organizers import Author

# R-APR-2; `withdrawn` by the firm, or because another version of the document came.
ApprovalStatus = Literal["pending", "approved", "disapproved", "withdrawn"]
Reason = Annotated[str, Length(min=1, max=2000), readable]


class ApprovalNotFound(NotFound):
    """There is no such approval request on this account, or it is not yours to see."""

    code = "approval_not_found"


class ApprovalPending(Conflict):
    """An approval of this document is asked for already; withdraw it to ask again."""

    code = "approval_pending"


class ApprovalAnswered(Conflict):
    """The first answer decides (R-APR-4), and there is one; `state` says which."""

    code = "approval_answered"


class DocumentLocked(Conflict):
    """The document opens once its invoice is paid (R-APR-3)."""

    code = "document_locked"


class NotShared(Invalid):
    """The client can't see this document; put it into a folder that clients see, and repeat (R-APR-4, R-SGN-3)."""

    code = "document_not_shared"


@message
class RequestApproval:
    """Ask for approval of the document as it is; every contact with LOGIN who sees it may answer (R-APR-4)."""

    account_id: UUID
    document_id: UUID
    note: Body = ""


@message
class Approval:
    """`document_version` is the number of the file that is asked about. `address` is where the answer came from.

    `is_locked`: the client pays an invoice first (R-APR-3).
    """

    id: UUID
    account_id: UUID
    document_id: UUID
    document_name: str
    document_version: int
    status: ApprovalStatus
    note: str
    reason: str
    requested_at: dt.datetime
    requested_by: Author
    answered_at: dt.datetime | None
    answered_by: Author | None
    address: str
    is_locked: bool
    version: int


@message
class Approvals:
    """Pending ones first, each kind newest first; to a client without where an answer came from."""

    items: tuple[Approval, ...]


@message
class ApprovalRef:
    account_id: UUID
    approval_id: UUID


@message
class AccountApprovals:
    account_id: UUID


@message
class Approve:
    account_id: UUID
    approval_id: UUID
    address: Line = ""


@message
class Disapprove:
    account_id: UUID
    approval_id: UUID
    reason: Reason
    address: Line = ""


@message
class LockDocument:
    """Lock the document until the invoice is paid, by whatever means; `invoice_id` null takes the lock off."""

    account_id: UUID
    document_id: UUID
    invoice_id: UUID | None


@message
class DocumentLock:
    document_id: UUID
    invoice_id: UUID | None
    is_locked: bool


@event("documents.approval_changed", version=1)
class ApprovalChanged:
    """`change` says what happened, `by` whom."""

    SECTIONS: ClassVar = ("approvals", "documents")

    account_id: UUID
    approval: Approval
    change: Literal["requested", "approved", "disapproved", "withdrawn"]
    by: Author


@event("documents.document_lock_changed", version=1)
class DocumentLockChanged:
    """It was locked until an invoice is paid, or opened (R-CRD-8)."""

    SECTIONS: ClassVar = ("documents", "approvals", "signatures")

    account_id: UUID
    lock: DocumentLock


class ApprovalCalls(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Calls about a document raise documents.DocumentNotFound, those about one approval ApprovalNotFound.
    """

    NAME: ClassVar[str] = "documents"

    # Of the firm's people, with `manage_documents` where something changes.
    def request_approval(self, ctx: Context, request: RequestApproval) -> Approval: ...  # NotShared, ApprovalPending
    def get_approval(self, ctx: Context, request: ApprovalRef) -> Approval: ...
    def withdraw_approval(self, ctx: Context, request: ApprovalRef) -> Approval: ...  # ApprovalAnswered
    def lock_document(self, ctx: Context, request: LockDocument) -> DocumentLock: ...

    # Of the account's people in the portal.
    def list_own_approvals(self, ctx: Context, request: AccountApprovals) -> Approvals: ...
    def approve_document(self, ctx: Context, request: Approve) -> Approval: ...  # ApprovalAnswered, DocumentLocked
    def disapprove_document(self, ctx: Context, request: Disapprove) -> Approval: ...  # the same
