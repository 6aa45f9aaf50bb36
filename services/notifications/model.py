"""Tables of notifications. A happening is what an event told; from it follow mails, one for each address or member."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKeyConstraint, Index, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db

STATES = "'waiting', 'sending', 'sent', 'delivered', 'bounced', 'failed', 'unknown', 'not_sent'"


class Base(db.Model):
    __abstract__ = True
    metadata = db.metadata()


class FirmSettings(Base):
    """How a firm's mails look; its name as identity last told it."""

    __tablename__ = "firm_settings"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    firm_name: Mapped[str]
    locale: Mapped[str] = mapped_column(default="en")
    reply_to: Mapped[str | None]
    bcc: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)


class MutedType(Base):
    """A type that an address does not want of an account; whatever has no row is wanted (R-NOT-4).

    `contact_id` is whose address it was at the time.
    """

    __tablename__ = "muted_type"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    address_id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID]


class Suppression(Base):
    """An address that gets no mail of the firm: it bounced, whoever has it complained, or a member said so."""

    __tablename__ = "suppression"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    email_folded: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    cause: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")
    suppressed_at: Mapped[dt.datetime]


class Happening(Base):
    """What somebody is to be told of. `due_at` none: it is settled, every mail that follows from it has its row.

    `contact_ids` none: it concerns all contacts of the account, but for `except_id`, who did it. `email` is for who is
    told at an address of no account. `facts` are what the letter tells, `about` the ids that lead to what happened.
    What members are told is of a kind `staff_…`: `member_ids` are those whom it names, `about_id` is the item.
    """

    __tablename__ = "happening"
    __table_args__ = (
        Index("ix_happening_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_happening_account", "firm_id", "account_id"),
        Index("ix_happening_about", "firm_id", "about_id", postgresql_where=text("about_id IS NOT NULL")),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    account_id: Mapped[UUID | None]
    contact_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    except_id: Mapped[UUID | None]
    email: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    about: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    happened_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime | None]
    taken_until: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    member_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    about_id: Mapped[UUID | None]


class Attention(Base):
    """What waits in QuickBooks for owner and admins, under the happening by which they are told of it (R-QB-20)."""

    __tablename__ = "attention"
    __table_args__ = (Index("ix_attention_happening", "firm_id", "happening_id"),)

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    about_id: Mapped[UUID] = mapped_column(primary_key=True)
    happening_id: Mapped[UUID]
    name: Mapped[str]
    problem: Mapped[str]


class AccountRef(Base):
    """An account as accounts last told: who of the firm sees what is told of it, under which name."""

    __tablename__ = "account_ref"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    state: Mapped[str]
    team: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    version: Mapped[int]


class Notice(Base):
    """What one member is told of; of one happening once."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("uq_notice_happening_id_member_id", "firm_id", "happening_id", "member_id", unique=True),
        Index("ix_notice_member", "firm_id", "member_id", "id"),
        Index("ix_notice_unread", "firm_id", "member_id", "id", postgresql_where=text("read_at IS NULL")),
        Index("ix_notice_account", "firm_id", "account_id"),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    happening_id: Mapped[UUID]
    member_id: Mapped[UUID]
    kind: Mapped[str]
    account_id: Mapped[UUID | None]
    about_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    happened_at: Mapped[dt.datetime]
    read_at: Mapped[dt.datetime | None]


class NoticeChoice(Base):
    """What a member chose for a kind; what has no row is as `audience.MAILED` says."""

    __tablename__ = "notice_choice"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    is_listed: Mapped[bool]
    is_mailed: Mapped[bool]


class Mail(Base):
    """One mail to one address. `recipient` tells those of a happening apart: an address's, a member's id or an e-mail.

    `about` holds the ids that lead to what it tells of, such as those that links are made from.
    `sealed` holds what must not be read in a copy of the database, such as the token of a link; none once it is sent.
    `unsubscribe_digest` is of the token that the mail carries (R-NOT-8).
    """

    __tablename__ = "mail"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "happening_id"], ["happening.firm_id", "happening.id"], ondelete="CASCADE"),
        CheckConstraint(f"state IN ({STATES})", name="state"),
        CheckConstraint("(state = 'not_sent') = (reason IS NOT NULL)", name="one_reason"),
        Index("uq_mail_happening_id_recipient", "firm_id", "happening_id", "recipient", unique=True),
        Index("ix_mail_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_mail_account", "firm_id", "account_id", "id"),
        Index("ix_mail_email_folded", "firm_id", "email_folded"),
        Index("uq_mail_message_id", "message_id", unique=True),
        Index("uq_mail_unsubscribe_digest", "unsubscribe_digest", unique=True),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    happening_id: Mapped[UUID]
    recipient: Mapped[str]
    kind: Mapped[str]
    type: Mapped[str | None]
    account_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    address_id: Mapped[UUID | None]
    member_id: Mapped[UUID | None]
    email: Mapped[str]
    email_folded: Mapped[str]
    greeting: Mapped[str] = mapped_column(default="")
    locale: Mapped[str]
    timezone: Mapped[str] = mapped_column(default="UTC")
    account_name: Mapped[str | None]
    needs_activation: Mapped[bool] = mapped_column(default=False)
    ignores_suppression: Mapped[bool] = mapped_column(default=False)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    about: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    sealed: Mapped[bytes | None]
    state: Mapped[str]
    reason: Mapped[str | None]
    subject: Mapped[str] = mapped_column(default="")
    message_id: Mapped[str | None]
    unsubscribe_digest: Mapped[bytes | None]
    detail: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime | None]
    taken_by: Mapped[UUID | None]
    taken_until: Mapped[dt.datetime | None]
    sent_at: Mapped[dt.datetime | None]
