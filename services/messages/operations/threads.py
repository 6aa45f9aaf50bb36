"""Threads of an account: the firm starts, changes, archives them (R-CHT-3)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import wrong
from chassis.wire import dump
from contracts.chats import ChangeThread, StartThread, Thread, ThreadChangedMeanwhile
from contracts.client_tasks import Side
from services.messages import model, people, rules, snapshots, threads
from services.messages.operations import announce, saying, tasks

CHANGEABLE = ("subject", "participant_ids", "assignee_id", "is_archived")
Names = Mapping[UUID, str]  # of the account's contacts, by id


def start_thread(session: Session, ctx: Context, request: StartThread, linked: Names) -> Thread:
    """Begin a thread with its first message to the client. Raises Invalid."""
    author_id = people.acting(session, ctx)
    people.check_active(session, ctx, "mention_ids", request.mention_ids)
    if request.assignee_id is not None:
        people.check_active(session, ctx, "assignee_id", [request.assignee_id])
    thread = begin(session, ctx, request.account_id, request.subject, "firm", author_id)
    thread.assignee_id = request.assignee_id
    if request.participant_ids is not None:
        invite(session, ctx, thread, _among(linked, request.participant_ids))
    tasks.write_down(session, ctx, thread, request.tasks)
    given = {"attachment_ids": request.attachment_ids, "mention_ids": request.mention_ids}
    saying.say(session, ctx, thread, author_id, "sent", request.text, **given)
    return announce.thread_changed(session, ctx, thread, is_started=True)


def change_thread(session: Session, ctx: Context, request: ChangeThread, linked: Names) -> Thread:
    """Change a thread unless it changed since the caller read it. Raises ThreadNotFound, ThreadChangedMeanwhile."""
    changes = {name: value for name, value in dump(request).items() if name in CHANGEABLE}
    people.hold(session, ctx, [changes["assignee_id"]] if changes.get("assignee_id") else [])
    thread = threads.of_staff(session, ctx, request.account_id, request.thread_id, lock=True)
    if thread.version != request.version:
        raise ThreadChangedMeanwhile(current=threads.current(snapshots.thread(session, ctx, thread)))
    if "subject" in changes:
        thread.subject = rules.trimmed("subject", changes["subject"])
    if changes.get("assignee_id", thread.assignee_id) != thread.assignee_id:
        if changes["assignee_id"] is not None:
            people.check_active(session, ctx, "assignee_id", [changes["assignee_id"]])
        thread.assignee_id = changes["assignee_id"]
    if "is_archived" in changes:
        thread.is_archived = changes["is_archived"]
    if "participant_ids" in changes:
        _take_part(session, ctx, thread, changes["participant_ids"], linked)
    thread.version, thread.updated_at = thread.version + 1, ctx.now
    return announce.thread_changed(session, ctx, thread)


def begin(session: Session, ctx: Context, account_id: UUID, subject: str, side: Side, starter_id: UUID) -> model.Thread:
    """A thread without any message, for all contacts of the account until somebody is invited."""
    thread = model.Thread(
        firm_id=ctx.firm,
        id=new_id(),
        account_id=account_id,
        subject=rules.trimmed("subject", subject),
        is_for_all=True,
        is_archived=False,
        started_by_side=side,
        started_by_id=starter_id,
        started_by_name=ctx.actor.name,
        responded_at=ctx.now,
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    session.add(thread)
    session.flush()
    return thread


def invite(session: Session, ctx: Context, thread: model.Thread, contacts: Names) -> None:
    """Let these contacts take part, and no other."""
    part = model.Participant
    session.execute(delete(part).where(part.firm_id == ctx.firm, part.thread_id == thread.id))
    thread.is_for_all = False
    of_thread = {"firm_id": ctx.firm, "thread_id": thread.id, "account_id": thread.account_id}
    session.execute(insert(part), [{**of_thread, "contact_id": one, "name": name} for one, name in contacts.items()])


def _take_part(session: Session, ctx: Context, thread: model.Thread, ids: Sequence[UUID] | None, linked: Names) -> None:
    """Who takes part already may stay, linked to the account or not."""
    part = snapshots.participants(session, ctx, [thread]).get(thread.id, ())
    known = {**{one.id: one.name for one in part}, **linked}
    if ids is not None:
        invite(session, ctx, thread, _among(known, ids))
    elif not thread.is_for_all:
        gone = delete(model.Participant).where(
            model.Participant.firm_id == ctx.firm, model.Participant.thread_id == thread.id
        )
        session.execute(gone)
        thread.is_for_all = True


def _among(known: Names, ids: Sequence[UUID]) -> Names:
    unknown = [str(one) for one in ids if one not in known]
    if unknown:
        raise wrong("participant_ids", f"Not a contact of the account: {', '.join(unknown)}.")
    return {one: known[one] for one in ids}
