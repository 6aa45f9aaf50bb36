"""Reads the mailbox to which the system's mail comes back.

It is the system's own: what is marked as read has been taken in, whatever it was, and stays for people to look at.
Reports count twice as they count once, so that several processes may look at the same time, and any may die.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from chassis import mail
from chassis.config import Settings
from chassis.context import Context
from chassis.db import Transactions
from chassis.logs import log
from chassis.mail import reports
from chassis.mail.connection import login_of
from services.notifications.mail import references
from services.notifications.operations import reporting

TURN_SECONDS = 60.0  # for one look
MESSAGES = 200  # of one look; the next comes within a minute


@dataclass(frozen=True)
class Tools:
    """What reading needs besides the database; `compute(function, *arguments)` runs what computes for long."""

    db: Transactions
    settings: Settings
    compute: Callable[..., Any]


def read_reports(tools: Tools) -> int:
    """Take in what has come since the last look; how many reports on mails of ours there were."""
    url = tools.settings.bounces_url
    if not url:
        return 0
    folder = unquote(urlsplit(url).path.strip("/")) or "INBOX"
    count = 0
    try:
        with mail.imap(login_of(url), TURN_SECONDS) as box:
            for uid, size in box.unread(folder, MESSAGES):
                raw = box.message(uid) if size <= reports.LARGEST else None
                count += raw is not None and take_in(tools, raw)
                box.mark_read(uid)
    except (mail.Refused, mail.Unreachable) as problem:
        log.warning("the mailbox of what comes back can't be read", error=str(problem))
    return count


def take_in(tools: Tools, raw: bytes) -> bool:
    """Take in one message; whether it is a report on a mail of ours."""
    report: reports.Report | None = tools.compute(reports.report, raw)
    if report is None:
        return False
    for firm_id, message_id in references.found((report.message_id, *report.sent_to)):
        ctx = Context(firm_id=firm_id)
        with tools.db.transaction(ctx) as session:
            if reporting.reported(session, ctx, message_id, report):
                return True
    return False
