"""The client's side of proposals, of billing: what a signer reads, signs or declines in the portal."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Conflict
from chassis.wire import message
from contracts.common import Line, Version
from contracts.proposal_content import (
    Authorization,
    Invoicing,
    OfferedLine,
    PaymentMethod,
    ProposalKind,
    ProposalStatus,
    Requirement,
    Term,
)
from contracts.proposals import ProposalRef


class AlreadySigned(Conflict):
    """You have signed this proposal already."""

    code = "proposal_already_signed"


class AnotherPackageChosen(Conflict):
    """The first to sign chose a package; all sign the same one. `package_id` says which."""

    code = "another_package_chosen"


@message
class OfferedPackage:
    id: UUID
    name: str
    description: str
    lines: tuple[OfferedLine, ...]
    once: Decimal
    monthly: Decimal


@message
class OfferedProposal:
    """A proposal as its signer sees it: nothing of how the firm works on it, and of the other signers only how many.

    `state` is the reader's own; `can_sign`: the proposal is open, and they have not signed it.
    """

    id: UUID
    account_id: UUID
    kind: ProposalKind
    name: str
    introduction: str
    terms: tuple[Term, ...]
    packages: tuple[OfferedPackage, ...]
    requirement: Requirement
    currency: str
    deposit: Decimal | None
    payment_method: PaymentMethod
    authorization: Authorization
    invoicing: Invoicing
    recurs_from: dt.date | None
    expires_on: dt.date | None
    status: ProposalStatus
    version: int
    content_sha256: str
    sent_at: dt.datetime
    signed_at: dt.datetime | None
    signed: int
    signers_total: int
    package_id: UUID | None
    state: Literal["pending", "signed", "declined"]
    signed_by_me_at: dt.datetime | None
    can_sign: bool


@message
class MyProposals:
    """Those sent to an account, the newest first."""

    account_id: UUID


@message
class OfferedProposals:
    """All that the reader may sign or has signed; at most 200, the newest first."""

    items: tuple[OfferedProposal, ...]


@message
class SignProposal:
    """`version` is the one that was read: what changed since is not signed unseen. `ip` and `agent` are evidence."""

    account_id: UUID
    proposal_id: UUID
    version: Version
    package_id: UUID
    ip: Annotated[str, Length(max=100)] = ""
    agent: Annotated[str, Length(max=500)] = ""


@message
class DeclineProposal:
    """Who declined may still sign."""

    account_id: UUID
    proposal_id: UUID
    version: Version
    reason: Line


class ProposalSigning(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Calls on one proposal raise proposals.ProposalNotFound to who is no signer of it (matrix of §2.4), what changes it
    proposals.ProposalChangedMeanwhile, proposals.ProposalNotOpen and AlreadySigned.
    """

    NAME: ClassVar[str] = "billing"

    def list_my_proposals(self, ctx: Context, request: MyProposals) -> OfferedProposals: ...
    def get_my_proposal(self, ctx: Context, request: ProposalRef) -> OfferedProposal: ...
    def sign_proposal(self, ctx: Context, request: SignProposal) -> OfferedProposal: ...  # AnotherPackageChosen
    def decline_proposal(self, ctx: Context, request: DeclineProposal) -> OfferedProposal: ...
