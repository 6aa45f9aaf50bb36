"""Tell people what takes long: a moving line on a terminal, plain lines everywhere else."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

WORTH_TELLING = 0.1  # s; a step that took less shows no time


class Progress:
    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)

    def line(self, text: str) -> None:
        self._console.print(text, markup=False)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show `text` while the body runs, and how long it took once it has succeeded."""
        started = time.monotonic()
        if self._console.is_terminal:
            with self._console.status(text):
                yield
        else:
            self.line(f"{text} …")
            yield
        took = time.monotonic() - started
        if self._console.is_terminal or took > WORTH_TELLING:
            self.line(f"{text}: done in {took:.1f} s")
