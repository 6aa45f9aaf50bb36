"""Tables of chats. A thread keeps the facts that lists show of it; `operations.facts` alone writes them."""

import datetime as dt
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Computed, ForeignKeyConstraint, Index, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from services.messages.model.base import Base, Owned, Versioned

SIDE = "IN ('firm', 'client')"


class Thread(Versioned):
    """`numbered`: the position of the newest message, whatever became of it. 0 stands for no such message.

    `sent_position`, `received_position` and `internal_position` name the newest of each kind that is not deleted,
    `read_position` how far the member has read who read furthest (R-CHT-2).
    """

    __tablename__ = "thread"
    __table_args__ = (
        CheckConstraint(f"started_by_side {SIDE}", name="started_by_side"),
        Index("ix_thread_section", "firm_id", "account_id", "is_archived", "is_unread", "responded_at", "id"),
        Index("ix_thread_assignee", "firm_id", "assignee_id", postgresql_where=text("NOT is_archived")),
    )

    account_id: Mapped[UUID]
    subject: Mapped[str]
    is_for_all: Mapped[bool]
    assignee_id: Mapped[UUID | None]
    is_archived: Mapped[bool] = mapped_column(default=False)
    started_by_side: Mapped[str]
    started_by_id: Mapped[UUID]
    started_by_name: Mapped[str]
    numbered: Mapped[int] = mapped_column(default=0)
    sent_position: Mapped[int] = mapped_column(default=0)
    received_position: Mapped[int] = mapped_column(default=0)
    internal_position: Mapped[int] = mapped_column(default=0)
    read_position: Mapped[int] = mapped_column(default=0)
    responded_at: Mapped[dt.datetime]
    attachments: Mapped[int] = mapped_column(default=0)
    internal_attachments: Mapped[int] = mapped_column(default=0)
    tasks_done: Mapped[int] = mapped_column(default=0)
    tasks_total: Mapped[int] = mapped_column(default=0)
    is_unread: Mapped[bool] = mapped_column(Computed("received_position > read_position", persisted=True))

    @property
    def top(self) -> int:
        """The newest message that is not deleted."""
        return max(self.top_shown, self.internal_position)

    @property
    def top_shown(self) -> int:
        """The newest of those that clients see."""
        return max(self.sent_position, self.received_position)


class Participant(Owned):
    """A contact who takes part in a thread that is not for all; the name as contacts last told."""

    __tablename__ = "participant"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "thread_id"], ["thread.firm_id", "thread.id"], ondelete="CASCADE"),
        Index(None, "firm_id", "contact_id"),
    )

    thread_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    name: Mapped[str]


class Message(Base):
    """`kind`: `sent` to the client, `received` from the client, or `internal`. A deleted one keeps its place."""

    __tablename__ = "message"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "thread_id"], ["thread.firm_id", "thread.id"], ondelete="CASCADE"),
        CheckConstraint("kind IN ('sent', 'received', 'internal')", name="kind"),
        Index("uq_message_position", "firm_id", "thread_id", "position", unique=True),
        Index(
            "ix_message_kind", "firm_id", "thread_id", "kind", "position", postgresql_where=text("deleted_at IS NULL")
        ),
    )

    thread_id: Mapped[UUID]
    position: Mapped[int]
    kind: Mapped[str]
    author_id: Mapped[UUID]
    author_name: Mapped[str]
    text: Mapped[str]
    mention_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    sent_at: Mapped[dt.datetime]
    edited_at: Mapped[dt.datetime | None]
    deleted_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Attachment(Base):
    """A file. Until a message shows it, and from when none does, `due_at` says when the sweep removes it.

    It outlives its account.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint(f"by_side {SIDE}", name="by_side"),
        Index(None, "firm_id", "thread_id"),
        Index(None, "firm_id", "account_id"),
        Index("ix_attachment_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    account_id: Mapped[UUID]
    thread_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    place: Mapped[int] = mapped_column(default=0)  # among the files of its message
    is_internal: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    by_side: Mapped[str]
    by_id: Mapped[UUID]
    kept_at: Mapped[dt.datetime | None]  # none: its bytes are still on their way
    due_at: Mapped[dt.datetime | None]


class ReadMark(Owned):
    """Up to which message somebody has read."""

    __tablename__ = "read_mark"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "thread_id"], ["thread.firm_id", "thread.id"], ondelete="CASCADE"),
        CheckConstraint(f"side {SIDE}", name="side"),
    )

    thread_id: Mapped[UUID] = mapped_column(primary_key=True)
    reader_id: Mapped[UUID] = mapped_column(primary_key=True)
    side: Mapped[str]
    name: Mapped[str]
    position: Mapped[int]
    read_at: Mapped[dt.datetime]


class ClientTask(Versioned):
    __tablename__ = "client_task"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "thread_id"], ["thread.firm_id", "thread.id"], ondelete="CASCADE"),
        CheckConstraint(f"done_by_side {SIDE}", name="done_by_side"),
        Index(None, "firm_id", "thread_id"),
    )

    account_id: Mapped[UUID]
    thread_id: Mapped[UUID]
    title: Mapped[str]
    done_at: Mapped[dt.datetime | None]
    done_by_side: Mapped[str | None]
    done_by_id: Mapped[UUID | None]
    done_by_name: Mapped[str | None]
