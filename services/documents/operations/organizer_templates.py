"""Templates of organizers: the firm's questions, by whoever may manage organizers."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.wire import UNSET
from contracts import organizer_templates as contract
from contracts.common import Done
from services.documents import model
from services.documents import questions as rules
from services.documents.changing import as_json, changed_meanwhile, needs
from services.documents.messages import organizers as messages
from services.documents.texts import trimmed


def create_organizer_template(
    session: Session, ctx: Context, request: contract.CreateOrganizerTemplate
) -> contract.OrganizerTemplate:
    """Define a template. Raises Forbidden, Invalid with one entry per faulty question."""
    needs(ctx, "manage_organizer_templates")
    row = model.OrganizerTemplate(
        firm_id=ctx.firm,
        id=new_id(),
        name=trimmed("name", request.name),
        sections=_kept(request.sections),
        is_startable=request.is_startable,
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    session.add(row)
    session.flush()
    return messages.template(row)


def change_organizer_template(
    session: Session, ctx: Context, request: contract.ChangeOrganizerTemplate
) -> contract.OrganizerTemplate:
    """Change a template; what was sent keeps its questions.

    Raises OrganizerTemplateNotFound, OrganizerTemplateChangedMeanwhile, Forbidden, Invalid.
    """
    needs(ctx, "manage_organizer_templates")
    row = _locked(session, ctx, request.template_id)
    if row.version != request.version:
        raise changed_meanwhile(contract.OrganizerTemplateChangedMeanwhile, messages.template(row))
    if request.name is not UNSET:
        row.name = trimmed("name", request.name)
    if request.sections is not UNSET:
        row.sections = _kept(request.sections)
    if request.is_startable is not UNSET:
        row.is_startable = request.is_startable
    row.version += 1
    row.updated_at = ctx.now
    return messages.template(row)


def delete_organizer_template(session: Session, ctx: Context, request: contract.OrganizerTemplateRef) -> Done:
    """Delete a template; what was sent stays. Raises OrganizerTemplateNotFound, Forbidden."""
    needs(ctx, "manage_organizer_templates")
    _locked(session, ctx, request.template_id).is_deleted = True
    return Done()


def _locked(session: Session, ctx: Context, template_id: object) -> model.OrganizerTemplate:
    kind = model.OrganizerTemplate
    query = select(kind).where(kind.firm_id == ctx.firm, kind.id == template_id, kind.is_deleted.is_(False))
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise contract.OrganizerTemplateNotFound(template_id=str(template_id))
    return row


def _kept(sections: contract.Sections) -> list[dict[str, object]]:
    tidy = rules.tidied(sections)
    rules.check(tidy)
    return as_json(tidy)  # type: ignore[no-any-return]
