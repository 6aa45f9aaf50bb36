"""Tables: remembered sections, the directory that events of other services fill, what members opened and exported."""

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

    `people` are the linked contacts in order: [name, [address, …]]; `fields` the custom fields that are filled:
    [field, value, as it read when the account was told of]. `access_version` puts what contacts tells of portal and
    mail in order, from `portal_status` to `unlinked` (R-STAT-1 to R-STAT-3). `signed_in_at`: last by anybody (R-LA-3).
    `balances` are as billing last told.
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
    fields: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    access_version: Mapped[int] = mapped_column(server_default=text("0"))
    portal_status: Mapped[str] = mapped_column(server_default="off")
    is_notified: Mapped[bool] = mapped_column(server_default=text("false"))
    is_synced: Mapped[bool] = mapped_column(server_default=text("false"))
    login_emails: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    unlinked: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    signed_in_at: Mapped[dt.datetime | None]
    balances_version: Mapped[int] = mapped_column(server_default=text("0"))
    balances: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")


class DirectoryMark(Base):
    """What accounts are filtered by: a member of the team, a tag, or one of the marks that `marks` makes."""

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


class DirectoryField(Base):
    """A custom field of accounts or contacts (`owner`); `choices` are [id, name].

    Version 0: seen on an account before it was announced.
    """

    __tablename__ = "directory_field"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    field_id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=text("0"))
    is_deleted: Mapped[bool] = mapped_column(server_default=text("false"))
    name: Mapped[str]
    type: Mapped[str]
    choices: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    position: Mapped[int]


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


class OpenedAccount(Base):
    """When a member last opened an account, of those opened most recently (R-SRC-4)."""

    __tablename__ = "opened_account"
    __table_args__ = (Index(None, "firm_id", "account_id"),)

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    opened_at: Mapped[dt.datetime]


class ExportRun(Base):
    """Who took what out of the firm (R-EXP-2); without `ended_at` it is under way or was cut off with its process."""

    __tablename__ = "export_run"
    __table_args__ = (Index(None, "firm_id", "started_at", "id"),)

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    member_id: Mapped[UUID]
    member_name: Mapped[str]
    filters: Mapped[dict[str, Any]]
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    rows: Mapped[int] = mapped_column(server_default=text("0"))
    is_complete: Mapped[bool] = mapped_column(server_default=text("false"))
