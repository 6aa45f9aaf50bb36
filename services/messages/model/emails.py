"""Tables of e-mail: mailboxes and what is known of them, e-mails and where they are filed, what waits to be sent."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    Uuid,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.messages.model.base import Base, Owned

ROLE = "role IN ('inbox', 'sent')"


def _of(table: str, column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["firm_id", column], [f"{table}.firm_id", f"{table}.id"], ondelete="CASCADE")


class AccountRef(Base):
    """An account as others last told: its code and name (of `version`), and whose mail it files (`links_version`).

    One in the trash is hidden; no mail is filed in it. Attachments that come after `saves_since` become documents.
    `team` are the members who see it, beside those who see all.
    """

    __tablename__ = "account_ref"

    code: Mapped[str] = mapped_column(server_default=text("''"), default="")
    name: Mapped[str] = mapped_column(server_default=text("''"), default="")
    is_hidden: Mapped[bool] = mapped_column(server_default=false(), default=False)
    team: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"), default=list)
    version: Mapped[int] = mapped_column(server_default="0", default=0)
    is_synced: Mapped[bool] = mapped_column(server_default=false(), default=False)
    links_version: Mapped[int] = mapped_column(server_default="0", default=0)
    saves_since: Mapped[dt.datetime | None]


class SyncedAddress(Owned):
    """Mail exchanged with this address is filed in this account (R-SYN-1)."""

    __tablename__ = "synced_address"
    __table_args__ = (Index(None, "firm_id", "folded"),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    folded: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]


class Mailbox(Base):
    """A member's mailbox. `secret` is its password, sealed."""

    __tablename__ = "mailbox"
    __table_args__ = (
        Index(None, "firm_id", "folded", unique=True),
        Index(None, "firm_id", "member_id"),
        CheckConstraint("state IN ('waiting', 'ok', 'refused', 'unreachable')", name="state"),
    )

    member_id: Mapped[UUID]
    email: Mapped[str]
    folded: Mapped[str]
    imap: Mapped[dict[str, Any]] = mapped_column(JSONB)
    smtp: Mapped[dict[str, Any]] = mapped_column(JSONB)
    user_name: Mapped[str]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(default="waiting")
    problem: Mapped[str] = mapped_column(default="")
    synced_at: Mapped[dt.datetime | None]
    connected_at: Mapped[dt.datetime]


class MailboxTurn(Owned):
    """When a mailbox is next looked into, and who does until when: one process at a time."""

    __tablename__ = "mailbox_turn"
    __table_args__ = (_of("mailbox", "mailbox_id"), Index(None, "due_at"))

    mailbox_id: Mapped[UUID] = mapped_column(primary_key=True)
    due_at: Mapped[dt.datetime]
    taken_by: Mapped[UUID | None]
    taken_until: Mapped[dt.datetime | None]


class MailFolder(Owned):
    """How far a folder of a mailbox was read; UIDs mean nothing under another `uidvalidity` (RFC 3501)."""

    __tablename__ = "mail_folder"
    __table_args__ = (_of("mailbox", "mailbox_id"), CheckConstraint(ROLE, name="role"))

    mailbox_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    uidvalidity: Mapped[int] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger)


class FetchedAddress(Owned):
    """The past exchange with this address was fetched from this mailbox (R-SYN-2)."""

    __tablename__ = "fetched_address"
    __table_args__ = (_of("mailbox", "mailbox_id"), Index(None, "firm_id", "folded"))

    mailbox_id: Mapped[UUID] = mapped_column(primary_key=True)
    folded: Mapped[str] = mapped_column(primary_key=True)
    fetched_at: Mapped[dt.datetime]


class Email(Base):
    """One e-mail, however many mailboxes got it: `identity` is its Message-ID and who sent it (R-EML-5).

    `answers` is the Message-ID that it answers. `candidates` are the accounts of its people when it came; it waits
    where it is for a person to say which of them (R-SYN-5). `blob_id` names its files; none: it is ours, made of this
    row. `mailbox_id` is the one through which we send it.
    """

    __tablename__ = "email"
    __table_args__ = (
        Index(None, "firm_id", "identity", unique=True),
        Index(None, "firm_id", "message_id"),
        Index(None, "firm_id", "answers", postgresql_where=text("direction = 'sent' AND answers IS NOT NULL")),
        Index(None, "firm_id", "thread_id"),
        Index("ix_email_waiting", "firm_id", "sent_at", "id", postgresql_where=text("is_waiting")),
        CheckConstraint("direction IN ('received', 'sent')", name="direction"),
        CheckConstraint(
            "status IN ('unread', 'read', 'answered', 'queued', 'sent', 'delivered', 'bounced', 'failed')",
            name="status",
        ),
    )

    thread_id: Mapped[UUID]
    message_id: Mapped[str]
    identity: Mapped[str]
    answers: Mapped[str | None]
    references: Mapped[list[str]] = mapped_column(ARRAY(Text))
    direction: Mapped[str]
    sender_name: Mapped[str]
    sender_email: Mapped[str]
    to: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    cc: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    subject: Mapped[str]
    text: Mapped[str]
    is_cut: Mapped[bool]
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    sent_at: Mapped[dt.datetime]
    status: Mapped[str]
    problem: Mapped[str] = mapped_column(default="")
    blob_id: Mapped[UUID | None]
    candidates: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    is_waiting: Mapped[bool]
    mailbox_id: Mapped[UUID | None]
    author_id: Mapped[UUID | None]


