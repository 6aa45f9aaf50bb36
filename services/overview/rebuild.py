"""`python -m services.overview.rebuild [FIRM_ID …]`: make the directory anew from its owners while the system serves.

Without firms: every firm this service has heard of.
"""

import chassis.run as process  # isort: skip (it makes what is imported after it cooperative)

import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from eventlet.event import Event
from nameko.extensions import Entrypoint

from chassis import logs
from chassis.config import SettingsError, load_settings
from chassis.container import LeanContainer
from chassis.context import Context
from chassis.db import Database
from chassis.service import client
from contracts.accounts import Accounts
from contracts.billing import Billing
from contracts.contacts import Contacts
from contracts.overview import Overview
from contracts.portal import Portal
from services.overview import memory
from services.overview.reconcile import reconcile

SAYS_SECONDS = 5.0  # between two lines of progress


class Once(Entrypoint):
    """Runs a method when the container has started; `ended` then gives the exception that it raised, or None."""

    ended = Event()

    def start(self) -> None:
        self.container.spawn_worker(self, (), {}, handle_result=self._end)

    def _end(self, _worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        self.ended.send(exc_info[1] if exc_info else None)
        return result, exc_info


class Rebuild:
    """Calls and keeps as the overview service does, under its name, but serves and hears nothing."""

    name = Overview.NAME
    firm_ids: tuple[UUID, ...] = ()
    db: Any = Database()
    accounts = client(Accounts)
    contacts = client(Contacts)
    identity = client(Portal)
    billing = client(Billing)

    @Once.decorator  # type: ignore[untyped-decorator]
    def run(self) -> None:
        with self.db.reading(Context()) as session:
            firm_ids = self.firm_ids or tuple(memory.firms(session))
        for firm_id in firm_ids:
            owners = (self.accounts, self.contacts, self.identity, self.billing)
            applied = reconcile(self.db, firm_id, owners, _progress())
            print(f"firm {firm_id}: {applied} facts applied", flush=True)


def _progress() -> Callable[[int], None]:
    last = time.monotonic()

    def say(applied: int) -> None:
        nonlocal last
        if time.monotonic() - last >= SAYS_SECONDS:
            last = time.monotonic()
            print(f"  {applied} facts applied …", flush=True)

    return say


def main(arguments: list[str]) -> int:
    try:
        Rebuild.firm_ids = tuple(UUID(argument) for argument in arguments)
        settings = load_settings(needs=("amqp_uri",))
        settings.database_for(Rebuild.name)
    except (SettingsError, ValueError) as exc:
        print(f"cannot rebuild: {exc}", file=sys.stderr)
        return 2
    logs.setup(Rebuild.name, settings.log_level)
    container = LeanContainer(Rebuild, process.config(settings))
    container.start()
    failure = Once.ended.wait()
    container.stop()
    if failure is not None:
        print(f"the directory was not rebuilt in full: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
