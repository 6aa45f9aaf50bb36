"""Rows of mails: one for each address that is concerned, waiting to be sent or with the one reason why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.addresses import fold
from chassis.context import Context, new_id
from contracts.notifications import Reason
from services.notifications import model
from services.notifications.letters.kinds import KINDS
from services.notifications.operations import telling


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Whom a mail goes to; `key` tells those of one happening apart.

    `account_name` where the account is to be named (R-NOT-6).
    """

    key: str
    email: str
    contact_id: UUID | None = None
    address_id: UUID | None = None
    member_id: UUID | None = None
    greeting: str = ""
    timezone: str = "UTC"
    account_name: str | None = None
    needs_activation: bool = False


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What is decided of a mail to one address; `reason` none: it is sent. `facts` are those of the letter."""

    to: Recipient
    reason: Reason | None
    facts: Mapping[str, Any]
    id: UUID = field(default_factory=new_id)
    sealed: bytes | None = None


def put(session: Session, ctx: Context, happening: model.Happening, decided: Sequence[Decided]) -> None:
    """Keep the mails of a happening, each once, and tell of those that are not sent."""
    if not decided:
        return
    mail, language = model.Mail, _locale(session, ctx)
    values = [_values(ctx, happening, one, language) for one in decided]
    made = insert(mail).values(values).on_conflict_do_nothing(index_elements=["firm_id", "happening_id", "recipient"])
    for row in session.scalars(made.returning(mail)):
        if row.reason is not None:
            telling.mail_changed(session, ctx, row)


def _values(ctx: Context, happening: model.Happening, one: Decided, language: str) -> dict[str, Any]:
    is_sent = one.reason is None
    return {
        "firm_id": ctx.firm,
        "id": one.id,
        "happening_id": happening.id,
        "recipient": one.to.key,
        "kind": happening.kind,
        "type": KINDS[happening.kind].type,
        "account_id": happening.account_id,
        "contact_id": one.to.contact_id,
        "address_id": one.to.address_id,
        "member_id": one.to.member_id,
        "email": one.to.email,
        "email_folded": fold(one.to.email),
        "greeting": one.to.greeting,
        "locale": language,
        "timezone": one.to.timezone,
        "account_name": one.to.account_name,
        "needs_activation": one.to.needs_activation,
        "ignores_suppression": False,
        "facts": dict(one.facts),
        "about": happening.about,
        "sealed": one.sealed if is_sent else None,
        "state": "waiting" if is_sent else "not_sent",
        "reason": one.reason,
        "subject": "",
        "detail": "",
        "attempts": 0,
        "created_at": ctx.now,
        "due_at": ctx.now if is_sent else None,
    }


def is_suppressed(session: Session, ctx: Context, email: str) -> bool:
    """Whether the address gets no mail of the firm (R-LOG-8)."""
    row = model.Suppression
    return bool(session.scalar(select(exists().where(row.firm_id == ctx.firm, row.email_folded == fold(email)))))


def _locale(session: Session, ctx: Context) -> str:
    """The language of the firm's mails."""
    query = select(model.FirmSettings.locale).where(model.FirmSettings.firm_id == ctx.firm)
    return session.scalar(query) or "en"
