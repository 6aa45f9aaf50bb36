"""A proposal or engagement letter: its terms, the packages to choose from, who has signed what."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from marshmallow.validate import Length

from chassis.wire import UNSET, Unset, message
from contracts.common import Body, Line, Name
from contracts.invoices import Author, Quantity
from contracts.money import Amount, Currency
from contracts.price_list import Percent, Price

ProposalKind = Literal["proposal", "engagement_letter"]
Requirement = Literal["all", "one"]  # who has to sign (R-SIG-2)
PaymentMethod = Literal["client_choice", "card", "bank_debit", "offline"]
Authorization = Literal["automatic", "manual"]  # whether what falls due is charged, or paid by hand
# on_signature: one-off lines are invoiced once signed, monthly ones from the first signature on (R-SIG-3);
# later: nothing by itself; recurring: every line is monthly.
Invoicing = Literal["on_signature", "later", "recurring"]
Cadence = Literal["one_off", "monthly"]
ProposalStatus = Literal["draft", "pending", "partially_signed", "signed", "expired", "withdrawn"]  # R-PRP-2
SignerState = Literal["pending", "signed", "declined", "removed"]


@message
class Term:
    """One section of the text."""

    title: Name
    text: Body


@message
class OfferedLine:
    """A service and its price without tax."""

    service: Name
    description: Line = ""
    quantity: Quantity = Decimal(1)
    unit_price: Price
    tax_rate: Percent = Decimal(0)
    cadence: Cadence = "one_off"


@message
class JobTemplate:
    """The job that is begun once the proposal is signed, in the first stage of the pipeline (R-PRP-5)."""

    pipeline_id: UUID
    name: Name


@message
class PackageEntry:
    """A package as it is written; its tags and job are set if the client chooses it (R-TAG-4)."""

    name: Name
    description: Line = ""
    lines: Annotated[tuple[OfferedLine, ...], Length(min=1, max=50)]
    tag_ids: Annotated[tuple[UUID, ...], Length(max=20)] = ()
    job: JobTemplate | None = None


@message
class Package:
    """A package as it is offered; `once` and `monthly` are what its lines come to, with tax."""

    id: UUID
    name: str
    description: str
    lines: tuple[OfferedLine, ...]
    once: Decimal
    monthly: Decimal
    tag_ids: tuple[UUID, ...] = ()
    job: JobTemplate | None = None


Terms = Annotated[tuple[Term, ...], Length(max=50)]
PackageEntries = Annotated[tuple[PackageEntry, ...], Length(min=1, max=10)]


@message
class ProposalContent:
    """All that is written in one; the client chooses one of its packages.

    `currency` none: the firm's. `deposit` becomes credit of the account when it is received (R-CRD-1).
    `issues_invoices`: invoices are issued at once rather than drafted. `expires_on` is the last day on which it can be
    signed. Monthly invoices begin on `recurs_from`, or on the day of the signature if that is later.
    """

    kind: ProposalKind = "proposal"
    name: Name
    introduction: Body = ""
    terms: Terms = ()
    packages: PackageEntries
    requirement: Requirement = "all"
    currency: Currency | None = None
    deposit: Amount | None = None
    payment_method: PaymentMethod = "client_choice"
    authorization: Authorization = "manual"
    invoicing: Invoicing = "later"
    issues_invoices: bool = False
    recurs_from: dt.date | None = None
    expires_on: dt.date | None = None


@message
class ContentChanges:
    """What of it changes; packages and terms are replaced as a whole."""

    kind: ProposalKind | Unset = UNSET
    name: Name | Unset = UNSET
    introduction: Body | Unset = UNSET
    terms: Terms | Unset = UNSET
    packages: PackageEntries | Unset = UNSET
    requirement: Requirement | Unset = UNSET
    currency: Currency | Unset = UNSET
    deposit: Amount | None | Unset = UNSET
    payment_method: PaymentMethod | Unset = UNSET
    authorization: Authorization | Unset = UNSET
    invoicing: Invoicing | Unset = UNSET
    issues_invoices: bool | Unset = UNSET
    recurs_from: dt.date | None | Unset = UNSET
    expires_on: dt.date | None | Unset = UNSET


@message
class Signature:
    """What proves a signature: who, when, from where, and the SHA-256 of what they saw and of the package chosen."""

    signed_at: dt.datetime
    ip: str
    agent: str
    package_id: UUID
    version: int
    content_sha256: str


@message
class Signer:
    """A contact as it was at sending. `is_unlinked`: unlinked since, so that it can't sign (R-LNK-3)."""

    contact_id: UUID
    name: str
    email: str
    state: SignerState
    is_unlinked: bool = False
    signature: Signature | None = None
    declined_at: dt.datetime | None = None
    decline_reason: str = ""


@message
class Proposal:
    """`content_sha256` is that of what a client sees at this version. `signed` of `signers_total` remaining signers."""

    id: UUID
    account_id: UUID
    kind: ProposalKind
    name: str
    introduction: str
    terms: tuple[Term, ...]
    packages: tuple[Package, ...]
    requirement: Requirement
    currency: str
    deposit: Decimal | None
    payment_method: PaymentMethod
    authorization: Authorization
    invoicing: Invoicing
    issues_invoices: bool
    recurs_from: dt.date | None
    expires_on: dt.date | None
    status: ProposalStatus
    author: Author
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    content_sha256: str
    sent_at: dt.datetime | None = None
    signed_at: dt.datetime | None = None
    withdrawn_at: dt.datetime | None = None
    withdrawal_reason: str = ""
    signers: tuple[Signer, ...] = ()
    signed: int = 0
    signers_total: int = 0
    package_id: UUID | None = None  # chosen by the first signature
    deposit_received_at: dt.datetime | None = None
    invoice_ids: tuple[UUID, ...] = ()
