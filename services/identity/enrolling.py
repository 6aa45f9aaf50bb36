"""Firms, members and tokens come to be: secrets are hashed outside any transaction, told once and kept nowhere."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

from chassis import once
from chassis.context import Context, new_id
from chassis.db import Transactions
from chassis.errors import AppError, Unavailable
from contracts import identity
from services.identity import hashing, model
from services.identity.operations import credentials, firms, members, states
from services.identity.rules import names, passwords

R = TypeVar("R", identity.Token, identity.CreatedMember)


def create_firm(
    db: Transactions, ctx: Context, request: identity.CreateFirm, compute: hashing.Compute
) -> identity.SignedIn:
    """Make a firm and its owner, who is signed in at once. Raises NotAllowed, Invalid."""
    owner = found(db, ctx, request, compute)
    ctx = replace(ctx, firm_id=owner.firm_id)
    with db.transaction(ctx) as session:
        return credentials.begin_session(session, ctx, owner)


def found(db: Transactions, ctx: Context, request: identity.CreateFirm, compute: hashing.Compute) -> model.Member:
    """Make a firm and give its owner, nobody being signed in. Raises NotAllowed, Invalid."""
    if ctx.actor.kind != "system":
        raise identity.NotAllowed("Firms are made from the command line.")
    names.tidy("name", request.name)
    owner_name = names.tidy("owner_name", request.owner_name)
    passwords.check_password("owner_password", request.owner_password, email=request.owner_email, name=owner_name)
    password_hash = compute(hashing.hash_password, request.owner_password)
    ctx = replace(ctx, firm_id=new_id())
    with db.transaction(ctx) as session:
        return firms.create_firm(session, ctx, request, password_hash)


def create_member(
    db: Transactions, ctx: Context, request: identity.CreateMember, compute: hashing.Compute
) -> identity.CreatedMember:
    """Add a member, with a password made for them unless one is given. Raises NotAllowed, EmailTaken, Invalid."""
    if request.password is not None:
        passwords.check_password("password", request.password, email=request.email, name=request.name)
    # Without the password: what is kept to know the request again is a quick hash, which could be guessed through.
    asked = once.digest("create_member", replace(request, password=None))

    def create() -> identity.CreatedMember:
        with db.reading(ctx) as session:
            members.check_may_create(session, ctx, request)
        made = hashing.make_password() if request.password is None else None
        password_hash = compute(hashing.hash_password, made or request.password)
        with db.transaction(ctx) as session:
            member = members.create_member(session, ctx, request, password_hash)
            once.remember(session, ctx, asked, identity.CreatedMember(member=member))
        return identity.CreatedMember(member=member, initial_password=made)

    return _once(db, ctx, asked, identity.CreatedMember, create)


def reset_password(
    db: Transactions, ctx: Context, request: identity.MemberRef, compute: hashing.Compute
) -> identity.CreatedMember:
    """Give a member who forgot it a new password, and end their sessions. Raises MemberNotFound, NotAllowed."""
    asked = once.digest("reset_password", request)

    def reset() -> identity.CreatedMember:
        with db.transaction(ctx) as session:
            states.check_may_reset_password(session, ctx, request)
        made = hashing.make_password()
        password_hash = compute(hashing.hash_password, made)
        with db.transaction(ctx) as session:
            member = states.reset_password(session, ctx, request, password_hash)
            once.remember(session, ctx, asked, identity.CreatedMember(member=member))
        return identity.CreatedMember(member=member, initial_password=made)

    return _once(db, ctx, asked, identity.CreatedMember, reset)


def create_token(db: Transactions, ctx: Context, request: identity.CreateToken) -> identity.Token:
    """Make an API token of the actor's own. Raises NotAllowed, Invalid."""
    asked = once.digest("create_token", request)

    def create() -> identity.Token:
        with db.transaction(ctx) as session:
            token = credentials.create_token(session, ctx, request)
            once.remember(session, ctx, asked, replace(token, secret=None))
        return token

    return _once(db, ctx, asked, identity.Token, create)


def _once(db: Transactions, ctx: Context, asked: bytes, kind: type[R], do: Callable[[], R]) -> R:
    """Do it once per key; who asks again gets the same answer without the secret, which was told and is not kept."""
    known: R | None = once.recall(db, ctx, asked, kind)
    if known is not None:
        return known
    try:
        return do()
    except Unavailable:
        raise
    except (AppError, IntegrityError):
        known = once.recall(db, ctx, asked, kind)  # a twin of this request was quicker
        if known is None:
            raise
        return known
