"""How portal users come in: by an invitation, by their password, from one account into another.

Calls of several transactions, with contacts asked between them and passwords computed outside any.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import ColumnElement, select

from chassis.context import Actor, Context
from chassis.db import Transactions
from chassis.errors import Unauthenticated
from contracts import identity, portal
from contracts.common import Done
from contracts.entries import Entries, Entry, Invitation, InvitationNotFound, InvitationToken, ListEntries
from contracts.portal_links import PortalInvitation, PortalLink
from contracts.switches import AcceptInvitation
from services.identity import hashing, model, tokens
from services.identity.operations import attempts
from services.identity.operations import portal as users
from services.identity.queries.portal import find_identity
from services.identity.rules import limits, names, passwords


@dataclass(frozen=True, slots=True)
class Candidate:
    """A portal user whom the address may belong to; one nobody has belongs to nobody of no firm."""

    firm_id: UUID = attempts.NO_FIRM
    user_id: UUID | None = None
    email: str = ""
    firm_name: str = ""
    password_hash: str = hashing.NOBODY


def sign_in(
    db: Transactions, contacts: Entries, ctx: Context, request: portal.SignInToPortal, compute: hashing.Compute
) -> portal.SignedInToPortal:
    """Begin a session for who knows the password and may enter some account (R-POR-2).

    An address nobody has costs the same transactions and hashing as one that somebody has. Raises WrongCredentials,
    TooManySignIns, ChooseFirm, NothingToEnter.
    """
    folded = names.fold(request.email)
    counted, firms = _count(db, ctx, request, folded)
    candidates = [_candidate(db, ctx, firm_id, user_id) for firm_id, user_id in firms]
    right = [who for who in candidates if compute(hashing.verify, who.password_hash, request.password)]
    if not right:
        raise identity.WrongCredentials
    if len(right) > 1:
        with db.transaction(replace(ctx, firm_id=None)) as session:
            attempts.forgive(session, counted)
        raise identity.ChooseFirm(firms=[{"id": str(who.firm_id), "name": who.firm_name} for who in right])
    who = right[0]
    entries = _entries(contacts, ctx, who)
    signed_in = _begin(db, ctx, who, entries, "signed_in", request, counted)
    if signed_in is None:
        raise identity.WrongCredentials
    return signed_in


def accept(
    db: Transactions, contacts: Entries, ctx: Context, request: portal.AcceptPortalInvitation, compute: hashing.Compute
) -> portal.SignedInToPortal:
    """Let in who followed the link of an invitation (R-LOG-3).

    The password is kept first, then contacts lets the address in, which it does once: whatever dies between leaves
    either the link open for another try, or somebody who signs in with the password they chose. Raises
    InvitationNotFound, InvitationNotOpen, Invalid, WrongCredentials, TooManySignIns.
    """
    ctx = _of_link(ctx, request.token)
    system = _system(ctx, ctx.firm)
    invitation = contacts.find_invitation(system, InvitationToken(token=request.token))
    who, counted = _credentials(db, ctx, invitation, request, compute)
    accepted = AcceptInvitation(
        account_id=invitation.account_id, address_id=invitation.address_id, sent_at=invitation.sent_at
    )
    contacts.accept_invitation(system, accepted)
    signed_in = _begin(db, ctx, who, _entries(contacts, ctx, who), "accepted", request, counted)
    if signed_in is None:
        raise identity.WrongCredentials("The password was changed a moment ago: sign in with it.")
    return signed_in


def look(db: Transactions, contacts: Entries, ctx: Context, request: PortalLink) -> PortalInvitation:
    """Whom the link of an invitation lets in, and where; it stays as it was. Raises InvitationNotFound."""
    ctx = _of_link(ctx, request.token)
    invitation = contacts.find_invitation(_system(ctx, ctx.firm), InvitationToken(token=request.token))
    with db.reading(ctx) as session:
        firm = session.scalar(select(model.Firm).where(model.Firm.firm_id == ctx.firm))
    if firm is None:
        raise InvitationNotFound
    return PortalInvitation(
        firm=identity.Firm(id=ctx.firm, name=firm.name),
        account_name=invitation.account_name,
        contact_name=invitation.contact_name,
        email=invitation.email,
        has_password=_known(db, ctx, names.fold(invitation.email)) is not None,
        expires_at=invitation.expires_at,
    )


def _of_link(ctx: Context, token: str) -> Context:
    """The context in the firm of an invitation's link. Raises InvitationNotFound for what can't be one."""
    try:
        return replace(ctx, firm_id=tokens.parse(token, "i").firm_id)
    except Unauthenticated:
        raise InvitationNotFound from None


def _credentials(
    db: Transactions,
    ctx: Context,
    invitation: Invitation,
    request: portal.AcceptPortalInvitation,
    compute: hashing.Compute,
) -> tuple[Candidate, Sequence[UUID]]:
    """Who they are once they have a password: the one they had, or else the one they chose."""
    folded = names.fold(invitation.email)
    who = _known(db, ctx, folded)
    if who is None:
        chosen = request.password or ""
        passwords.check_portal_password("password", chosen, email=invitation.email)
        password_hash = compute(hashing.hash_password, chosen)
        with db.transaction(ctx) as session:
            users.make_user(session, ctx, invitation.email, folded, password_hash)
        who = _known(db, ctx, folded)
        if who is None:
            raise AssertionError
        if who.password_hash == password_hash:
            return who, ()
    if request.password is None:
        return who, ()
    allowed = {limits.portal_key(folded): limits.PER_EMAIL}
    with db.transaction(replace(ctx, firm_id=None)) as session:
        counted = attempts.count(session, ctx, allowed)
    if not compute(hashing.verify, who.password_hash, request.password):
        raise identity.WrongCredentials("You have a password with this firm: give that one, or none.")
    return who, counted


def _begin(
    db: Transactions,
    ctx: Context,
    who: Candidate,
    entries: Sequence[Entry],
    how: portal.How,
    request: portal.SignInToPortal | portal.AcceptPortalInvitation,
    counted: Sequence[UUID],
) -> portal.SignedInToPortal | None:
    """Begin the session, unless the password changed since it was verified."""
    ctx = replace(ctx, firm_id=who.firm_id)
    user = model.PortalUser
    query = select(user).where(
        user.firm_id == ctx.firm, user.id == who.user_id, user.password_hash == who.password_hash
    )
    came = {"address": request.address, "agent": request.agent}
    with db.transaction(ctx) as session:
        row = session.scalar(query.with_for_update(read=True))
        if row is None:
            return None
        token, begun = users.begin_session(session, ctx, row.id, former=request.former, **came)
        users.record(session, ctx, how, entries, folded=row.email_folded, **came)
        attempts.forgive(session, counted)
        expires_at = begun.expires_at
    return portal.SignedInToPortal(
        token=token,
        expires_at=expires_at,
        firm=identity.Firm(id=who.firm_id, name=who.firm_name),
        user=portal.PortalUser(id=row.id, email=row.email),
        accounts=accounts_of(entries),
    )


def home(db: Transactions, contacts: Entries, ctx: Context) -> portal.PortalHome:
    """Who is signed in, and where they may enter (R-POR-2). Raises Unauthenticated."""
    user_id = ctx.actor.id if ctx.actor.kind == "portal" and ctx.actor.account_id is None else None
    who = _candidate(db, ctx, ctx.firm, user_id)
    if who.user_id is None:
        raise Unauthenticated
    found = contacts.list_entries(_system(ctx, ctx.firm), ListEntries(email=who.email))
    return portal.PortalHome(
        firm=identity.Firm(id=who.firm_id, name=who.firm_name),
        user=portal.PortalUser(id=who.user_id, email=who.email),
        accounts=accounts_of(found.items),
    )


def enter(db: Transactions, contacts: Entries, ctx: Context, request: portal.EnterAccount) -> portal.Entered:
    """Switch into an account within a session, which counts as signing in (R-LA-2). Raises Unauthenticated."""
    who = _candidate(db, ctx, ctx.firm, request.user_id)
    if who.user_id is None or ctx.actor.account_id != request.account_id or ctx.actor.id is None:
        raise Unauthenticated
    found = contacts.list_entries(_system(ctx, ctx.firm), ListEntries(email=who.email)).items
    entries = [one for one in found if one.account_id == request.account_id]
    folded = names.fold(who.email)
    with db.transaction(ctx) as session:
        if not users.was_here(session, ctx, request.account_id, folded):
            came = {"address": request.address, "agent": request.agent}
            users.record(session, ctx, "switched", entries, folded=folded, **came)
    return portal.Entered(account_id=request.account_id, contact_id=ctx.actor.id, contact_name=ctx.actor.name)


def resolve(db: Transactions, ctx: Context, request: identity.Credential) -> portal.PortalIdentity:
    """Whose session this is: one indexed statement, and at most once a minute a note that it is in use.

    Raises Unauthenticated.
    """
    parsed = tokens.parse(request.token, "p")
    ctx = replace(ctx, firm_id=parsed.firm_id)
    with db.reading(ctx) as session:
        found = find_identity(session, ctx, parsed)
    if found is None:
        raise Unauthenticated
    if found.is_touch_due:
        with db.transaction(ctx) as session:
            users.touch(session, ctx, parsed)
    return found.identity


def sign_out(db: Transactions, ctx: Context, request: identity.Credential) -> Done:
    """End the session of this token; what is no session any more is done already."""
    try:
        parsed = tokens.parse(request.token, "p")
    except Unauthenticated:
        return Done()
    ctx = replace(ctx, firm_id=parsed.firm_id)
    with db.transaction(ctx) as session:
        users.end_by_digest(session, ctx, parsed.digest)
    return Done()


def accounts_of(entries: Sequence[Entry]) -> tuple[portal.PortalAccount, ...]:
    return tuple(
        portal.PortalAccount(
            account_id=one.account_id,
            code=one.code,
            name=one.name,
            contact_id=one.contact_id,
            contact_name=one.contact_name,
            timezone=one.timezone,
        )
        for one in entries
    )


def _entries(contacts: Entries, ctx: Context, who: Candidate) -> Sequence[Entry]:
    found = contacts.list_entries(_system(ctx, who.firm_id), ListEntries(email=who.email)).items
    if not found:
        raise portal.NothingToEnter
    return found


def _system(ctx: Context, firm_id: UUID) -> Context:
    """The firm's own context, in which contacts is asked who may enter."""
    return replace(ctx, firm_id=firm_id, actor=Actor())


