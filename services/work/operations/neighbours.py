"""What work does when its neighbours report a change: members, tags, accounts that are gone."""

from uuid import UUID

from sqlalchemy import any_, delete, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts import accounts, identity
from contracts.billing import BillingSettingsChanged
from contracts.work import WorkSettingsChanged
from services.work import items, model, rules
from services.work.operations import announce, roles

MemberEvent = identity.MemberCreated | identity.MemberChanged | identity.MemberDeactivated | identity.MemberRestored


def member_changed(session: Session, ctx: Context, event: MemberEvent) -> None:
    """Keep the member's name and state, unless newer ones are known; unassign who is not active (R-ROLE-3)."""
    member = event.member
    query = select(model.MemberRef).where(model.MemberRef.firm_id == ctx.firm, model.MemberRef.id == member.id)
    known = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if known is not None and known.version >= member.version:
        return
    if known is not None and known.name != member.name:
        emit(session, ctx, WorkSettingsChanged(what="members"))
    values = {"name": member.name, "is_active": member.is_active, "version": member.version}
    stored = insert(model.MemberRef).values(firm_id=ctx.firm, id=member.id, **values)
    newer = stored.excluded.version > model.MemberRef.version
    session.execute(
        stored.on_conflict_do_update(index_elements=["firm_id", "id"], set_=values, where=newer),
    )
    if not member.is_active:
        _unassign(session, ctx, member.id)


def billing_changed(session: Session, ctx: Context, event: BillingSettingsChanged) -> None:
    """Keep the firm's currency, unless a newer one is known; it stands beside every amount of time."""
    if not event.currency:
        return
    query = select(model.FirmRef).where(model.FirmRef.firm_id == ctx.firm)
    known = session.scalar(query.with_for_update())
    if known is not None and known.version >= event.version:
        return
    values = {"currency": event.currency, "version": event.version}
    session.execute(
        insert(model.FirmRef)
        .values(firm_id=ctx.firm, **values)
        .on_conflict_do_update(index_elements=["firm_id"], set_=values, where=model.FirmRef.version < event.version),
        execution_options={"populate_existing": True},
    )
    emit(session, ctx, WorkSettingsChanged(what="currency"))


def tag_changed(session: Session, ctx: Context, event: accounts.TagChanged) -> None:
    """Keep the tag's name and colour. Rows of sections show no tags, so nothing is announced."""
    tag = event.tag
    values = {"name": tag.name, "colour": tag.colour, "is_deleted": event.is_deleted, "version": event.version}
    is_newer = model.TagRef.version < event.version + event.is_deleted  # a deletion is final
    newer = model.TagRef.is_deleted.is_(False) & is_newer
    session.execute(
        insert(model.TagRef)
        .values(firm_id=ctx.firm, id=tag.id, **values)
        .on_conflict_do_update(index_elements=["firm_id", "id"], set_=values, where=newer)
    )


def account_deleted(session: Session, ctx: Context, event: accounts.AccountDeleted) -> None:
    """Delete all work of the account, and who fills its roles."""
    for kind in (model.TimeEntry, model.Note, model.Task, model.Job):
        session.execute(delete(kind).where(kind.firm_id == ctx.firm, kind.account_id == event.account_id))
    roles.account_gone(session, ctx, event)


def _unassign(session: Session, ctx: Context, member_id: UUID) -> None:
    """Take the member off active jobs and open tasks; what is finished keeps who did it."""
    jobs = select(model.Job).where(
        model.Job.firm_id == ctx.firm,
        model.Job.status == "active",
        literal(member_id) == any_(model.Job.assignee_ids),
    )
    for job in session.scalars(jobs.order_by(model.Job.id).with_for_update()):
        items.apply(ctx, job, {"assignee_ids": [one for one in job.assignee_ids if one != member_id]})
        announce.job_changed(session, ctx, job)
    open_statuses = select(model.TaskStatus.id).where(
        model.TaskStatus.firm_id == ctx.firm, model.TaskStatus.category.in_(rules.OPEN)
    )
    tasks = select(model.Task).where(
        model.Task.firm_id == ctx.firm,
        model.Task.status_id.in_(open_statuses),
        literal(member_id) == any_(model.Task.assignee_ids),
    )
    for task in session.scalars(tasks.order_by(model.Task.id).with_for_update(of=model.Task)):
        items.apply(ctx, task, {"assignee_ids": [one for one in task.assignee_ids if one != member_id]})
        announce.task_changed(session, ctx, task)
