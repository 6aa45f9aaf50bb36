"""OpenTelemetry behind `chassis.tracing`: loaded only where traces are wanted.

The batch processor's thread is a green one in a service, since `threading` is patched there, and a real one in the
gateway; OTLP goes over HTTP by `requests`, for the threads of gRPC know no green ones.
"""

import logging
import re
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Self

import requests
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis.config import Settings
from chassis.errors import AppError, Unavailable
from chassis.logs import log
from chassis.metrics import SPANS
from chassis.tracing import Said

EXPORT_SECONDS = 3.0  # for one batch; a collector that does not answer holds up no stop for longer
DELAY_MS = 1000  # between two batches
MOST_HELD = 4096  # spans; what comes beyond while the collector is away is dropped
LONGEST = 2000  # characters of a statement's shape
NANO = 1_000_000_000
KINDS = {kind.name.lower(): kind for kind in SpanKind}
NONE = Context()

TABLES = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE) ([a-z_][a-z0-9_.]*)")
VERB = re.compile(r"[A-Z]+")
LITERALS = re.compile(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b", re.DOTALL)
MANY = re.compile(r"(%\(\w+\)s(?:::\w+)?)(?:, %\(\w+\)s(?:::\w+)?)+")


class Span:
    """One span; see `chassis.tracing.Span`."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self._token: Any = None

    @property
    def traceparent(self) -> str:
        return _spelled(self._span)

    def __enter__(self) -> Self:
        self._token = attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(self, _kind: object, exc: BaseException | None, _trace: object) -> None:
        detach(self._token)
        self.end(exc)

    def name(self, name: str, said: Said) -> None:
        self._span.update_name(name)
        self._span.set_attributes(said)

    def fail(self, code: str) -> None:
        self._span.set_attribute("error.type", code)
        self._span.set_status(Status(StatusCode.ERROR))

    def end(self, exc: BaseException | None = None) -> None:
        if isinstance(exc, AppError) and not isinstance(exc, Unavailable) and exc.code != AppError.code:
            self._span.set_attribute("error.type", exc.code)  # a refusal, which is an answer like another
        elif exc is not None:
            self.fail(exc.code if isinstance(exc, AppError) else type(exc).__name__)
        self._span.end()


class Exporter(OTLPSpanExporter):
    """Counts what the collector took, and says once that it takes nothing."""

    is_taken = True

    def __init__(self, endpoint: str) -> None:
        session = requests.Session()
        session.trust_env = False  # the collector is ours; no proxy stands between
        super().__init__(f"{endpoint}/v1/traces", timeout=EXPORT_SECONDS, session=session)
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it would say so for each batch

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = super().export(spans)
        is_taken = result is SpanExportResult.SUCCESS
        SPANS.labels("taken" if is_taken else "lost").inc(len(spans))
        if is_taken is not self.is_taken:
            self.is_taken = is_taken
            log.warning("traces are taken again" if is_taken else "traces are not taken by the collector")
        return result


class Tracer:
    """The tracer of this process, and the way its spans go."""

    def __init__(self, settings: Settings, service: str) -> None:
        resource = Resource.create({"service.name": service, "service.namespace": settings.namespace})
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(settings.trace_share)),
            resource=resource,
            shutdown_on_exit=False,
            span_limits=SpanLimits(max_span_attribute_length=LONGEST),
        )
        exporter = Exporter(settings.otlp_endpoint)
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=MOST_HELD, schedule_delay_millis=DELAY_MS)
        )
        self._tracer = self._provider.get_tracer("dossier")
        self._propagator = TraceContextTextMapPropagator()

    def span(self, kind: str, name: str, said: Said | None, parent: str | None, ago: float) -> Span:
        within = self._propagator.extract({"traceparent": parent}, NONE) if parent else None
        begun = time.time_ns() - int(ago * NANO) if ago else None
        made = self._tracer.start_span(name, within, KINDS[kind], said, start_time=begun)
        return Span(made)

    def statement(self, sql: str) -> Span | None:
        if not trace.get_current_span().is_recording():
            return None
        summary, shape = described(sql)
        said = {"db.system.name": "postgresql", "db.query.summary": summary, "db.query.text": shape}
        return Span(self._tracer.start_span(summary, kind=SpanKind.CLIENT, attributes=said))

    def traceparent(self) -> str | None:
        return _spelled(trace.get_current_span()) or None

    def trace_id(self) -> str | None:
        known = trace.get_current_span().get_span_context()
        return trace.format_trace_id(known.trace_id) if known.trace_flags.sampled else None

    def stop(self) -> None:
        self._provider.shutdown()


@lru_cache(maxsize=1000)
def described(sql: str) -> tuple[str, str]:
    """A statement's verb with its tables, and its shape: parameters by name, and no literal."""
    shape = " ".join(MANY.sub(r"\1, …", LITERALS.sub("?", sql)).split())
    verb = VERB.search(shape)
    tables = dict.fromkeys(TABLES.findall(shape))
    return " ".join([verb[0] if verb else "SQL", *tables][:6]), shape[:LONGEST]


def _spelled(span: trace.Span) -> str:
    known = span.get_span_context()
    if not known.is_valid:
        return ""
    ids = f"{trace.format_trace_id(known.trace_id)}-{trace.format_span_id(known.span_id)}"
    return f"00-{ids}-{known.trace_flags:02x}"
