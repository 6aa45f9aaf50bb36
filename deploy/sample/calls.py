"""Calls to the services on behalf of the sample firm's members, repeated until the firm's events have gone round."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.context import Actor, Context
from chassis.errors import AppError, Conflict, Invalid, Unavailable
from chassis.rpc import reply_type
from chassis.wire import load
from contracts.accounts import AccountOpening
from contracts.identity import Member
from gateway.bus import Bus

SECONDS = 30.0  # for one call; a small machine that starts everything at once takes its time
# s; members, tags and synced addresses are told round by events: within moments, later where much happens at once.
DELAYS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, *[5.0] * 6)


@dataclass
class Caller:
    """`await caller.ask(Work, "create_task", CreateTask(…), as_="owner", key="…")`."""

    bus: Bus
    firm_id: UUID | None = None
    members: Mapping[str, Member] = field(default_factory=dict)

    @property
    def firm(self) -> UUID:
        """The firm, once there is one."""
        if self.firm_id is None:
            raise LookupError("no firm is open yet")
        return self.firm_id

    async def ask(self, contract: Any, method: str, request: Any, *, as_: str | Actor = "", key: str) -> Any:
        """Call as a member by their role, as anybody, or as the system where nobody is named.

        The same `key` is done once, so that nothing is doubled.
        """
        for delay in (*DELAYS, None):
            try:
                return await self._call(contract, method, request, as_, key)
            except (Unavailable, Invalid, Conflict) as refusal:
                if delay is None or not _may_pass(refusal):
                    raise
                await asyncio.sleep(delay)
        raise AssertionError

    async def _call(self, contract: Any, method: str, request: Any, as_: str | Actor, key: str) -> Any:
        ctx = Context(
            firm_id=self.firm_id,
            actor=self._actor(as_),
            key=f"sample/{key}",
            door="import",
            deadline=time.monotonic() + SECONDS,
        )
        result = await self.bus.call(ctx, contract.NAME, method, request, seconds=SECONDS)
        return load(reply_type(contract, method), result)

    def _actor(self, key: str | Actor) -> Actor:
        if isinstance(key, Actor):
            return key
        if not key:
            return Actor()
        member = self.members[key]
        return Actor(kind="member", id=member.id, role=member.role, rights=frozenset(member.rights), name=member.name)


def _may_pass(refusal: AppError) -> bool:
    """Whether the next try may go through: somebody or something named is not known everywhere yet."""
    return not isinstance(refusal, Conflict) or isinstance(refusal, AccountOpening)
