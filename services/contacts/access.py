"""Who sees which contact: domain.md §2.3, written once, as conditions that go into every query before its limit."""

from sqlalchemy import ColumnElement, and_, any_, exists, false, literal, or_, true

from chassis.context import Actor, Context
from chassis.errors import Forbidden
from contracts.identity import holds
from contracts.rights import ACCOUNT, Rule, allows
from services.contacts.model import AccountRef, Contact, ContactLink


def require(ctx: Context, rule: Rule) -> None:
    """Raise Forbidden unless a rule of the one table lets the caller do it."""
    if not allows(rule, ctx.actor):
        raise Forbidden(needs=list(rule.rights))


def sees_account(actor: Actor) -> ColumnElement[bool]:
    """`can_view` (R-ACC-1) on AccountRef; one in the trash is there for nobody (R-ARC-5)."""
    if actor.kind == "portal":
        return false()
    is_there = and_(~AccountRef.is_gone, AccountRef.state != "trashed")
    if holds(actor, "view_all_accounts"):
        return is_there
    return and_(is_there, literal(actor.id) == any_(AccountRef.team))


def is_linked_to_seen(actor: Actor) -> ColumnElement[bool]:
    """Whether some account that the actor sees is linked, on Contact."""
    if actor.kind == "portal":
        return false()
    seen = exists().where(
        ContactLink.firm_id == Contact.firm_id,
        ContactLink.contact_id == Contact.id,
        AccountRef.firm_id == ContactLink.firm_id,
        AccountRef.id == ContactLink.account_id,
        sees_account(actor),
    )
    return seen.correlate(Contact)


def sees_contact(actor: Actor) -> ColumnElement[bool]:
    """`can_see_contact` on Contact."""
    return true() if holds(actor, "view_all_contacts") else is_linked_to_seen(actor)


def edits_contact(actor: Actor) -> ColumnElement[bool]:
    """`can_edit_contact` on Contact (U-3): either right, each with its own condition."""
    if holds(actor):
        return true()
    if not allows(ACCOUNT["edit_contacts"], actor):
        return false()
    return or_(
        sees_contact(actor) if holds(actor, "manage_contacts") else false(),
        is_linked_to_seen(actor) if holds(actor, "manage_accounts") else false(),
    )
