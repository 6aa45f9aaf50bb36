"""The connection with its secrets and budget, customers, accounts with their steps, jobs, and what we watch."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db

EMPTY = text("''")


class Base(db.Model):
    __abstract__ = True
    metadata = db.metadata()

    firm_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)


class Connection(Base):
    """The firm's settings and company; `customers_until` is QuickBooks' clock when customers were last read."""

    __tablename__ = "connection"
    __table_args__ = (
        CheckConstraint("state IN ('unset', 'disconnected', 'connected', 'expired')", name="state"),
        CheckConstraint("which_accounts IN ('billed', 'all')", name="which_accounts"),
    )

    state: Mapped[str] = mapped_column(default="unset")
    client_id: Mapped[str] = mapped_column(default="")
    redirect_url: Mapped[str] = mapped_column(default="")
    which_accounts: Mapped[str] = mapped_column(default="billed")
    start_on: Mapped[dt.date | None]
    home_currency: Mapped[str | None]  # of the company, once it was asked
    income_ledger_id: Mapped[str | None]
    deposit_ledger_id: Mapped[str | None]
    refund_ledger_id: Mapped[str | None]
    fee_ledger_id: Mapped[str | None]
    realm_id: Mapped[str | None]
    company_name: Mapped[str] = mapped_column(default="")
    connected_by_id: Mapped[UUID | None]
    connected_by_name: Mapped[str] = mapped_column(default="")
    connected_at: Mapped[dt.datetime | None]
    expired_at: Mapped[dt.datetime | None]
    problem: Mapped[str] = mapped_column(default="")
    paused_until: Mapped[dt.datetime | None]
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # why all rests, whole
    refused_at: Mapped[dt.datetime | None]
    customers_read_at: Mapped[dt.datetime | None]
    customers_until: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[dt.datetime]


class Credential(Base):
    """What lets us in, sealed. Whoever renews the tokens holds `renewing_by` until `renewing_until` (R-QB-4)."""

    __tablename__ = "credential"

    client_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    access_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    access_until: Mapped[dt.datetime | None]
    refresh_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    refresh_until: Mapped[dt.datetime | None]
    serial: Mapped[int] = mapped_column(default=0)  # of the pair of tokens
    renewing_by: Mapped[UUID | None]
    renewing_until: Mapped[dt.datetime | None]


class Connecting(Base):
    """A way to Intuit and back that the owner began: good once, for ten minutes, by a digest of its state (R-QB-5)."""

    __tablename__ = "connecting"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    member_id: Mapped[UUID]
    expires_at: Mapped[dt.datetime]


class Budget(Base):
    """When the company may be asked next, by all workers of all processes together (R-QB-21)."""

    __tablename__ = "budget"

    realm_id: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[dt.datetime]
    next_batch_at: Mapped[dt.datetime]


class Asking(Base):
    """A request under way; one whose process died counts until `until`."""

    __tablename__ = "asking"
    __table_args__ = (Index(None, "firm_id", "realm_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    realm_id: Mapped[str]
    until: Mapped[dt.datetime]


class Customer(Base):
    """A customer as QuickBooks last told us; `folded` is its name as names are compared (R-QB-15)."""

    __tablename__ = "customer"
    __table_args__ = (Index(None, "firm_id", "folded"),)

    id: Mapped[str] = mapped_column(primary_key=True, sort_order=-1)
    name: Mapped[str]
    folded: Mapped[str]
    is_active: Mapped[bool]
    sync_token: Mapped[str]


class LedgerAccount(Base):
    """An account of the ledger as QuickBooks last told us; its words for the kinds of accounts are kept as they are."""

    __tablename__ = "ledger_account"

    id: Mapped[str] = mapped_column(primary_key=True, sort_order=-1)
    name: Mapped[str]
    type: Mapped[str]
    subtype: Mapped[str]
    is_active: Mapped[bool]


class Account(Base):
    """An account as its owners told, and how it stands; one to a customer unless shared (R-QB-14).

    `wish` is what a person chose for it, beyond the rule for all. `billed_on` is the latest day of its documents.
    """

    __tablename__ = "account"
    __table_args__ = (
        Index(
            "uq_account_firm_id_customer_id",
            "firm_id",
            "customer_id",
            unique=True,
            postgresql_where=text("NOT is_shared"),
        ),
        Index(None, "firm_id", "status", "since"),
        CheckConstraint("wish IN ('rule', 'sync', 'skip')", name="wish"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    name: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    code: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    state: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    version: Mapped[int] = mapped_column(server_default="0", default=0)
    is_billed: Mapped[bool] = mapped_column(server_default=false(), default=False)
    billed_on: Mapped[dt.date | None]
    wish: Mapped[str] = mapped_column(server_default=text("'rule'"), default="rule")
    status: Mapped[str] = mapped_column(server_default=text("'not_eligible'"), default="not_eligible")
    since: Mapped[dt.datetime | None]
    customer_id: Mapped[str | None]
    is_shared: Mapped[bool] = mapped_column(server_default=false(), default=False)
    synced_at: Mapped[dt.datetime | None]
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class Step(Base):
    """A change of an account's status."""

    __tablename__ = "step"
    __table_args__ = (Index(None, "firm_id", "account_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    account_id: Mapped[UUID]
    at: Mapped[dt.datetime]
    status: Mapped[str]
    author: Mapped[str]
    customer_id: Mapped[str | None]
    intuit_tid: Mapped[str]
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class Job(Base):
    """Something to do; one at a time for a subject. Without `due_at` it rests until the connection is well again.

    Whoever works on it holds `taken_by` until `taken_until`; a dead worker's job is taken up by another after that.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(None, "firm_id", "subject", "subject_id", unique=True),
        Index(None, "due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    subject: Mapped[str]
    subject_id: Mapped[UUID]
    kind: Mapped[str]
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB)
    author: Mapped[str]
    asked_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime | None]
    taken_by: Mapped[UUID | None]
    taken_until: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)


class Watch(Base):
    """How we hear of changes: the sealed verifier of webhooks, when they last came, when we last looked ourselves.

    `changes_until` is QuickBooks' clock at the last look at the company `realm_id`.
    """

    __tablename__ = "watch"

    verifier: Mapped[bytes | None] = mapped_column(LargeBinary)
    realm_id: Mapped[str | None]
    told_at: Mapped[dt.datetime | None]
    looked_at: Mapped[dt.datetime | None]
    changes_until: Mapped[dt.datetime | None]


class ToldChange(Base):
    """A change that a webhook told of, kept a while so that one told twice counts once; `at` is by Intuit's clock."""

    __tablename__ = "told_change"
    __table_args__ = (Index(None, "firm_id", "is_done", "at"), Index(None, "firm_id", "received_at"))

    id: Mapped[str] = mapped_column(primary_key=True, sort_order=-1)
    realm_id: Mapped[str]
    kind: Mapped[str]
    entity_id: Mapped[str]
    at: Mapped[dt.datetime]
    received_at: Mapped[dt.datetime]
    is_done: Mapped[bool]


class Attention(Base):
    """What owner and admins were last told of an account, or of the connection, and is not solved yet."""

    __tablename__ = "attention"

    about_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    what: Mapped[str]
    at: Mapped[dt.datetime]
