"""`python -m chassis.run SERVICE`: one process of one service."""

import os

os.environ["EVENTLET_NO_GREENDNS"] = "yes"  # 7 MB for look-ups that libpq makes by itself and the broker's are rare

os.environ.setdefault("EVENTLET_THREADPOOL_SIZE", "4")  # passwords hashed at once; more would only share the cores

import eventlet

eventlet.monkey_patch()  # before any other import: whatever was imported earlier would block every green thread

import ctypes  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from typing import Any  # noqa: E402

from eventlet import wsgi  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402
from prometheus_client import make_wsgi_app  # noqa: E402
from sqlalchemy import text  # noqa: E402
from sqlalchemy.exc import DBAPIError  # noqa: E402

from chassis import logs, tracing  # noqa: E402
from chassis.bus import Bus  # noqa: E402
from chassis.config import Settings, SettingsError, load_settings  # noqa: E402
from chassis.db import Pool  # noqa: E402
from chassis.topology import service_class  # noqa: E402

M_MMAP_THRESHOLD = -3  # of glibc's malloc.h
ENDINGS = (signal.SIGTERM, signal.SIGINT)
SLACK = 2  # a worker that has answered still holds its place for a moment while the next request comes in


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m chassis.run SERVICE", file=sys.stderr)
        return 2
    (name,) = arguments
    try:
        service = service_class(name)
        settings = load_settings(needs=("amqp_uri", *service.needs))
        settings.database_for(service.name)
    except (SettingsError, LookupError, ModuleNotFoundError) as exc:
        print(f"cannot start {name}: {exc}", file=sys.stderr)
        return 2
    _give_back_large_blocks()
    logs.setup(service.name, settings.log_level)
    tracing.setup(settings, service.name)
    runner = ServiceRunner(config(settings))
    runner.add_service(service)
    for number in ENDINGS:
        signal.signal(number, lambda *_: _end(runner))
    runner.start()
    (container,) = runner.containers
    if settings.ops_port:
        eventlet.spawn_n(_serve_ops, settings, container)
    runner.wait()
    tracing.stop()
    return 0


def _end(runner: ServiceRunner) -> None:
    """Stop gracefully, once: nameko's timers cannot be told twice, and whoever is in haste sends SIGKILL."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    eventlet.spawn_n(runner.stop)


def _give_back_large_blocks() -> None:
    """Tell glibc to return blocks of a megabyte and more when they are freed.

    Otherwise it learns to keep them: a process that hashed a password would rest forty megabytes heavier.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # absent from other C libraries
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, 1 << 20)


def config(settings: Settings) -> dict[str, Any]:
    """Nameko's configuration, made of ours."""
    return {
        "AMQP_URI": settings.amqp_uri,
        "rpc_exchange": f"{settings.namespace}.rpc",
        "max_workers": SLACK * (settings.rpc_workers + settings.event_workers),
        "SERVICE_CONTAINER_CLS": "chassis.container.LeanContainer",
        "settings": settings,
    }


def _serve_ops(settings: Settings, container: Any) -> None:
    """/healthz: the process turns; /readyz: it reaches broker and database; /metrics."""
    metrics = make_wsgi_app()

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return metrics(environ, start_response)
        faults = [] if path == "/healthz" else _faults(container)
        start_response("503 Service Unavailable" if faults else "200 OK", [("Content-Type", "text/plain")])
        return [("; ".join(faults) or "ok").encode()]

    wsgi.server(eventlet.listen((settings.host, settings.ops_port)), app, log_output=False)


def _faults(container: Any) -> list[str]:
    faults = []
    for extension in container.extensions:
        if isinstance(extension, Bus) and not extension.is_connected:
            faults.append("no connection to the broker")
        if isinstance(extension, Pool):
            try:
                with extension.transactions.engine.connect() as connection:
                    connection.execute(text("SELECT 1"))
            except DBAPIError as exc:
                faults.append(f"no connection to the database: {exc.orig}")
    return faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
