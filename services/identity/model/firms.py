"""The tables of firms, their members, and what these sign in with."""

import datetime as dt
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db
from contracts import identity
from services.identity.rules import agents


class Base(db.Model):
    __abstract__ = True
    metadata = db.metadata()


class Firm(Base):
    """Its own id is called `firm_id` here, so that one policy bounds every table."""

    __tablename__ = "firm"

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[dt.datetime]

    def to_contract(self) -> identity.Firm:
        return identity.Firm(id=self.firm_id, name=self.name)


class Member(Base):
    __tablename__ = "member"
    __table_args__ = (
        PrimaryKeyConstraint("firm_id", "id"),
        UniqueConstraint("firm_id", "email_folded"),
        # Never two owners (R-ROLE-1), whatever the operations do.
        Index("uq_member_owner", "firm_id", unique=True, postgresql_where=text("role = 'owner'")),
        CheckConstraint("role IN ('owner', 'admin', 'employee')", name="role"),
        CheckConstraint("role <> 'owner' OR is_active", name="owner_is_active"),
    )

    firm_id: Mapped[UUID] = mapped_column(ForeignKey("firm.firm_id"))
    id: Mapped[UUID]
    email: Mapped[str]
    email_folded: Mapped[str]
    name: Mapped[str]
    role: Mapped[identity.Role] = mapped_column(Text)
    rights: Mapped[list[identity.Right]] = mapped_column(ARRAY(Text))
    has_default_access: Mapped[bool]
    is_active: Mapped[bool]
    password_hash: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    deactivated_at: Mapped[dt.datetime | None]

    def to_contract(self) -> identity.Member:
        return identity.Member(
            id=self.id,
            email=self.email,
            name=self.name,
            role=self.role,
            rights=tuple(self.rights),
            has_default_access=self.has_default_access,
            is_active=self.is_active,
            version=self.version,
            created_at=self.created_at,
            deactivated_at=self.deactivated_at,
        )


class Login(Base):
    """Where a folded address may sign in: one row for each active member.

    The only table of a firm without row-level security: it is read before a firm is known, and says nothing but in
    which firms an address is a member. Passwords are with the member, behind the firm's policy.
    """

    __tablename__ = "login"
    __table_args__ = (
        PrimaryKeyConstraint("firm_id", "member_id"),
        ForeignKeyConstraint(["firm_id", "member_id"], ["member.firm_id", "member.id"]),
        Index(None, "email_folded"),
    )

    firm_id: Mapped[UUID]
    member_id: Mapped[UUID]
    email_folded: Mapped[str]


class SignInAttempt(Base):
    """An attempt that failed or is not decided yet, under a key of `rules.limits`; a right password takes its own away.

    Belongs to no firm: it is counted before a firm is known, and holds digests only.
    """

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "key", "at"), Index(None, "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[bytes]
    at: Mapped[dt.datetime]


class SignIn(Base):
    """The sign-in history (R-LA-4); `firm_id` is nil for attempts at addresses that nobody has."""

    __tablename__ = "sign_in"
    __table_args__ = (
        PrimaryKeyConstraint("firm_id", "id"),
        Index(None, "firm_id", "at", "id"),
        Index(None, "firm_id", "member_id", "at", "id"),
    )

    firm_id: Mapped[UUID]
    id: Mapped[UUID]
    at: Mapped[dt.datetime]
    member_id: Mapped[UUID | None]
    email: Mapped[str]
    succeeded: Mapped[bool]
    address: Mapped[str]
    agent: Mapped[str]


class Session(Base):
    __tablename__ = "session"
    __table_args__ = (
        PrimaryKeyConstraint("firm_id", "id"),
        ForeignKeyConstraint(["firm_id", "member_id"], ["member.firm_id", "member.id"]),
        UniqueConstraint("firm_id", "digest"),
        Index(None, "firm_id", "member_id"),
    )

    firm_id: Mapped[UUID]
    id: Mapped[UUID]
    member_id: Mapped[UUID]
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


class Token(Base):
    __tablename__ = "token"
    __table_args__ = (
        PrimaryKeyConstraint("firm_id", "id"),
        ForeignKeyConstraint(["firm_id", "member_id"], ["member.firm_id", "member.id"]),
        UniqueConstraint("firm_id", "digest"),
        Index(None, "firm_id", "member_id"),
    )

    firm_id: Mapped[UUID]
    id: Mapped[UUID]
    member_id: Mapped[UUID]
    name: Mapped[str]
    scopes: Mapped[list[identity.Scope]] = mapped_column(ARRAY(Text))
    digest: Mapped[bytes]
    created_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]
    expires_on: Mapped[dt.date | None]

    def to_contract(self, secret: str | None = None) -> identity.Token:
        return identity.Token(
            id=self.id,
            name=self.name,
            scopes=tuple(self.scopes),
            created_at=self.created_at,
            last_used_at=self.last_used_at,
            expires_on=self.expires_on,
            secret=secret,
        )


class Audit(Base):
    """One change of rights, role or state (R-ROLE-2), with the names of that day; rows are only ever added."""

    __tablename__ = "audit"
    __table_args__ = (
        PrimaryKeyConstraint("firm_id", "id"),
        Index(None, "firm_id", "at", "id"),
    )

    firm_id: Mapped[UUID]
    id: Mapped[UUID]
    at: Mapped[dt.datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    member_id: Mapped[UUID]
    member_name: Mapped[str]
    change: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
