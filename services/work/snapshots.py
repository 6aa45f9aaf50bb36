"""Rows as the messages that calls answer with and events carry, with the names that belong to them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import work, work_settings
from contracts.accounts import RoleHolders
from contracts.common import Person, Tag
from contracts.money import DEFAULT_CURRENCY
from contracts.rights import ACCOUNT, allows
from services.work import model, rules


def people(session: Session, ctx: Context, ids: Iterable[UUID]) -> tuple[Person, ...]:
    """These members in this order; one that identity has not told of yet has no name."""
    wanted = list(ids)
    if not wanted:
        return ()
    query = select(model.MemberRef.id, model.MemberRef.name).where(
        model.MemberRef.firm_id == ctx.firm, model.MemberRef.id.in_(wanted)
    )
    names = {row.id: row.name for row in session.execute(query)}
    return tuple(Person(id=member_id, name=names.get(member_id, "")) for member_id in wanted)


def tags(session: Session, ctx: Context, ids: Sequence[UUID]) -> tuple[Tag, ...]:
    """These tags in this order, without those deleted since."""
    if not ids:
        return ()
    query = select(model.TagRef).where(
        model.TagRef.firm_id == ctx.firm, model.TagRef.id.in_(ids), model.TagRef.is_deleted.is_(False)
    )
    known = {tag.id: tag for tag in session.scalars(query)}
    return tuple(Tag(id=known[i].id, name=known[i].name, colour=known[i].colour) for i in ids if i in known)


def roles(session: Session, ctx: Context, account_id: UUID, ids: Sequence[UUID]) -> tuple[RoleHolders, ...]:
    """These roles in this order, without those deleted since, each with who fills it on the account."""
    if not ids:
        return ()
    of_role = (model.RoleHolder.firm_id == model.RoleRef.firm_id) & (model.RoleHolder.role_id == model.RoleRef.id)
    holding = of_role & (model.RoleHolder.account_id == account_id)
    of_member = (model.MemberRef.firm_id == ctx.firm) & (model.MemberRef.id == model.RoleHolder.member_id)
    query = (
        select(model.RoleRef.id, model.RoleRef.name, model.MemberRef.id, model.MemberRef.name)
        .outerjoin(model.RoleHolder, holding)
        .outerjoin(model.MemberRef, of_member)
        .where(model.RoleRef.firm_id == ctx.firm, model.RoleRef.id.in_(ids), model.RoleRef.is_deleted.is_(False))
        .order_by(model.RoleHolder.position, model.RoleHolder.member_id)
    )
    filled: dict[UUID, tuple[Person, list[Person]]] = {}
    for role_id, role, member_id, member in session.execute(query).tuples():
        _, members = filled.setdefault(role_id, (Person(id=role_id, name=role), []))
        if member_id is not None:
            members.append(Person(id=member_id, name=member))
    known = [filled[role_id] for role_id in ids if role_id in filled]
    return tuple(RoleHolders(role=role, members=tuple(members)) for role, members in known)


def pipeline(session: Session, ctx: Context, row: model.Pipeline) -> work_settings.Pipeline:
    return pipelines(session, ctx, [row])[0]


def pipelines(session: Session, ctx: Context, rows: Sequence[model.Pipeline]) -> tuple[work_settings.Pipeline, ...]:
    query = (
        select(model.Stage)
        .where(
            model.Stage.firm_id == ctx.firm,
            model.Stage.pipeline_id.in_([row.id for row in rows]),
            model.Stage.is_removed.is_(False),
        )
        .order_by(model.Stage.position, model.Stage.id)
    )
    stages: dict[UUID, list[work_settings.Stage]] = {row.id: [] for row in rows}
    for row in session.scalars(query):
        stage = work_settings.Stage(id=row.id, name=row.name, client_status=row.client_status)
        stages[row.pipeline_id].append(stage)
    statuses = _custom_statuses(session, ctx, rows)
    return tuple(
        work_settings.Pipeline(
            id=row.id,
            name=row.name,
            stages=tuple(stages[row.id]),
            available_to=None if row.available_to is None else tuple(row.available_to),
            position=row.position,
            version=row.version,
            statuses=tuple(statuses[row.id]),
        )
        for row in rows
    )


def _custom_statuses(
    session: Session, ctx: Context, rows: Sequence[model.Pipeline]
) -> dict[UUID, list[work_settings.CustomStatus]]:
    query = (
        select(model.CustomStatus)
        .where(
            model.CustomStatus.firm_id == ctx.firm,
            model.CustomStatus.pipeline_id.in_([row.id for row in rows]),
            model.CustomStatus.is_removed.is_(False),
        )
        .order_by(model.CustomStatus.position, model.CustomStatus.id)
    )
    found: dict[UUID, list[work_settings.CustomStatus]] = {row.id: [] for row in rows}
    for status in session.scalars(query):
        found[status.pipeline_id].append(custom_status(status))
    return found


def custom_status(row: model.CustomStatus) -> work_settings.CustomStatus:
    return work_settings.CustomStatus(id=row.id, name=row.name, kind=row.kind)  # type: ignore[arg-type]


def status(row: model.TaskStatus) -> work_settings.TaskStatus:
    return work_settings.TaskStatus(id=row.id, name=row.name, category=row.category, position=row.position)  # type: ignore[arg-type]


def job(session: Session, ctx: Context, row: model.Job) -> work.Job:
    names = session.execute(
        select(model.Pipeline.name.label("pipeline"), model.Stage.name.label("stage"), model.Stage.client_status)
        .select_from(model.Stage)
        .join(
            model.Pipeline,
            (model.Pipeline.firm_id == model.Stage.firm_id) & (model.Pipeline.id == model.Stage.pipeline_id),
        )
        .where(model.Stage.firm_id == ctx.firm, model.Stage.id == row.stage_id)
    ).one()
    chosen = session.get_one(model.CustomStatus, (ctx.firm, row.custom_status_id)) if row.custom_status_id else None
    return work.Job(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        pipeline=Person(id=row.pipeline_id, name=names.pipeline),
        stage=work_settings.Stage(id=row.stage_id, name=names.stage, client_status=names.client_status),
        status=row.status,  # type: ignore[arg-type]
        assignees=people(session, ctx, row.assignee_ids),
        priority=row.priority,  # type: ignore[arg-type]
        start_on=row.start_on,
        due_on=row.due_on,
        is_overdue=rules.is_job_overdue(row.status, row.due_on, ctx.now.date()),
        description=row.description,
        stage_since=row.stage_since,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        roles=roles(session, ctx, row.account_id, row.role_ids),
        custom_status=None if chosen is None else custom_status(chosen),
        client_status=rules.client_status(row.status, row.client_status_override, names.client_status),
        client_status_override=row.client_status_override,
    )


def task(session: Session, ctx: Context, row: model.Task) -> work.Task:
    stands = session.get_one(model.TaskStatus, (ctx.firm, row.status_id))
    return work.Task(
        id=row.id,
        account_id=row.account_id,
        title=row.title,
        status=status(stands),
        assignees=people(session, ctx, row.assignee_ids),
        priority=row.priority,  # type: ignore[arg-type]
        start_on=row.start_on,
        due_on=row.due_on,
        is_overdue=rules.is_task_overdue(stands.category, row.due_on, ctx.now.date()),
        description=row.description,
        subtasks=tuple(work.Subtask(**subtask) for subtask in row.subtasks),
        tags=tags(session, ctx, row.tag_ids),
        job_id=row.job_id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        roles=roles(session, ctx, row.account_id, row.role_ids),
    )


def note(session: Session, ctx: Context, row: model.Note) -> work.Note:
    author, *mentions = people(session, ctx, [row.author_id, *row.mention_ids])
    return work.Note(
        id=row.id,
        account_id=row.account_id,
        title=row.title,
        body=row.body,
        is_pinned=row.is_pinned,
        author=author,
        mentions=tuple(mentions),
        job_id=row.job_id,
        task_id=row.task_id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def time_entry(session: Session, ctx: Context, row: model.TimeEntry) -> work.TimeEntry:
    """The entry with its money, as events carry it."""
    (member,) = people(session, ctx, [row.member_id])
    return work.TimeEntry(
        id=row.id,
        account_id=row.account_id,
        member=member,
        on=row.worked_on,
        minutes=row.minutes,
        service=row.service,
        description=row.description,
        is_billable=row.is_billable,
        is_billed=row.is_billed,
        rate=row.rate,
        amount=row.amount,
        job_id=row.job_id,
        task_id=row.task_id,
        running_since=row.running_since,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        currency=_currency(session, ctx),
    )


def _currency(session: Session, ctx: Context) -> str:
    known = session.get(model.FirmRef, ctx.firm)
    return DEFAULT_CURRENCY if known is None else known.currency


def as_seen(ctx: Context, entry: work.TimeEntry) -> work.TimeEntry:
    """The entry as the caller may see it: without money unless they hold manage_rates (C-TIME)."""
    return entry if allows(ACCOUNT["see_rates"], ctx.actor) else replace(entry, rate=None, amount=None, currency=None)
