"""Tables of what other services reported, and of what the firm chose."""

import datetime as dt
from uuid import UUID

from sqlalchemy import Index, false
from sqlalchemy.orm import Mapped, mapped_column

from services.contacts.model.base import SORTED, Base


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
