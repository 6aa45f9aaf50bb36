"""Intuit's clock: it may be ahead of or behind ours, and jumps when a test says so."""

import datetime as dt
import time
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")


class Clock:
    def __init__(self, offset_seconds: float = 0) -> None:
        self.offset_seconds = offset_seconds

    def seconds(self) -> float:
        return time.time() + self.offset_seconds

    def now(self) -> dt.datetime:
        """The instant as Intuit writes it: Pacific time, with its offset."""
        return dt.datetime.fromtimestamp(self.seconds(), PACIFIC)

    def stamp(self) -> str:
        """This will give the time of a change, which QuickBooks shows in whole seconds."""
        return self.now().isoformat(timespec="seconds")

    def answered(self) -> str:
        """This will give the `time` of an answer, in milliseconds."""
        return self.now().isoformat(timespec="milliseconds")

    def today(self) -> str:
        return self.now().date().isoformat()


def instant(text: str) -> dt.datetime:
    """Read a date or a time; without an offset it is meant in Pacific time. Raises ValueError."""
    read = dt.datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
    return read if read.tzinfo else read.replace(tzinfo=PACIFIC)
