"""What a member may do on an account: asked of `accounts`, which decides, and remembered for a few seconds."""

import time
from uuid import UUID

from chassis.context import Context
from contracts.accounts import AccountRef, Accounts
from gateway.bus import Bus
from gateway.problems import ActionNotAllowed

REMEMBERED_SECONDS = 5.0  # design.md §3: at most
REMEMBERED_ACCOUNTS = 10_000

Actions = frozenset[str]


class AccessMemory:
    """By account, then by member; ids are unique over all firms. Refusals are not remembered: access may come."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._accounts: dict[UUID, dict[UUID | None, tuple[float, Actions]]] = {}

    async def require(self, ctx: Context, account_id: UUID, action: str) -> None:
        """Raises AccountNotFound for an account out of the caller's sight, ActionNotAllowed otherwise."""
        if action not in await self._actions(ctx, account_id):
            raise ActionNotAllowed(action=action)

    async def _actions(self, ctx: Context, account_id: UUID) -> Actions:
        members = self._accounts.get(account_id)
        if members is not None:
            until, actions = members.get(ctx.actor.id, (0.0, frozenset()))
            if until > time.monotonic():
                return actions
        else:
            members = self._accounts[account_id] = {}
            if len(self._accounts) > REMEMBERED_ACCOUNTS:
                del self._accounts[next(iter(self._accounts))]
        until = time.monotonic() + REMEMBERED_SECONDS
        call = Accounts.get_access.__name__
        answer = await self._bus.call(ctx, Accounts.NAME, call, AccountRef(account_id=account_id))
        actions = frozenset(answer["actions"])
        # A change that came meanwhile has taken `members` out of the memory: then this goes nowhere, as it should.
        members[ctx.actor.id] = until, actions
        return actions

    def forget_account(self, account_id: str) -> None:
        self._accounts.pop(UUID(account_id), None)

    def forget_all(self) -> None:
        self._accounts.clear()
