"""A portal user's password is changed by who knows it, or anew by a link sent to the address (R-POR-5)."""

from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from chassis import once
from chassis.context import Actor, Context, new_id
from chassis.db import Transactions
from chassis.errors import Forbidden, Unauthenticated
from chassis.outbox import emit
from contracts import identity, portal
from contracts.accounts import AccountNotFound
from contracts.common import Done
from contracts.contacts import AccountRef, Contacts
from contracts.entries import Entries, GetEntry
from contracts.portal_links import PortalLink, PortalReset
from contracts.rights import ACCOUNT, allows
from contracts.switches import AccountArchived, AddressNotFound
from services.identity import hashing, model, tokens
from services.identity.operations import attempts
from services.identity.operations import portal as users
from services.identity.rules import limits, names, passwords


class Neighbours(NamedTuple):
    """Who is asked which address a contact has, and whether it may enter."""

    linked: Contacts
    entries: Entries


def change_password(
    db: Transactions, ctx: Context, request: portal.ChangePortalPassword, compute: hashing.Compute
) -> Done:
    """Give the user a new password and end their other sessions; wrong present passwords are counted.

    Raises WrongCredentials, TooManySignIns, Invalid.
    """
    is_own = ctx.actor.kind == "portal" and ctx.actor.account_id is None
    with db.reading(ctx) as session:
        known = session.get(model.PortalUser, (ctx.firm, ctx.actor.id)) if is_own and ctx.actor.id else None
    if known is None:
        raise Unauthenticated
    passwords.check_portal_password("new_password", request.new_password, email=known.email)
    with db.transaction(ctx) as session:
        counted = attempts.count(session, ctx, {limits.member_key(known.id): limits.PER_MEMBER})
    if not compute(hashing.verify, known.password_hash, request.current_password):
        raise identity.WrongCredentials("The current password is not right.")
    password_hash = compute(hashing.hash_password, request.new_password)
    with db.transaction(ctx) as session:
        user = _locked(session, ctx, known.id)
        if user is None or user.password_hash != known.password_hash:
            raise identity.WrongCredentials("The password was changed a moment ago.")
        user.password_hash, user.password_at = password_hash, ctx.now
        attempts.forgive(session, counted)
        users.end_sessions(session, ctx, user.id, but=request.session_id)
        _close(session, ctx, user.id)
    return Done()


def ask(db: Transactions, ctx: Context, request: portal.RequestPortalReset) -> Done:
    """Have a link sent to the address, if somebody has it; each firm where they do sends its own.

    The answer and the work are the same where nobody has it. Raises TooManySignIns.
    """
    folded = names.fold(request.email)
    allowed = {limits.reset_key(folded): limits.PER_RESET}
    if request.address:
        allowed[limits.address_key(request.address)] = limits.PER_ADDRESS
    login = model.PortalLogin
    query = select(login.firm_id, login.user_id).where(login.email_folded == folded).order_by(login.firm_id)
    with db.transaction(replace(ctx, firm_id=None)) as session:
        attempts.count(session, ctx, allowed)
        found = [(row.firm_id, row.user_id) for row in session.execute(query)]
    for firm_id, user_id in found or [(attempts.NO_FIRM, None)]:
        there = replace(ctx, firm_id=firm_id)
        with db.transaction(there) as session:
            _open(session, there, user_id)
    return Done()


def send(db: Transactions, contacts: Neighbours, ctx: Context, request: portal.SendPortalReset) -> Done:
    """Have a link sent to a client's address for the firm; what was sent before opens nothing.

    Not while the account is archived (R-ARC-1). Raises Forbidden, AddressNotFound, NoPasswordYet, AccountArchived.
    """
    if not allows(ACCOUNT["edit_switches"], ctx.actor):
        raise Forbidden
    asked = once.digest("send_portal_reset", request)
    known = once.recall(db, ctx, asked, Done)
    if known is not None:
        return Done()
    email = _email(contacts, replace(ctx, actor=Actor()), request)
    login = model.PortalLogin
    query = select(login.user_id).where(login.firm_id == ctx.firm, login.email_folded == names.fold(email))
    with db.transaction(ctx) as session:
        user_id = session.scalar(query)
        if user_id is None:
            raise portal.NoPasswordYet(state="active")
        _open(session, ctx, user_id)
        once.remember(session, ctx, asked, Done())
    return Done()


def _email(contacts: Neighbours, system: Context, request: portal.SendPortalReset) -> str:
    """The address that is to get the link, which may enter the account. Raises as `send` does."""
    linked = contacts.linked.list_account_contacts(system, AccountRef(account_id=request.account_id))
    mine = [one for item in linked.items if item.contact.id == request.contact_id for one in item.addresses]
    states = {one.address.id: (one.address.email, one.login) for one in mine}
    left = [one for one in linked.unlinked if one.contact_id == request.contact_id]
    states |= {one.id: (one.email, "active") for one in left}
    if request.address_id not in states:
        raise AddressNotFound(address_id=str(request.address_id))
    email, state = states[request.address_id]
    if state != "active":
        raise portal.NoPasswordYet(state=state)
    try:
        contacts.entries.get_entry(system, GetEntry(account_id=request.account_id, email=email))
    except AccountNotFound:  # who is active may enter, unless nobody may
        raise AccountArchived from None
    return email


