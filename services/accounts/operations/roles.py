"""Changes of the firm's account roles, and of who fills them on an account (R-ACC-6)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis import outbox
from chassis.context import Context, new_id
from chassis.errors import Invalid, wrong
from contracts.account_settings import AccountRole as RoleMessage
from contracts.account_settings import CreateRole, RenameRole, RoleRef
from contracts.accounts import Account as AccountMessage
from contracts.accounts import RoleChanged, RoleEntry, RoleExists, RoleNotFound, SetRoles
from contracts.common import Done
from services.accounts import names, rules, snapshot, team
from services.accounts.model import Account, AccountRole, AccountRoleHolder
from services.accounts.operations.accounts import same_version
from services.accounts.visibility import check, locked, locked_all

MAX_ROLE = 60  # characters


def set_roles(session: Session, ctx: Context, request: SetRoles) -> AccountMessage:
    """Let these members fill these roles and no others. It gives nobody access (R-ACC-6).

    Raises AccountNotFound, Forbidden, AccountChangedMeanwhile, TeamMemberUnknown, Invalid.
    """
    check(session, ctx, request.account_id)
    rules.check(ctx.actor, "edit_team")
    wanted = _wanted(session, ctx, request.roles)
    account = locked(session, ctx, request.account_id)
    same_version(session, ctx, account, request.version)
    holder = AccountRoleHolder
    theirs = (holder.firm_id == ctx.firm, holder.account_id == account.id)
    present = set(session.execute(select(holder.role_id, holder.member_id).where(*theirs)).tuples())
    if wanted == present:
        return snapshot.of(session, ctx, account.id)
    pair = tuple_(holder.role_id, holder.member_id)
    session.execute(delete(holder).where(*theirs, pair.in_(present - wanted)))
    rows = [
        {"firm_id": ctx.firm, "account_id": account.id, "role_id": role_id, "member_id": member_id}
        for role_id, member_id in sorted(wanted - present)
    ]
    if rows:
        session.execute(insert(holder), rows)
    return snapshot.changed(session, ctx, account.id)


def _wanted(session: Session, ctx: Context, entries: Sequence[RoleEntry]) -> set[tuple[UUID, UUID]]:
    """Role and member of each, kept as they are until the transaction ends. Raises TeamMemberUnknown, Invalid."""
    named = [
        (f"roles.{place}.members.{inner}", member_id)
        for place, entry in enumerate(entries)
        for inner, member_id in enumerate(entry.members)
    ]
    team.check_active(session, ctx, named)
    ids = [entry.role_id for entry in entries]
    query = select(AccountRole.id).where(AccountRole.firm_id == ctx.firm, AccountRole.id.in_(ids))
    known = set(session.scalars(query.order_by(AccountRole.id).with_for_update(read=True, key_share=True)))
    errors = [
        {"field": f"roles.{place}.role_id", "message": "Name a role of the firm, and only once."}
        for place, role_id in enumerate(ids)
        if role_id not in known or role_id in ids[:place]
    ]
    if errors:
        raise Invalid(errors=errors)
    return {(entry.role_id, member_id) for entry in entries for member_id in entry.members}


def create_account_role(session: Session, ctx: Context, request: CreateRole) -> RoleMessage:
    """Add a role to the firm's list. Raises Forbidden, RoleExists, Invalid."""
    rules.check_in_firm(ctx.actor, "manage_account_roles")
    made = RoleMessage(id=new_id(), name=_clean(request.name))
    row = {"firm_id": ctx.firm, "id": made.id, "name": made.name, "key": names.key(made.name)}
    statement = insert(AccountRole).values(row).on_conflict_do_nothing().returning(AccountRole.id)
    if session.execute(statement).first() is None:
        raise RoleExists(name=made.name)
    outbox.emit(session, ctx, RoleChanged(role=made))
    return made


def rename_account_role(session: Session, ctx: Context, request: RenameRole) -> RoleMessage:
    """Rename a role, on every account where it is filled. Raises Forbidden, RoleNotFound, RoleExists."""
    rules.check_in_firm(ctx.actor, "manage_account_roles")
    role = _locked(session, ctx, request.role_id)
    made = RoleMessage(id=role.id, name=_clean(request.name))
    if made.name == role.name:
        return made
    try:
        with session.begin_nested():
            role.name, role.key, role.version = made.name, names.key(made.name), role.version + 1
            session.flush()
    except IntegrityError as exc:
        raise RoleExists(name=made.name) from exc
    outbox.emit(session, ctx, RoleChanged(role=made, version=role.version))
    return made


def delete_account_role(session: Session, ctx: Context, request: RoleRef) -> Done:
    """Delete a role, on every account where it is filled. Raises Forbidden, RoleNotFound."""
    rules.check_in_firm(ctx.actor, "manage_account_roles")
    role = _locked(session, ctx, request.role_id)
    holder = AccountRoleHolder
    is_filled = exists().where(holder.firm_id == ctx.firm, holder.account_id == Account.id, holder.role_id == role.id)
    accounts = [account.id for account in locked_all(session, ctx, is_filled)]
    gone = RoleChanged(role=RoleMessage(id=role.id, name=role.name), is_deleted=True, version=role.version + 1)
    session.delete(role)
    session.flush()
    outbox.emit(session, ctx, gone)
    snapshot.report(session, ctx, accounts)
    return Done()


def _clean(typed: str) -> str:
    name = names.clean(typed)
    if not 1 <= len(name) <= MAX_ROLE:
        raise wrong("name", f"A role has a name of 1 to {MAX_ROLE} characters.")
    return name


def _locked(session: Session, ctx: Context, role_id: UUID) -> AccountRole:
    query = select(AccountRole).where(AccountRole.firm_id == ctx.firm, AccountRole.id == role_id).with_for_update()
    role = session.scalar(query.execution_options(populate_existing=True))
    if role is None:
        raise RoleNotFound(role_id=str(role_id))
    return role
