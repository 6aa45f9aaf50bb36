"""All that one simulator holds, and how it is kept in a file so that a restart finds it again."""

import asyncio
import json
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.quickbooks import seeding
from tests.quickbooks.clock import Clock
from tests.quickbooks.company import Change, Company
from tests.quickbooks.grants import Grants
from tests.quickbooks.knobs import Knobs
from tests.quickbooks.limits import Gate
from tests.quickbooks.mischief import Mischief
from tests.quickbooks.webhooks import Webhooks

REALM = "9341453000000001"
SAVED_EVERY = 0.2  # s, while something changes
HOOKS = ("webhook_url", "webhook_token")  # what is set up once with Intuit, and stays so


class World:
    def __init__(self, knobs: Knobs, state: Path | None = None) -> None:
        self.state = state
        self._sending: asyncio.Task[None]  # while it runs
        self._begin(knobs)
        if state is not None and state.exists():
            self._load(json.loads(state.read_text()))
        else:
            self.open_company(REALM, knobs.company, knobs.currency)

    def _begin(self, knobs: Knobs) -> None:
        self.knobs = knobs
        self.clock = Clock()
        self.grants = Grants()
        self.companies: dict[str, Company] = {}
        self.gates: dict[str, Gate] = {}
        self.chance = random.Random(knobs.seed)
        self.webhooks = Webhooks(knobs, self.chance, self.clock)
        self.mischief = Mischief(knobs, self.chance)
        self.is_changed = False

    def reset(self, knobs: Knobs) -> None:
        """Begin anew with one empty company, as after a start; what was still to be sent is not."""
        self._sending.cancel()
        self._begin(knobs)
        self.open_company(REALM, knobs.company, knobs.currency)
        self._sending = asyncio.create_task(self.webhooks.run())

    def open_company(self, realm: str, name: str, currency: str = "USD") -> Company:
        company = Company(realm, name, self.clock, lambda *_: None, currency)
        seeding.seed(company)
        self.companies[realm] = self._listened(company)
        return company

    def _listened(self, company: Company) -> Company:
        company.announce = self._tell
        self.gates.setdefault(company.realm, Gate())
        return company

    def _tell(self, company: Company, change: Change) -> None:
        self.is_changed = True
        self.webhooks.tell(company.realm, change)

    def new_tid(self) -> str:
        """The `intuit_tid` that every answer carries, for whoever asks Intuit's support about it."""
        return f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"

    def save(self) -> None:
        """Keep everything in the file, in place of what was there, at once."""
        if self.state is None:
            return
        companies = {realm: company.to_json() for realm, company in self.companies.items()}
        hooks = {name: getattr(self.knobs, name) for name in HOOKS}
        kept = {"offset": self.clock.offset_seconds, "grants": self.grants.to_json(), "companies": companies}
        kept["hooks"] = hooks
        draft = self.state.with_suffix(".draft")
        draft.write_text(json.dumps(kept))
        draft.replace(self.state)
        self.is_changed = False

    def _load(self, kept: dict[str, Any]) -> None:
        self.clock.offset_seconds = kept["offset"]
        given = {name for name in HOOKS if getattr(self.knobs, name) != getattr(Knobs(), name)}
        self.knobs.set(**{name: value for name, value in kept.get("hooks", {}).items() if name not in given})
        self.grants.load(kept["grants"])
        for realm, its in kept["companies"].items():
            company = Company(realm, its["name"], self.clock, lambda *_: None)
            company.load(its)
            self.companies[realm] = self._listened(company)

    @asynccontextmanager
    async def running(self, _: Any = None) -> AsyncIterator[None]:
        self._sending = asyncio.create_task(self.webhooks.run())
        saving = asyncio.create_task(self._keep_saved())
        try:
            yield
        finally:
            for task in (self._sending, saving):
                task.cancel()
            self.save()

    async def _keep_saved(self) -> None:
        while True:
            await asyncio.sleep(SAVED_EVERY)
            if self.is_changed:
                self.save()
