"""Organizers to be read: by the firm's people, and by the account's in the portal, who see none that is archived."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import organizer_templates, organizers
from contracts.common import Done
from services.documents import access, model
from services.documents.messages import organizers as messages


def list_organizer_templates(session: Session, ctx: Context, _request: Done) -> organizer_templates.OrganizerTemplates:
    """The firm's templates by name."""
    access.staff(ctx)
    kind = model.OrganizerTemplate
    query = select(kind).where(kind.firm_id == ctx.firm, kind.is_deleted.is_(False)).order_by(kind.name, kind.id)
    found = tuple(messages.template(row) for row in session.scalars(query))
    return organizer_templates.OrganizerTemplates(items=found)


def get_organizer_template(
    session: Session, ctx: Context, request: organizer_templates.OrganizerTemplateRef
) -> organizer_templates.OrganizerTemplate:
    """One template. Raises OrganizerTemplateNotFound."""
    access.staff(ctx)
    kind = model.OrganizerTemplate
    query = select(kind).where(kind.firm_id == ctx.firm, kind.id == request.template_id, kind.is_deleted.is_(False))
    row = session.scalar(query)
    if row is None:
        raise organizer_templates.OrganizerTemplateNotFound(template_id=str(request.template_id))
    return messages.template(row)


def get_organizer(session: Session, ctx: Context, request: organizers.OrganizerRef) -> organizers.Organizer:
    """One organizer with its answers, as the firm sees it. Raises OrganizerNotFound."""
    access.staff(ctx)
    return messages.organizer(_found(session, ctx, request))


def list_organizer_history(
    session: Session, ctx: Context, request: organizers.OrganizerRef
) -> organizers.OrganizerHistory:
    """What happened to an organizer, oldest first (R-ORG-4). Raises OrganizerNotFound."""
    access.staff(ctx)
    _found(session, ctx, request)
    kind = model.OrganizerEvent
    query = select(kind).where(kind.firm_id == ctx.firm, kind.organizer_id == request.organizer_id)
    items = tuple(
        organizers.OrganizerEvent(step=row.step, at=row.at, by=messages.author(row.by))  # type: ignore[arg-type]
        for row in session.scalars(query.order_by(kind.position))
    )
    return organizers.OrganizerHistory(items=items)


def get_own_organizer(session: Session, ctx: Context, request: organizers.OrganizerRef) -> organizers.Organizer:
    """One organizer as the client sees it. Raises OrganizerNotFound."""
    access.client(ctx)
    return messages.organizer(_found(session, ctx, request))


def list_own_organizers(
    session: Session, ctx: Context, request: organizers.AccountOrganizers
) -> organizers.OrganizerSummaries:
    """The client's organizers, newest first."""
    access.client(ctx)
    kind = model.Organizer
    columns = (
        kind.id, kind.name, kind.status, kind.is_sealed, kind.is_archived, kind.progress, kind.created_at,
        kind.sent_at, kind.submitted_at, kind.updated_at,
    )  # fmt: skip
    query = (
        select(*columns)
        .where(kind.firm_id == ctx.firm, kind.account_id == request.account_id, kind.is_archived.is_(False))
        .order_by(kind.created_at.desc(), kind.id.desc())
    )
    return organizers.OrganizerSummaries(items=tuple(messages.organizer_summary(row) for row in session.execute(query)))


def list_startable_organizers(
    session: Session, ctx: Context, _request: organizers.AccountOrganizers
) -> organizers.StartableTemplates:
    """What a client may start by themselves (R-ORG-3)."""
    access.client(ctx)
    kind = model.OrganizerTemplate
    query = select(kind.id, kind.name).where(
        kind.firm_id == ctx.firm, kind.is_deleted.is_(False), kind.is_startable.is_(True)
    )
    items = tuple(
        organizers.StartableTemplate(id=row.id, name=row.name)
        for row in session.execute(query.order_by(kind.name, kind.id))
    )
    return organizers.StartableTemplates(items=items)


def _found(session: Session, ctx: Context, request: organizers.OrganizerRef) -> model.Organizer:
    kind = model.Organizer
    query = select(kind).where(
        kind.firm_id == ctx.firm, kind.account_id == request.account_id, kind.id == request.organizer_id
    )
    row = session.scalar(query)
    if row is None or (row.is_archived and ctx.actor.kind == "portal"):
        raise organizers.OrganizerNotFound
    return row
