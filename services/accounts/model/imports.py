"""Client lists on their way in."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.accounts.model.base import Base


class Import(Base):
    """A list that was read. `context` is of who started it; `due_at` is when a worker may take it up."""

    __tablename__ = "import"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    file_name: Mapped[str]
    state: Mapped[str]
    encoding: Mapped[str]
    delimiter: Mapped[str]
    dates: Mapped[str]
    header: Mapped[list[str]] = mapped_column(ARRAY(Text))
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    new_accounts: Mapped[int]
    known_accounts: Mapped[int]
    member_id: Mapped[UUID]
    member_name: Mapped[str]
    context: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    due_at: Mapped[dt.datetime | None]

    __table_args__ = (Index("ix_import_due_at", "due_at", postgresql_where=text("state = 'running'")),)


class ImportLine(Base):
    """One row of the list: to be loaded as `request` says, or refused already. `cells` are those of the file.

    `is_broken`: whatever its columns mean.
    """

    __tablename__ = "import_line"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int]
    account_name: Mapped[str]
    cells: Mapped[list[str]] = mapped_column(ARRAY(Text))
    request: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    outcome: Mapped[str]
    reason: Mapped[str]
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    is_broken: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "import_id"], ["import.firm_id", "import.id"], ondelete="CASCADE"),
    )
