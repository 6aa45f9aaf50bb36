"""Keep child processes running: start, wait until ready, start the dead again with growing delay, stop in order."""

import time
from collections.abc import Sequence

from deploy.local.children import GRACE, Child
from deploy.local.problem import CannotStart, tail
from deploy.local.progress import Progress

LOOK = 0.2  # s
READY = 180.0  # s, for all; every process imports at once on a small machine
FIRST_DELAY, LONGEST_DELAY = 1.0, 30.0  # s
STEADY = 60.0  # s; who ran this long starts with the first delay again
FAILURES = 3  # ends before its first readiness after which a process is not tried again


class Supervisor:
    def __init__(self, children: Sequence[Child], progress: Progress) -> None:
        self._children = list(children)
        self._progress = progress
        self._failures = dict.fromkeys(self._names, 0)
        self._started = dict.fromkeys(self._names, 0.0)
        self._due: dict[str, float] = {}

    @property
    def _names(self) -> list[str]:
        return [child.name for child in self._children]

    def start(self) -> None:
        for child in self._children:
            self._start(child)

    def wait_until_ready(self) -> None:
        """Return when every process has said it is ready; raise CannotStart for the first that cannot be."""
        deadline = time.monotonic() + READY
        waiting = list(self._children)
        while waiting:
            self.look()
            waiting = [child for child in waiting if not child.is_ready()]
            for child in waiting:
                if self._failures[child.name] >= FAILURES:
                    raise CannotStart(f"{child.name} ends as soon as it starts.{tail(child.log)}")
            if waiting and time.monotonic() > deadline:
                raise CannotStart(f"{waiting[0].name} is not ready after {READY:.0f} s.{tail(waiting[0].log)}")
            if waiting:
                time.sleep(LOOK)

    def watch(self) -> None:
        """Look after the processes for ever."""
        while True:
            self.look()
            time.sleep(LOOK)

    def look(self) -> None:
        """Notice who has ended, and start those whose delay is over."""
        at = time.monotonic()
        for child in self._children:
            if child.is_running:
                continue
            if child.name not in self._due:
                self._due[child.name] = at + self._note_end(child, at)
            elif at >= self._due[child.name]:
                del self._due[child.name]
                self._start(child)

    def stop(self) -> None:
        """Stop all, who was started last first: the gateway takes no more requests, then services finish theirs."""
        *services, gateway = self._children
        gateway.stop()
        for child in services:
            child.ask_to_stop()
        deadline = time.monotonic() + GRACE
        for child in services:
            child.stop(max(0.1, deadline - time.monotonic()))

    def _start(self, child: Child) -> None:
        self._started[child.name] = time.monotonic()
        child.start()

    def _note_end(self, child: Child, at: float) -> float:
        if at - self._started[child.name] > STEADY:
            self._failures[child.name] = 0
        delay: float = min(FIRST_DELAY * 2 ** self._failures[child.name], LONGEST_DELAY)
        self._failures[child.name] += 1
        how = f"{child.name} ended with status {child.exit_status}"
        self._progress.line(f"{how}; starting it again in {delay:.0f} s (its log: {child.log})")
        return delay
