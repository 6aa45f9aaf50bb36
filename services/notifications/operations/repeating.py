"""Sending a mail once more, by a person's wish (R-NOT-7, ADR 14)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from contracts.notifications import Mail, MailNotFound, NotRepeatable, SendMailAgain
from contracts.switches import AddressBlocked
from services.notifications import access, model
from services.notifications.operations import telling

REPEATABLE = ("failed", "bounced", "unknown")


def send_mail_again(session: Session, ctx: Context, request: SendMailAgain) -> Mail:
    """Send a mail that did not arrive once more, under the same Message-ID.

    A security mail that was held back because its address is suppressed goes out where that is asked for on purpose.
    Raises Forbidden, MailNotFound, NotRepeatable, AddressBlocked, Invalid.
    """
    access.staff(ctx)
    row = model.Mail
    mine = (row.firm_id == ctx.firm, row.account_id == request.account_id, row.id == request.mail_id)
    query = select(row).where(*mine, row.member_id.is_(None), access.sees(ctx)).with_for_update()
    mail = session.scalar(query.execution_options(populate_existing=True))
    if mail is None:
        raise MailNotFound
    if request.despite_suppression and mail.type is not None:
        raise wrong("despite_suppression", "Only a security mail, such as an invitation, goes to a suppressed address.")
    was_held_back = (mail.state, mail.reason) == ("not_sent", "suppressed")
    if mail.state not in REPEATABLE and not was_held_back:
        raise NotRepeatable(state=mail.state)
    suppression = session.get(model.Suppression, (ctx.firm, mail.email_folded))
    if suppression is not None and not request.despite_suppression:
        raise AddressBlocked(reason=suppression.detail or suppression.cause)
    mail.state, mail.reason, mail.detail, mail.attempts = "waiting", None, "", 0
    mail.due_at, mail.taken_by, mail.taken_until = ctx.now, None, None
    mail.ignores_suppression = request.despite_suppression
    telling.mail_changed(session, ctx, mail)
    return telling.of_mail(mail)
