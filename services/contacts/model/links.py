"""Tables of the links between contacts and accounts, and of the switches that hang on them."""

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Text, Uuid, false, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.contacts.model.base import EMPTY, SORTED, Base
from services.contacts.rules.login import Kept, Login


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

    `signer_rank` is the place somebody chose among the account's signers (R-SP-1).
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
    signer_rank: Mapped[int | None]


class Switched:
    """The columns of one address on one account (R-EM-2)."""

    login: Mapped[Kept] = mapped_column(Text, server_default=text("'none'"), default="none")
    invited_at: Mapped[dt.datetime | None]
    accepted_at: Mapped[dt.datetime | None]
    is_notified: Mapped[bool] = mapped_column(server_default=false(), default=False)
    is_synced: Mapped[bool] = mapped_column(server_default=false(), default=False)
    is_signatory: Mapped[bool] = mapped_column(server_default=false(), default=False)  # while LOGIN is on (R-SIG-1)

    @property
    def access(self) -> Login:
        return Login(self.login, self.invited_at, self.accepted_at)

    @access.setter
    def access(self, login: Login) -> None:
        self.login, self.invited_at, self.accepted_at = login


class AddressSwitch(Switched, Base):
    """What an address may do and gets on an account; without a row all is off. It goes with the link (R-LNK-3)."""

    __tablename__ = "address_switch"
    __table_args__ = (
        ForeignKeyConstraint(
            ["firm_id", "account_id", "contact_id"],
            ["contact_link.firm_id", "contact_link.account_id", "contact_link.contact_id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        ForeignKeyConstraint(
            ["firm_id", "address_id"], ["contact_address.firm_id", "contact_address.id"], ondelete="CASCADE"
        ),
        Index(None, "firm_id", "address_id"),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    address_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID]

    @property
    def is_all_off(self) -> bool:
        return self.login == "none" and not (self.is_notified or self.is_synced or self.is_signatory)


class InvitationLink(Base):
    """A link of the invitation sent at `sent_at`, as the digest of its token (R-LOG-7); it goes with the switches."""

    __tablename__ = "invitation_link"
    __table_args__ = (
        ForeignKeyConstraint(
            ["firm_id", "account_id", "address_id"],
            ["address_switch.firm_id", "address_switch.account_id", "address_switch.address_id"],
            ondelete="CASCADE",
        ),
        Index(None, "firm_id", "account_id", "address_id"),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    address_id: Mapped[UUID]
    sent_at: Mapped[dt.datetime]


class UnlinkedAddress(Switched, Base):
    """An address that left its contact and may still sign in (R-EM-3); its other switches wait for its return."""

    __tablename__ = "unlinked_address"
    __table_args__ = (
        ForeignKeyConstraint(
            ["firm_id", "account_id", "contact_id"],
            ["contact_link.firm_id", "contact_link.account_id", "contact_link.contact_id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID]
    email: Mapped[str]
    folded: Mapped[str]
    unlinked_at: Mapped[dt.datetime]


class SuppressedAddress(Base):
    """An address to which mail does not arrive, whoever has it (R-LOG-8)."""

    __tablename__ = "suppressed_address"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    folded: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    suppressed_at: Mapped[dt.datetime]
