"""What a service class is made of: a table of calls and subscriptions over plain functions."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, NamedTuple, TypeVar, cast, get_type_hints

from nameko.extensions import DependencyProvider, register_entrypoint
from nameko.timer import Timer
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis import once
from chassis.config import Settings
from chassis.context import Context
from chassis.db import Database, Transactions
from chassis.errors import AppError, Unavailable
from chassis.inbox import Consume, Delivery, is_first, persist
from chassis.logs import bind, log
from chassis.relay import Relay
from chassis.rpc import Callers, client, serve
from chassis.wire import load

__all__ = ["Callers", "Service", "Told", "client", "every", "foreign", "on", "read", "serve", "write"]

M = TypeVar("M")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., None])
SWEEP_SECONDS = 3600


def read(query: Callable[[Session, Context, M], R]) -> Callable[[Any, Context, M], R]:
    """Serve a query `(session, ctx, request) -> message` in a read-only transaction."""
    hints = get_type_hints(query)

    def entry(self: Any, ctx: Context, request: M) -> R:
        with self.db.reading(ctx) as session:
            return query(session, ctx, request)

    return cast("Callable[[Any, Context, M], R]", _call(entry, query.__name__, hints))


def write(operation: Callable[[Session, Context, M], R]) -> Callable[[Any, Context, M], R]:
    """Serve an operation `(session, ctx, request) -> message` in one transaction, done once per `ctx.key`."""
    hints = get_type_hints(operation)

    def entry(self: Any, ctx: Context, request: M) -> R:
        db: Transactions = self.db
        asked = once.digest(operation.__name__, request)
        try:
            with db.transaction(ctx) as session:
                answer = operation(session, ctx, request)
                once.remember(session, ctx, asked, answer)
        except Unavailable:
            raise
        except (AppError, IntegrityError):
            # Done already under this key? Then the failure only says so: a version moved on, a name taken.
            known = once.recall(db, ctx, asked, hints["return"])
            if known is None:
                raise
            return known  # type: ignore[no-any-return]
        return answer

    return cast("Callable[[Any, Context, M], R]", _call(entry, operation.__name__, hints))


def _call(entry: Any, name: str, hints: dict[str, Any]) -> Any:
    entry.__name__ = name
    _, request, *_ = (kind for key, kind in hints.items() if key != "session")  # an unused request is `_request`
    entry.__annotations__ = {"ctx": Context, "request": request, "return": hints["return"]}
    return serve(entry)


class Told(DependencyProvider):
    """`settings = Told()` in a service: what its process was told from outside."""

    def get_dependency(self, worker_ctx: Any) -> Settings:  # noqa: ARG002
        return cast("Settings", self.container.config["settings"])


class Subscription(NamedTuple):
    """A handler `(session, ctx, event) -> None` of one kind of event."""

    event: Any
    handler: Callable[[Session, Context, Any], None]


class Foreign(NamedTuple):
    """A handler `(session, ctx, type, document) -> None` of events that configuration names."""

    handler: Callable[[Session, Context, str, dict[str, Any]], None]
    bindings: Callable[[Settings], set[str]]


def on(event: Any, handler: Callable[[Session, Context, Any], None]) -> Any:
    """Subscribe to an event: applied once, in one transaction, whatever the broker repeats."""
    return Subscription(event, handler)


def foreign(
    handler: Callable[[Session, Context, str, dict[str, Any]], None], bindings: Callable[[Settings], set[str]]
) -> Any:
    """Subscribe to events of services that only the settings know; `bindings` gives their routing keys."""
    return Foreign(handler, bindings)


def every(seconds: float) -> Callable[[F], F]:
    """Run a method `(self) -> None` again and again, `seconds` after it last ended."""

    def decorate(method: F) -> F:
        register_entrypoint(method, Timer(interval=seconds))
        return method

    return decorate


class Service:
    """What every service has: its database, the relay of its outbox, its inbox."""

    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()  # settings that it can't do without, besides broker and database
    subscriptions: ClassVar[dict[str, list[Subscription]]] = {}
    others: ClassVar[list[Foreign]] = []
    db: Any = Database()
    relay: Any = Relay()

    def __init_subclass__(cls) -> None:
        found = [value for value in vars(cls).values() if isinstance(value, Subscription)]
        cls.subscriptions = {}
        for subscription in found:
            cls.subscriptions.setdefault(subscription.event.TYPE, []).append(subscription)
        cls.others = [value for value in vars(cls).values() if isinstance(value, Foreign)]

    @classmethod
    def bindings(cls, settings: Settings) -> set[str]:
        """The routing keys of all events the service listens to."""
        return set(cls.subscriptions).union(*(other.bindings(settings) for other in cls.others))

    def apply_event(self, ctx: Context, delivery: Delivery) -> bool:
        """Give an event to its handlers; whether any of them saw it for the first time."""
        bind(ctx, delivery.type)
        known = self.subscriptions.get(delivery.type, [])
        steps: list[tuple[Any, tuple[Any, ...]]] = [
            (one.handler, (load(one.event, delivery.document),)) for one in known
        ]
        if not steps:
            steps = [(other.handler, (delivery.type, delivery.document)) for other in self.others]
        if not steps:
            log.warning("event without a handler", type=delivery.type)
        applied = [persist(self.relay, ctx, self._apply(delivery, *step)) for step in steps]
        return any(applied)

    def _apply(self, delivery: Delivery, handler: Any, arguments: tuple[Any, ...]) -> Callable[[Context], bool]:
        def apply(ctx: Context) -> bool:
            with self.db.transaction(ctx) as session:
                if not is_first(session, delivery.event_id, f"{handler.__module__}.{handler.__qualname__}"):
                    return False
                handler(session, ctx, *arguments)
                return True

        return wraps(handler)(apply)

    register_entrypoint(apply_event, Consume())

    @every(SWEEP_SECONDS)
    def sweep(self) -> None:
        """Forget what nobody asks for any more."""
        with self.db.transaction(Context()) as session:
            once.sweep(session)
