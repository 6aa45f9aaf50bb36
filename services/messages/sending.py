"""Sends what was written, through the mailbox of who wrote it (ADR 14)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis import mail
from chassis.addresses import bare
from chassis.context import Context, new_id
from chassis.logs import log
from contracts.mailboxes import MailServer
from services.messages import model
from services.messages.mail.writing import written
from services.messages.operations.emails import mailboxes, outgoing
from services.messages.syncing import BATCH, Tools, side_by_side

SEND_SECONDS = 60.0  # for one e-mail; a large one on a slow line
LEASE_SECONDS = 180.0  # longer than sending it and keeping its copy may take
COPIES = 5  # tries to keep a copy in Sent; the e-mail is out whether or not there is one


def send_due(tools: Tools) -> int:
    """Send the e-mails that are due, of every firm; how many there were."""
    now, row = Context(), model.OutgoingEmail
    with tools.db.reading(now) as session:
        is_free = row.taken_until.is_(None) | (row.taken_until <= now.now)
        query = select(row.firm_id, row.email_id).where(row.due_at <= now.now, is_free)
        due = [(one.firm_id, one.email_id) for one in session.execute(query.order_by(row.due_at).limit(BATCH))]
    side_by_side(send, tools, due)
    return len(due)


def send(tools: Tools, firm_id: UUID, email_id: UUID) -> None:
    """Send one e-mail, unless another process does. Raises Unavailable."""
    me = new_id()

    def do(operation: Callable[..., Any], *arguments: Any) -> Any:
        ctx = Context(firm_id=firm_id)
        with tools.db.transaction(ctx) as session:
            return operation(session, ctx, email_id, me, *arguments)

    due: outgoing.Due | None = do(outgoing.take, LEASE_SECONDS)
    if due is None:
        return
    password = tools.sealer.unseal(due.mailbox.id, due.mailbox.secret)
    content = written(due.letter)
    if not due.is_accepted and not _hand_over(tools, do, due, password, content):
        return
    try:
        login = mail.Login(MailServer(**due.mailbox.imap), due.mailbox.user, password)
        with mail.imap(login, SEND_SECONDS) as imap:
            imap.keep_sent(f"<{due.letter.message_id}>", content)
    except (mail.Refused, mail.Unreachable) as problem:
        log.warning("no copy of a sent e-mail is kept yet", email_id=str(email_id), error=str(problem))
        if due.attempts < COPIES:
            do(outgoing.later, _pause(tools, due.attempts), "")
            return
    do(outgoing.done)


def _hand_over(tools: Tools, do: Callable[..., Any], due: outgoing.Due, password: str, content: bytes) -> bool:
    """Give it to the mail server; whether that took it."""
    letter = due.letter

    def about_to() -> None:
        if not do(outgoing.hand_over):
            raise mailboxes.TurnLost

    try:
        login = mail.Login(MailServer(**due.mailbox.smtp), due.mailbox.user, password)
        with mail.smtp(login, SEND_SECONDS) as smtp:
            recipients = list(dict.fromkeys(bare(one) for one in (*letter.to, *letter.cc)))
            mail.hand_over(smtp, bare(letter.sender), recipients, content, about_to)
    except mailboxes.TurnLost:
        return False
    except mail.OutcomeUnknown:
        do(outgoing.failed, outgoing.UNKNOWN)
        return False
    except mail.Rejected as problem:
        do(outgoing.failed, str(problem))
        return False
    except (mail.Refused, mail.Unreachable, mail.Postponed) as problem:
        if due.attempts > len(tools.settings.mail_retry_seconds):
            do(outgoing.failed, str(problem))
        else:
            do(outgoing.later, _pause(tools, due.attempts), str(problem))
        return False
    do(outgoing.accepted)
    return True


def _pause(tools: Tools, attempts: int) -> float:
    seconds = tools.settings.mail_retry_seconds
    return seconds[min(attempts, len(seconds)) - 1]
