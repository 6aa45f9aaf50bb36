"""Organizers: sent or started, answered, submitted, sealed; each step is kept and announced (R-ORG-4)."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import Invalid, wrong
from chassis.outbox import emit
from contracts import organizers
from contracts.organizer_templates import OrganizerTemplateNotFound
from contracts.organizers import Organizer, OrganizerClosed, OrganizerNotFound, OrganizerRef, Step
from services.documents import access, actors, answering, model
from services.documents import questions as rules
from services.documents.messages import organizers as messages

ONE_CHANGE = dt.timedelta(minutes=10)  # what a person saves within it is one entry of the history


def send_organizer(session: Session, ctx: Context, request: organizers.SendOrganizer) -> organizers.Organizers:
    """Send one organizer for each template (R-ORG-1). Raises OrganizerTemplateNotFound."""
    access.staff(ctx)
    if request.name and len(request.template_ids) > 1:
        raise wrong("name", "Only a single organizer can be given another name.")
    made = [_create(session, ctx, request.account_id, one, name=request.name) for one in request.template_ids]
    return organizers.Organizers(items=tuple(messages.organizer(row) for row in made))


def start_organizer(session: Session, ctx: Context, request: organizers.StartOrganizer) -> Organizer:
    """Start an organizer oneself, where the template allows it (R-ORG-3). Raises OrganizerTemplateNotFound."""
    access.client(ctx)
    return messages.organizer(_create(session, ctx, request.account_id, request.template_id, by_client=True))


def open_organizer(session: Session, ctx: Context, request: OrganizerRef) -> Organizer:
    """Show an organizer to a client, who has it on record as seen. Raises OrganizerNotFound."""
    access.client(ctx)
    row = _locked(session, ctx, request)
    if row.status == "not_opened" and not row.is_sealed:
        _step(session, ctx, row, "viewed")
    return messages.organizer(row)


def save_answers(session: Session, ctx: Context, request: organizers.SaveAnswers) -> Organizer:
    """Keep what a client answered so far; of two answers to one question the last one counts.

    Raises OrganizerNotFound, OrganizerClosed, Invalid with one entry per wrong answer.
    """
    access.client(ctx)
    row = _open(session, ctx, request)
    sections = messages.sections(row.sections)
    given = rules.checked(sections, request.answers)
    answering.check_files(session, ctx, row.account_id, sections, given)
    answers = {key: value for key, value in {**row.answers, **given}.items() if value is not None}
    if answers == row.answers:
        return messages.organizer(row)
    if answering.size(answers) > rules.MOST_BYTES:
        raise wrong("answers", "These are too long to be kept together; shorten some.")
    was_started = bool(row.answers)
    row.answers = answers
    row.progress = rules.progress(sections, answers)
    _step(session, ctx, row, "changed" if was_started else "started")
    return messages.organizer(row)


def submit_organizer(session: Session, ctx: Context, request: OrganizerRef) -> Organizer:
    """Hand an organizer in: finished, as far as the client is concerned (R-ORG-2).

    Raises OrganizerNotFound, OrganizerClosed, Invalid naming each required question without an answer.
    """
    access.client(ctx)
    row = _open(session, ctx, request)
    missing = rules.missing(messages.sections(row.sections), row.answers)
    if missing:
        raise Invalid(errors=[{"field": f"answers.{one.key}", "message": "Answer this question."} for one in missing])
    row.submitted_at, row.submitted_by = ctx.now, actors.author(ctx)
    _step(session, ctx, row, "submitted")
    return messages.organizer(row)


def reopen_organizer(session: Session, ctx: Context, request: OrganizerRef) -> Organizer:
    """Give a submitted organizer back to the client (R-ORG-3). Raises OrganizerNotFound, OrganizerClosed."""
    row = _of_staff(session, ctx, request)
    if row.status != "submitted" or row.is_sealed or row.is_archived:
        raise _closed(row, "Only a submitted organizer, neither sealed nor archived, can be reopened.")
    row.submitted_at = row.submitted_by = None
    _step(session, ctx, row, "reopened")
    return messages.organizer(row)


def resend_organizer(session: Session, ctx: Context, request: OrganizerRef) -> Organizer:
    """Send an organizer once more; `sent_at` is the last time (R-ORG-5). Raises OrganizerNotFound, OrganizerClosed."""
    row = _of_staff(session, ctx, request)
    if row.status == "submitted" or row.is_sealed or row.is_archived:
        raise _closed(row, "Only an organizer that the client can still fill in is sent again.")
    row.sent_at = ctx.now
    _step(session, ctx, row, "resent")
    return messages.organizer(row)


def seal_organizer(session: Session, ctx: Context, request: OrganizerRef) -> Organizer:
    """Lock an organizer against change; done twice, it is done once (R-ORG-2). Raises OrganizerNotFound."""
    return _flag(session, ctx, request, "is_sealed", "sealed")


def unseal_organizer(session: Session, ctx: Context, request: OrganizerRef) -> Organizer:
    """Take the lock off an organizer. Raises OrganizerNotFound."""
    return _flag(session, ctx, request, "is_sealed", "unsealed")


def archive_organizer(session: Session, ctx: Context, request: OrganizerRef) -> Organizer:
    """Put an organizer away: it is neither counted nor shown to the client (R-ORG-2). Raises OrganizerNotFound."""
    return _flag(session, ctx, request, "is_archived", "archived")


def restore_organizer(session: Session, ctx: Context, request: OrganizerRef) -> Organizer:
    """Bring an archived organizer back as it was. Raises OrganizerNotFound."""
    return _flag(session, ctx, request, "is_archived", "restored")


def _flag(session: Session, ctx: Context, request: OrganizerRef, flag: str, step: Step) -> Organizer:
    row = _of_staff(session, ctx, request)
    value = step in ("sealed", "archived")
    if getattr(row, flag) is not value:
        setattr(row, flag, value)
        _step(session, ctx, row, step)
    return messages.organizer(row)


def _create(
    session: Session, ctx: Context, account_id: UUID, template_id: UUID, *, name: str = "", by_client: bool = False
) -> model.Organizer:
    kind = model.OrganizerTemplate
    query = select(kind).where(kind.firm_id == ctx.firm, kind.id == template_id, kind.is_deleted.is_(False))
    template = session.scalar(query)
    if template is None or (by_client and not template.is_startable):
        raise OrganizerTemplateNotFound(template_id=str(template_id))
    row = model.Organizer(
        firm_id=ctx.firm,
        id=new_id(),
        account_id=account_id,
        name=name.strip() or template.name,
        template_id=template.id,
        template_version=template.version,
        sections=template.sections,
        answers={},
        status="not_opened",
        progress=0,
        created_by=actors.author(ctx),
        sent_at=None if by_client else ctx.now,
        version=0,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    session.add(row)
    session.flush()
    _step(session, ctx, row, "created")
    if by_client:
        _step(session, ctx, row, "viewed")
    return row


def _locked(session: Session, ctx: Context, request: Any) -> model.Organizer:
    """The organizer, held on to. Raises OrganizerNotFound; an archived one is not there for clients."""
    kind = model.Organizer
    query = select(kind).where(
        kind.firm_id == ctx.firm, kind.account_id == request.account_id, kind.id == request.organizer_id
    )
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None or (row.is_archived and ctx.actor.kind == "portal"):
        raise OrganizerNotFound
    return row


def _of_staff(session: Session, ctx: Context, request: OrganizerRef) -> model.Organizer:
    access.staff(ctx)
    return _locked(session, ctx, request)


def _open(session: Session, ctx: Context, request: Any) -> model.Organizer:
    row = _locked(session, ctx, request)
    if row.status == "submitted" or row.is_sealed:
        raise _closed(row, "It can be changed again once the firm reopens or unseals it.")
    return row


def _closed(row: model.Organizer, text: str) -> OrganizerClosed:
    return OrganizerClosed(text, state=messages.status(row))


def _step(session: Session, ctx: Context, row: model.Organizer, step: Step) -> None:
    """Write a step down and tell of it; the caller holds the row."""
    row.status = rules.after(row.status, step)  # type: ignore[arg-type]
    row.version += 1
    row.updated_at = ctx.now
    _remember(session, ctx, row, step)
    session.flush()
    by = messages.author(actors.author(ctx))
    told = organizers.OrganizerChanged(
        account_id=row.account_id, organizer=messages.organizer_summary(row), step=step, by=by
    )
    emit(session, ctx, told)


def _remember(session: Session, ctx: Context, row: model.Organizer, step: Step) -> None:
    kind = model.OrganizerEvent
    query = select(kind).where(kind.firm_id == ctx.firm, kind.organizer_id == row.id)
    last = session.scalar(query.order_by(kind.position.desc()).limit(1))
    by = actors.author(ctx)
    if step == "changed" and last is not None and (last.step, last.by) == (step, by) and ctx.now - last.at < ONE_CHANGE:
        last.at = ctx.now
        return
    session.add(
        kind(
            firm_id=ctx.firm,
            organizer_id=row.id,
            position=0 if last is None else last.position + 1,
            step=step,
            at=ctx.now,
            by=by,
        )
    )
