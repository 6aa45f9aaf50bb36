"""The unsubscribe link of a mail: one type, for one address on one account (R-NOT-8)."""

from dataclasses import replace
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Actor, Context
from contracts.notifications import Locale, NotificationType
from contracts.preferences import UnsubscribeToken, Unsubscription, UnsubscriptionNotFound
from services.notifications import model, tokens
from services.notifications.operations import preferences


def get_unsubscription(session: Session, ctx: Context, request: UnsubscribeToken) -> Unsubscription:
    """What the link is about, and whether it is on. Raises UnsubscriptionNotFound."""
    return _described(session, ctx, find(session, ctx, request.token))


def by_reader(ctx: Context, mail: model.Mail) -> Context:
    """The context of whoever holds the mail, as history shall name them: the address it went to."""
    return replace(ctx, actor=Actor(kind="reader", name=f"{mail.email} (link of a mail)"))


def set_by_link(session: Session, ctx: Context, request: UnsubscribeToken, *, is_on: bool) -> Unsubscription:
    """Want the mail's type again or no longer. Raises UnsubscriptionNotFound."""
    mail = find(session, ctx, request.token)
    if mail.account_id is None or mail.contact_id is None or mail.address_id is None:
        raise UnsubscriptionNotFound
    kind = cast("NotificationType", mail.type)
    place = (mail.account_id, mail.contact_id, mail.address_id)
    if preferences.switch(session, ctx, *place, kind, is_on=is_on):
        preferences.told(session, ctx, *place, by_link=True)
    return _described(session, ctx, mail)


def find(session: Session, ctx: Context, token: str) -> model.Mail:
    """The mail whose link it is. Raises UnsubscriptionNotFound, also for a security mail's."""
    row = model.Mail
    query = select(row).where(row.firm_id == ctx.firm, row.unsubscribe_digest == tokens.digest(token))
    mail = session.scalar(query)
    if mail is None or mail.type is None or mail.address_id is None:
        raise UnsubscriptionNotFound
    return mail


def _described(session: Session, ctx: Context, mail: model.Mail) -> Unsubscription:
    row, firm = model.MutedType, session.get(model.FirmSettings, ctx.firm)
    mine = (row.firm_id == ctx.firm, row.account_id == mail.account_id, row.address_id == mail.address_id)
    return Unsubscription(
        firm_name=firm.firm_name if firm else "",
        account_name=mail.account_name or "",
        email=mail.email,
        type=cast("NotificationType", mail.type),
        is_on=session.scalar(select(row.type).where(*mine, row.type == mail.type)) is None,
        locale=cast("Locale", mail.locale),
    )
