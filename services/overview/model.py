"""Tables: sections remembered with their generations, and the directory that events of other services fill."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db

LISTED = "listed"  # the collation of lists: every language's letters, and `Smith 2` before `Smith 10`


class Base(db.Model):
    __abstract__ = True
    metadata = db.metadata()


class Firm(Base):
    """Firms there are, so that sweeps can go from one to the next; the one table that belongs to none."""

    __tablename__ = "firm"

    id: Mapped[UUID] = mapped_column(primary_key=True)


class RememberedSection(Base):
    """A section as its owner gave it at `as_of` to a viewer of this scope; `rows` and `footer` are JSON as it was sent.

    It is current while `generation` equals the present one.
    """

    __tablename__ = "remembered_section"
    __table_args__ = (Index(None, "firm_id", "as_of"),)

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int]
    rows: Mapped[str]
    total: Mapped[int]
    footer: Mapped[str | None]
    as_of: Mapped[dt.datetime]


class SectionGeneration(Base):
    """How often a section of an account changed; under the nil account: in every account of the firm.

    The generation of a section is the sum of the two.
    """

    __tablename__ = "section_generation"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int]


class DirectoryAccount(Base):
    """An account as lists show it. `state` awaited: its links came before the account itself; deleted: a tombstone.

    `people` are the linked contacts in order: [name, [address, …]].
    """

    __tablename__ = "directory_account"
    __table_args__ = (
        Index(None, "firm_id", "state", "name", "account_id"),
        Index(None, "firm_id", "state", "created_at", "account_id"),
        Index(None, "firm_id", "state", "code", "account_id"),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(server_default=text("0"))
    links_version: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[str] = mapped_column(server_default="awaited")
    code: Mapped[str] = mapped_column(Text(collation=LISTED), server_default="")
    name: Mapped[str] = mapped_column(Text(collation=LISTED), server_default="")
    company: Mapped[str] = mapped_column(server_default="")
    type: Mapped[str] = mapped_column(server_default="")
    tags: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    team: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    people: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    created_at: Mapped[dt.datetime | None]


class DirectoryMark(Base):
    """A member on the team of an account, or a tag it carries: what accounts are filtered by."""

    __tablename__ = "directory_mark"
    __table_args__ = (Index(None, "firm_id", "account_id"),)

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    mark_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)


class DirectoryContact(Base):
    """A contact by name and addresses; version 0: a link to it came first."""

    __tablename__ = "directory_contact"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(server_default=text("0"))
    is_deleted: Mapped[bool] = mapped_column(server_default=text("false"))
    name: Mapped[str] = mapped_column(server_default="")
    addresses: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")


class DirectoryLink(Base):
    """A contact serves an account; `position` is its place among the account's links, oldest first."""

    __tablename__ = "directory_link"
    __table_args__ = (Index(None, "firm_id", "contact_id"),)

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]


class DirectoryTag(Base):
    """A tag's name and colour; version 0: seen on an account before it was announced."""

    __tablename__ = "directory_tag"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(server_default=text("0"))
    is_deleted: Mapped[bool] = mapped_column(server_default=text("false"))
    name: Mapped[str]
    colour: Mapped[str]


class DirectorySearch(Base):
    """What search compares, prepared by `rules`; read through the function directory_find alone (see its migration)."""

    __tablename__ = "directory_search"
    __table_args__ = (
        # A search reads the list of what was added since the last merge, so it is kept short (kB).
        Index(None, "keys", postgresql_using="gin", postgresql_with={"gin_pending_list_limit": 256}),
        Index(None, "firm_id", "code_key"),
        Index(None, "firm_id", "name_key"),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_archived: Mapped[bool]
    name: Mapped[str] = mapped_column(Text(collation=LISTED))
    code_key: Mapped[str] = mapped_column(Text(collation="C"))
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    names: Mapped[str]
    addresses: Mapped[str]
    team: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    keys: Mapped[list[int]] = mapped_column(ARRAY(Integer))
