"""The owner connects the firm's company: to Intuit, back with a code, tokens kept once the company answers (R-QB-4)."""

import datetime as dt
import hashlib
import secrets

from chassis import once
from chassis.context import Context
from chassis.errors import Unavailable
from chassis.logs import log
from contracts.quickbooks_connection import (
    ChangeQuickBooksSettings,
    ConnectingRefused,
    ConnectingStarted,
    FinishConnecting,
    QuickBooksConnection,
)
from services.quickbooks import people
from services.quickbooks.budget import NotNow, asking
from services.quickbooks.client import Keys, Refusal, Session, TokensRefused, Unreachable
from services.quickbooks.company import asked
from services.quickbooks.operations import connection
from services.quickbooks.tools import Tools

STATE_BYTES = 32


def start(tools: Tools, ctx: Context) -> ConnectingStarted:
    """Begin a way to Intuit and back, of this owner alone. Raises Forbidden, QuickBooksNotSet, Unavailable.

    Repeated, it begins another: what is kept of an answer would be a secret.
    """
    people.owner(ctx)
    with tools.db.transaction(ctx) as session:
        keys = connection.keys(session, ctx, tools.sealer)
    http = Session()
    try:
        endpoints = tools.endpoints(http)
    except Unreachable as exc:
        raise Unavailable("Intuit does not answer at the moment; try again.") from exc
    finally:
        http.close()
    state = secrets.token_urlsafe(STATE_BYTES)
    expires_at = ctx.now + dt.timedelta(seconds=connection.BACK_SECONDS)
    with tools.db.transaction(ctx) as session:
        connection.begin(session, ctx, _digest(state), expires_at)
    return ConnectingStarted(authorization_url=endpoints.authorization_url(keys, state), expires_at=expires_at)


def finish(tools: Tools, ctx: Context, request: FinishConnecting) -> QuickBooksConnection:
    """Turn what Intuit sent back into a connection; repeated under one key, it is done once.

    Raises Forbidden, ConnectingExpired, OtherCompany, ConnectingRefused, Unavailable.
    """
    people.owner(ctx)
    digest = once.digest("finish_connecting", request)
    known = once.recall(tools.db, ctx, digest, QuickBooksConnection)
    if known is not None:
        return known  # type: ignore[no-any-return]
    with tools.db.transaction(ctx) as session:
        keys = connection.keys(session, ctx, tools.sealer)
        connection.come_back(session, ctx, request, _digest(request.state))
    http = Session()
    try:
        tokens = tools.endpoints(http).exchanged(http, keys, request.code)
        name = _company_name(tools, http, ctx, request.realm_id, tokens.access)
    except TokensRefused as exc:
        raise ConnectingRefused(said=f"{exc.error}: {exc}") from exc
    except Refusal as exc:
        raise ConnectingRefused(said=exc.said) from exc
    except (Unreachable, NotNow) as exc:
        raise Unavailable("Intuit does not answer at the moment; begin again.") from exc
    finally:
        http.close()
    with tools.db.transaction(ctx) as session:
        answer = connection.connect(session, ctx, request, name, tokens, tools.sealer)
        once.remember(session, ctx, digest, answer)
    return answer


def change_settings(tools: Tools, ctx: Context, request: ChangeQuickBooksSettings) -> QuickBooksConnection:
    """Change the settings, once under one key. Raises Forbidden, QuickBooksSettingsChanged."""
    digest = once.digest("change_quickbooks_settings", request)
    known = once.recall(tools.db, ctx, digest, QuickBooksConnection)
    if known is not None:
        return known  # type: ignore[no-any-return]
    with tools.db.transaction(ctx) as session:
        answer = connection.change_settings(session, ctx, request, tools.sealer)
        once.remember(session, ctx, digest, answer)
    return answer


def disconnect(tools: Tools, ctx: Context) -> QuickBooksConnection:
    """Forget the tokens, then give the permission back to Intuit, which need not answer. Raises Forbidden."""
    people.owner(ctx)
    with tools.db.transaction(ctx) as session:
        sealed, answer = connection.disconnect(session, ctx)
        keys = connection.keys(session, ctx, tools.sealer) if sealed else None
    if sealed and keys:
        _revoke(tools, ctx, keys, sealed)
    return answer


def _revoke(tools: Tools, ctx: Context, keys: Keys, sealed: bytes) -> None:
    http = Session()
    try:
        tools.endpoints(http).revoked(http, keys, tools.sealer.unseal(ctx.firm, sealed))
    except Unreachable as exc:
        log.warning("a permission that is given up could not be revoked", firm_id=str(ctx.firm), error=str(exc))
    finally:
        http.close()


def _company_name(tools: Tools, http: Session, ctx: Context, realm_id: str, token: str) -> str:
    """Ask the company for its name: only one that this token lets into answers."""
    with asking(tools.db, ctx, realm_id):
        answer = asked(http, tools, realm_id, token, "GET", f"companyinfo/{realm_id}", {})
    info = answer.document.get("CompanyInfo")
    return str(info.get("CompanyName") or "") if isinstance(info, dict) else ""


def _digest(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()
