"""/healthz, /readyz and /metrics on a port of their own, as each service has it: where the world does not come."""

import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from chassis.config import Settings


class Server(ThreadingMixIn, WSGIServer):
    """Answers in threads: whoever asks slowly holds up nobody else."""

    daemon_threads = True


class Handler(WSGIRequestHandler):
    """Logs nothing: probes and scrapes come all the time."""

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def serve(settings: Settings, is_ready: Callable[[], bool]) -> None:
    """Answer on DOSSIER_OPS_PORT for as long as the process lives."""
    metrics = make_wsgi_app()

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            found: Iterable[bytes] = metrics(environ, start_response)
            return found
        is_well = {"/healthz": lambda: True, "/readyz": is_ready}.get(path, lambda: False)()
        start_response("200 OK" if is_well else "503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b"ok" if is_well else b"no connection to the broker"]

    server = make_server(settings.host, settings.ops_port, app, Server, Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
