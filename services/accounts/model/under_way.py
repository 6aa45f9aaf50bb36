"""What is on its way: openings, the trash, photos that nobody shows, numbers of codes."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Index, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.accounts.model.base import Base, account_key


class AccountOpening(Base):
    """The record of an account being created: what was asked, by whom, and how far it came (see `opening`).

    With a `refusal` there is no account, only links that contacts may still hold and that are to be discarded.
    """

    __tablename__ = "account_opening"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    request: Mapped[dict[str, Any]]
    context: Mapped[dict[str, Any]]
    is_import: Mapped[bool] = mapped_column(server_default=false())
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    due_at: Mapped[dt.datetime]
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    __table_args__ = (Index(None, "due_at"),)


class AccountTrash(Base):
    """Beside each trashed account: who deleted it, when, and when it goes for good (R-ARC-5)."""

    __tablename__ = "account_trash"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    deleted_by: Mapped[UUID | None]
    deleted_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]

    __table_args__ = (account_key("firm_id", "account_id"), Index(None, "due_at"))


class PhotoLeftover(Base):
    """A photo in the store of files that no account shows: not yet, or no longer. The sweep removes what is due.

    It outlives its account.
    """

    __tablename__ = "photo_leftover"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    photo_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    due_at: Mapped[dt.datetime]

    __table_args__ = (Index(None, "due_at"),)


class AccountCodeCounter(Base):
    """The last number given after a prefix; it only grows, so no code is used twice (R-ID-2)."""

    __tablename__ = "account_code_counter"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]
