"""Accounts, and what belongs to one."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.accounts.model.base import Base, account_key, field_key


class Account(Base):
    """`state` opening: being created, trashed: deleted for now; seen by nobody. `code` is given once and for ever.

    Company columns are kept whatever the type is, and shown for companies only (R-TYPE-4). `naming_contact_id` is
    the contact an automatic name follows; `links_version` and `access_version` the last of contacts' reports of links
    and of switches applied here.
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
    timezone: Mapped[str] = mapped_column(server_default="")
    portal_status: Mapped[str] = mapped_column(server_default="off")
    access_version: Mapped[int] = mapped_column(server_default=text("0"))
    photo_id: Mapped[UUID | None]
    photo_by: Mapped[str | None]
    photo_at: Mapped[dt.datetime | None]

    __table_args__ = (
        UniqueConstraint("firm_id", "code"),
        Index(None, "firm_id", "name"),
        Index(None, "firm_id", "naming_contact_id"),
        CheckConstraint("state IN ('opening', 'active', 'archived', 'trashed')", name="state"),
        CheckConstraint("portal_status IN ('active', 'pending', 'off')", name="portal_status"),
        CheckConstraint("state = 'opening' OR code IS NOT NULL", name="code"),
    )


class AccountTeam(Base):
    """Members who are assigned to the account (R-ACC-2)."""

    __tablename__ = "account_team"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (account_key("firm_id", "account_id"), Index(None, "firm_id", "member_id"))


class AccountFollower(Base):
    """Members who hear of what happens to the account (R-FOL-1)."""

    __tablename__ = "account_follower"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (account_key("firm_id", "account_id"), Index(None, "firm_id", "member_id"))


class AccountTag(Base):
    """`position` keeps the order given: the list shows the first only (R-TAG-2)."""

    __tablename__ = "account_tag"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]

    __table_args__ = (
        account_key("firm_id", "account_id"),
        ForeignKeyConstraint(["firm_id", "tag_id"], ["tag.firm_id", "tag.id"], ondelete="CASCADE"),
        Index(None, "firm_id", "tag_id"),
    )


class AccountRoleHolder(Base):
    """Who fills a role on an account; it says nothing of access (R-ACC-6)."""

    __tablename__ = "account_role_holder"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    role_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        account_key("firm_id", "account_id"),
        ForeignKeyConstraint(["firm_id", "role_id"], ["account_role.firm_id", "account_role.id"], ondelete="CASCADE"),
        Index(None, "firm_id", "role_id"),
        Index(None, "firm_id", "member_id"),
    )


class AccountFieldValue(Base):
    """A value in the one form that `custom_fields.normal` gives it; a field without one has no row."""

    __tablename__ = "account_field_value"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    field_id: Mapped[UUID] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB, nullable=False)

    __table_args__ = (
        account_key("firm_id", "account_id"),
        field_key("firm_id", "field_id"),
        Index(None, "firm_id", "field_id"),
    )


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
        account_key("firm_id", "account_id"),
        Index(
            "uq_access_request_open",
            "firm_id",
            "account_id",
            "member_id",
            unique=True,
            postgresql_where=text("answered_at IS NULL"),
        ),
    )
