"""Which accounts the caller sees, as a predicate of SQL; what is out of sight is not found (R-ACC-1, R-ACC-5)."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, select, true
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.accounts import AccountNotFound
from contracts.rights import is_staff
from services.accounts import rules
from services.accounts.model import Account, AccountTeam, MemberRef

KNOWN = ("active", "archived")  # states in which people see an account


def visible(ctx: Context) -> ColumnElement[bool]:
    """Whether a row of `account` is there for the caller: `rules.can_view` in SQL, in the caller's firm.

    Archived accounts obey it alike (R-ACC-8); one that is being created or in the trash is there for nobody.
    """
    return and_(Account.firm_id == ctx.firm, Account.state.in_(KNOWN), _in_sight(ctx))


def depicted(ctx: Context) -> ColumnElement[bool]:
    """Whether the photo of a row of `account` is there for the caller: a client's people see and change theirs too.

    Who enters which account is decided by contacts, and bound to the actor by whoever let them in (R-PHOTO-1).
    """
    if ctx.actor.kind != "portal":
        return visible(ctx)
    return and_(Account.firm_id == ctx.firm, Account.state == "active", Account.id == ctx.actor.account_id)


def in_trash(ctx: Context) -> ColumnElement[bool]:
    """Whether a row of `account` is in the trash, and was in the caller's sight (R-ARC-5, R-ACC-5)."""
    return and_(Account.firm_id == ctx.firm, Account.state == "trashed", _in_sight(ctx))


def _in_sight(ctx: Context) -> ColumnElement[bool]:
    actor = ctx.actor
    if actor.kind == "system":
        return true()
    if not is_staff(actor):
        return false()
    deactivated = exists().where(
        MemberRef.firm_id == ctx.firm, MemberRef.id == actor.id, MemberRef.is_active.is_(other=False)
    )
    if rules.sees_all(actor):
        return ~deactivated
    assigned = exists().where(
        AccountTeam.firm_id == ctx.firm, AccountTeam.account_id == Account.id, AccountTeam.member_id == actor.id
    )
    return and_(assigned, ~deactivated)


Sight = Callable[[Context], ColumnElement[bool]]


def check(session: Session, ctx: Context, account_id: UUID, sight: Sight = visible) -> None:
    """Refuse an account out of sight. Raises AccountNotFound."""
    if session.scalar(select(Account.id).where(sight(ctx), Account.id == account_id)) is None:
        raise AccountNotFound(account_id=str(account_id))


def locked(session: Session, ctx: Context, account_id: UUID, sight: Sight = visible) -> Account:
    """The account, kept from others' changes until the transaction ends. Raises AccountNotFound.

    Whoever locks more than accounts does so in this order, so that nobody waits in a circle: members and contacts by
    id, tags by name, account roles by id, accounts by id, code counters; an account that is being created may come
    before its tags.
    """
    query = select(Account).where(sight(ctx), Account.id == account_id).with_for_update(of=Account)
    account = session.scalar(query.execution_options(populate_existing=True))
    if account is None:
        raise AccountNotFound(account_id=str(account_id))
    return account


def locked_all(session: Session, ctx: Context, where: ColumnElement[bool]) -> list[Account]:
    """Every account of the firm where that holds, in sight or not, in the one order that can't deadlock."""
    query = select(Account).where(Account.firm_id == ctx.firm, where).order_by(Account.id).with_for_update(of=Account)
    return list(session.scalars(query.execution_options(populate_existing=True)))
