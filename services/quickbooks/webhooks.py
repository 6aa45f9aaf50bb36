"""Webhooks as they come in: only what Intuit signed is kept, and looked into later (R-QB-22)."""

import base64
import secrets
from dataclasses import replace

from sqlalchemy import select

from chassis.context import Actor, Context
from chassis.errors import wrong
from chassis.logs import log
from contracts.quickbooks_webhooks import (
    QuickBooksWebhooks,
    SetWebhookVerifier,
    TakeWebhook,
    WebhookRefused,
    WebhookTaken,
)
from services.quickbooks import model, people
from services.quickbooks.client import deliveries
from services.quickbooks.operations import changes
from services.quickbooks.queries.webhooks import webhooks
from services.quickbooks.tools import Tools

NOBODYS = secrets.token_hex(20)  # a verifier that signs nothing, so that a firm without one answers as all others


def set_verifier(tools: Tools, ctx: Context, request: SetWebhookVerifier) -> QuickBooksWebhooks:
    """Keep the verifier token, sealed, or none. Raises Forbidden."""
    people.owner(ctx)
    sealed = tools.sealer.seal(ctx.firm, request.verifier) if request.verifier else None
    with tools.db.transaction(ctx) as session:
        changes.watch(session, ctx).verifier = sealed
        session.flush()
        return webhooks(session, ctx)


def take(tools: Tools, ctx: Context, request: TakeWebhook) -> WebhookTaken:
    """Keep who changed, unless Intuit did not sign it. Raises WebhookRefused, Invalid."""
    ctx = replace(ctx, firm_id=request.firm_id, actor=Actor())
    try:
        body = base64.b64decode(request.body, validate=True)
    except ValueError as exc:
        raise wrong("body", "Must be base64.") from exc
    with tools.db.reading(ctx) as session:
        sealed = session.scalar(select(model.Watch.verifier).where(model.Watch.firm_id == ctx.firm))
    verifier = tools.sealer.unseal(ctx.firm, sealed) if sealed else NOBODYS
    if not deliveries.is_signed(body, request.signature, verifier):
        raise WebhookRefused
    told = deliveries.told(body)
    if told is None:  # refused, it would come again and again, and all others wait behind it
        log.warning("a webhook of quickbooks can't be read", firm_id=str(ctx.firm), size=len(body))
    with tools.db.transaction(ctx) as session:
        return WebhookTaken(changes=changes.hear(session, ctx, told))
