"""Tables of the contacts service; the switches per (account, contact, address) of R-EM-2 get theirs with R-LOG-*."""

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint, Uuid, false, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis import db
from contracts.common import Address
from services.contacts.rules import addresses, fields, sameness

# Names are sorted as people sort them, in every script (R-LNK-5). Equality stays exact: the collation is deterministic.
SORTED = Text(collation="und-x-icu")

SAID = (*fields.NAMES, "company_name", *fields.ADDRESS, "country", "notes", "timezone")
UUIDS = text("'{}'::uuid[]")
TEXTS = text("'{}'::text[]")
EMPTY = text("''")


class Base(db.Model):
    __abstract__ = True
    metadata = db.metadata()


class Contact(Base):
    """A person (R-C-1). `search` is what a list is searched by; `created_for` the account whose opening made it."""

    __tablename__ = "contact"
    __table_args__ = (
        Index(None, "firm_id", "display_name", "id"),
        Index(None, "firm_id", "last_name", "first_name"),
        Index(None, "firm_id", "created_for", postgresql_where=text("created_for IS NOT NULL")),
        Index(None, "firm_id", "search", postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str] = mapped_column(SORTED)
    is_name_typed: Mapped[bool] = mapped_column(server_default=false(), default=False)
    first_name: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    middle_name: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    last_name: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    company_name: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    street: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    city: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    state: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    zip: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    country: Mapped[str | None]
    notes: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    timezone: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    phones: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=TEXTS, default=list)
    tag_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=UUIDS, default=list)
    search: Mapped[str]
    created_for: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]

    addresses: Mapped[list["ContactAddress"]] = relationship(
        lazy="selectin", order_by="ContactAddress.position", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def postal_address(self) -> Address:
        return Address(street=self.street, city=self.city, state=self.state, zip=self.zip, country=self.country)

    @property
    def facts(self) -> sameness.Facts:
        """What counts when contacts are compared (R-C-4); tags are the firm's and say nothing of the person."""
        said = {name: getattr(self, name) for name in SAID}
        said["display_name"] = self.display_name if self.is_name_typed else ""
        return sameness.facts(said, [(one.label, one.folded) for one in self.addresses], self.phones)


class ContactAddress(Base):
    """An address of a contact (R-EM-1); its id outlives changes of label and spelling, for switches hang on it."""

    __tablename__ = "contact_address"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "contact_id"], ["contact.firm_id", "contact.id"], ondelete="CASCADE"),
        UniqueConstraint("firm_id", "contact_id", "folded"),
        Index(None, "firm_id", "folded"),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID]
    label: Mapped[str]
    email: Mapped[str]  # as typed
    folded: Mapped[str]  # as compared (R-EM-5)
    position: Mapped[int]

    @property
    def is_built_in(self) -> bool:
        return self.label == addresses.BUILT_IN


class AccountRef(Base):
    """What contacts know of an account. The row is the lock that all changes of its links take (R-LNK-8).

    `is_open` once accounts announced it; `is_gone` when its opening was given up or it was deleted.
    """

    __tablename__ = "account_ref"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str] = mapped_column(SORTED)
    state: Mapped[str]
    team: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    version: Mapped[int]
    links_version: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    is_open: Mapped[bool] = mapped_column(server_default=false(), default=False)
    is_gone: Mapped[bool] = mapped_column(server_default=false(), default=False)


class ContactLink(Base):
    """A contact serves an account. `position` counts up, so the first entered gives the name (R-NAME-3).

    Signer rank and signatory (R-SP-*, R-SIG-*) become columns here.
    """

    __tablename__ = "contact_link"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "account_id"], ["account_ref.firm_id", "account_ref.id"]),
        ForeignKeyConstraint(["firm_id", "contact_id"], ["contact.firm_id", "contact.id"]),
        Index(None, "firm_id", "contact_id"),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    description: Mapped[str] = mapped_column(server_default=EMPTY, default="")
    position: Mapped[int]
    linked_at: Mapped[dt.datetime]


class MemberRef(Base):
    """The address of a member, which no contact may have while the member is active (R-C-3)."""

    __tablename__ = "member_ref"
    __table_args__ = (Index(None, "firm_id", "folded"),)

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    folded: Mapped[str]
    is_active: Mapped[bool]
    version: Mapped[int]


class TagRef(Base):
    """A tag of the firm; a deleted one stays known, so that a late event does not bring it back."""

    __tablename__ = "tag_ref"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(SORTED)
    colour: Mapped[str]
    is_deleted: Mapped[bool] = mapped_column(server_default=false(), default=False)
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class ContactSetting(Base):
    """What a firm chose for its contacts; a firm without a row has the defaults."""

    __tablename__ = "contact_setting"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    name_format: Mapped[str]
    updated_at: Mapped[dt.datetime]