class EmailPerson(Owned):
    """An address that an e-mail is from or to."""

    __tablename__ = "email_person"
    __table_args__ = (_of("email", "email_id"), Index(None, "firm_id", "folded"))

    email_id: Mapped[UUID] = mapped_column(primary_key=True)
    folded: Mapped[str] = mapped_column(primary_key=True)


class EmailSighting(Owned):
    """Where in a mailbox an e-mail was seen."""

    __tablename__ = "email_sighting"
    __table_args__ = (
        _of("mailbox", "mailbox_id"),
        _of("email", "email_id"),
        Index(None, "firm_id", "email_id"),
        CheckConstraint(ROLE, name="role"),
    )

    mailbox_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    uid: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    email_id: Mapped[UUID]


class ThreadLink(Owned):
    """A Message-ID that was seen or referred to, and the thread it belongs to."""

    __tablename__ = "thread_link"
    __table_args__ = (Index(None, "firm_id", "thread_id"),)

    message_id: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[UUID]


class EmailFiling(Owned):
    """An e-mail is filed in an account; without one nobody but those of its mailbox sees it (R-SYN-5)."""

    __tablename__ = "email_filing"
    __table_args__ = (
        _of("email", "email_id"),
        Index(None, "firm_id", "account_id", "thread_id"),
        Index(None, "firm_id", "thread_id"),
        CheckConstraint("reason IN ('only', 'choice', 'thread', 'recipients', 'code')", name="reason"),
    )

    email_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    thread_id: Mapped[UUID]
    reason: Mapped[str]
    filed_at: Mapped[dt.datetime]
    filed_by: Mapped[UUID | None]


class AccountThread(Owned):
    """What lists show of a thread in an account: its latest e-mail there (R-EML-5)."""

    __tablename__ = "account_thread"
    __table_args__ = (
        _of("email", "latest_id"),
        Index(None, "firm_id", "account_id", "latest_at", "thread_id"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    thread_id: Mapped[UUID] = mapped_column(primary_key=True)
    latest_id: Mapped[UUID]
    latest_at: Mapped[dt.datetime]
    count: Mapped[int]


class OutgoingEmail(Owned):
    """An e-mail on its way out (ADR 14).

    `queued`; `sending`: a process talks to the server; `handing_over`: the server is given the message, so that a
    process which dies leaves it unknown whether it was sent; `accepted`: it is sent, a copy goes into Sent.
    """

    __tablename__ = "outgoing_email"
    __table_args__ = (
        _of("email", "email_id"),
        Index(None, "due_at"),
        CheckConstraint("stage IN ('queued', 'sending', 'handing_over', 'accepted')", name="stage"),
    )

    email_id: Mapped[UUID] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[dt.datetime]
    taken_by: Mapped[UUID | None]
    taken_until: Mapped[dt.datetime | None]


class EmailAdoption(Owned):
    """The attachments of an e-mail are to become documents of an account (R-SYN-2)."""

    __tablename__ = "email_adoption"
    __table_args__ = (_of("email", "email_id"), Index(None, "due_at"))

    email_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    due_at: Mapped[dt.datetime]


class EmailLeftover(Owned):
    """Files of an e-mail that is not there (yet); when due, the sweep removes them."""

    __tablename__ = "email_leftover"
    __table_args__ = (Index(None, "due_at"),)

    blob_id: Mapped[UUID] = mapped_column(primary_key=True)
    files: Mapped[int]
    due_at: Mapped[dt.datetime]


class EmailPurge(Base):
    """Somebody purged the e-mail exchanged with an address from an account (R-SYN-4); kept for good."""

    __tablename__ = "email_purge"
    __table_args__ = (Index(None, "firm_id", "account_id"),)

    account_id: Mapped[UUID]
    email: Mapped[str]
    count: Mapped[int]
    purged_by: Mapped[UUID | None]
    purged_by_name: Mapped[str]
    purged_at: Mapped[dt.datetime]
