"""E-mail that comes in: kept once, in a thread, filed or waiting; only of people whose EMAIL SYNC is on (R-EML-3)."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.mail.reports import Report
from chassis.outbox import emit
from contracts.emails import EmailsChanged
from services.messages import model
from services.messages.mail.reading import Address, Read
from services.messages.operations.emails import filing, settling, synced, threads

KEPT_SECONDS = 3600  # of files whose e-mail never came to be; far longer than one message takes
UNDONE = ("queued", "failed")


@dataclass(frozen=True)
class Sight:
    """Where a message was seen, if in a mailbox, and how it is marked there."""

    mailbox_id: UUID | None
    role: str
    uid: int
    is_seen: bool = False
    is_answered: bool = False


def identity(message_id: str, sender: Address) -> str:
    """Tell one e-mail from another: whoever copies a Message-ID has not written the same mail."""
    return f"{message_id} {sender.folded}"


def wanted(session: Session, ctx: Context, folded: Collection[str]) -> frozenset[str]:
    """Give those of the addresses whose mail is filed in some account."""
    return frozenset(synced.accounts_of(session, ctx, folded))


def seen(session: Session, ctx: Context, mailbox_id: UUID, role: str, uids: Collection[int]) -> set[int]:
    """Give those of the messages of a folder that are known."""
    sight = model.EmailSighting
    here = (sight.firm_id == ctx.firm, sight.mailbox_id == mailbox_id, sight.role == role, sight.uid.in_(uids))
    return set(session.scalars(select(sight.uid).where(*here)))


def again(session: Session, ctx: Context, sight: Sight, known_as: str) -> bool:
    """Note that a known e-mail is in this mailbox too (R-EML-5); False where it is not known."""
    email = session.scalar(
        select(model.Email).where(model.Email.firm_id == ctx.firm, model.Email.identity == known_as).with_for_update()
    )
    if email is None:
        return False
    _note(session, ctx, sight, email.id)
    if email.direction == "sent" and email.status in UNDONE and sight.role == "sent":
        # Our process died before it heard the server, which has kept a copy: so it went out.
        outgoing = model.OutgoingEmail
        session.execute(delete(outgoing).where(outgoing.firm_id == ctx.firm, outgoing.email_id == email.id))
        stands(session, ctx, email, "sent")
    return True


def prepare(session: Session, ctx: Context, blob_id: UUID, files: int) -> None:
    """Remember files that are about to be kept, should their e-mail never come to be."""
    due_at = ctx.now + dt.timedelta(seconds=KEPT_SECONDS)
    session.add(model.EmailLeftover(firm_id=ctx.firm, blob_id=blob_id, files=files, due_at=due_at))


def ingest(session: Session, ctx: Context, sight: Sight, read: Read, message_id: str, blob_id: UUID) -> UUID | None:
    """Keep an e-mail and file it; None where it is known, or nobody's EMAIL SYNC is on any more."""
    settling.begin(session, ctx)
    head = read.envelope
    if again(session, ctx, sight, identity(message_id, head.sender)):
        return None
    folded = sorted({one.folded for one in head.people})
    thread_id = None
    if wanted(session, ctx, folded):
        thread_id = threads.thread_of(session, ctx, message_id, head.references)
    if thread_id is None:
        return None
    facts, found = filing.judged(session, ctx, folded, head.subject, thread_id)
    is_received = head.sender.folded in facts.synced
    email = model.Email(
        firm_id=ctx.firm,
        id=new_id(),
        thread_id=thread_id,
        message_id=message_id,
        identity=identity(message_id, head.sender),
        answers=head.references[-1] if head.references else None,
        references=list(head.references),
        direction="received" if is_received else "sent",
        sender_name=head.sender.name,
        sender_email=head.sender.email,
        to=[_participant(one) for one in head.to],
        cc=[_participant(one) for one in head.cc],
        subject=head.subject,
        text=read.text,
        is_cut=read.is_cut,
        files=[
            {"number": number, "file_name": one.name, "media_type": one.media_type, "size": len(one.content)}
            for number, one in enumerate(read.files, 1)
        ],
        sent_at=head.sent_at,
        status=_status(session, ctx, sight, message_id) if is_received else "sent",
        blob_id=blob_id,
        candidates=sorted(facts.candidates),
        is_waiting=found.reason is None,
    )
    session.add(email)
    session.flush()
    people = [{"firm_id": ctx.firm, "email_id": email.id, "folded": one} for one in folded]
    session.execute(insert(model.EmailPerson).values(people))
    _note(session, ctx, sight, email.id)
    if found.reason is not None:
        filing.put(session, ctx, email, found.accounts, found.reason)
    if not is_received:
        answered(session, ctx, email)
    leftover = model.EmailLeftover
    session.execute(delete(leftover).where(leftover.firm_id == ctx.firm, leftover.blob_id == blob_id))
    return email.id


