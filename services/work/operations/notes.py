"""Notes: what the firm's members tell each other about an account (R-NTE-1, R-NTE-2)."""

from typing import Any

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.common import Done
from contracts.rights import ACCOUNT
from contracts.work import ChangeNote, CreateNote, Note, NoteCreated, NoteDeleted, NoteRef
from services.work import items, model, people, rules, snapshots
from services.work.operations import announce

EDITS = ("title", "body", "mention_ids")


def create_note(session: Session, ctx: Context, request: CreateNote) -> Note:
    """Write a note; every member who sees the account may. Raises Invalid for unknown members, jobs or tasks."""
    author_id = people.acting(session, ctx)
    items.check_links(session, ctx, request.account_id, job_id=request.job_id, task_id=request.task_id)
    people.check_active(session, ctx, "mention_ids", request.mention_ids)
    row = model.Note(
        **items.begin(ctx, request.account_id),
        title=request.title.strip(),
        body=rules.trimmed("body", request.body),
        is_pinned=request.is_pinned,
        author_id=author_id,
        mention_ids=rules.unique(request.mention_ids),
        job_id=request.job_id,
        task_id=request.task_id,
    )
    session.add(row)
    session.flush()
    made = snapshots.note(session, ctx, row)
    emit(session, ctx, NoteCreated(account_id=row.account_id, note=made))
    return made


def change_note(session: Session, ctx: Context, request: ChangeNote) -> Note:
    """Change a note unless it changed since the caller read it; pinning alone is no edit (R-NTE-3).

    Raises WorkNotFound, NotYours, WorkChangedMeanwhile.
    """
    row = items.find(session, ctx, model.Note, request.account_id, request.note_id, lock=True)
    _check_own(ctx, row)
    if row.version != request.version:
        raise items.changed_meanwhile(snapshots.note(session, ctx, row))
    changes = _checked(session, ctx, row, items.given(request, *EDITS, "is_pinned"))
    items.apply(ctx, row, changes, is_edit=any(name in changes for name in EDITS))
    return announce.note_changed(session, ctx, row)


def delete_note(session: Session, ctx: Context, request: NoteRef) -> Done:
    """Delete a note. Raises WorkNotFound, NotYours."""
    row = items.find(session, ctx, model.Note, request.account_id, request.note_id, lock=True)
    _check_own(ctx, row)
    session.delete(row)
    emit(session, ctx, NoteDeleted(account_id=row.account_id, note_id=row.id))
    return Done()


def _check_own(ctx: Context, row: model.Note) -> None:
    if row.author_id != ctx.actor.id:
        people.needs(ctx, "Changing notes written by others", ACCOUNT["edit_any_note"])


def _checked(session: Session, ctx: Context, row: model.Note, changes: dict[str, Any]) -> dict[str, Any]:
    if "title" in changes:
        changes["title"] = changes["title"].strip()
    if "body" in changes:
        changes["body"] = rules.trimmed("body", changes["body"])
    if "mention_ids" in changes:
        changes["mention_ids"] = rules.unique(changes["mention_ids"])
        people.check_active(session, ctx, "mention_ids", set(changes["mention_ids"]).difference(row.mention_ids))
    return changes
