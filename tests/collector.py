"""A collector of traces for tests: takes OTLP over HTTP, as OpenTelemetry's own would, and keeps every span."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}


@dataclass(frozen=True)
class Kept:
    """One span as it came."""

    service: str
    kind: str
    name: str
    trace_id: str
    id: str
    parent_id: str
    begun: int  # ns of the epoch
    ended: int
    said: dict[str, Any]
    is_error: bool

    @property
    def is_root(self) -> bool:
        return not self.parent_id

    @property
    def text(self) -> str:
        """Everything in it that could be about somebody."""
        return " ".join([self.name, *map(str, self.said.values())])


class Collector:
    """`with Collector() as collector`: `collector.url` is the endpoint, `collector.spans` grows meanwhile."""

    def __init__(self) -> None:
        self.spans: list[Kept] = []
        self.is_away = False
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not collector.is_away:
                    collector.take(body)
                self.send_response(400 if collector.is_away else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nobody reads along."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, body: bytes) -> None:
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = next(one.value.string_value for one in group.resource.attributes if one.key == "service.name")
            self.spans += [_kept(service, span) for scope in group.scope_spans for span in scope.spans]

    def of_request(self, request_id: str) -> list[Kept]:
        """Every span of the trace that this request began, in the order in which they began."""
        ids = {one.trace_id for one in self.spans if one.said.get("dossier.request_id") == request_id and one.is_root}
        return self.where(lambda one: one.trace_id in ids)

    def where(self, wanted: Callable[[Kept], bool]) -> list[Kept]:
        return sorted((one for one in list(self.spans) if wanted(one)), key=lambda one: one.begun)


def _kept(service: str, span: Any) -> Kept:
    said = {one.key: one.value.int_value or one.value.string_value for one in span.attributes}
    said |= {f"event {number}": str(one) for number, one in enumerate(span.events)}
    return Kept(
        service,
        KINDS[span.kind],
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        said,
        span.status.code == 2,
    )