def reported(session: Session, ctx: Context, mailbox_id: UUID, report: Report) -> bool:
    """Note what servers say of an e-mail sent through this mailbox (RFC 3464); whether it was one."""
    email = model.Email
    query = select(email).where(email.firm_id == ctx.firm, email.message_id == report.message_id)
    ours = session.scalar(query.where(email.direction == "sent", email.mailbox_id == mailbox_id).with_for_update())
    if ours is None:
        return False
    if ours.status != "bounced":  # one recipient whom it did not reach is news, whatever others say later
        stands(session, ctx, ours, report.outcome, report.words)
    return True


def stands(session: Session, ctx: Context, email: model.Email, status: str, problem: str = "") -> None:
    """Keep how an e-mail stands, and tell the accounts in which it is filed."""
    if (email.status, email.problem) == (status, problem):
        return
    email.status, email.problem = status, problem
    session.flush()
    filed = model.EmailFiling
    query = select(filed.account_id).where(filed.firm_id == ctx.firm, filed.email_id == email.id)
    for account_id in session.scalars(query.order_by(filed.account_id)):
        emit(session, ctx, EmailsChanged(account_id=account_id, change="changed", email_ids=(email.id,)))


def answered(session: Session, ctx: Context, email: model.Email) -> None:
    """Mark what a sent e-mail answers (R-EML-2)."""
    if email.answers is None:
        return
    row = model.Email
    query = select(row).where(row.firm_id == ctx.firm, row.message_id == email.answers, row.direction == "received")
    for other in session.scalars(query.with_for_update()).all():
        stands(session, ctx, other, "answered")


def move_folder(session: Session, ctx: Context, mailbox_id: UUID, role: str, uidvalidity: int, last_uid: int) -> None:
    """Begin a folder anew: what was known of its UIDs means nothing, and all of the past is to be fetched."""
    folder, sight, fetched = model.MailFolder, model.EmailSighting, model.FetchedAddress
    here = (sight.firm_id == ctx.firm, sight.mailbox_id == mailbox_id, sight.role == role)
    session.execute(delete(sight).where(*here))
    session.execute(delete(fetched).where(fetched.firm_id == ctx.firm, fetched.mailbox_id == mailbox_id))
    values = {"uidvalidity": uidvalidity, "last_uid": last_uid}
    kept = insert(folder).values(firm_id=ctx.firm, mailbox_id=mailbox_id, role=role, **values)
    session.execute(kept.on_conflict_do_update(index_elements=["firm_id", "mailbox_id", "role"], set_=values))


def advance(session: Session, ctx: Context, mailbox_id: UUID, role: str, last_uid: int) -> None:
    """Keep how far a folder was read."""
    folder = model.MailFolder
    here = (folder.firm_id == ctx.firm, folder.mailbox_id == mailbox_id, folder.role == role)
    session.execute(update(folder).where(*here).values(last_uid=last_uid))


def unfetched(session: Session, ctx: Context, mailbox_id: UUID, limit: int) -> list[tuple[str, str]]:
    """Give addresses, folded and as typed, whose past exchange is still to be fetched from the mailbox (R-SYN-2)."""
    address, fetched, account = model.SyncedAddress, model.FetchedAddress, model.AccountRef
    is_fetched = exists().where(
        fetched.firm_id == address.firm_id, fetched.mailbox_id == mailbox_id, fetched.folded == address.folded
    )
    query = (
        select(address.folded, address.email)
        .distinct(address.folded)
        .join(account, (account.firm_id == address.firm_id) & (account.id == address.account_id))
        .where(address.firm_id == ctx.firm, ~account.is_hidden, ~is_fetched)
        .order_by(address.folded)
        .limit(limit)
    )
    return [(row.folded, row.email) for row in session.execute(query)]


def fetched(session: Session, ctx: Context, mailbox_id: UUID, folded: str) -> None:
    """Keep that the past exchange with an address is here."""
    kept = insert(model.FetchedAddress).values(
        firm_id=ctx.firm, mailbox_id=mailbox_id, folded=folded, fetched_at=ctx.now
    )
    session.execute(kept.on_conflict_do_nothing())


def _note(session: Session, ctx: Context, sight: Sight, email_id: UUID) -> None:
    if sight.mailbox_id is None:
        return
    values = {"mailbox_id": sight.mailbox_id, "role": sight.role, "uid": sight.uid, "email_id": email_id}
    kept = insert(model.EmailSighting).values(firm_id=ctx.firm, **values)
    keys = ["firm_id", "mailbox_id", "role", "uid"]
    session.execute(kept.on_conflict_do_update(index_elements=keys, set_={"email_id": email_id}))


def _status(session: Session, ctx: Context, sight: Sight, message_id: str) -> str:
    row = model.Email
    answer = exists().where(row.firm_id == ctx.firm, row.direction == "sent", row.answers == message_id)
    if sight.is_answered or session.scalar(select(answer)):
        return "answered"
    return "read" if sight.is_seen else "unread"


def _participant(address: Address) -> dict[str, str]:
    return {"name": address.name, "email": address.email}
