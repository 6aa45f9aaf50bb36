"""Calls between services: typed at both ends, with a deadline, errors intact; nameko's wire format."""

import time
from functools import cache, partial, wraps
from typing import Any, TypeVar, cast, get_type_hints

import orjson
from nameko.extensions import DependencyProvider, Entrypoint, register_entrypoint

from chassis import context, errors, tracing
from chassis.bus import Bus
from chassis.context import DEFAULT_SECONDS, Context
from chassis.db import in_transaction
from chassis.late import patiently
from chassis.logs import bind, log
from chassis.metrics import RPC_CALLS, RPC_SECONDS, RPC_SERVED, RPC_UNANSWERED
from chassis.wire import dump, load, to_json

C = TypeVar("C")
F = TypeVar("F")


class Serve(Entrypoint):
    """Answers the calls of one method."""

    bus = Bus()

    def setup(self) -> None:
        self.bus.calls[self.method_name] = self
        self.bus.on_request = partial(_on_request, self.bus)

    def stop(self) -> None:
        self.bus.stop_consuming()


def serve(method: F) -> F:
    """Make a method `(self, ctx, request: Message) -> Message` a call that other processes may make."""
    request_type = get_type_hints(method)["request"]

    @wraps(cast("Any", method))
    def entry(self: object, ctx: Context, request: Any) -> Any:
        bind(ctx, method.__name__)  # type: ignore[attr-defined]
        if isinstance(request, dict):
            request = load(request_type, request)
        return patiently(ctx, lambda: cast("Any", method)(self, ctx, request))

    register_entrypoint(entry, Serve())
    return cast("F", entry)


def _on_request(bus: Bus, message: Any) -> None:
    name = message.delivery_info["routing_key"].rpartition(".")[2]
    try:
        headers = message.properties.get("application_headers") or {}
        remaining = headers.get("nameko.remaining_ms", DEFAULT_SECONDS * 1000) / 1000
        document = orjson.loads(headers["nameko.context"])
        ctx = context.from_wire(document, remaining)
        request = orjson.loads(message.body)["args"][0]
        call = bus.calls[name]
    except KeyError as exc:
        kind = "MethodNotFound" if exc.args == (name,) else "MalformedRequest"
        error = {"exc_type": kind, "exc_path": f"nameko.exceptions.{kind}", "exc_args": [name], "value": name}
        bus.answer(message, to_json({"result": None, "error": error}))
    except (ValueError, TypeError, LookupError, AttributeError):
        refusal = errors.Invalid("The request is not a message of this system.", errors=[])
        bus.answer(message, to_json({"result": None, "error": errors.to_reply(refusal)}))
    else:
        done = partial(_answer, bus, message, name, time.monotonic())
        opening = tracing.opening("server", f"{bus.container.service_name}.{name}", headers, ctx.correlation_id)
        bus.container.spawn_worker(call, (ctx, request), {}, context_data=opening, handle_result=done)


def _answer(
    bus: Bus,
    message: Any,
    name: str,
    began: float,
    _worker: Any,
    result: Any,
    exc_info: Any,
) -> tuple[Any, Any]:
    error = None
    if exc_info is not None:
        error = errors.to_reply(exc_info[1])
        result = None
    bus.answer(message, to_json({"result": result, "error": error}))
    service = bus.container.service_name
    outcome = "ok" if error is None else getattr(exc_info[1], "code", "crashed")
    RPC_SERVED.labels(service, name, outcome).inc()
    RPC_SECONDS.labels(service, name).observe(time.monotonic() - began)
    return result, exc_info


def call(bus: Bus, ctx: Context, service: str, method: str, request: Any, seconds: float) -> Any:
    """Ask one service and give its reply as plain JSON.

    Raises the callee's AppError, Unavailable when the service or the broker is gone, DeadlineExceeded.
    """
    if in_transaction.get():
        message = f"{service}.{method} was called inside an open transaction: commit, call, record the answer"
        raise RuntimeError(message)
    with tracing.span("client", f"{service}.{method}") as span:
        return _asked(bus, ctx.within(seconds), service, method, request, span.traceparent)


def _asked(bus: Bus, ctx: Context, service: str, method: str, request: Any, traceparent: str) -> Any:
    if ctx.remaining <= 0:
        raise errors.DeadlineExceeded(service=service)
    RPC_CALLS.labels(service, method).inc()
    headers = {"nameko.context": to_json(ctx.to_wire()).decode(), "nameko.remaining_ms": int(ctx.remaining * 1000)}
    if traceparent:
        headers[tracing.HEADER] = traceparent
    body = to_json({"args": [dump(request)], "kwargs": {}})
    try:
        reply = bus.ask(f"{service}.{method}", body, headers, ctx.remaining)
    except errors.Unavailable as exc:
        RPC_UNANSWERED.labels(service, method, "absent" if exc.data else "lost").inc()
        raise
    if reply is None:
        RPC_UNANSWERED.labels(service, method, "late").inc()
        log.warning("no reply in time", service=service, method=method)
        raise errors.DeadlineExceeded(service=service)
    document = orjson.loads(reply)
    if document["error"]:
        raise errors.from_reply(document["error"])
    return document["result"]


@cache
def reply_type(contract: Any, method: str) -> Any:
    """What a call of a contract answers with."""
    return get_type_hints(getattr(contract, method))["return"]


class Caller:
    """Makes the calls of one contract through the bus: `contacts.open_links(ctx, request)`."""

    def __init__(self, bus: Bus, contract: Any, service: str, seconds: float) -> None:
        self._bus, self._contract, self._service, self._seconds = bus, contract, service, seconds

    def __getattr__(self, method: str) -> Any:
        kind = reply_type(self._contract, method)

        def ask(ctx: Context, request: Any) -> Any:
            reply = call(self._bus, ctx, self._service, method, request, self._seconds)
            try:
                return load(kind, reply)
            except errors.Invalid as exc:  # not the fault of whoever asked us
                raise errors.AppError(f"{self._service}.{method} answered with what is no {kind.__name__}") from exc

        self.__dict__[method] = ask
        return ask


class Client(DependencyProvider):
    """Gives a service a `Caller`."""

    bus = Bus()

    def __init__(self, contract: Any, seconds: float = DEFAULT_SECONDS) -> None:
        self.contract, self.seconds = contract, seconds

    def setup(self) -> None:
        self.caller = Caller(self.bus, self.contract, self.contract.NAME, self.seconds)

    def get_dependency(self, worker_ctx: Any) -> Caller:  # noqa: ARG002
        return self.caller


def client(contract: type[C], seconds: float = DEFAULT_SECONDS) -> C:
    """Declare in a service class that it calls another service.

    `seconds` bounds each call, within what the caller's own deadline leaves.
    """
    return cast("C", Client(contract, seconds))


class Callers(DependencyProvider):
    """Gives a maker of callers, `(service name, contract, seconds)`, for services known by configuration alone."""

    bus = Bus()

    def get_dependency(self, worker_ctx: Any) -> Any:  # noqa: ARG002
        return lambda service, contract, seconds: Caller(self.bus, contract, service, seconds)
