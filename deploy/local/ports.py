"""Free ports on loopback for servers of our own."""

import random
import socket
from pathlib import Path

HOST = "127.0.0.1"
FIRST = 20_000
# Above this the kernel hands ports to outgoing connections: a client that keeps trying to reach a server that is
# down could be given the server's own port, connect to itself, and keep the server from coming back.
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def is_free(port: int, host: str = HOST) -> bool:
    """Tell whether a server could listen on `port` at this moment."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a port is not taken by the remains of closed connections.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Pick `count` different ports nobody listens on; somebody may take one before its server does."""
    candidates = random.sample(RANGE, len(RANGE))
    found: list[int] = []
    for port in candidates:
        if is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} free ports from {RANGE[0]} to {RANGE[-1]}")


def _end() -> int:
    if EPHEMERAL.is_file():
        lowest = int(EPHEMERAL.read_text().split()[0])
        if lowest > FIRST + 1_000:
            return lowest
    return 32_768


RANGE = range(FIRST, _end())
