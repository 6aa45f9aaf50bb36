"""The firm's format of names, for new contacts or for all (R-CN-1, R-CN-2)."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.contacts import NameFormat, NameFormatApplied, NameFormatChanged, NameFormatSetting
from contracts.rights import FIRM
from services.contacts.access import require
from services.contacts.model import Contact, ContactSetting
from services.contacts.operations import announcing, writing
from services.contacts.operations.rows import FRESH
from services.contacts.queries.settings import name_format
from services.contacts.rules import names

BATCH = 500  # contacts held in memory at once


def set_name_format(session: Session, ctx: Context, request: NameFormatSetting) -> NameFormatApplied:
    """Choose the format; owner and admins may. Contacts lacking a part it needs stay as they are."""
    require(ctx, FIRM["set_name_format"])
    before = name_format(session, ctx)
    values = {"name_format": request.format, "updated_at": ctx.now}
    statement = insert(ContactSetting).values(firm_id=ctx.firm, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["firm_id"], set_=values))
    renamed = _rename_all(session, ctx, request.format) if request.apply_to_all else 0
    if renamed or before != request.format:
        emit(session, ctx, NameFormatChanged(before=before, format=request.format, renamed=renamed))
    return NameFormatApplied(format=request.format, renamed=renamed)


def _rename_all(session: Session, ctx: Context, form: NameFormat) -> int:
    renamed = 0
    after: UUID | None = None
    has_parts = [getattr(Contact, part) != "" for part in names.PARTS[form]]
    query = select(Contact).where(Contact.firm_id == ctx.firm, ~Contact.is_name_typed, *has_parts)
    query = query.order_by(Contact.id).limit(BATCH).with_for_update()
    while True:
        page = query if after is None else query.where(Contact.id > after)
        batch = session.scalars(page, execution_options=FRESH).all()
        for row in batch:
            called = row.display_name
            writing.call(row, form)
            if row.display_name != called:
                writing.refresh_search(row)
                announcing.contact_changed(session, ctx, row)
                renamed += 1
        if len(batch) < BATCH:
            return renamed
        after = batch[-1].id
        session.expunge_all()
