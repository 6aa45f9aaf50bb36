"""Tables of work. Items belong to an account; names of members and tags are kept as their owners last told them."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKeyConstraint, Index, Numeric, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db


class Owned(db.Model):
    __abstract__ = True
    metadata = db.metadata()

    firm_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)


class Base(Owned):
    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)


class Versioned(Base):
    __abstract__ = True

    version: Mapped[int] = mapped_column(default=1, sort_order=1)
    created_at: Mapped[dt.datetime] = mapped_column(sort_order=2)
    updated_at: Mapped[dt.datetime] = mapped_column(sort_order=3)


class Item(Versioned):
    __abstract__ = True

    account_id: Mapped[UUID] = mapped_column(sort_order=-1)


class Pipeline(Versioned):
    """A removed one stays for the archived jobs that went through it."""

    __tablename__ = "pipeline"

    name: Mapped[str]
    position: Mapped[int]
    available_to: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    is_removed: Mapped[bool] = mapped_column(default=False)


class Stage(Base):
    __tablename__ = "stage"
    __table_args__ = (ForeignKeyConstraint(["firm_id", "pipeline_id"], ["pipeline.firm_id", "pipeline.id"]),)

    pipeline_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[int]
    is_removed: Mapped[bool] = mapped_column(default=False)
    client_status: Mapped[str] = mapped_column(server_default="", default="")


class CustomStatus(Base):
    """A status of jobs in one pipeline; a removed one stays for the archived jobs that show it."""

    __tablename__ = "custom_status"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "pipeline_id"], ["pipeline.firm_id", "pipeline.id"]),
        CheckConstraint("kind IN ('active', 'completed')", name="kind"),
        Index(None, "firm_id", "pipeline_id"),
    )

    pipeline_id: Mapped[UUID]
    name: Mapped[str]
    kind: Mapped[str]
    position: Mapped[int]
    is_removed: Mapped[bool] = mapped_column(default=False)


class Job(Item):
    __tablename__ = "job"
    __table_args__ = (
        ForeignKeyConstraint(
            ["firm_id", "stage_id", "pipeline_id"], ["stage.firm_id", "stage.id", "stage.pipeline_id"]
        ),
        ForeignKeyConstraint(["firm_id", "custom_status_id"], ["custom_status.firm_id", "custom_status.id"]),
        CheckConstraint("status IN ('active', 'completed', 'archived')", name="status"),
        CheckConstraint("priority IN ('low', 'medium', 'high', 'urgent')", name="priority"),
        Index(None, "firm_id", "account_id"),
        Index(None, "firm_id", "pipeline_id", "stage_id", postgresql_where=text("status <> 'archived'")),
    )

    name: Mapped[str]
    pipeline_id: Mapped[UUID]
    stage_id: Mapped[UUID]
    stage_since: Mapped[dt.datetime]
    status: Mapped[str]
    assignee_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    priority: Mapped[str]
    start_on: Mapped[dt.date | None]
    due_on: Mapped[dt.date | None]
    description: Mapped[str]
    role_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    custom_status_id: Mapped[UUID | None]
    client_status_override: Mapped[str | None]


class TaskStatus(Base):
    """A removed one stays, so that the firm's first statuses are made only once."""

    __tablename__ = "task_status"
    __table_args__ = (
        CheckConstraint("category IN ('planned', 'in_progress', 'waiting', 'done', 'canceled')", name="category"),
    )

    name: Mapped[str]
    category: Mapped[str]
    position: Mapped[int]
    is_removed: Mapped[bool] = mapped_column(default=False)


class Task(Item):
    __tablename__ = "task"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "status_id"], ["task_status.firm_id", "task_status.id"]),
        CheckConstraint("priority IN ('low', 'medium', 'high', 'urgent')", name="priority"),
        Index(None, "firm_id", "account_id", "status_id", "created_at", "id"),
        Index(None, "firm_id", "status_id"),
    )

    title: Mapped[str]
    status_id: Mapped[UUID]
    assignee_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    priority: Mapped[str]
    start_on: Mapped[dt.date | None]
    due_on: Mapped[dt.date | None]
    description: Mapped[str]
    subtasks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    tag_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    job_id: Mapped[UUID | None]
    role_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")


class Note(Item):
    __tablename__ = "note"
    __table_args__ = (Index(None, "firm_id", "account_id", "is_pinned", "updated_at", "id"),)

    title: Mapped[str]
    body: Mapped[str]
    is_pinned: Mapped[bool]
    author_id: Mapped[UUID]
    mention_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    job_id: Mapped[UUID | None]
    task_id: Mapped[UUID | None]


class TimeEntry(Item):
    """`amount` follows from `minutes` and `rate`; it is kept so that sums need not read every entry."""

    __tablename__ = "time_entry"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 0 AND 1440", name="minutes"),
        Index(None, "firm_id", "account_id", "worked_on", "id"),
        Index("ix_time_entry_running", "firm_id", "account_id", postgresql_where=text("running_since IS NOT NULL")),
    )

    member_id: Mapped[UUID]
    worked_on: Mapped[dt.date]
    minutes: Mapped[int]
    service: Mapped[str] = mapped_column(Text)
    description: Mapped[str]
    is_billable: Mapped[bool]
    is_billed: Mapped[bool]
    rate: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    amount: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    running_since: Mapped[dt.datetime | None]
    job_id: Mapped[UUID | None]
    task_id: Mapped[UUID | None]


class MemberRef(Base):
    """A member as identity last told; version 0: as they introduced themselves by their first call."""

    __tablename__ = "member_ref"

    name: Mapped[str]
    is_active: Mapped[bool]
    version: Mapped[int]


class FirmRef(Owned):
    """What billing last told of the firm."""

    __tablename__ = "firm_ref"

    currency: Mapped[str]
    version: Mapped[int]


class TagRef(Base):
    """A tag as accounts last told; a deleted one stays, so that a late event does not bring it back."""

    __tablename__ = "tag_ref"

    name: Mapped[str]
    colour: Mapped[str]
    is_deleted: Mapped[bool]
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class RoleRef(Base):
    """An account role as accounts last told; a deleted one stays, so that a late event does not bring it back."""

    __tablename__ = "role_ref"

    name: Mapped[str]
    is_deleted: Mapped[bool]
    version: Mapped[int]


class AccountRef(Base):
    """The version of an account that its role holders are of."""

    __tablename__ = "account_ref"

    version: Mapped[int]


class RoleHolder(Owned):
    """Who fills a role on an account, as accounts last told."""

    __tablename__ = "role_holder"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    role_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]
