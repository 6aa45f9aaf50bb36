"""`python -m gateway`: the HTTP side, one process."""

import signal
import socket
import sys

import uvicorn

from chassis import logs, tracing
from chassis.config import SettingsError, load_settings
from gateway import ops
from gateway.app import Gateway
from gateway.routes import ROUTES

KEEP_ALIVE_SECONDS = 75  # longer than what usually stands before us, so that it is the one to hang up
GRACE_SECONDS = 15  # for the requests in flight; above the longest deadline of a call


class Server(uvicorn.Server):
    """Ends what would go on for as long as its readers stay, before it waits for the requests in flight."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        super().__init__(config)
        self._gateway = gateway

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._gateway.streams.close()
        await super().shutdown(sockets)


def main() -> int:
    try:
        settings = load_settings(needs=("amqp_uri", "blobs"))
    except SettingsError as exc:
        print(f"cannot start the gateway: {exc}", file=sys.stderr)  # noqa: T201 (there is no log yet)
        return 2
    logs.setup("gateway", settings.log_level)
    # uvicorn answers what it holds and then raises the signal anew: that is the end, and not a failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    tracing.setup(settings, "gateway")
    gateway = Gateway(settings, ROUTES)
    config = uvicorn.Config(
        gateway,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = Server(config, gateway)
    if settings.ops_port:
        ops.serve(settings, lambda: gateway.bus.is_connected)
    try:
        server.run()
    finally:
        tracing.stop()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
