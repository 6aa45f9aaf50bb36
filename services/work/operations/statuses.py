"""The firm's task statuses (R-TSK-2)."""

from collections import Counter
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import wrong
from chassis.outbox import emit
from contracts.rights import FIRM
from contracts.work import StatusInUse, WorkSettingsChanged
from contracts.work_settings import SetTaskStatuses, TaskStatusEntry, TaskStatuses
from services.work import model, people, rules, snapshots


def set_task_statuses(session: Session, ctx: Context, request: SetTaskStatuses) -> TaskStatuses:
    """Replace the firm's statuses; those with an id keep their tasks.

    Raises Invalid where a category is without status, NotYours, StatusInUse.
    """
    people.needs(ctx, "Changing task statuses", FIRM["manage_pipelines"])
    names = _checked_names(request.items)
    ensure(session, ctx)
    known = {row.id: row for row in session.scalars(_of_firm(ctx).order_by(model.TaskStatus.id).with_for_update())}
    kept = _checked_ids(request.items, known)
    _remove(session, ctx, [row for row in known.values() if row.id not in kept])
    rows = []
    for position, (entry, name) in enumerate(zip(request.items, names, strict=True)):
        row = known.get(entry.id) if entry.id else None
        if row is None:
            row = model.TaskStatus(firm_id=ctx.firm, id=new_id(), is_removed=False)
            session.add(row)
        row.name, row.category, row.position = name, entry.category, position
        rows.append(row)
    emit(session, ctx, WorkSettingsChanged(what="task_statuses"))
    session.flush()
    return TaskStatuses(items=tuple(snapshots.status(row) for row in rows))


def ensure(session: Session, ctx: Context) -> None:
    """Give a firm that has no statuses yet the ones every firm begins with."""
    if session.scalar(select(exists(_of_firm(ctx).subquery()))):
        return
    # Removed ones keep their row and the ids follow from the firm's, so whoever comes first, each is made once.
    values = [
        {
            "firm_id": ctx.firm,
            "id": status.id,
            "name": status.name,
            "category": status.category,
            "position": status.position,
            "is_removed": False,
        }
        for status in rules.default_statuses(ctx.firm)
    ]
    session.execute(insert(model.TaskStatus).values(values).on_conflict_do_nothing())


def usable(session: Session, ctx: Context, status_id: UUID | None) -> model.TaskStatus:
    """This status, or the firm's first planned one, locked against removal. Raises Invalid."""
    query = _of_firm(ctx).order_by(model.TaskStatus.position, model.TaskStatus.id).limit(1)
    if status_id is None:
        query = query.where(model.TaskStatus.category == "planned")
    else:
        query = query.where(model.TaskStatus.id == status_id)
    query = query.with_for_update(read=True).execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:  # a firm's first task, or no such status: only then is it worth asking for those of the beginning
        ensure(session, ctx)
        row = session.scalar(query)
    if row is None:
        raise wrong("status_id", "There is no such task status.")
    return row


def _of_firm(ctx: Context) -> Select[tuple[model.TaskStatus]]:
    return select(model.TaskStatus).where(model.TaskStatus.firm_id == ctx.firm, model.TaskStatus.is_removed.is_(False))


def _checked_names(entries: tuple[TaskStatusEntry, ...]) -> list[str]:
    names = [rules.trimmed(f"items.{index}.name", entry.name) for index, entry in enumerate(entries)]
    for index, name in enumerate(names):
        if name.casefold() in (other.casefold() for other in names[:index]):
            raise wrong(f"items.{index}.name", "Two statuses can't have one name.")
    missing = [category for category in rules.KEPT if category not in {entry.category for entry in entries}]
    if missing:
        raise wrong("items", f"There must be a status in each of these categories: {', '.join(missing)}.")
    return names


def _checked_ids(entries: tuple[TaskStatusEntry, ...], known: dict[UUID, model.TaskStatus]) -> set[UUID]:
    counts = Counter(entry.id for entry in entries if entry.id)
    for index, entry in enumerate(entries):
        if entry.id and (entry.id not in known or counts[entry.id] > 1):
            raise wrong(f"items.{index}.id", "Must be one of the firm's statuses, once; leave it out for a new one.")
    return set(counts)


def _remove(session: Session, ctx: Context, rows: list[model.TaskStatus]) -> None:
    if not rows:
        return
    used = session.scalars(
        select(model.Task.status_id)
        .where(model.Task.firm_id == ctx.firm, model.Task.status_id.in_([row.id for row in rows]))
        .limit(1)
    ).first()
    if used:
        name = next(row.name for row in rows if row.id == used)
        raise StatusInUse(f"There are tasks in the status “{name}”; move them to another first.")
    for row in rows:
        row.is_removed = True
