"""Deliveries of webhooks as Intuit makes them, signed with whatever verifier."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import secrets
import uuid

from chassis.context import Actor, Context
from contracts.quickbooks_webhooks import SetWebhookVerifier, TakeWebhook
from services.quickbooks import model, webhooks

NOW = dt.datetime.now(dt.UTC)


def event(realm, entity_id, what="updated", *, kind="customer", at=NOW, event_id=None):
    return {
        "specversion": "1.0",
        "id": event_id or str(uuid.uuid4()),
        "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
        "type": f"qbo.{kind}.{what}.v1",
        "datacontenttype": "application/json",
        "time": at.isoformat(),
        "intuitentityid": entity_id,
        "intuitaccountid": realm,
        "data": {},
    }


def legacy(realm, *entities):
    return {"eventNotifications": [{"realmId": realm, "dataChangeEvent": {"entities": list(entities)}}]}


class Sender:
    """Intuit, as the firm's app is set there."""

    def __init__(self, firm):
        self.firm, self.verifier = firm, secrets.token_hex(16)

    def is_set(self, by=None):
        request = SetWebhookVerifier(verifier=self.verifier)
        return webhooks.set_verifier(self.firm.tools, self.firm.fresh(by), request)

    def sign(self, body, verifier=None):
        digest = hmac.new((verifier or self.verifier).encode(), body, hashlib.sha256).digest()
        return base64.b64encode(digest).decode()

    def send(self, document, *, signature=None, firm_id=None):
        """Deliver it; how many changes in it are news."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        signature = self.sign(body) if signature is None else signature
        to = firm_id or self.firm.ctx.firm
        request = TakeWebhook(firm_id=to, body=base64.b64encode(body).decode(), signature=signature)
        ctx = Context(actor=Actor(kind="anonymous"))
        return webhooks.take(self.firm.tools, ctx, request).changes

    def tell(self, *entity_ids, what="updated"):
        return self.send([event(self.firm.intuit.realm, one, what) for one in entity_ids])

    def kept(self):
        return sorted(one.entity_id for one in self.firm.rows(model.ToldChange))
