"""How jobs, tasks, notes and time entries are found, and how a change of one begins and ends."""

from typing import Any, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import wrong
from chassis.wire import dump, to_json
from contracts.rights import ACCOUNT, allows
from contracts.work import WorkChangedMeanwhile, WorkNotFound
from services.work import model, rules

Kind = TypeVar("Kind", bound=model.Item)


def find(
    session: Session, ctx: Context, kind: type[Kind], account_id: UUID, item_id: UUID, *, lock: bool = False
) -> Kind:
    """The item of this account, if it is the caller's to see. Raises WorkNotFound."""
    query = select(kind).where(kind.firm_id == ctx.firm, kind.account_id == account_id, kind.id == item_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    item = session.scalar(query)
    if item is None or not _is_visible(session, ctx, item):
        raise WorkNotFound
    return item


def _is_visible(session: Session, ctx: Context, item: model.Item) -> bool:
    if ctx.actor.kind == "portal":
        return False  # R-TSK-5, R-NTE-1: never shown to clients
    if isinstance(item, model.Job):
        available_to = session.scalars(
            select(model.Pipeline.available_to).where(
                model.Pipeline.firm_id == ctx.firm, model.Pipeline.id == item.pipeline_id
            )
        ).one()
        return rules.may_use_pipeline(ctx.actor, available_to)
    if isinstance(item, model.TimeEntry):
        return item.member_id == ctx.actor.id or allows(ACCOUNT["see_all_time"], ctx.actor)  # C-TIME
    return True


def begin(ctx: Context, account_id: UUID) -> dict[str, Any]:
    """What every new item begins with."""
    return {
        "firm_id": ctx.firm,
        "id": new_id(),
        "account_id": account_id,
        "version": 1,
        "created_at": ctx.now,
        "updated_at": ctx.now,
    }


def given(request: Any, *names: str) -> dict[str, Any]:
    """Those of the fields `names` that the caller did not leave out."""
    present = dump(request)
    return {name: present[name] for name in names if name in present}


def apply(ctx: Context, item: model.Versioned, changes: dict[str, Any], *, is_edit: bool = True) -> None:
    """Write the changes and raise the version; `updated_at` moves only with an edit."""
    for name, value in changes.items():
        setattr(item, name, value)
    item.version += 1
    if is_edit:
        item.updated_at = ctx.now


def changed_meanwhile(current: Any) -> WorkChangedMeanwhile:
    """The refusal of a change made on an older version."""
    return WorkChangedMeanwhile(current=orjson.loads(to_json(current)))


def check_links(session: Session, ctx: Context, account_id: UUID, *, job_id: Any = None, task_id: Any = None) -> None:
    """Raise Invalid unless job and task, where named, are on this account and the caller's to see.

    They stay locked, so that they can't be deleted before the link is there.
    """
    links: tuple[tuple[str, type[model.Item], Any], ...] = (
        ("job_id", model.Job, job_id),
        ("task_id", model.Task, task_id),
    )
    for field, kind, item_id in links:
        if item_id is None:
            continue
        query = select(kind).where(kind.firm_id == ctx.firm, kind.account_id == account_id, kind.id == item_id)
        item = session.scalar(query.with_for_update(read=True))
        if item is None or not _is_visible(session, ctx, item):
            raise wrong(field, "There is no such item on this account.")