def make_link(db: Transactions, ctx: Context, request: portal.PortalResetRef) -> portal.ResetLink:
    """Make the link of a reset that somebody asked for; a later one of the same reset replaces it.

    Raises Forbidden, ResetNotOpen.
    """
    if ctx.actor.kind != "system":
        raise Forbidden
    token = tokens.make("r", ctx.firm)
    with db.transaction(ctx) as session:
        reset = session.get(model.PortalReset, (ctx.firm, request.reset_id), with_for_update=True)
        if reset is None or reset.user_id is None or reset.expires_at <= ctx.now:
            raise portal.ResetNotOpen
        reset.digest = tokens.digest(token)
        return portal.ResetLink(token=token, expires_at=reset.expires_at)


def reset(db: Transactions, ctx: Context, request: portal.ResetPortalPassword, compute: hashing.Compute) -> Done:
    """Give who followed the link the password they chose, once, and end all their sessions.

    Raises ResetNotOpen, Invalid.
    """
    ctx, parsed = _of_link(ctx, request.token)
    _, user = _behind(db, ctx, parsed)
    passwords.check_portal_password("password", request.password, email=user.email)
    password_hash = compute(hashing.hash_password, request.password)
    with db.transaction(ctx) as session:
        locked = _locked(session, ctx, user.id)
        if locked is None or session.scalar(_by_digest(ctx, parsed)) is None:
            raise portal.ResetNotOpen
        locked.password_hash, locked.password_at = password_hash, ctx.now
        users.end_sessions(session, ctx, locked.id)
        _close(session, ctx, locked.id)
    return Done()


def look(db: Transactions, ctx: Context, request: PortalLink) -> PortalReset:
    """Whose password the link lets its holder choose anew; it stays as it was. Raises ResetNotOpen."""
    ctx, parsed = _of_link(ctx, request.token)
    found, user = _behind(db, ctx, parsed)
    with db.reading(ctx) as session:
        firm = session.scalars(select(model.Firm).where(model.Firm.firm_id == ctx.firm)).one()
    return PortalReset(firm=identity.Firm(id=ctx.firm, name=firm.name), email=user.email, expires_at=found.expires_at)


def purge(session: Session, ctx: Context) -> None:
    """Forget what was asked for addresses that nobody has; `ctx` carries NO_FIRM."""
    table = model.PortalReset
    session.execute(delete(table).where(table.firm_id == attempts.NO_FIRM, table.expires_at <= ctx.now))


def _of_link(ctx: Context, token: str) -> tuple[Context, tokens.Parsed]:
    """The context in the firm of a link to a new password. Raises ResetNotOpen for what can't be one."""
    try:
        parsed = tokens.parse(token, "r")
    except Unauthenticated:
        raise portal.ResetNotOpen from None
    return replace(ctx, firm_id=parsed.firm_id), parsed


def _behind(db: Transactions, ctx: Context, parsed: tokens.Parsed) -> tuple[model.PortalReset, model.PortalUser]:
    """The open reset and whose password it is about. Raises ResetNotOpen."""
    with db.reading(ctx) as session:
        found = session.scalar(_by_digest(ctx, parsed))
        user = session.get(model.PortalUser, (ctx.firm, found.user_id)) if found is not None else None
    if found is None or user is None:
        raise portal.ResetNotOpen
    return found, user


def _open(session: Session, ctx: Context, user_id: UUID | None) -> None:
    if user_id is not None and _locked(session, ctx, user_id) is not None:
        _close(session, ctx, user_id)
    opened = model.PortalReset(
        firm_id=ctx.firm,
        id=new_id(),
        user_id=user_id,
        requested_at=ctx.now,
        expires_at=ctx.now + limits.RESET_LIFE,
    )
    session.add(opened)
    session.flush()
    if user_id is not None:
        email = session.scalars(
            select(model.PortalUser.email).where(model.PortalUser.firm_id == ctx.firm, model.PortalUser.id == user_id)
        ).one()
        emit(session, ctx, portal.PortalResetRequested(reset_id=opened.id, email=email, expires_at=opened.expires_at))


def _close(session: Session, ctx: Context, user_id: UUID) -> None:
    """What was sent before opens nothing."""
    table = model.PortalReset
    session.execute(delete(table).where(table.firm_id == ctx.firm, table.user_id == user_id))


def _locked(session: Session, ctx: Context, user_id: UUID) -> model.PortalUser | None:
    user = model.PortalUser
    query = select(user).where(user.firm_id == ctx.firm, user.id == user_id).with_for_update()
    return session.scalar(query, execution_options={"populate_existing": True})


def _by_digest(ctx: Context, parsed: tokens.Parsed) -> Select[tuple[model.PortalReset]]:
    table = model.PortalReset
    return select(table).where(table.firm_id == ctx.firm, table.digest == parsed.digest, table.expires_at > ctx.now)
