"""The tables of accounts, and of what it remembers of members and contacts."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db


class Base(db.Model):
    __abstract__ = True
    metadata = db.metadata()


def _account(*columns: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(list(columns), ["account.firm_id", "account.id"], ondelete="CASCADE")


class Account(Base):
    """`state` opening: being created, seen by nobody. `code` is given when it opens, and never again.

    Company columns are kept whatever the type is, and shown for companies only (R-TYPE-4). `naming_contact_id` is
    the contact an automatic name follows, `links_version` the last of contacts' link changes applied here.
    """

    __tablename__ = "account"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str | None]
    name: Mapped[str]
    name_mode: Mapped[str]
    type: Mapped[str]
    company_name: Mapped[str | None]
    company_address: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    state: Mapped[str]
    naming_contact_id: Mapped[UUID | None]
    links_version: Mapped[int] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    archived_at: Mapped[dt.datetime | None]
    photo_id: Mapped[UUID | None]
    photo_by: Mapped[str | None]
    photo_at: Mapped[dt.datetime | None]

    __table_args__ = (
        UniqueConstraint("firm_id", "code"),
        Index(None, "firm_id", "name"),
        Index(None, "firm_id", "naming_contact_id"),
        CheckConstraint("state IN ('opening', 'active', 'archived')", name="state"),
        CheckConstraint("state = 'opening' OR code IS NOT NULL", name="code"),
    )


class AccountTeam(Base):
    """Members who are assigned to the account (R-ACC-2)."""

    __tablename__ = "account_team"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (_account("firm_id", "account_id"), Index(None, "firm_id", "member_id"))


class AccountFollower(Base):
    """Members who hear of what happens to the account (R-FOL-1)."""

    __tablename__ = "account_follower"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (_account("firm_id", "account_id"), Index(None, "firm_id", "member_id"))


class Tag(Base):
    """`key` is the name without regard to case: unique in the firm (R-TAG-5)."""

    __tablename__ = "tag"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    key: Mapped[str]
    colour: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    __table_args__ = (UniqueConstraint("firm_id", "key"),)


class AccountTag(Base):
    """`position` keeps the order given: the list shows the first only (R-TAG-2)."""

    __tablename__ = "account_tag"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]

    __table_args__ = (
        _account("firm_id", "account_id"),
        ForeignKeyConstraint(["firm_id", "tag_id"], ["tag.firm_id", "tag.id"], ondelete="CASCADE"),
        Index(None, "firm_id", "tag_id"),
    )


class AccountCodeCounter(Base):
    """The last number given after a prefix; it only grows, so no code is used twice (R-ID-2)."""

    __tablename__ = "account_code_counter"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


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


class MemberRef(Base):
    """A member as identity last told of them."""

    __tablename__ = "member_ref"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    rights: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_active: Mapped[bool]
    has_default_access: Mapped[bool]
    version: Mapped[int]


class ContactRef(Base):
    """What a contact lends to automatic names, as contacts last told of it."""

    __tablename__ = "contact_ref"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]


class AccessRequest(Base):
    """A member asks to be let in; at most one open request per member and account (R-ACC-4)."""

    __tablename__ = "access_request"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    member_id: Mapped[UUID]
    requested_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    answered_by: Mapped[UUID | None]
    is_granted: Mapped[bool | None]

    __table_args__ = (
        _account("firm_id", "account_id"),
        Index(
            "uq_access_request_open",
            "firm_id",
            "account_id",
            "member_id",
            unique=True,
            postgresql_where=text("answered_at IS NULL"),
        ),
    )
