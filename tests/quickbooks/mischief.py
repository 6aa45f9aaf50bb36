"""Faults on purpose: by chance at the rates of the knobs, or exactly the next one that a test asks for."""

import random
from dataclasses import dataclass

from tests.quickbooks.knobs import Knobs

# In the order of a request's life: the first three before anything is written, the others after it.
RATES = {
    "lost": "lost_rate",
    "error": "error_rate",
    "drop": "drop_rate",
    "error_after": "error_after_rate",
    "slow": "slow_rate",
}
# Without a rate: a page of a proxy, 429, 401 and 403 though nothing is wrong, a Fault with status 200.
SINGLE = ("unavailable", "throttle", "unauthorized", "forbidden", "fault_200")
STALE = "stale"  # what it changes somebody changes a moment before, so that it has a SyncToken of before
TOKENS = "bearer"  # the path of a fault that is planned for the token endpoint
BEFORE = ("lost", "error", *SINGLE)


@dataclass
class Planned:
    what: str
    path: str  # what the request's path must end with; empty: any
    is_write: bool  # only requests that write

    def fits(self, path: str, *, is_write: bool) -> bool:
        return path.endswith(self.path) and (is_write or not self.is_write)


class Mischief:
    def __init__(self, knobs: Knobs, chance: random.Random) -> None:
        self.knobs, self.chance = knobs, chance
        self.planned: list[Planned] = []
        self.done: dict[str, int] = {}

    def plan(self, what: str, path: str = "", *, is_write: bool = False) -> None:
        """Raises ValueError for what there isn't."""
        if what not in (*RATES, *SINGLE, STALE):
            raise ValueError(f"there is no such fault: {what}")
        self.planned.append(Planned(what, path, is_write))

    def of(self, path: str, *, is_write: bool) -> str | None:
        """What is to go wrong with this request, if anything."""
        for planned in self.planned:
            if planned.path != TOKENS and planned.fits(path, is_write=is_write):
                self.planned.remove(planned)
                return self._count(planned.what)
        for what, knob in RATES.items():
            if self.happens(getattr(self.knobs, knob)):
                return self._count(what)
        return None

    def of_tokens(self) -> str | None:
        """What is to go wrong with this call for tokens: only what was planned for the path `bearer`."""
        for planned in self.planned:
            if planned.path == TOKENS:
                self.planned.remove(planned)
                return self._count(planned.what)
        return None

    def happens(self, rate: float) -> bool:
        """A chance is drawn only where there is one, so that a seed means the same with other knobs at nought."""
        return rate > 0 and self.chance.random() < rate

    def _count(self, what: str) -> str:
        self.done[what] = self.done.get(what, 0) + 1
        return what
