"""Webhooks: who changed, never what; late, twice, out of order, or not at all.

CloudEvents since 2026 (one array may tell of several companies), the legacy shape before. Signed with HMAC-SHA256 in
`intuit-signature`. What isn't answered with 200 within 3 s is sent again after 0 s, 10 s, 20 s, 30 s, 5 m, 20 m, 2 h,
4 h, 6 h and then every 6 h, and what comes after waits behind it.
"""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import random
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx

from tests.quickbooks.clock import Clock, instant
from tests.quickbooks.company import Change
from tests.quickbooks.knobs import Knobs

SCHEDULE = (0, 10, 20, 30, 300, 1200, 7200, 14400, 21600)  # s before each next attempt; the last one again and again
TYPES = {"Create": "created", "Update": "updated", "Delete": "deleted", "Merge": "merged", "Void": "voided"}
NOT_TOLD = frozenset({"CompanyInfo", "TaxCode"})
KEPT = 1000  # deliveries that a test may read
Event = dict[str, Any]


class Webhooks:
    def __init__(self, knobs: Knobs, chance: random.Random, clock: Clock) -> None:
        self.knobs, self.chance, self.clock = knobs, chance, clock
        self.waiting: list[Event] = []
        self.delivered: list[dict[str, Any]] = []
        self.lost = 0
        self.counts = {"deliveries": 0, "taken": 0, "changes": 0}  # all deliveries, and what was answered with 200
        self._woken = asyncio.Event()

    def tell(self, realm: str, change: Change) -> None:
        if self.knobs.webhook_url is None or change.kind in NOT_TOLD:
            return
        if self._happens(self.knobs.webhook_loss):
            self.lost += 1
            return
        event = {"id": str(uuid.uuid4()), "realm": realm, "change": change}
        late = self.chance.uniform(0, self.knobs.webhook_delay) if self.knobs.webhook_delay else 0
        if late:
            asyncio.get_running_loop().call_later(late, self._queue, [event])
        else:
            self._queue([event])

    def _happens(self, rate: float) -> bool:
        return rate > 0 and self.chance.random() < rate

    def _queue(self, events: list[Event]) -> None:
        self.waiting += events
        self._woken.set()

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=self.knobs.webhook_patience) as client:
            while True:
                await self._woken.wait()
                await asyncio.sleep(self.knobs.webhook_window)  # what happens together is told together
                self._woken.clear()
                if self.knobs.webhook_held or not self.waiting:
                    continue
                events, self.waiting = self.waiting, []
                self._disturb(events)
                await self._insist(client, events)
                if self._happens(self.knobs.webhook_duplicates):
                    await self._insist(client, events)

    def wake(self) -> None:
        """Look again, after a knob was turned."""
        self._woken.set()

    def _disturb(self, events: list[Event]) -> None:
        for at in range(len(events) - 1):
            if self._happens(self.knobs.webhook_disorder):
                events[at], events[at + 1] = events[at + 1], events[at]

    async def _insist(self, client: httpx.AsyncClient, events: list[Event]) -> None:
        for attempt, pause in enumerate(_schedule(), 1):
            await asyncio.sleep(pause * self.knobs.webhook_scale)
            if await self._send(client, events, attempt) == httpx.codes.OK:
                return

    async def _send(self, client: httpx.AsyncClient, events: list[Event], attempt: int) -> int:
        body = json.dumps(self._shaped(events)).encode()
        headers = {"content-type": "application/json", "intuit-signature": self.signature(body)}
        started, status = time.monotonic(), 0
        try:
            answer = await client.post(
                str(self.knobs.webhook_url), content=body, headers=headers, timeout=self.knobs.webhook_patience
            )
            status = answer.status_code
        except httpx.HTTPError:
            status = 0  # nobody there, or too slow
        told = {"attempt": attempt, "status": status, "seconds": time.monotonic() - started, "body": json.loads(body)}
        self.delivered = [*self.delivered, told][-KEPT:]
        self.counts["deliveries"] += 1
        if status == httpx.codes.OK:
            self.counts["taken"] += 1
            self.counts["changes"] += len(events)
        return status

    async def release(self, *, is_reversed: bool = False, times: int = 1, one_by_one: bool = False) -> list[int]:
        """Send what waits, once for each of `times`, without retries; gives the statuses."""
        events, self.waiting = self.waiting, []
        if is_reversed:
            events.reverse()
        bodies = [[each] for each in events] if one_by_one else [events] if events else []
        async with httpx.AsyncClient() as client:
            return [await self._send(client, body, 1) for _ in range(times) for body in bodies]

    def signature(self, body: bytes) -> str:
        digest = hmac.new(self.knobs.webhook_token.encode(), body, hashlib.sha256).digest()
        return base64.b64encode(digest).decode()

    def _shaped(self, events: list[Event]) -> Any:
        if self.knobs.webhook_shape == "legacy":
            return _legacy(events)
        return [_cloud_event(each) for each in events]


def _schedule() -> Iterator[float]:
    return itertools.chain(SCHEDULE, itertools.repeat(SCHEDULE[-1]))


def _cloud_event(event: Event) -> dict[str, Any]:
    change: Change = event["change"]
    return {
        "specversion": "1.0",
        "id": event["id"],
        "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
        "type": f"qbo.{change.kind.lower()}.{TYPES[change.operation]}.v1",
        "datacontenttype": "application/json",
        "time": instant(change.at).isoformat(),
        "intuitentityid": change.id,
        "intuitaccountid": event["realm"],
        "data": {},
    }


def _legacy(events: list[Event]) -> dict[str, Any]:
    entities = defaultdict(list)
    for event in events:
        change: Change = event["change"]
        told = {"name": change.kind, "id": change.id, "operation": change.operation, "lastUpdated": change.at}
        entities[event["realm"]].append({**told, "deletedId": change.gone_id} if change.gone_id else told)
    notifications = [{"realmId": realm, "dataChangeEvent": {"entities": of_it}} for realm, of_it in entities.items()]
    return {"eventNotifications": notifications}
