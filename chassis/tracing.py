"""Traces of what a request did in every process; off, and next to free, unless OTEL_EXPORTER_OTLP_ENDPOINT is set.

A span holds names of routes, calls, events and tables, codes of errors and the request's id: nothing that a person
typed, no path, no value of a statement, no text of an error.
"""

from collections.abc import Mapping
from typing import Any, Literal, Protocol, Self

from chassis.config import Settings

Kind = Literal["server", "client", "producer", "consumer"]
Said = Mapping[str, str | int]
REQUEST = "dossier.request_id"  # X-Request-Id, by which the lines of the log are found
HEADER = "traceparent"  # of W3C Trace Context, in the headers of calls and events


class Span(Protocol):
    """A part of a trace; as a context manager it is the present one, ends with its block, and tells how."""

    traceparent: str

    def __enter__(self) -> Self: ...
    def __exit__(self, kind: object, exc: BaseException | None, trace: object) -> None: ...
    def name(self, name: str, said: Said) -> None: ...
    def fail(self, code: str) -> None: ...
    def end(self, exc: BaseException | None = None) -> None: ...


class NoSpan:
    """Stands for a span where nothing is traced."""

    traceparent = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, exc: BaseException | None, trace: object) -> None:
        """Nothing has begun."""

    def name(self, name: str, said: Said) -> None:
        """Say what it turned out to be."""

    def fail(self, code: str) -> None:
        """Say that it went wrong by a fault, and by which."""

    def end(self, exc: BaseException | None = None) -> None:
        """End it outside a block."""


NO_SPAN = NoSpan()
_tracer: Any = None  # of this process


def setup(settings: Settings, service: str) -> None:
    """Begin to trace, where an endpoint is set; the libraries for it are loaded only then."""
    global _tracer  # noqa: PLW0603 (one for the process, like its log)
    if settings.otlp_endpoint:
        from chassis.spans import Tracer  # noqa: PLC0415

        _tracer = Tracer(settings, service)


def stop() -> None:
    """Hand over what is still held, within a few seconds."""
    global _tracer
    tracer, _tracer = _tracer, None
    if tracer is not None:
        tracer.stop()


def span(kind: Kind, name: str, said: Said | None = None, *, parent: str | None = None, ago: float = 0.0) -> Span:
    """Begin a part of the present trace, or of the one that `parent` (a traceparent) names; of a new one where none is.

    `said` are attributes by OpenTelemetry's names for them. `ago`: it began that many seconds before.
    """
    return NO_SPAN if _tracer is None else _tracer.span(kind, name, said, parent, ago)


def opening(kind: Kind, name: str, headers: Mapping[str, Any], correlation_id: str) -> dict[str, Any]:
    """What a worker is to begin its span with: the context data of nameko's worker."""
    return {} if _tracer is None else {"span": (kind, name, headers.get(HEADER), correlation_id)}


def opened(data: Mapping[str, Any]) -> Span:
    """Begin the span of a worker that `opening` was told of."""
    if _tracer is None or "span" not in data:
        return NO_SPAN
    kind, name, parent, correlation_id = data["span"]
    return span(kind, name, {REQUEST: correlation_id}, parent=parent)


def statement(sql: str) -> Any:
    """Begin the span of a statement, within one that is recorded; else None."""
    return None if _tracer is None else _tracer.statement(sql)


def traceparent() -> str | None:
    """Name the present span to another process; None where there is none."""
    return None if _tracer is None else _tracer.traceparent()


def trace_id() -> str | None:
    """Name the present trace, where it is one that is kept."""
    return None if _tracer is None else _tracer.trace_id()
