"""proposals of billing: offers and engagement letters, sent to the signatories of an account, signed, paid for."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import event, message
from contracts.common import Done, Line, Name, Version
from contracts.payments import Method
from contracts.proposal_content import (
    ContentChanges,
    JobTemplate,
    Proposal,
    ProposalContent,
    ProposalKind,
    ProposalStatus,
)


class ProposalNotFound(NotFound):
    """There is no such proposal on this account, or it is not yours to see."""

    code = "proposal_not_found"


class ProposalChangedMeanwhile(Conflict):
    """Someone else changed the proposal first; `current` is what is there now."""

    code = "proposal_changed"


class ProposalNotEditable(Conflict):
    """It can be edited until somebody has signed it, and not once it is withdrawn (R-PRP-4); copy it instead."""

    code = "proposal_not_editable"


class ProposalNotSendable(Conflict):
    """Only a draft can be sent; copy it to send it again (R-SIG-5)."""

    code = "proposal_not_sendable"


class ProposalNotOpen(Conflict):
    """It is signed, expired, withdrawn or not yet sent; `state` says which."""

    code = "proposal_not_open"


class ProposalNotDeletable(Conflict):
    """What somebody has signed is kept, and so is what was sent to an account that is archived (R-ARC-1)."""

    code = "proposal_not_deletable"


class NoSignatories(Conflict):
    """Nobody of these accounts may sign: give a contact with LOGIN signing authority first (R-SIG-4).

    `accounts` names them.
    """

    code = "no_signatories"


class SignerNeeded(Conflict):
    """The signer has signed, or is the last one left; withdraw the proposal instead (R-SIG-5)."""

    code = "signer_needed"


class SignerNotFound(NotFound):
    """The proposal has no such signer."""

    code = "signer_not_found"


class DepositNotDue(Conflict):
    """There is a deposit to receive only once the proposal is signed, if it asks for one, and only once."""

    code = "deposit_not_due"


@message
class CreateProposal(ProposalContent):
    account_id: UUID


@message
class ChangeProposal(ContentChanges):
    account_id: UUID
    proposal_id: UUID
    version: Version


@message
class ProposalRef:
    account_id: UUID
    proposal_id: UUID


@message
class CopyProposal:
    """Make a draft with the same content; without a name, the same one."""

    account_id: UUID
    proposal_id: UUID
    name: Name | None = None


@message
class SendProposal:
    account_id: UUID
    proposal_id: UUID
    version: Version


@message
class SendToAccounts:
    """Make the same proposal for each of these accounts, and send it."""

    account_ids: Annotated[tuple[UUID, ...], Length(min=1, max=100)]
    proposal: ProposalContent


@message
class SentToAccount:
    """Sent: `proposal_id`. Refused: nobody may sign, out of the caller's sight, or contacts did not answer in time."""

    account_id: UUID
    proposal_id: UUID | None = None
    refusal: Literal["no_signatories", "account_not_found", "unavailable"] | None = None


@message
class SentToAccounts:
    """One for each account, in the order asked for; what was refused can be asked for again."""

    items: tuple[SentToAccount, ...]


@message
class WithdrawProposal:
    account_id: UUID
    proposal_id: UUID
    version: Version
    reason: Line = ""


@message
class ReceiveDeposit:
    """The deposit has come, outside of the portal."""

    account_id: UUID
    proposal_id: UUID
    method: Method
    received_on: dt.date
    reference: Line = ""


@message
class RemoveSigner:
    account_id: UUID
    proposal_id: UUID
    contact_id: UUID


@message
class ProposalState:
    """A proposal as others hear of it."""

    id: UUID
    kind: ProposalKind
    name: str
    status: ProposalStatus
    signed: int
    signers_total: int
    version: int


@event("billing.proposal_drafted", version=1, outward=True)
class ProposalDrafted:
    """A draft was made, changed or deleted; no section shows it (R-OV-9)."""

    account_id: UUID
    proposal_id: UUID
    change: Literal["created", "changed", "deleted"]


@event("billing.proposal_changed", version=1)
class ProposalChanged:
    """A sent one changed in some way that is not signed: `change` says how."""

    SECTIONS: ClassVar = ("proposals",)
    account_id: UUID
    proposal: ProposalState
    change: Literal[
        "sent", "edited", "signature", "declined", "signer_removed", "signer_unlinked", "signer_linked", "withdrawn",
        "expired", "deposit_received", "deleted",
    ]  # fmt: skip
    contact_id: UUID | None = None


@event("billing.proposal_signed", version=1)
class ProposalSigned:
    """All who had to have signed (R-SIG-2, R-SIG-5); the chosen package's tags and job are to follow (R-PRP-5)."""

    SECTIONS: ClassVar = ("proposals",)
    account_id: UUID
    proposal: ProposalState
    package_id: UUID
    tag_ids: tuple[UUID, ...] = ()
    job: JobTemplate | None = None


@event("billing.proposals_not_sent", version=1)
class ProposalsNotSent:
    """Nobody of these accounts may sign, so nothing was sent to them (R-SIG-4)."""

    account_ids: tuple[UUID, ...]
    name: str


class Proposals(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Calls on one proposal raise ProposalNotFound, changes with a version ProposalChangedMeanwhile.

    The section `proposals` and its filters: `status` (sent, the first choice; draft: one's own; or any other status),
    `kind`, `q` (part of the name).
    """

    NAME: ClassVar[str] = "billing"

    def create_proposal(self, ctx: Context, request: CreateProposal) -> Proposal: ...
    def get_proposal(self, ctx: Context, request: ProposalRef) -> Proposal: ...
    def change_proposal(self, ctx: Context, request: ChangeProposal) -> Proposal: ...  # ProposalNotEditable
    def copy_proposal(self, ctx: Context, request: CopyProposal) -> Proposal: ...
    def delete_proposal(self, ctx: Context, request: ProposalRef) -> Done: ...  # ProposalNotDeletable
    def send_proposal(self, ctx: Context, request: SendProposal) -> Proposal: ...  # ProposalNotSendable, NoSignatories
    def send_to_accounts(self, ctx: Context, request: SendToAccounts) -> SentToAccounts: ...
    def withdraw_proposal(self, ctx: Context, request: WithdrawProposal) -> Proposal: ...  # ProposalNotOpen
    def remove_signer(self, ctx: Context, request: RemoveSigner) -> Proposal: ...  # SignerNotFound, SignerNeeded
    def receive_deposit(self, ctx: Context, request: ReceiveDeposit) -> Proposal: ...  # DepositNotDue
