"""Looks into mailboxes, one process into each at a time, and keeps what was exchanged with synced addresses.

Every step can be repeated: what was kept is known by where it was seen and by its identity, so that whatever dies
between two steps leaves nothing behind but files for the sweep.
"""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, select

from chassis import mail
from chassis.blobs import Blobs
from chassis.config import Settings
from chassis.context import Context, new_id
from chassis.db import Transactions
from chassis.errors import Forbidden, Unavailable, wrong
from chassis.logs import log
from chassis.mail import reports
from chassis.sealing import Sealer
from contracts.emails import KeepEmail, KeptEmail
from contracts.mailboxes import MailboxState, MailServer
from services.messages import model
from services.messages.mail import reading
from services.messages.operations.emails import ingesting, mailboxes
from services.messages.queries.emails.views import path

TURN_SECONDS = 100.0  # for one mailbox at a time; the rest of a long past comes with the next turns
LEASE_SECONDS = 240.0  # longer than a turn and the one message that may be under way at its end
HEADS = 50  # headers looked at together
ADDRESSES = 50  # whose past is looked for in one turn
AT_ONCE = 8  # mailboxes
BATCH = 64
# In turns of the setting mail_seconds: how long until the next look.
PAUSES: dict[str, int] = {"ok": 1, "unreachable": 2, "refused": 10}


@dataclass(frozen=True)
class Tools:
    """What mail needs besides the database; `compute(function, *arguments)` runs what computes for long."""

    db: Transactions
    blobs: Blobs
    compute: Callable[..., Any]
    sealer: Sealer
    settings: Settings


def sync_due(tools: Tools) -> int:
    """Look into the mailboxes that are due, of every firm; how many there were."""
    now, turn = Context(), model.MailboxTurn
    with tools.db.reading(now) as session:
        query = select(turn.firm_id, turn.mailbox_id).where(turn.due_at <= now.now).order_by(turn.due_at).limit(BATCH)
        due = [(row.firm_id, row.mailbox_id) for row in session.execute(query)]
    side_by_side(sync, tools, due)
    return len(due)


def side_by_side(act: Callable[[Tools, UUID, UUID], None], tools: Tools, due: Sequence[tuple[UUID, UUID]]) -> None:
    """Do it for each, some at a time; what goes wrong with one is logged and leaves the others alone."""

    def safely(firm_id: UUID, some_id: UUID) -> None:
        try:
            act(tools, firm_id, some_id)
        except Unavailable as problem:
            log.warning("mail waits", id=str(some_id), error=str(problem))
        except Exception:  # noqa: BLE001 (whatever one server or message does to us, the next mailbox has its turn)
            log.exception("mail failed", id=str(some_id))

    for group in _groups(due, AT_ONCE):
        threads = [threading.Thread(target=safely, args=one, daemon=True) for one in group]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def sync(tools: Tools, firm_id: UUID, mailbox_id: UUID) -> None:
    """Look into one mailbox, unless another process does. Raises Unavailable."""
    me = new_id()
    with tools.db.transaction(Context(firm_id=firm_id)) as session:
        box = mailboxes.take(session, Context(firm_id=firm_id), mailbox_id, me, LEASE_SECONDS)
    if box is None:
        return
    state: MailboxState = "ok"
    problem, is_done = "", True
    try:
        login = mail.Login(MailServer(**box.imap), box.user, tools.sealer.unseal(box.id, box.secret))
        with mail.imap(login, TURN_SECONDS) as imap:
            is_done = _Turn(tools, firm_id, box.id, me, imap).read()
    except mailboxes.TurnLost:
        return
    except mail.Refused as refused:
        state, problem = "refused", str(refused)
    except mail.Unreachable as unreachable:
        state, problem = "unreachable", str(unreachable)
    ctx = Context(firm_id=firm_id)
    pause = dt.timedelta(seconds=PAUSES[state] * tools.settings.mail_seconds if is_done else 0)
    with tools.db.transaction(ctx) as session:
        mailboxes.let_go(session, ctx, box.id, me, state, problem, ctx.now + pause)


