"""The tables of portal users."""

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contracts import identity, portal
from services.identity.model.firms import Base
from services.identity.rules import agents


class PortalUser(Base):
    """One address of the firm's clients that has a password (R-POR-2); where it may enter, contacts says."""

    __tablename__ = "portal_user"
    __table_args__ = (PrimaryKeyConstraint("firm_id", "id"), UniqueConstraint("firm_id", "email_folded"))

    firm_id: Mapped[UUID] = mapped_column(ForeignKey("firm.firm_id"))
    id: Mapped[UUID]
    email: Mapped[str]
    email_folded: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[dt.datetime]
    password_at: Mapped[dt.datetime]  # when it was last chosen

    def to_contract(self) -> portal.PortalUser:
        return portal.PortalUser(id=self.id, email=self.email)


class PortalLogin(Base):
    """Where a folded address may sign in to a portal.

    Without row-level security like `login`, and for the same reason: it is read before a firm is known, and says
    nothing but in which firms an address has a portal.
    """

    __tablename__ = "portal_login"
    __table_args__ = (
        PrimaryKeyConstraint("firm_id", "user_id"),
        ForeignKeyConstraint(["firm_id", "user_id"], ["portal_user.firm_id", "portal_user.id"]),
        Index(None, "email_folded"),
    )

    firm_id: Mapped[UUID]
    user_id: Mapped[UUID]
    email_folded: Mapped[str]


class PortalSession(Base):
    __tablename__ = "portal_session"
    __table_args__ = (
        PrimaryKeyConstraint("firm_id", "id"),
        ForeignKeyConstraint(["firm_id", "user_id"], ["portal_user.firm_id", "portal_user.id"]),
        UniqueConstraint("firm_id", "digest"),
        Index(None, "firm_id", "user_id"),
    )

    firm_id: Mapped[UUID]
    id: Mapped[UUID]
    user_id: Mapped[UUID]
    digest: Mapped[bytes]
    created_at: Mapped[dt.datetime]
    last_seen_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    address: Mapped[str]
    agent: Mapped[str]

    def to_contract(self) -> identity.Session:
        seen = agents.read(self.agent)
        return identity.Session(
            id=self.id,
            created_at=self.created_at,
            last_seen_at=self.last_seen_at,
            expires_at=self.expires_at,
            address=self.address,
            agent=self.agent,
            browser=seen.browser,
            system=seen.system,
        )


class PortalReset(Base):
    """A password that somebody says they forgot; of a user the last one counts. Nobody's (`user_id` nil) opens nothing.

    `digest` is that of the link's token, once whoever mails asked for it.
    """

    __tablename__ = "portal_reset"
    __table_args__ = (
        PrimaryKeyConstraint("firm_id", "id"),
        UniqueConstraint("firm_id", "digest"),
        Index(None, "firm_id", "user_id"),
        Index(None, "firm_id", "requested_at"),
    )

    firm_id: Mapped[UUID]
    id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    digest: Mapped[bytes | None]
    requested_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]


class PortalSignIn(Base):
    """Somebody signed in to the portal or switched into the account (R-LA-2, R-LA-4), with the names of that day."""

    __tablename__ = "portal_sign_in"
    __table_args__ = (
        PrimaryKeyConstraint("firm_id", "id"),
        Index(None, "firm_id", "at", "id"),
        Index(None, "firm_id", "account_id", "at", "id"),
    )

    firm_id: Mapped[UUID]
    id: Mapped[UUID]
    at: Mapped[dt.datetime]
    how: Mapped[portal.How] = mapped_column(Text)
    account_id: Mapped[UUID]
    account_name: Mapped[str]
    contact_id: Mapped[UUID]
    contact_name: Mapped[str]
    email: Mapped[str]
    email_folded: Mapped[str]
    address: Mapped[str]
    agent: Mapped[str]
    door: Mapped[str]


class PortalInvitation(Base):
    """An invitation that is not accepted yet, as contacts tells of it (R-LA-5); one out of date stays, for its age."""

    __tablename__ = "portal_invitation"
    __table_args__ = (PrimaryKeyConstraint("firm_id", "account_id", "contact_id", "email_folded"),)

    firm_id: Mapped[UUID]
    account_id: Mapped[UUID]
    contact_id: Mapped[UUID]
    email_folded: Mapped[str]
    contact_name: Mapped[str]
    email: Mapped[str]
    sent_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
