"""What mail servers report of a mail after it was sent (RFC 3464, RFC 5965)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.addresses import fold
from chassis.context import Context
from chassis.mail.reports import Report
from contracts.suppressions import Cause, SuppressAddress
from services.notifications import model
from services.notifications.operations import telling
from services.notifications.operations.suppressing import suppress_address

LONGEST = 255  # characters of a reason
# What servers may still report on: `sending` and `unknown` are cleared up by whatever they say.
HANDED_OVER = ("sending", "unknown", "sent", "delivered")
COMPLAINED = "Whoever got it reported it as unwanted."


def reported(session: Session, ctx: Context, message_id: str, report: Report) -> bool:
    """Take in a report on a mail of the firm; False where no mail of ours has this Message-ID.

    An address that is refused for good, or whose owner complains, gets no further mail (R-LOG-8).
    """
    mail = model.Mail
    query = select(mail).where(mail.firm_id == ctx.firm, mail.message_id == message_id)
    row = session.scalar(query.with_for_update())
    if row is None:
        return False
    if _is_about_the_copy(session, ctx, row, report):
        return True
    before = (row.state, row.detail)
    _note(row, report)
    if report.outcome == "delivered" and row.sent_at is None and row.state == "delivered":
        row.sent_at = ctx.now
    if (row.state, row.detail) != before:
        telling.mail_changed(session, ctx, row)
    if report.outcome == "complaint" or (report.outcome == "bounced" and report.is_permanent):
        cause: Cause = "complaint" if report.outcome == "complaint" else "bounce"
        suppress_address(session, ctx, SuppressAddress(email=row.email, cause=cause, detail=report.words[:LONGEST]))
    return True


def _note(row: model.Mail, report: Report) -> None:
    if report.outcome == "complaint":
        row.detail = COMPLAINED
    elif row.state not in HANDED_OVER:
        return
    elif report.outcome == "delayed":
        row.detail = report.words if row.state != "delivered" else row.detail
    else:
        row.state, row.detail = report.outcome, report.words
        row.due_at, row.taken_by, row.taken_until, row.sealed = None, None, None, None


def _is_about_the_copy(session: Session, ctx: Context, row: model.Mail, report: Report) -> bool:
    """Whether it is the firm's own copy (R-NOT-6) that came back, which says nothing of the client's address."""
    firm = session.get(model.FirmSettings, ctx.firm)
    copy = fold(firm.bcc) if firm is not None and firm.bcc else None
    return copy in report.recipients and row.email_folded not in report.recipients
