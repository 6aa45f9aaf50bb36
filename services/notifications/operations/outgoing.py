"""A mail on its way out: each stage is kept before the step that it names (ADR 14)."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from chassis.context import Context
from services.notifications import model, tokens
from services.notifications.mail import references
from services.notifications.operations import telling

UNKNOWN = "Nobody knows whether this was sent: the mail server was gone while it took it. It can be sent again."
NO_SERVER = "Waits until the system knows a mail server (DOSSIER_SMTP_URL, DOSSIER_MAIL_FROM)."
NO_FIRM = "Waits until the firm's name is known here."


@dataclass(frozen=True, kw_only=True)
class Due:
    """A mail that a worker has taken up, with all that it is written from; `sealed` is opened by the mail's id."""

    id: UUID
    kind: str
    type: str | None
    account_id: UUID | None
    address_id: UUID | None
    email: str
    greeting: str
    locale: str
    timezone: str
    account_name: str | None
    needs_activation: bool
    facts: Mapping[str, Any]
    about: Mapping[str, Any]
    sealed: bytes | None
    message_id: str
    attempts: int
    firm_name: str
    reply_to: str | None
    bcc: str | None


def take(
    session: Session, ctx: Context, mail_id: UUID, me: UUID, seconds: float, sender: str, seal: Callable[..., bytes]
) -> Due | None:
    """Take up a mail that is due, unless another process has; what a dead one left is taken for what it is.

    Whether it still is to be sent is asked once more. `seal` keeps the token of its unsubscribe link, which is the
    same each time it is tried: any copy that arrived can be stopped by its own link.
    """
    row = _due(session, ctx, mail_id)
    if row is None:
        return None
    if row.state == "sending":
        _ended(row, "unknown", UNKNOWN)
        telling.mail_changed(session, ctx, row)
        return None
    reason = _reason(session, ctx, row)
    if reason is not None:
        _ended(row, "not_sent", "", reason)
        telling.mail_changed(session, ctx, row)
        return None
    firm = session.get(model.FirmSettings, ctx.firm)
    if firm is None:
        row.due_at, row.detail = ctx.now + dt.timedelta(seconds=seconds), NO_FIRM
        return None
    row.attempts += 1
    row.taken_by, row.taken_until = me, ctx.now + dt.timedelta(seconds=seconds)
    row.message_id = row.message_id or references.message_id(references.make(ctx.firm), sender)
    if row.type is not None and (row.sealed is None or row.unsubscribe_digest is None):
        token = tokens.make(ctx.firm)
        row.sealed, row.unsubscribe_digest = seal(row.id, token), tokens.digest(token)
    names = Due.__dataclass_fields__.keys() - {"firm_name", "reply_to", "bcc"}
    facts = {name: getattr(row, name) for name in names}
    return Due(**facts, firm_name=firm.firm_name, reply_to=firm.reply_to, bcc=firm.bcc)


def hand_over(session: Session, ctx: Context, mail_id: UUID, me: UUID, subject: str) -> bool:
    """Note that from here on it is unknown whether it was sent, until we say; False where it is not ours to send."""
    row = _mine(session, ctx, mail_id, me)
    if row is None or row.state != "waiting" or row.taken_until is None or row.taken_until <= ctx.now:
        return False
    row.state, row.subject = "sending", subject
    return True


def sent(session: Session, ctx: Context, mail_id: UUID, me: UUID) -> None:
    """Note that the server took it."""
    row = _mine(session, ctx, mail_id, me)
    if row is None:
        return
    row.sent_at, row.sealed = ctx.now, None
    _ended(row, "sent", "")
    telling.mail_changed(session, ctx, row)


def later(session: Session, ctx: Context, mail_id: UUID, me: UUID, seconds: float, detail: str) -> None:
    """Try again after a while; `detail` says why it is still here."""
    row = _mine(session, ctx, mail_id, me)
    if row is None:
        return
    is_news = row.detail != detail
    row.state, row.detail = "waiting", detail
    row.due_at, row.taken_by, row.taken_until = ctx.now + dt.timedelta(seconds=seconds), None, None
    if is_news:
        telling.mail_changed(session, ctx, row)


def failed(session: Session, ctx: Context, mail_id: UUID, me: UUID, detail: str) -> None:
    """Give up sending it, and say why."""
    _end(session, ctx, mail_id, me, "failed", detail)


def unknown(session: Session, ctx: Context, mail_id: UUID, me: UUID) -> None:
    """Note that the server was gone while it took it; a person may send it again."""
    _end(session, ctx, mail_id, me, "unknown", UNKNOWN)


def withdrawn(session: Session, ctx: Context, mail_id: UUID, me: UUID) -> None:
    """Note that what it was to tell was taken back first."""
    _end(session, ctx, mail_id, me, "not_sent", "", "withdrawn")


def no_server(session: Session, ctx: Context) -> None:
    """Let the mails of the firm that wait say that there is no mail server, those that do not say so yet."""
    mail = model.Mail
    waiting = (mail.firm_id == ctx.firm, mail.state == "waiting", mail.due_at <= ctx.now, mail.detail != NO_SERVER)
    rows = session.scalars(update(mail).where(*waiting).values(detail=NO_SERVER).returning(mail)).all()
    for row in rows:
        telling.mail_changed(session, ctx, row)


def _reason(session: Session, ctx: Context, row: model.Mail) -> str | None:
    """What has come up since the mail was decided upon."""
    if row.type is not None and row.account_id is not None and row.address_id is not None:
        key = (ctx.firm, row.account_id, row.address_id, row.type)
        if session.get(model.MutedType, key) is not None:
            return "type_off"
    is_suppressed = session.get(model.Suppression, (ctx.firm, row.email_folded)) is not None
    return "suppressed" if is_suppressed and not row.ignores_suppression else None


def _end(
    session: Session, ctx: Context, mail_id: UUID, me: UUID, state: str, detail: str, reason: str | None = None
) -> None:
    row = _mine(session, ctx, mail_id, me)
    if row is not None:
        _ended(row, state, detail, reason)
        telling.mail_changed(session, ctx, row)


def _ended(row: model.Mail, state: str, detail: str, reason: str | None = None) -> None:
    row.state, row.detail, row.reason = state, detail, reason
    row.due_at, row.taken_by, row.taken_until = None, None, None


def _due(session: Session, ctx: Context, mail_id: UUID) -> model.Mail | None:
    mail = model.Mail
    query = select(mail).where(mail.firm_id == ctx.firm, mail.id == mail_id, mail.due_at <= ctx.now)
    is_free = mail.taken_until.is_(None) | (mail.taken_until <= ctx.now)
    return session.scalar(query.where(is_free).with_for_update(skip_locked=True))


def _mine(session: Session, ctx: Context, mail_id: UUID, me: UUID) -> model.Mail | None:
    mail = model.Mail
    query = select(mail).where(mail.firm_id == ctx.firm, mail.id == mail_id, mail.taken_by == me)
    return session.scalar(query.with_for_update())
