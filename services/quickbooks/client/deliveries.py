"""Webhooks of Intuit: whether it sent them, and what they tell, in the shape of CloudEvents and in the one before."""

import base64
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

TYPE = re.compile(r"qbo\.([a-z]{1,50})\.(created|updated|deleted|merged|voided)\.v[0-9]{1,3}")
ENTITY = re.compile(r"[A-Za-z]{1,50}")
NUMBER = re.compile(r"[0-9]{1,30}")
WORD = re.compile(r"[\x21-\x7e]{1,100}")


class Change(NamedTuple):
    """Something happened to an entity; `kind` is its name in small letters, `at` by Intuit's clock."""

    id: str
    realm_id: str
    kind: str
    entity_id: str
    at: dt.datetime


def is_signed(body: bytes, signature: str, verifier: str) -> bool:
    """Whether Intuit signed these bytes, told in the same time for every signature."""
    digest = hmac.new(verifier.encode(), body, hashlib.sha256).digest()
    return hmac.compare_digest(base64.b64encode(digest), signature.encode())


def told(body: bytes) -> list[Change] | None:
    """Read a delivery, leaving out what is not as Intuit says; None for what is no delivery at all."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if isinstance(document, dict) and isinstance(document.get("eventNotifications"), list):
        found = _legacy(document["eventNotifications"])
    elif isinstance(document, list):
        found = map(_cloud_event, document)
    else:
        return None
    return [change for change in found if change is not None]


def _cloud_event(event: Any) -> Change | None:
    if not isinstance(event, dict):
        return None
    named = TYPE.fullmatch(str(event.get("type")))
    kind = named[1] if named else ""
    entity_id, at = event.get("intuitentityid"), event.get("time")
    return _change(event.get("id"), event.get("intuitaccountid"), kind, entity_id, at)


def _legacy(notifications: list[Any]) -> Iterator[Change | None]:
    """It has no ids: what tells the same is the same. A merge names who went beside who stayed."""
    for one in notifications:
        of_it = one.get("dataChangeEvent") if isinstance(one, dict) else None
        entities = of_it.get("entities") if isinstance(of_it, dict) else None
        for entity in entities if isinstance(entities, list) else ():
            if not isinstance(entity, dict):
                continue
            at, operation = entity.get("lastUpdated"), entity.get("operation")
            for entity_id in filter(None, (entity.get("id"), entity.get("deletedId"))):
                parts = (one.get("realmId"), entity.get("name"), entity_id, operation, at)
                digest = hashlib.sha256("|".join(map(str, parts)).encode(errors="replace")).hexdigest()
                yield _change(digest, one.get("realmId"), entity.get("name"), entity_id, at)


def _change(event_id: Any, realm_id: Any, kind: Any, entity_id: Any, at: Any) -> Change | None:
    wanted = ((WORD, event_id), (NUMBER, realm_id), (ENTITY, kind), (NUMBER, entity_id))
    if not all(isinstance(value, str) and pattern.fullmatch(value) for pattern, value in wanted):
        return None
    try:
        moment = dt.datetime.fromisoformat(str(at))
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return Change(event_id, realm_id, kind.lower(), entity_id, moment)
