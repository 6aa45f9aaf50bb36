"""RabbitMQ as `deploy/kubernetes` has it: three nodes, and queues spread over them."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from deploy.local.rabbitmq import RabbitMQ, server_script

CONFIG = """\
cluster_partition_handling = pause_minority
queue_master_locator = min-masters
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = {first}
"""


class Node(RabbitMQ):
    """One of a cluster. All but the first join it at their first start, and are found through its port mapper."""

    def __init__(self, folder: Path, cookie: str, first: "Node | None" = None) -> None:
        super().__init__(folder, durable=False)
        self._cookie = cookie
        self._first = first or self
        self.password = self._first.password

    @property
    def name(self) -> str:
        return self._environment()["RABBITMQ_NODENAME"]

    def _prepare(self) -> None:
        super()._prepare()
        with (self.folder / "rabbitmq.conf").open("a") as file:
            file.write(CONFIG.format(first=self._first.name))

    def _commands(self) -> list[list[str]]:
        mapper, server = super()._commands()
        return [mapper, server] if self is self._first else [server]

    def _environment(self) -> dict[str, str]:
        known = super()._environment()
        arguments = f"{known['RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS']} -setcookie {self._cookie}"
        mapper = str(self._first.ports["epmd"])
        return known | {"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": arguments, "ERL_EPMD_PORT": mapper}


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[Node, Node, Node]]:
    """Three nodes that know each other; skips where RabbitMQ's own programs are not installed."""
    if server_script() is None:
        pytest.skip("a cluster needs RabbitMQ's programs: apt-get install rabbitmq-server")
    cookie = secrets.token_hex(16)
    first = Node(folder / "first", cookie)
    nodes = (first, Node(folder / "second", cookie, first), Node(folder / "third", cookie, first))
    with ExitStack() as cleanup:
        for node in nodes:
            cleanup.callback(node.close)
            node.start()
        yield nodes
