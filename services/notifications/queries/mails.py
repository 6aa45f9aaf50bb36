"""What became of every mail of an account, and which addresses get none."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.addresses import fold
from chassis.context import Context
from chassis.listing import Order
from contracts.common import Done
from contracts.notifications import ListMails, Mail, Mails, NotificationSettings
from contracts.suppressions import ListSuppressions, SuppressionList
from services.notifications import access, model
from services.notifications.operations import settings, suppressing, telling

NEWEST = Order((model.Mail.__table__.c.id,))
LATEST = Order(tuple(model.Suppression.__table__.c[name] for name in ("suppressed_at", "email_folded")))


def list_mails(session: Session, ctx: Context, request: ListMails) -> Mails:
    """List the mails of an account to its people, the newest first. Raises Forbidden."""
    access.staff(ctx)
    row = model.Mail
    query = select(row).where(row.firm_id == ctx.firm, row.account_id == request.account_id)
    query = query.where(row.member_id.is_(None), access.sees(ctx))
    if request.email is not None:
        query = query.where(row.email_folded == fold(request.email))
    if request.state is not None:
        query = query.where(row.state == request.state)
    if request.cursor is not None:
        query = query.where(NEWEST.after(request.cursor))
    found = session.scalars(query.order_by(*NEWEST.sorted()).limit(request.limit + 1)).all()
    page = found[: request.limit]
    return Mails(
        items=tuple(_shown(ctx, one) for one in page),
        next_cursor=cursor.encode(page[-1].id) if len(found) > request.limit else None,
    )


def _shown(ctx: Context, row: model.Mail) -> Mail:
    mail = telling.of_mail(row)
    return mail if access.reads_names(ctx) or row.type not in access.NAMELESS else replace(mail, subject="")


def list_suppressions(session: Session, ctx: Context, request: ListSuppressions) -> SuppressionList:
    """List the addresses that get no mail, the latest first. Raises Forbidden."""
    access.require(ctx, "set_notifications")
    row = model.Suppression
    query = select(row).where(row.firm_id == ctx.firm)
    if request.q is not None:
        query = query.where(row.email_folded.contains(request.q.strip().casefold(), autoescape=True))
    if request.cause is not None:
        query = query.where(row.cause == request.cause)
    if request.cursor is not None:
        query = query.where(LATEST.after(request.cursor))
    found = session.scalars(query.order_by(*LATEST.sorted()).limit(request.limit + 1)).all()
    page = found[: request.limit]
    return SuppressionList(
        items=tuple(suppressing.of(one) for one in page),
        next_cursor=cursor.encode(page[-1].suppressed_at, page[-1].email_folded)
        if len(found) > request.limit
        else None,
    )


def get_notification_settings(session: Session, ctx: Context, _request: Done) -> NotificationSettings:
    """How the firm's mails look. Raises Forbidden."""
    access.staff(ctx)
    return settings.of(settings.find(session, ctx))
