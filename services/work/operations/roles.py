"""Account roles as accounts tells of them: what they are called, and who fills them on which account (R-TSK-4)."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.accounts import Account, AccountChanged, AccountCreated, AccountDeleted, RoleChanged
from contracts.work import RolesChanged
from services.work import model

Holder = tuple[UUID, UUID]  # a role and a member


def role_changed(session: Session, ctx: Context, event: RoleChanged) -> None:
    """Keep the role's name. One deleted leaves whatever it is assigned to: it is neither shown nor found there."""
    query = select(model.RoleRef).where(model.RoleRef.firm_id == ctx.firm, model.RoleRef.id == event.role.id)
    known = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    # A deletion is final, and needs no version of its own.
    if known is not None and (known.is_deleted or known.version >= event.version + event.is_deleted):
        return
    if known is not None and (event.is_deleted or known.name != event.role.name):
        emit(session, ctx, RolesChanged())
    values = {"name": event.role.name, "is_deleted": event.is_deleted, "version": event.version}
    stored = insert(model.RoleRef).values(firm_id=ctx.firm, id=event.role.id, **values)
    newer = model.RoleRef.is_deleted.is_(False) & (model.RoleRef.version < event.version + event.is_deleted)
    session.execute(stored.on_conflict_do_update(index_elements=["firm_id", "id"], set_=values, where=newer))


def account_told(session: Session, ctx: Context, event: AccountCreated | AccountChanged) -> None:
    """Keep who fills the account's roles; of every other change only the version is kept, and nothing announced."""
    account = event.account
    if not _is_newest(session, ctx, account.id, account.version):
        return
    wanted = _holders(account)
    query = select(model.RoleHolder).where(
        model.RoleHolder.firm_id == ctx.firm, model.RoleHolder.account_id == account.id
    )
    known = {(row.role_id, row.member_id): row for row in session.scalars(query)}
    if wanted == {holder: row.position for holder, row in known.items()}:
        return
    for gone in known.keys() - wanted.keys():
        session.delete(known[gone])
    for holder, position in wanted.items():
        if holder in known:
            known[holder].position = position
        else:
            session.add(_row(ctx, account.id, holder, position))
    _meet(session, ctx, account)
    emit(session, ctx, RolesChanged(account_id=account.id))
    session.flush()


def account_gone(session: Session, ctx: Context, event: AccountDeleted) -> None:
    """Forget who filled the account's roles; its version stays, so that a late event does not bring them back."""
    _is_newest(session, ctx, event.account_id, event.version)
    holders = delete(model.RoleHolder).where(model.RoleHolder.firm_id == ctx.firm)
    session.execute(holders.where(model.RoleHolder.account_id == event.account_id))


def _is_newest(session: Session, ctx: Context, account_id: UUID, version: int) -> bool:
    """Whether nothing newer was told of the account; who comes next waits for this transaction."""
    stored = insert(model.AccountRef).values(firm_id=ctx.firm, id=account_id, version=version)
    stored = stored.on_conflict_do_update(
        index_elements=["firm_id", "id"],
        set_={"version": stored.excluded.version},
        where=model.AccountRef.version <= stored.excluded.version,
    )
    return session.execute(stored.returning(model.AccountRef.id)).first() is not None


def _holders(account: Account) -> dict[Holder, int]:
    """Each role with each member who fills it, and the member's place."""
    return {
        (filled.role.id, member.id): position
        for filled in account.roles
        for position, member in enumerate(filled.members)
    }


def _row(ctx: Context, account_id: UUID, holder: Holder, position: int) -> model.RoleHolder:
    role_id, member_id = holder
    return model.RoleHolder(
        firm_id=ctx.firm, account_id=account_id, role_id=role_id, member_id=member_id, position=position
    )


def _meet(session: Session, ctx: Context, account: Account) -> None:
    """Know the holders by name, even where identity's event is late."""
    members = {member.id: member.name for filled in account.roles for member in filled.members}
    values = [
        {"firm_id": ctx.firm, "id": member_id, "name": name, "is_active": True, "version": 0}
        for member_id, name in sorted(members.items())
    ]
    if values:
        session.execute(insert(model.MemberRef).values(values).on_conflict_do_nothing())
