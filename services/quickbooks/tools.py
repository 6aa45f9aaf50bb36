"""What the work with QuickBooks needs of the process it runs in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from nameko.extensions import DependencyProvider

from chassis.config import Settings
from chassis.context import Context
from chassis.db import Transactions
from chassis.sealing import Sealer
from services.quickbooks.client import Endpoints, Session


@dataclass
class Addresses:
    """Intuit's addresses, read once in the life of a process."""

    found: Endpoints | None = None

    def of(self, session: Session, url: str) -> Endpoints:
        """Raises Unreachable."""
        if self.found is None:
            self.found = Endpoints.discovered(session, url)
        return self.found


@dataclass(frozen=True)
class Tools:
    db: Transactions
    sealer: Sealer
    settings: Settings
    addresses: Addresses = field(default_factory=Addresses)

    def endpoints(self, session: Session) -> Endpoints:
        """Raises Unreachable."""
        return self.addresses.of(session, self.settings.quickbooks_discovery_url)

    def do(self, firm_id: UUID, operation: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Run an operation `(session, ctx, …)` of the system's in one transaction. Raises Unavailable."""
        ctx = Context(firm_id=firm_id)
        with self.db.transaction(ctx) as session:
            return operation(session, ctx, *arguments, **options)


class Told(DependencyProvider):
    """`self.settings` in a service, and `self.settings.addresses` of this process beside them."""

    def setup(self) -> None:
        self.addresses = Addresses()

    def get_dependency(self, worker_ctx: Any) -> tuple[Settings, Addresses]:  # noqa: ARG002
        return self.container.config["settings"], self.addresses
