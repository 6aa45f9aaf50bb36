"""What the firm defines for its accounts: tags, custom fields, roles."""

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from services.accounts.model.base import Base, field_key


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


class AccountField(Base):
    """A custom field of accounts (R-CF-1). A deleted one stays, with its values, to tell of the past (R-CF-7).

    `key` is the name without regard to case. `position` counts the fields that are there from 0.
    """

    __tablename__ = "account_field"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    key: Mapped[str]
    type: Mapped[str]
    position: Mapped[int]
    is_deleted: Mapped[bool] = mapped_column(server_default=false(), default=False)
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)

    __table_args__ = (
        Index("uq_account_field_key", "firm_id", "key", unique=True, postgresql_where=text("NOT is_deleted")),
    )


class AccountFieldChoice(Base):
    """What a field of choices offers; a removed one is not offered, but named where it was chosen."""

    __tablename__ = "account_field_choice"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    field_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[int]
    is_removed: Mapped[bool] = mapped_column(server_default=false(), default=False)

    __table_args__ = (field_key("firm_id", "field_id"),)


class AccountRole(Base):
    """What somebody is for an account, by the firm's own list; `key` is the name without regard to case."""

    __tablename__ = "account_role"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    key: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)

    __table_args__ = (UniqueConstraint("firm_id", "key"),)
