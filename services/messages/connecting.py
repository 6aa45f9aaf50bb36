"""A member connects a mailbox: both servers must let us in before anything is kept."""

from chassis import mail
from chassis.context import Context
from chassis.db import Transactions
from chassis.sealing import Sealer
from contracts.mailboxes import ConnectMailbox, Mailbox, MailboxRefused, MailServer
from services.messages.operations.emails import mailboxes


def connect(db: Transactions, sealer: Sealer, ctx: Context, request: ConnectMailbox) -> Mailbox:
    """Sign in to both servers, then keep the mailbox. Raises Forbidden, Invalid, MailboxTaken, MailboxRefused.

    Repeated, it replaces the same mailbox by the same.
    """
    with db.transaction(ctx) as session:
        mailbox_id = mailboxes.check(session, ctx, request)
    _check("imap", request.imap, ctx, request)
    _check("smtp", request.smtp, ctx, request)
    secret = sealer.seal(mailbox_id, request.password)
    with db.transaction(ctx) as session:
        return mailboxes.connect(session, ctx, request, mailbox_id, secret)


def _check(name: str, server: MailServer, ctx: Context, request: ConnectMailbox) -> None:
    login = mail.Login(server, request.user, request.password)
    way_in = mail.imap if name == "imap" else mail.smtp
    try:
        with way_in(login, max(ctx.remaining - 1, 0.1)):
            pass
    except (mail.Refused, mail.Unreachable) as problem:
        raise MailboxRefused(str(problem), server=name) from problem
