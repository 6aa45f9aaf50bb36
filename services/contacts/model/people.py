"""Tables of people and their addresses."""

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint, Uuid, false, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contracts.common import Address
from services.contacts.model.base import EMPTY, SORTED, TEXTS, UUIDS, Base
from services.contacts.model.fields import ContactFieldValue
from services.contacts.rules import addresses, fields, sameness

SAID = (*fields.NAMES, "company_name", *fields.ADDRESS, "country", "notes", "timezone")


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
    values: Mapped[list[ContactFieldValue]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def postal_address(self) -> Address:
        return Address(street=self.street, city=self.city, state=self.state, zip=self.zip, country=self.country)

    @property
    def facts(self) -> sameness.Facts:
        """What counts when contacts are compared (R-C-4); tags are the firm's and say nothing of the person."""
        said = {name: getattr(self, name) for name in SAID}
        said["display_name"] = self.display_name if self.is_name_typed else ""
        values = {one.field_id: one.value for one in self.values}
        return sameness.facts(said, [(one.slot, one.folded) for one in self.addresses], self.phones, values)


class ContactAddress(Base):
    """An address of a contact (R-EM-1); its id outlives changes of label and spelling, for switches hang on it.

    One that is the value of a custom field is called by the field's name, so its own label is empty.
    """

    __tablename__ = "contact_address"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "contact_id"], ["contact.firm_id", "contact.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["firm_id", "field_id"], ["contact_field.firm_id", "contact_field.id"]),
        UniqueConstraint("firm_id", "contact_id", "folded"),
        Index(None, "firm_id", "folded"),
        Index(None, "firm_id", "field_id", postgresql_where=text("field_id IS NOT NULL")),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID]
    label: Mapped[str]
    email: Mapped[str]  # as typed
    folded: Mapped[str]  # as compared (R-EM-5)
    position: Mapped[int]
    field_id: Mapped[UUID | None]

    @property
    def is_built_in(self) -> bool:
        return self.label == addresses.BUILT_IN

    @property
    def is_free(self) -> bool:
        """Whether somebody labelled it."""
        return self.field_id is None and not self.is_built_in

    @property
    def slot(self) -> str:
        """Where in the contact it stands; one that comes to the place of another takes it over (R-LOG-4)."""
        return addresses.slot(self.label, self.field_id)
