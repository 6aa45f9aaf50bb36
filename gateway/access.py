"""What a caller may do on an account: asked of its owner, and remembered for a few seconds."""

import time
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, Generic, TypeVar
from uuid import UUID

from chassis.context import Actor, Context
from chassis.wire import load
from contracts import rights
from contracts.accounts import AccountRef, Accounts
from contracts.entries import Entries, Entry, GetEntry
from contracts.rights import Action
from gateway.bus import Bus
from gateway.problems import ActionNotAllowed

REMEMBERED_SECONDS = 5.0  # design.md §3: at most
REMEMBERED_ACCOUNTS = 10_000

Actions = frozenset[str]
T = TypeVar("T")


class Memory(ABC, Generic[T]):
    """By account, then by caller; ids are unique over all firms. Refusals are not remembered: access may come."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._accounts: dict[UUID, dict[UUID | None, tuple[float, T | None]]] = {}

    async def _known(self, ctx: Context, account_id: UUID) -> T:
        callers = self._accounts.get(account_id)
        if callers is not None:
            until, known = callers.get(ctx.actor.id, (0.0, None))
            if known is not None and until > time.monotonic():
                return known
        else:
            callers = self._accounts[account_id] = {}
            if len(self._accounts) > REMEMBERED_ACCOUNTS:
                del self._accounts[next(iter(self._accounts))]
        until = time.monotonic() + REMEMBERED_SECONDS
        found = await self._asked(ctx, account_id)
        # A change that came meanwhile has taken `callers` out of the memory: then this goes nowhere, as it should.
        callers[ctx.actor.id] = until, found
        return found

    @abstractmethod
    async def _asked(self, ctx: Context, account_id: UUID) -> T:
        """What its owner answers. Raises AccountNotFound for an account out of the caller's sight."""

    def forget_account(self, account_id: str) -> None:
        self._accounts.pop(UUID(account_id), None)

    def forget_all(self) -> None:
        self._accounts.clear()


class AccessMemory(Memory[Actions]):
    """What members may do, as `accounts` decides."""

    async def actions(self, ctx: Context, account_id: UUID) -> Actions:
        """All that the caller may do on the account. Raises AccountNotFound for one out of the caller's sight."""
        return await self._known(ctx, account_id)

    async def require(self, ctx: Context, account_id: UUID, action: Action) -> None:
        """Raises AccountNotFound for an account out of the caller's sight, ActionNotAllowed otherwise."""
        if action not in await self._known(ctx, account_id):
            raise ActionNotAllowed(action=action)

    async def _asked(self, ctx: Context, account_id: UUID) -> Actions:
        call = Accounts.get_access.__name__
        answer: Any = await self._bus.call(ctx, Accounts.NAME, call, AccountRef(account_id=account_id))
        return frozenset(answer["actions"])


class EntryMemory(Memory[Actor]):
    """As whom portal users act on the accounts they may enter, as `contacts` knows it."""

    async def enter(self, ctx: Context, account_id: UUID, action: Action) -> Context:
        """The context of who acts on the account. Raises AccountNotFound (R-ACC-5), ActionNotAllowed."""
        actor = await self._known(ctx, account_id)
        if not rights.allows(rights.ACCOUNT[action], actor):
            raise ActionNotAllowed(action=action)
        return replace(ctx, actor=actor)

    async def _asked(self, ctx: Context, account_id: UUID) -> Actor:
        request = GetEntry(account_id=account_id, email=ctx.actor.name)
        system = replace(ctx, actor=Actor())
        entry = load(Entry, await self._bus.call(system, Entries.NAME, Entries.get_entry.__name__, request))
        return Actor(kind="portal", id=entry.contact_id, name=entry.contact_name, account_id=account_id)
