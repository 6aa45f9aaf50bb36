"""quickbooks: how changes in QuickBooks reach us, by its webhooks or by asking what changed (R-QB-22)."""

import datetime as dt
from typing import Annotated, ClassVar, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Unauthenticated
from chassis.wire import message
from contracts.common import Done
from contracts.quickbooks_connection import Key


class WebhookRefused(Unauthenticated):
    """This is not signed with the verifier token of this address."""

    code = "quickbooks_webhook_refused"


@message
class QuickBooksWebhooks:
    """How we hear of changes; the verifier token is never told.

    `path` is where Intuit is to send its webhooks. `told_at` is when it last told of this company, `looked_at` when we
    last asked what changed, `looks_at` when we ask next: every few minutes while no webhooks come, else every day.
    """

    path: str
    has_verifier: bool
    told_at: dt.datetime | None
    looked_at: dt.datetime | None
    looks_at: dt.datetime | None


@message
class SetWebhookVerifier:
    """The verifier token that Intuit shows beside the address of the webhooks; none: no webhook is taken."""

    verifier: Key | None


@message
class TakeWebhook:
    """A delivery of Intuit's, CloudEvents or the older shape, for the firm whose address it was sent to.

    `body` holds the very bytes in base64, at most 300 000 of them; `signature` is the header `intuit-signature`, the
    HMAC-SHA256 of the bytes under the firm's verifier token. What tells of another company is left out; what was told
    before counts once.
    """

    firm_id: UUID
    body: Annotated[str, Length(max=400_000)]
    signature: Annotated[str, Length(max=200)]


@message
class WebhookTaken:
    """`changes` counts those that are looked into and were not told before."""

    changes: int


class Webhooks(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Owner and admins read, the owner alone sets the token; whoever signs rightly is taken for Intuit.
    """

    NAME: ClassVar[str] = "quickbooks"

    def get_webhooks(self, ctx: Context, request: Done) -> QuickBooksWebhooks: ...
    def set_webhook_verifier(self, ctx: Context, request: SetWebhookVerifier) -> QuickBooksWebhooks: ...
    def take_webhook(self, ctx: Context, request: TakeWebhook) -> WebhookTaken: ...  # WebhookRefused
