"""A contact comes into being: by itself, with a link, or with an account."""

from uuid import UUID

from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.wire import dump
from contracts.contacts import NewContact
from services.contacts import model
from services.contacts.operations import announcing, writing


def add_contact(
    session: Session, ctx: Context, new: NewContact, path: str = "", created_for: UUID | None = None
) -> model.Contact:
    """Create a contact, whoever asks; `path` is where in the request it stood. Raises MemberAddress."""
    row = model.Contact(firm_id=ctx.firm, id=new_id(), created_for=created_for, version=1)
    row.created_at = row.updated_at = ctx.now
    writing.fill(session, ctx, row, dump(new), path)
    session.add(row)
    announcing.contact_created(session, ctx, row)
    return row
