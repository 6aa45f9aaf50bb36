"""Documents of billing and how they stand, what is being pushed, from where credit comes, what services are there."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.quickbooks.model.accounts import EMPTY, Base


class Document(Base):
    """A document of billing, or a service, and how it stands; services are of no account.

    What a document was linked to before, and is to be deleted there, has a row of its own of version 0.

    `wanted` is what ought to be in QuickBooks: it, it voided, or nothing of it. `serial` counts its changes here, so
    that one made while it is being pushed is not lost. It is pushed once it is due; without `due_at` it waits for
    something, or is done with. Who prepares it holds `taken_by` until `taken_until`; from then on the push has it.
    `pushed` is what was last written, as far as others depend on it.
    """

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("kind IN ('service', 'invoice', 'credit', 'payment', 'application', 'refund')", name="kind"),
        CheckConstraint("wanted IN ('there', 'void', 'gone')", name="wanted"),
        CheckConstraint("wish IN ('rule', 'sync', 'skip')", name="wish"),
        CheckConstraint("(kind = 'service') = (account_id IS NULL)", name="account_id"),
        Index("ix_document_account", "firm_id", "account_id", "kind"),
        Index("ix_document_due", "firm_id", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_document_status", "firm_id", "status", "since"),
        Index("ix_document_push", "firm_id", "push_id", postgresql_where=text("push_id IS NOT NULL")),
        Index("ix_document_double", "firm_id", "double_id", postgresql_where=text("double_id IS NOT NULL")),
        Index("ix_document_parent", "firm_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index(
            "uq_document_quickbooks_id",
            "firm_id",
            "entity",
            "quickbooks_id",
            unique=True,
            postgresql_where=text("quickbooks_id IS NOT NULL AND kind <> 'service'"),
        ),
    )

    kind: Mapped[str] = mapped_column(primary_key=True, sort_order=-1)
    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    entity: Mapped[str]  # what QuickBooks calls its kind
    account_id: Mapped[UUID | None]
    parent_id: Mapped[UUID | None]  # the invoice of an application, the payment of a refund
    name: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    number: Mapped[str | None]  # in QuickBooks, where a person gave it another
    on_day: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(server_default="0", default=0)
    told: Mapped[str | None]  # a digest of what billing last told of it
    serial: Mapped[int] = mapped_column(server_default="1", default=1)
    wanted: Mapped[str] = mapped_column(server_default=text("'there'"), default="there")
    wish: Mapped[str] = mapped_column(server_default=text("'rule'"), default="rule")
    status: Mapped[str]
    since: Mapped[dt.datetime]
    waits_for: Mapped[str | None]
    due_at: Mapped[dt.datetime | None]
    taken_by: Mapped[UUID | None]
    taken_until: Mapped[dt.datetime | None]
    push_id: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    quickbooks_id: Mapped[str | None]
    is_chosen: Mapped[bool] = mapped_column(server_default=false(), default=False)
    digest: Mapped[str | None]  # of what was last pushed, whatever stands there since
    sync_token: Mapped[str | None]  # of what was last pushed
    pushed: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    double_id: Mapped[str | None]  # of what may be the same in QuickBooks, until a person decides
    apart: Mapped[list[str] | None] = mapped_column(JSONB)  # ids of what a person said is another
    author: Mapped[str] = mapped_column(server_default=EMPTY, default="")  # who asked for what is being done
    synced_at: Mapped[dt.datetime | None]
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class DocumentStep(Base):
    """A change of a document's status."""

    __tablename__ = "document_step"
    __table_args__ = (Index("ix_document_step_document", "firm_id", "kind", "document_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    kind: Mapped[str]
    document_id: Mapped[UUID]
    account_id: Mapped[UUID | None]
    at: Mapped[dt.datetime]
    status: Mapped[str]
    author: Mapped[str]
    quickbooks_id: Mapped[str | None]
    intuit_tid: Mapped[str]
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class Push(Base):
    """A request that writes documents, kept before it is sent and sent byte for byte until it is answered.

    Its id is the `requestid`: whatever becomes of an answer, QuickBooks does it once. `items` say which documents it
    holds, each under its `bid`.
    """

    __tablename__ = "push"
    __table_args__ = (Index(None, "firm_id", "due_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    realm_id: Mapped[str]
    path: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    made_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    taken_by: Mapped[UUID | None]
    taken_until: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"), default=0)


class Allocation(Base):
    """From where the credit comes that goes to an invoice: of which credit note or payment how many cents.

    Ours is one balance of the account; QuickBooks wants to know which credit it is. What was given once stays.
    """

    __tablename__ = "allocation"
    __table_args__ = (
        CheckConstraint("source_kind IN ('credit', 'payment')", name="source_kind"),
        CheckConstraint("cents > 0", name="cents"),
        Index(None, "firm_id", "account_id"),
    )

    application_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    source_kind: Mapped[str] = mapped_column(primary_key=True, sort_order=-1)
    source_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    account_id: Mapped[UUID]
    invoice_id: Mapped[UUID]
    cents: Mapped[int] = mapped_column(BigInteger)


class Item(Base):
    """A product or service as QuickBooks last told us; `folded` is its name as names are compared."""

    __tablename__ = "item"
    __table_args__ = (Index(None, "firm_id", "folded"),)

    id: Mapped[str] = mapped_column(primary_key=True, sort_order=-1)
    name: Mapped[str]
    folded: Mapped[str]
    is_active: Mapped[bool]