def _count(
    db: Transactions, ctx: Context, request: portal.SignInToPortal, folded: str
) -> tuple[list[UUID], Sequence[tuple[UUID, UUID | None]]]:
    """Count the attempt before anything is known of it, and find where the address may sign in."""
    allowed = {limits.portal_key(folded): limits.PER_EMAIL}
    if request.address:
        allowed[limits.address_key(request.address)] = limits.PER_ADDRESS
    login = model.PortalLogin
    query = select(login.firm_id, login.user_id).where(login.email_folded == folded)
    if request.firm_id is not None:
        query = query.where(login.firm_id == request.firm_id)
    with db.transaction(replace(ctx, firm_id=None)) as session:
        counted = attempts.count(session, ctx, allowed)
        found = [(row.firm_id, row.user_id) for row in session.execute(query.order_by(login.firm_id))]
    return counted, found or [(attempts.NO_FIRM, None)]


def _candidate(db: Transactions, ctx: Context, firm_id: UUID, user_id: UUID | None) -> Candidate:
    return _found(db, ctx, firm_id, model.PortalUser.id == user_id) or Candidate()


def _known(db: Transactions, ctx: Context, folded: str) -> Candidate | None:
    return _found(db, ctx, ctx.firm, model.PortalUser.email_folded == folded)


def _found(db: Transactions, ctx: Context, firm_id: UUID, is_it: ColumnElement[bool]) -> Candidate | None:
    user = model.PortalUser
    query = (
        select(user.id, user.email, user.password_hash, model.Firm.name)
        .join(model.Firm, model.Firm.firm_id == user.firm_id)
        .where(user.firm_id == firm_id, is_it)
    )
    with db.reading(replace(ctx, firm_id=firm_id)) as session:
        row = session.execute(query).one_or_none()
    return None if row is None else Candidate(firm_id, row.id, row.email, row.name, row.password_hash)
