"""Who sees which e-mail: those of its accounts, and what waits for an account, those of its mailboxes (R-SYN-5)."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, Select, any_, exists, literal, select, true
from sqlalchemy.orm import Session

from chassis.context import Actor, Context
from contracts.emails import EmailNotFound
from contracts.identity import holds
from services.messages import model, people


def sees_account(actor: Actor) -> ColumnElement[bool]:
    """`can_view` (R-ACC-1) on AccountRef; one in the trash is there for nobody (R-ARC-5)."""
    if holds(actor, "view_all_accounts"):
        return ~model.AccountRef.is_hidden
    return ~model.AccountRef.is_hidden & (literal(actor.id) == any_(model.AccountRef.team))


def seen_accounts(session: Session, ctx: Context, account_ids: Collection[UUID]) -> list[UUID]:
    """Give those of the accounts that the caller sees."""
    account = model.AccountRef
    query = select(account.id).where(account.firm_id == ctx.firm, account.id.in_(account_ids), sees_account(ctx.actor))
    return list(session.scalars(query.order_by(account.id)))


def came_to(actor: Actor) -> ColumnElement[bool]:
    """Whether an e-mail, on Email, came to a mailbox of the actor; owner and admins look after all."""
    if holds(actor):
        return true()
    seen, mailbox = model.EmailSighting, model.Mailbox
    return exists().where(
        seen.firm_id == model.Email.firm_id,
        seen.email_id == model.Email.id,
        mailbox.firm_id == seen.firm_id,
        mailbox.id == seen.mailbox_id,
        mailbox.member_id == actor.id,
    )


def waiting(session: Session, ctx: Context, email_id: UUID, *, lock: bool = False) -> model.Email:
    """Give an e-mail of the caller's mailboxes that waits, or waited. Raises EmailNotFound."""
    people.staff(ctx)
    email = model.Email
    query = select(email).where(email.firm_id == ctx.firm, email.id == email_id, came_to(ctx.actor))
    return _one(session, query, lock=lock)


def filed(session: Session, ctx: Context, account_id: UUID, email_id: UUID, *, lock: bool = False) -> model.Email:
    """Give an e-mail that is filed in the account. Raises EmailNotFound."""
    people.staff(ctx)
    email, filing = model.Email, model.EmailFiling
    is_here = exists().where(
        filing.firm_id == email.firm_id, filing.email_id == email.id, filing.account_id == account_id
    )
    query = select(email).where(email.firm_id == ctx.firm, email.id == email_id, is_here)
    return _one(session, query, lock=lock)


def _one(session: Session, query: Select[tuple[model.Email]], *, lock: bool) -> model.Email:
    if lock:
        query = query.with_for_update(of=model.Email).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise EmailNotFound
    return found
