"""Sends the system's mail: each arrives once, or it is said why not (ADR 14)."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis import mail
from chassis.addresses import bare
from chassis.config import Settings
from chassis.context import Context, new_id
from chassis.db import Transactions
from chassis.errors import AppError
from chassis.logs import log
from chassis.mail.connection import login_of
from chassis.sealing import Sealer
from services.notifications import links, model
from services.notifications.letters import Letter, Written, write
from services.notifications.mail import references
from services.notifications.mail.writing import Envelope, written
from services.notifications.operations import outgoing

LANES = 4  # connections to the mail server at once
BATCH = 64  # mails of one look; a lane's share goes over one connection
SEND_SECONDS = 60.0  # for one mail
LEASE_SECONDS = 240.0  # longer than asking for its link, connecting and sending may take together
UNWRITABLE = "It could not be written; the service's log says why."


@dataclass(frozen=True)
class Tools:
    """What sending needs besides the database; `contacts` and `identity` are asked for links."""

    db: Transactions
    sealer: Sealer
    settings: Settings
    contacts: links.Contacts
    identity: links.Identity
    send_seconds: float = SEND_SECONDS


class _TurnLost(Exception):
    """The lease is over, and the mail somebody else's."""


class _LineDown(Exception):
    """The mail server can't be reached at all: the next mail would only wait for it as well."""


def send_due(tools: Tools) -> int:
    """Send the mails that are due, of every firm; how many there were."""
    if not tools.settings.smtp_url or not tools.settings.mail_from:
        _tell_that_none_is_sent(tools)
        return 0
    now, row = Context(), model.Mail
    with tools.db.reading(now) as session:
        is_free = row.taken_until.is_(None) | (row.taken_until <= now.now)
        query = select(row.firm_id, row.id).where(row.due_at <= now.now, is_free)
        due = [(one.firm_id, one.id) for one in session.execute(query.order_by(row.due_at).limit(BATCH))]
    lanes = [due[number::LANES] for number in range(min(LANES, len(due)))]
    threads = [threading.Thread(target=send_run, args=(tools, lane), daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(due)


def send_run(tools: Tools, due: Iterable[tuple[UUID, UUID]]) -> None:
    """Send some mails over one connection; what goes wrong with one leaves the others alone."""
    with mail.Line(login_of(tools.settings.smtp_url), tools.send_seconds) as line:
        for firm_id, mail_id in due:
            try:
                send(tools, line, firm_id, mail_id)
            except _LineDown:
                return
            except AppError as problem:
                log.warning("mail waits", id=str(mail_id), error=str(problem))
            except Exception:  # noqa: BLE001 (whatever one mail does to us, the next has its turn)
                log.exception("mail failed", id=str(mail_id))


def send(tools: Tools, line: mail.Line, firm_id: UUID, mail_id: UUID) -> None:
    """Send one mail, unless another process does. Raises Unavailable; _LineDown once that is noted."""
    me, sender = new_id(), bare(tools.settings.mail_from)

    def do(operation: Callable[..., Any], *arguments: Any) -> Any:
        ctx = Context(firm_id=firm_id)
        with tools.db.transaction(ctx) as session:
            return operation(session, ctx, mail_id, me, *arguments)

    due: outgoing.Due | None = do(outgoing.take, LEASE_SECONDS, sender, tools.sealer.seal)
    if due is None:
        return
    try:
        letter, content = _written(tools, Context(firm_id=firm_id), due, sender)
    except links.Withdrawn:
        do(outgoing.withdrawn)
        return
    except AppError as problem:
        _try_later(tools, do, due, str(problem))
        return
    except ValueError as problem:
        do(outgoing.failed, str(problem))
        return
    except Exception:  # noqa: BLE001 (a letter that can't be written must not be tried for ever, nor stop the others)
        log.exception("a mail can't be written", id=str(mail_id), kind=due.kind)
        _try_later(tools, do, due, UNWRITABLE)
        return
    _hand_over(tools, line, do, due, (sender, letter.subject, content))


def _written(tools: Tools, ctx: Context, due: outgoing.Due, sender: str) -> tuple[Written, bytes]:
    site = tools.settings.public_url.rstrip("/")
    secret = tools.sealer.unseal(due.id, due.sealed) if due.sealed else None
    unsubscribe_link = f"{site}/unsubscribe/{secret}" if due.type is not None else None
    letter = write(
        Letter(
            kind=due.kind,
            locale=due.locale,
            firm_name=due.firm_name,
            greeting=due.greeting,
            account_name=due.account_name,
            facts=due.facts,
            link=links.link(tools.contacts, tools.identity, ctx, site, due, secret),
            activation_link=f"{site}/portal" if due.needs_activation else None,
            unsubscribe_link=unsubscribe_link,
            timezone=due.timezone,
        )
    )
    envelope = Envelope(
        message_id=due.message_id,
        sender_name=due.firm_name,
        sender=sender,
        recipient=due.email,
        reply_to=due.reply_to,
        locale=due.locale,
        sent_at=ctx.now,
        unsubscribe_link=unsubscribe_link,
    )
    return letter, written(envelope, letter.subject, letter.text, letter.html)


def _hand_over(
    tools: Tools, line: mail.Line, do: Callable[..., Any], due: outgoing.Due, message: tuple[str, str, bytes]
) -> None:
    """Give it to the mail server, and keep what became of it."""
    sender, subject, content = message

    def about_to() -> None:
        if not do(outgoing.hand_over, subject):
            raise _TurnLost

    # A link that lets in, or signs, is for one pair of eyes: such mails have no type, and nobody gets a copy (R-NOT-6).
    copies = [bare(due.bcc)] if due.bcc and due.type is not None else []
    back = references.return_address(due.message_id, sender)
    try:
        line.hand_over(back, [bare(due.email)], content, about_to, copies)
    except _TurnLost:
        return
    except mail.OutcomeUnknown:
        do(outgoing.unknown)
    except mail.Rejected as problem:
        do(outgoing.failed, str(problem))
    except mail.Postponed as problem:
        _try_later(tools, do, due, str(problem))
    except (mail.Refused, mail.Unreachable) as problem:
        _try_later(tools, do, due, str(problem))
        raise _LineDown from problem
    else:
        do(outgoing.sent)


def _try_later(tools: Tools, do: Callable[..., Any], due: outgoing.Due, problem: str) -> None:
    pauses = tools.settings.mail_retry_seconds
    if due.attempts > len(pauses):
        do(outgoing.failed, problem)
    else:
        do(outgoing.later, pauses[due.attempts - 1], problem)


def _tell_that_none_is_sent(tools: Tools) -> None:
    """Let each mail that waits say so once."""
    now, row = Context(), model.Mail
    with tools.db.reading(now) as session:
        silent = (row.due_at <= now.now, row.detail != outgoing.NO_SERVER, row.state == "waiting")
        firm_ids = session.scalars(select(row.firm_id).where(*silent).distinct().limit(BATCH)).all()
    for firm_id in firm_ids:
        ctx = Context(firm_id=firm_id)
        with tools.db.transaction(ctx) as session:
            outgoing.no_server(session, ctx)
        _warn_that_none_is_sent()


@cache
def _warn_that_none_is_sent() -> None:
    """Once in the life of a process, for each mail says so itself."""
    log.warning("mail waits for a mail server: set DOSSIER_SMTP_URL and DOSSIER_MAIL_FROM")
