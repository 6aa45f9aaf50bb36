"""The contacts' part of opening an account: its first links, made at once or taken back (R-LNK-1).

`accounts` calls both, as often as it must: a repeated step finds its work done, and one that comes after the opening
was given up is refused, so that no crash leaves an account without a contact or a link without an account.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Invalid
from contracts.common import Done
from contracts.contacts import (
    AccountFacts,
    AccountIsOpen,
    AccountRef,
    ContactEntry,
    LinkedContacts,
    LinksDiscarded,
    OpenLinks,
)
from services.contacts import model
from services.contacts.model import Contact, ContactLink
from services.contacts.operations import announcing, rows
from services.contacts.operations.links import entered, made
from services.contacts.queries.links import linked_contacts


def open_links(session: Session, ctx: Context, request: OpenLinks) -> LinkedContacts:
    """Link the first contacts of an account, in the order entered, creating the new ones.

    Raises ContactNotFound, MemberAddress, LinksDiscarded.
    """
    account = _noted(session, ctx, request.account)
    if account.is_gone:
        raise LinksDiscarded(account_id=str(account.id))
    if not rows.links_of(session, ctx, account.id):
        _refuse_repeated(request.contacts)
        for index, entry in enumerate(request.contacts):
            contact_id = entered(session, ctx, entry, f"contacts.{index}", account.id)
            session.add(made(ctx, account, contact_id, entry, index + 1))
        announcing.links_changed(session, ctx, account, "opened")
    return linked_contacts(session, ctx, account)


def discard_links(session: Session, ctx: Context, request: AccountRef) -> Done:
    """Take back the links of an account that was never opened, and the contacts made for it alone.

    A contact that was changed or linked elsewhere since is somebody's by then, and stays. Raises AccountIsOpen.
    """
    nothing = AccountFacts(id=request.account_id, code="", name="", state="discarded", team=(), version=0)
    account = _noted(session, ctx, nothing)
    if account.is_open:
        raise AccountIsOpen(account_id=str(account.id))
    if account.is_gone:
        return Done()
    orphans = _made_for(session, ctx, account.id)
    account.is_gone = True
    links = rows.links_of(session, ctx, account.id)
    for link in links.values():
        session.delete(link)
    session.flush()
    if links:
        announcing.links_changed(session, ctx, account, "discarded")
    for contact in orphans:
        announcing.contact_deleted(session, ctx, contact)
    return Done()


def _noted(session: Session, ctx: Context, facts: AccountFacts) -> model.AccountRef:
    """The account, locked, as known already or else from these facts."""
    values = {
        "firm_id": ctx.firm,
        "id": facts.id,
        "code": facts.code,
        "name": facts.name,
        "state": facts.state,
        "team": list(facts.team),
        "version": facts.version,
    }
    session.execute(insert(model.AccountRef).values(values).on_conflict_do_nothing())
    account = rows.account_to_open(session, ctx, facts.id)
    if account is None:
        raise AssertionError
    return account


def _made_for(session: Session, ctx: Context, account_id: UUID) -> Sequence[Contact]:
    """Contacts made for this account alone and untouched since, locked: none can be linked elsewhere meanwhile."""
    locked = select(Contact).where(Contact.firm_id == ctx.firm, Contact.created_for == account_id, Contact.version == 1)
    found = session.scalars(locked.order_by(Contact.id).with_for_update(), execution_options=rows.FRESH).all()
    used = set(
        session.scalars(
            select(ContactLink.contact_id).where(
                ContactLink.firm_id == ctx.firm,
                ContactLink.contact_id.in_([contact.id for contact in found]),
                ContactLink.account_id != account_id,
            )
        )
    )
    return [contact for contact in found if contact.id not in used]


def _refuse_repeated(entries: Sequence[ContactEntry]) -> None:
    named = [entry.id for entry in entries]
    repeated = [index for index, one in enumerate(named) if one is not None and one in named[:index]]
    if repeated:
        message = "This contact is named twice."
        raise Invalid(errors=[{"field": f"contacts.{index}.id", "message": message} for index in repeated])
