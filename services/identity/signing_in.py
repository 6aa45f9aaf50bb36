"""Calls of several transactions around a password: argon2 takes long, so no transaction is open meanwhile.

`compute(function, *arguments)` is how the caller runs what computes for long: off the hub in a service.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Select, select

from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import Unauthenticated, wrong
from contracts import identity
from contracts.common import Done
from services.identity import hashing, model, tokens
from services.identity.operations import attempts, credentials, states
from services.identity.queries.credentials import find_identity
from services.identity.rules import limits, names, passwords


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member whom the address may belong to; an address nobody has belongs to nobody of no firm."""

    firm_id: UUID = attempts.NO_FIRM
    member_id: UUID | None = None
    email: str = ""
    firm_name: str = ""
    password_hash: str = hashing.NOBODY


def sign_in(db: Transactions, ctx: Context, request: identity.SignIn, compute: hashing.Compute) -> identity.SignedIn:
    """Begin a session for who knows the password.

    An address nobody has costs the same transactions and the same hashing as one that somebody has; one that is a
    member of several firms costs a hashing for each. Raises WrongCredentials, TooManySignIns, ChooseFirm.
    """
    counted, firms = _count(db, ctx, request)
    candidates = [_candidate(db, ctx, firm_id, member_id) for firm_id, member_id in firms]
    right = [who for who in candidates if compute(hashing.verify, who.password_hash, request.password)]
    if len(right) > 1:
        with db.transaction(ctx) as session:
            attempts.forgive(session, counted)
        raise identity.ChooseFirm(firms=[{"id": str(who.firm_id), "name": who.firm_name} for who in right])
    signed_in = _begin(db, ctx, request, right[0], counted) if right else None
    if signed_in is None:
        _record_failure(db, ctx, request, candidates)
        raise identity.WrongCredentials
    return signed_in


def _count(
    db: Transactions, ctx: Context, request: identity.SignIn
) -> tuple[list[UUID], Sequence[tuple[UUID, UUID | None]]]:
    """Count the attempt before anything is known of it, and find where the address may sign in."""
    folded = names.fold(request.email)
    allowed = {limits.email_key(folded): limits.PER_EMAIL}
    if request.address:
        allowed[limits.address_key(request.address)] = limits.PER_ADDRESS
    query = select(model.Login.firm_id, model.Login.member_id).where(model.Login.email_folded == folded)
    if request.firm_id is not None:
        query = query.where(model.Login.firm_id == request.firm_id)
    with db.transaction(replace(ctx, firm_id=None)) as session:
        counted = attempts.count(session, ctx, allowed)
        found = [(row.firm_id, row.member_id) for row in session.execute(query.order_by(model.Login.firm_id))]
    return counted, found or [(attempts.NO_FIRM, None)]


def _candidate(db: Transactions, ctx: Context, firm_id: UUID, member_id: UUID | None) -> Candidate:
    member = model.Member
    query = (
        select(member.email, member.password_hash, model.Firm.name)
        .join(model.Firm, model.Firm.firm_id == member.firm_id)
        .where(member.firm_id == firm_id, member.id == member_id, member.is_active)
    )
    with db.reading(replace(ctx, firm_id=firm_id)) as session:
        row = session.execute(query).one_or_none()
    if row is None:
        return Candidate()
    return Candidate(firm_id, member_id, row.email, row.name, row.password_hash)


def _begin(
    db: Transactions, ctx: Context, request: identity.SignIn, who: Candidate, counted: Sequence[UUID]
) -> identity.SignedIn | None:
    """Begin the session, unless the member was deactivated or the password changed since it was verified."""
    ctx = replace(ctx, firm_id=who.firm_id)
    member = model.Member
    query = select(member).where(
        member.firm_id == ctx.firm,
        member.id == who.member_id,
        member.is_active,
        member.password_hash == who.password_hash,
    )
    with db.transaction(ctx) as session:
        row = session.scalar(query.with_for_update(read=True))
        if row is None:
            return None
        signed_in = credentials.begin_session(session, ctx, row, address=request.address, agent=request.agent)
        attempts.forgive(session, counted)
        attempts.record(
            session,
            ctx,
            member_id=row.id,
            email=row.email,
            succeeded=True,
            address=request.address,
            agent=request.agent,
        )
    return signed_in


def _record_failure(db: Transactions, ctx: Context, request: identity.SignIn, candidates: Sequence[Candidate]) -> None:
    """Write the failure into the history of each firm that has the address.

    What was typed is not kept where nobody has the address: it may be a password in the wrong field.
    """
    for who in candidates:
        there = replace(ctx, firm_id=who.firm_id)
        with db.transaction(there) as session:
            attempts.record(
                session,
                there,
                member_id=who.member_id,
                email=who.email,
                succeeded=False,
                address=request.address,
                agent=request.agent,
            )


def resolve(db: Transactions, ctx: Context, request: identity.Credential) -> identity.Identity:
    """Whose credential this is: one indexed statement, and at most once a minute a note that it is in use.

    Raises Unauthenticated.
    """
    parsed = tokens.parse(request.token)
    ctx = replace(ctx, firm_id=parsed.firm_id)
    with db.reading(ctx) as session:
        found = find_identity(session, ctx, parsed)
    if found is None:
        raise Unauthenticated
    if found.is_touch_due:
        with db.transaction(ctx) as session:
            credentials.touch(session, ctx, parsed)
    return found.identity


def sign_out(db: Transactions, ctx: Context, request: identity.Credential) -> Done:
    """End the session of this token; what is no session any more is done already. Raises Invalid for an API token."""
    try:
        parsed = tokens.parse(request.token)
    except Unauthenticated:
        return Done()
    if parsed.kind != "s":
        raise wrong("token", "An API token is revoked, not signed out.")
    ctx = replace(ctx, firm_id=parsed.firm_id)
    with db.transaction(ctx) as session:
        credentials.sign_out(session, ctx, parsed)
    return Done()


def change_password(db: Transactions, ctx: Context, request: identity.ChangePassword, compute: hashing.Compute) -> Done:
    """Give the actor a new password and end their other sessions; wrong present passwords are counted.

    Raises WrongCredentials, TooManySignIns, Invalid.
    """
    known = _own(db, ctx)
    passwords.check_password("new_password", request.new_password, email=known.email, name=known.name)
    with db.transaction(ctx) as session:
        counted = attempts.count(session, ctx, {limits.member_key(known.id): limits.PER_MEMBER})
    if not compute(hashing.verify, known.password_hash, request.current_password):
        raise identity.WrongCredentials("The current password is not right.")
    password_hash = compute(hashing.hash_password, request.new_password)
    with db.transaction(ctx) as session:
        member = session.scalar(_own_query(ctx).with_for_update())
        if member is None or member.password_hash != known.password_hash:
            raise identity.WrongCredentials("The password was changed a moment ago.")
        member.password_hash = password_hash
        attempts.forgive(session, counted)
        states.end_sessions(session, ctx, member.id, but=request.session_id)
    return Done()


def _own(db: Transactions, ctx: Context) -> model.Member:
    with db.reading(ctx) as session:
        member: model.Member | None = session.scalar(_own_query(ctx))
    if member is None or ctx.actor.kind != "member":
        raise Unauthenticated
    return member


def _own_query(ctx: Context) -> Select[tuple[model.Member]]:
    return select(model.Member).where(
        model.Member.firm_id == ctx.firm, model.Member.id == ctx.actor.id, model.Member.is_active
    )