class _Turn:
    """One look into one mailbox."""

    def __init__(self, tools: Tools, firm_id: UUID, mailbox_id: UUID, me: UUID, imap: mail.Imap) -> None:
        self._tools, self._firm_id, self._mailbox_id, self._me, self._imap = tools, firm_id, mailbox_id, me, imap
        self._ends_at = time.monotonic() + TURN_SECONDS * 0.8  # the rest is for what is under way then

    def read(self) -> bool:
        """Read what is new, then the past of who is newly synced; whether that is all."""
        folders = self._imap.folders()
        for role, name in folders:
            self._read_new(self._imap.open(role, name))
        for folded, email in self._do(ingesting.unfetched, self._mailbox_id, ADDRESSES):
            for role, name in folders:
                self._imap.open(role, name)
                if not self._read_past(role, folded, email):
                    return False
            self._do(ingesting.fetched, self._mailbox_id, folded)
        return not self._do(ingesting.unfetched, self._mailbox_id, 1)

    def _read_new(self, folder: mail.Folder) -> None:
        known = self._do(_folder, self._mailbox_id, folder.role)
        if known is None or known.uidvalidity != folder.uidvalidity:
            last_uid = folder.next_uid - 1
            self._do(ingesting.move_folder, self._mailbox_id, folder.role, folder.uidvalidity, last_uid)
            return
        for uids in _groups(self._imap.since(known.last_uid + 1), HEADS):
            for found, head in self._wanted(uids):
                if not (head.is_report and self._take_report(found)):
                    self._keep(folder.role, found, head)
            self._do(ingesting.advance, self._mailbox_id, folder.role, uids[-1])

    def _read_past(self, role: mail.Role, folded: str, email: str) -> bool:
        uids = sorted({*self._imap.exchanged_with(folded), *self._imap.exchanged_with(email)})
        for group in _groups(uids, HEADS):
            new = set(group) - self._do(ingesting.seen, self._mailbox_id, role, group)
            for found, head in self._wanted(sorted(new)):
                if not head.is_report:
                    self._keep(role, found, head)
                if time.monotonic() > self._ends_at:
                    return False
        return True

    def _wanted(self, uids: Sequence[int]) -> list[tuple[mail.Found, reading.Envelope]]:
        """Those from or to somebody whose mail is synced, and reports of servers; all others are forgotten here."""
        heads = [(found, reading.envelope(found.head, found.received_at)) for found in self._imap.heads(uids)]
        people = {one.folded for _, head in heads for one in head.people}
        synced = self._do(ingesting.wanted, people)
        return [
            (found, head)
            for found, head in heads
            if head.is_report or not synced.isdisjoint(one.folded for one in head.people)
        ]

    def _take_report(self, found: mail.Found) -> bool:
        if found.size > reports.LARGEST:
            return False
        raw = self._imap.message(found.uid)
        told = self._tools.compute(reports.report, raw) if raw else None
        if told is None or not told.message_id or told.outcome not in {"delivered", "bounced"}:
            return False
        return bool(self._do(ingesting.reported, self._mailbox_id, told))

    def _keep(self, role: mail.Role, found: mail.Found, head: reading.Envelope) -> None:
        if not self._do(ingesting.wanted, {one.folded for one in head.people}):
            return
        sight = ingesting.Sight(self._mailbox_id, role, found.uid, found.is_seen, found.is_answered)
        if head.message_id and self._do(ingesting.again, sight, ingesting.identity(head.message_id, head.sender)):
            return
        raw = self._imap.message(found.uid)
        if raw is None:
            return
        _take_in(self._tools, self._firm_id, self._do, raw, found.received_at, sight)

    def _do(self, operation: Callable[..., Any], *arguments: Any) -> Any:
        """One step in a transaction of its own, while the mailbox is still ours."""
        ctx = Context(firm_id=self._firm_id)
        with self._tools.db.transaction(ctx) as session:
            until = ctx.now + dt.timedelta(seconds=LEASE_SECONDS)
            mailboxes.still_mine(session, ctx, self._mailbox_id, self._me, until)
            return operation(session, ctx, *arguments)


def keep(tools: Tools, ctx: Context, request: KeepEmail) -> KeptEmail:
    """Keep an e-mail that came by no mailbox, as if it had. Raises Forbidden, Invalid."""
    if ctx.actor.kind != "system":
        raise Forbidden
    raw = request.raw.encode()

    def do(operation: Callable[..., Any], *arguments: Any) -> Any:
        with tools.db.transaction(ctx) as session:
            return operation(session, ctx, *arguments)

    people = {one.folded for one in reading.envelope(raw, request.received_at).people}
    if not do(ingesting.wanted, people):
        raise wrong("raw", "EMAIL SYNC is on for none of its people, or not known here yet.")
    sight = ingesting.Sight(None, "inbox", 0, is_seen=request.is_seen)
    return KeptEmail(email_id=_take_in(tools, ctx.firm, do, raw, request.received_at, sight))


def _take_in(
    tools: Tools, firm_id: UUID, do: Callable[..., Any], raw: bytes, received_at: dt.datetime, sight: ingesting.Sight
) -> UUID | None:
    """Keep the files of an e-mail, and then what shows them; its id, or none where it is known or nobody's."""
    read: reading.Read = tools.compute(reading.read, raw, received_at)
    message_id = read.envelope.message_id or tools.compute(reading.identity, raw)
    blob_id = new_id()
    do(ingesting.prepare, blob_id, len(read.files))
    for number, content in enumerate([raw, *(one.content for one in read.files)]):
        tools.blobs.create(path(firm_id, blob_id, number), content)
    email_id: UUID | None = do(ingesting.ingest, sight, read, message_id, blob_id)
    return email_id


def sweep(tools: Tools) -> None:
    """Remove the files of e-mails, of every firm, that never came to be or are gone."""
    now, left = Context(), model.EmailLeftover
    with tools.db.reading(now) as session:
        query = select(left.firm_id, left.blob_id, left.files).where(left.due_at <= now.now).limit(BATCH)
        due = session.execute(query.order_by(left.due_at)).all()
    for row in due:
        tools.blobs.delete(*(path(row.firm_id, row.blob_id, number) for number in range(row.files + 1)))
        with tools.db.transaction(Context(firm_id=row.firm_id)) as session:
            session.execute(delete(left).where(left.firm_id == row.firm_id, left.blob_id == row.blob_id))


def _folder(session: Any, ctx: Context, mailbox_id: UUID, role: Literal["inbox", "sent"]) -> model.MailFolder | None:
    return session.get(model.MailFolder, (ctx.firm, mailbox_id, role))  # type: ignore[no-any-return]


def _groups(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
