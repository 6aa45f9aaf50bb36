"""Who asks, for which firm, under which request, until when: what goes along with every call and event."""

import datetime as dt
import time
import uuid
from dataclasses import dataclass, field, replace
from typing import Any, Self
from uuid import UUID

from uuid_utils.compat import uuid7

DEFAULT_SECONDS = 5.0  # longer than any call takes that went right, shorter than a person waits
RETURN_MARGIN = 0.02  # s kept back on every hop, so that the inner service reports the time-out and not the outer


def new_id() -> UUID:
    """A UUIDv7: ids sort by the time they were made."""
    return uuid7()


def made_at(made: UUID) -> float:
    """The instant at which `new_id` made an id, in seconds of the epoch."""
    return (made.int >> 80) / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a `member` of the firm, a `portal` user, or the `system` itself.

    `id` is the member's, or that of the contact as whom a portal user acts on `account_id`, the one account that the
    call may concern; on a call about none it is the portal user's own. `role` and `rights` are what the actor held
    when the call entered the system; only `accounts` weighs them.
    """

    kind: str = "system"
    id: UUID | None = None
    role: str = ""
    rights: frozenset[str] = frozenset()
    name: str = ""
    account_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`deadline` is an instant of this process's monotonic clock; on the wire it travels as the seconds that remain.

    `door` says how the call came in (`page`, `api`, `import`, `system`); `key` identifies the write it asks for,
    so that the same write asked for twice is done once. `now` is the instant at which the call came in.
    """

    firm_id: UUID | None = None
    actor: Actor = field(default_factory=Actor)
    correlation_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    door: str = "system"
    deadline: float = field(default_factory=lambda: time.monotonic() + DEFAULT_SECONDS)
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    @property
    def remaining(self) -> float:
        """Seconds until the deadline; negative when it has passed."""
        return self.deadline - time.monotonic()

    @property
    def firm(self) -> UUID:
        """The firm, where there must be one."""
        if self.firm_id is None:
            message = "this call needs a firm in its context"
            raise RuntimeError(message)
        return self.firm_id

    def within(self, seconds: float) -> Self:
        """Give the same context with at most `seconds` left, less the margin for the way back."""
        return replace(self, deadline=min(self.deadline - RETURN_MARGIN, time.monotonic() + seconds))

    def keyed(self, suffix: str) -> Self:
        """Give the same context for one step of a longer work: repeated, the step is done once."""
        return replace(self, key=f"{self.key}/{suffix}")

    def to_wire(self) -> dict[str, Any]:
        """The context without its deadline, which travels by itself."""
        actor = self.actor
        bound = {} if actor.account_id is None else {"account_id": actor.account_id}
        return {
            "firm_id": self.firm_id,
            "actor": [actor.kind, actor.id, actor.role, sorted(actor.rights), actor.name],
            **bound,
            "correlation_id": self.correlation_id,
            "key": self.key,
            "door": self.door,
        }


def from_wire(document: dict[str, Any], remaining: float = DEFAULT_SECONDS) -> Context:
    """Rebuild the context that `to_wire` described, with `remaining` seconds to its deadline."""
    kind, actor_id, role, rights, name = document["actor"]
    account_id = document.get("account_id")
    actor = Actor(
        kind=kind,
        id=UUID(actor_id) if actor_id else None,
        role=role,
        rights=frozenset(rights),
        name=name,
        account_id=UUID(account_id) if account_id else None,
    )
    return Context(
        firm_id=UUID(document["firm_id"]) if document["firm_id"] else None,
        actor=actor,
        correlation_id=document["correlation_id"],
        key=document["key"],
        door=document["door"],
        deadline=time.monotonic() + remaining,
    )
