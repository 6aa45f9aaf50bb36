"""What would hold up the hub of a service: computing for long, and waiting in a library that knows no green threads."""

from typing import Any

from eventlet import tpool
from eventlet.semaphore import Semaphore
from nameko.extensions import DependencyProvider

from chassis.blobs import Blobs


class BlobStore(DependencyProvider):
    """`self.blobs` in a service: the store of files, waited for in a thread."""

    def setup(self) -> None:
        self.blobs = Blobs(self.container.config["settings"], tpool.execute)

    def get_dependency(self, worker_ctx: Any) -> Blobs:  # noqa: ARG002
        return self.blobs


class OneAtATime(DependencyProvider):
    """`self.compute(function, *arguments)` in a service: in a thread, one after the other.

    For what needs so much memory that several at once would cost the process its life.
    """

    def setup(self) -> None:
        self.turn = Semaphore()

    def get_dependency(self, worker_ctx: Any) -> Any:  # noqa: ARG002
        return self.compute

    def compute(self, function: Any, *arguments: Any) -> Any:
        with self.turn:
            return tpool.execute(function, *arguments)
