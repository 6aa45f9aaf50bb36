"""The documented limits of a company, and how near to them its callers ever came.

"500 requests per minute per realm ID", 10 requests per second and 10 at once per realm and app, 40 batches per minute
(120 since 2025-10-31); beyond them 429.
"""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.quickbooks import faults
from tests.quickbooks.knobs import Knobs

DOCUMENTED = {"per_second": 10, "per_minute": 500, "at_once": 10, "batches_per_minute": 40}
SECOND, MINUTE = 1.0, 60.0


class Window:
    """How many arrivals a sliding window holds."""

    def __init__(self, length: float) -> None:
        self.length = length
        self.times: deque[float] = deque()

    def count(self, moment: float) -> int:
        while self.times and self.times[0] <= moment - self.length:
            self.times.popleft()
        return len(self.times)

    def add(self, moment: float) -> int:
        self.times.append(moment)
        return self.count(moment)


def _windows() -> dict[str, Window]:
    return {"per_second": Window(SECOND), "per_minute": Window(MINUTE), "batches_per_minute": Window(MINUTE)}


@dataclass
class Gate:
    """One company's gate: arrivals are counted whether they get in or not."""

    arrived: dict[str, Window] = field(default_factory=_windows)
    admitted: dict[str, Window] = field(default_factory=_windows)
    peaks: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DOCUMENTED, 0))
    inside: int = 0
    requests: int = 0
    refused: int = 0

    def enter(self, knobs: Knobs, *, is_batch: bool) -> None:
        """Let a request in. Raises 3001; every admitted one must `leave`."""
        moment = time.monotonic()
        names = [name for name in self.arrived if is_batch or name != "batches_per_minute"]
        self.requests += 1
        self._peak("at_once", self.inside + 1)
        for name in names:
            self._peak(name, self.arrived[name].add(moment))
        full = [name for name in names if _reached(self.admitted[name].count(moment), getattr(knobs, name))]
        if full or _reached(self.inside, knobs.at_once):
            self.refused += 1
            raise faults.throttled()
        for name in names:
            self.admitted[name].add(moment)
        self.inside += 1

    def leave(self) -> None:
        self.inside -= 1

    def forget(self) -> None:
        """Count from nought, but for who is inside."""
        inside = self.inside
        self.__init__()  # type: ignore[misc]
        self.inside = inside

    def _peak(self, name: str, count: int) -> None:
        self.peaks[name] = max(self.peaks[name], count)

    def to_json(self) -> dict[str, Any]:
        """Tell peaks, and the documented limits that all requests together ever passed."""
        exceeded = {name: peak for name, peak in self.peaks.items() if peak > DOCUMENTED[name]}
        return {"requests": self.requests, "refused": self.refused, "peaks": self.peaks, "exceeded": exceeded}


def _reached(count: int, limit: int | None) -> bool:
    return limit is not None and count >= limit
