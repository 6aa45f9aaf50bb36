"""Tokens that let us in: renewed by one worker at a time, kept before they are used (R-QB-4)."""

import datetime as dt
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session as Transaction

from chassis.context import Context, new_id
from services.quickbooks import rules
from services.quickbooks.budget import NotNow
from services.quickbooks.client import Keys, Session, Tokens, TokensRefused, Unreachable
from services.quickbooks.operations import connection
from services.quickbooks.tools import Tools

MARGIN_SECONDS = 120  # before its end a token is renewed, so that none ends on its way
RENEWING_SECONDS = 60.0  # longer than renewing takes; of a worker that died, another takes over then
LOOK_SECONDS = 1.0  # for who comes while another renews
APP = "Intuit refuses the keys of the app. The owner checks them and connects again."


class NotConnected(Exception):
    """The firm is not connected, or not any more."""


class Access(NamedTuple):
    """What a request needs; `serial` tells this pair of tokens from the next."""

    realm_id: str
    token: str
    serial: int


class _Turn(NamedTuple):
    realm_id: str
    keys: Keys
    refresh_token: str
    serial: int


def access(tools: Tools, http: Session, firm_id: UUID, *, refused: int | None = None) -> Access:
    """Give a token that is good for a while; one of serial `refused` is not, whatever its clock says.

    Raises NotConnected, NotNow while another worker renews, Unreachable, Unavailable.
    """
    me = new_id()
    found = tools.do(firm_id, _good_or_turn, tools, me, refused)
    if isinstance(found, Access):
        return found
    try:
        tokens = tools.endpoints(http).renewed(http, found.keys, found.refresh_token)
    except TokensRefused as refusal:
        sentence = connection.EXPIRED if refusal.error == "invalid_grant" else APP
        problem = rules.problem_of("not_authorised", said=str(refusal), code=refusal.error)
        tools.do(firm_id, connection.expire, found.serial, replace(problem, sentence=sentence))
        raise NotConnected from refusal
    except Unreachable:
        tools.do(firm_id, _let_go, me)
        raise
    return tools.do(firm_id, _keep, tools, found, tokens)  # type: ignore[no-any-return]


def _good_or_turn(session: Transaction, ctx: Context, tools: Tools, me: UUID, refused: int | None) -> Access | _Turn:
    row, kept = connection.locked(session, ctx), connection.credential(session, ctx)
    if row.state != "connected" or not (row.realm_id and kept.access_token and kept.refresh_token):
        raise NotConnected
    soon = ctx.now + dt.timedelta(seconds=MARGIN_SECONDS)
    if kept.access_until is not None and kept.access_until > soon and kept.serial != refused:
        return Access(row.realm_id, tools.sealer.unseal(ctx.firm, kept.access_token), kept.serial)
    if kept.renewing_until is not None and kept.renewing_until > ctx.now:
        raise NotNow(LOOK_SECONDS)
    kept.renewing_by = me
    kept.renewing_until = ctx.now + dt.timedelta(seconds=RENEWING_SECONDS)
    keys = connection.keys(session, ctx, tools.sealer)
    return _Turn(row.realm_id, keys, tools.sealer.unseal(ctx.firm, kept.refresh_token), kept.serial)


def _keep(session: Transaction, ctx: Context, tools: Tools, turn: _Turn, tokens: Tokens) -> Access:
    row, kept = connection.locked(session, ctx), connection.credential(session, ctx)
    if kept.serial != turn.serial or row.state != "connected":  # disconnected or connected anew meanwhile
        raise NotNow(LOOK_SECONDS)
    connection.store(kept, ctx, tokens, tools.sealer)
    return Access(turn.realm_id, tokens.access, kept.serial)


def _let_go(session: Transaction, ctx: Context, me: UUID) -> None:
    kept = connection.credential(session, ctx)
    if kept.renewing_by == me:
        kept.renewing_by = kept.renewing_until = None
