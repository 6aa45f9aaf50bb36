"""`python -m tests.quickbooks --port 0`: run the simulator; its address is the first line that it prints, as JSON."""

import argparse
import json
import socket
from pathlib import Path

import uvicorn

from tests.quickbooks.app import application
from tests.quickbooks.knobs import Knobs
from tests.quickbooks.world import World


def main() -> None:
    """Run a QuickBooks Online of your own until it is stopped."""
    options = argparse.ArgumentParser("python -m tests.quickbooks", description=main.__doc__)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=0, help="0 takes any that is free")
    options.add_argument("--state", type=Path, help="a file that everything is kept in, and found again in")
    options.add_argument("--knobs", type=json.loads, default={}, help="a JSON object of what knobs.py lists")
    given = options.parse_args()
    knobs = Knobs()
    knobs.set(**given.knobs)
    world = World(knobs, given.state)
    with socket.create_server((given.host, given.port)) as listening:
        address = f"http://{given.host}:{listening.getsockname()[1]}"
        print(json.dumps({"url": address, "realms": list(world.companies)}), flush=True)
        config = uvicorn.Config(
            application(world),
            http="h11",
            ws="none",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,  # s; answers that are slow on purpose aren't waited for
        )
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
