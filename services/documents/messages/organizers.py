"""Organizers and their templates as messages."""

from collections.abc import Sequence
from typing import Any

from chassis.wire import load
from contracts import organizer_templates, organizers
from services.documents import model
from services.documents import questions as rules


def sections(kept: Sequence[dict[str, Any]]) -> tuple[organizer_templates.QuestionSection, ...]:
    """Questions as a row keeps them."""
    return tuple(load(organizer_templates.QuestionSection, one) for one in kept)


def author(kept: dict[str, Any]) -> organizers.Author:
    return load(organizers.Author, kept)


def template(row: model.OrganizerTemplate) -> organizer_templates.OrganizerTemplate:
    return organizer_templates.OrganizerTemplate(
        id=row.id,
        name=row.name,
        sections=sections(row.sections),
        is_startable=row.is_startable,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def status(row: Any) -> organizers.OrganizerStatus:
    """The status to show (R-ORG-5)."""
    return "sealed" if row.is_sealed else row.status


def organizer(row: model.Organizer) -> organizers.Organizer:
    asked = sections(row.sections)
    return organizers.Organizer(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        template_id=row.template_id,
        template_version=row.template_version,
        status=status(row),
        is_sealed=row.is_sealed,
        is_archived=row.is_archived,
        progress=row.progress,
        sections=asked,
        answers=rules.visible(asked, row.answers),
        shown=tuple(one.key for one in rules.shown(asked, row.answers)),
        created_at=row.created_at,
        created_by=author(row.created_by),
        sent_at=row.sent_at,
        submitted_at=row.submitted_at,
        submitted_by=None if row.submitted_by is None else author(row.submitted_by),
        updated_at=row.updated_at,
        version=row.version,
    )


def organizer_summary(row: Any) -> organizers.OrganizerSummary:
    return organizers.OrganizerSummary(
        id=row.id,
        name=row.name,
        status=status(row),
        progress=row.progress,
        is_archived=row.is_archived,
        created_at=row.created_at,
        sent_at=row.sent_at,
        submitted_at=row.submitted_at,
        updated_at=row.updated_at,
    )
