"""Tells how the loading goes: a bar where somebody watches, plain lines where a file or a pipe does."""

import sys
import time
from collections import Counter
from types import TracebackType
from typing import Self
from unicodedata import category

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from contracts.accounts import ImportedRow

PLAIN_SECONDS = 5.0  # between two lines of plain progress
TOTALS = (
    ("created", "accounts created"),
    ("linked", "contacts linked to known accounts"),
    ("changed", "changed"),
    ("unchanged", "there already"),
    ("refused", "refused"),
)


def printable(text: str) -> str:
    """Text of somebody else's file, harmless to a terminal: what steers it or turns the writing round is spelt out."""
    return "".join(one if one.isprintable() or category(one) == "Zs" else ascii(one)[1:-1] for one in text)


class Report:
    """Counts outcomes, shows progress through `size` bytes, and tells each bad row as it comes."""

    def __init__(self, title: str, size: int) -> None:
        self.counts: Counter[str] = Counter()
        self._console = Console(highlight=False, soft_wrap=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not sys.stdout.isatty(),
        )
        self._task = self._bar.add_task(escape(title), total=size)
        self._size = size
        self._told_at = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._bar.stop()

    def say(self, text: str) -> None:
        self._console.print(escape(printable(text)))

    def refuse(self, line: int, reason: str) -> None:
        """One row that is not loaded."""
        self.counts["refused"] += 1
        self.say(f"line {line}: {reason}")

    def take(self, rows: list[ImportedRow]) -> None:
        """What became of rows that were sent."""
        for row in rows:
            if row.outcome == "refused":
                self.refuse(row.line, row.reason)
            else:
                self.counts[row.outcome] += 1

    def progress(self, position: int) -> None:
        """So many bytes of the file are done."""
        self._bar.update(self._task, completed=position)
        if self._bar.disable and time.monotonic() - self._told_at > PLAIN_SECONDS:
            self._told_at = time.monotonic()
            self.say(f"{100 * position // max(self._size, 1)} %: {self.counts.total():,} rows")

    def totals(self) -> str:
        """One line with what was done."""
        told = [f"{self.counts[outcome]:,} {text}" for outcome, text in TOTALS if self.counts[outcome]]
        return f"{self.counts.total():,} rows: {', '.join(told) or 'nothing in them'}."
