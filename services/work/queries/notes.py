"""The section Notes: pinned ones on top, then the latest edited (R-NTE-1, R-NTE-3)."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true, union_all

from chassis.listing import Listing, Order, flag_of, id_of, instant
from contracts.sections import Section, Seen
from services.work import model, rules
from services.work.queries.listing import ACCOUNT, FIRM, Asked, member

ROWS = 5  # R-NTE-1
PINNED_ROWS = 20  # the rule sets no limit; the page does

note = model.Note.__table__


def _visible(_: Seen) -> list[ColumnElement[bool]]:
    return [note.c.firm_id == FIRM, note.c.account_id == ACCOUNT]


def _row(row: Any, _: Asked) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "title": rules.headline(row.title, row.beginning),
        "author": {"id": str(row.author_id), "name": row.author_name or ""},
        "updated_at": instant(row.updated_at),
        "is_pinned": row.is_pinned,
    }


LISTING: Listing[Asked] = Listing(
    source=note.outerjoin(member, and_(member.c.firm_id == note.c.firm_id, member.c.id == note.c.author_id)),
    columns=(
        note.c.id,
        note.c.title,
        func.left(note.c.body, rules.HEADLINE_CHARACTERS).label("beginning"),  # bodies are kept trimmed
        note.c.author_id,
        member.c.name.label("author_name"),
        note.c.updated_at,
        note.c.is_pinned,
    ),
    visible=lambda asked: _visible(asked.scope),
    orders={"-updated_at": Order((note.c.is_pinned, note.c.updated_at, note.c.id))},
    filters={
        "author": lambda value, _: note.c.author_id == id_of("author", value),
        "pinned": lambda value, _: note.c.is_pinned.is_(flag_of("pinned", value)),
    },
    row=_row,
)


def statement(scope: Seen) -> Select[Any]:
    """The section in one statement: the count of all beside each row, or alone where there is none."""
    order = LISTING.orders["-updated_at"]
    parts = (
        LISTING.statement([*_visible(scope), note.c.is_pinned.is_(is_pinned)], order, limit)
        for is_pinned, limit in ((True, PINNED_ROWS), (False, ROWS))
    )
    shown = union_all(*parts).subquery("shown")
    every = select(func.count().label("total")).select_from(note).where(*_visible(scope)).subquery("every")
    return (
        select(every.c.total, *shown.c)
        .select_from(every.outerjoin(shown, true()))
        .order_by(shown.c.key_0.desc(), shown.c.key_1.desc(), shown.c.key_2.desc())
    )


def section(rows: Any, asked: Asked) -> Section:
    shown = tuple(_row(row, asked) for row in rows if row.id is not None)
    return Section(name="notes", rows=shown, total=rows[0].total)
