"""CPU time and memory of processes and all they have started, from /proc."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.leash import family

TICKS = os.sysconf("SC_CLK_TCK")  # per second
PAGE = os.sysconf("SC_PAGE_SIZE")  # bytes
FIRST_TIME, LAST_TIME = 11, 15  # utime, stime, cutime, cstime: counted from the field after the command's name
RSS = 21


@dataclass(frozen=True)
class Parts:
    """Processes by what they are a part of, e.g. `{"gateway": 4711}`; each stands for itself and its descendants."""

    roots: Mapping[str, int]

    def seconds(self) -> dict[str, float]:
        """CPU seconds, user and system, since the start; what ended children used counts once they are waited for."""
        tree = family()
        return {name: sum(map(_seconds, _with_descendants(tree, root))) for name, root in self.roots.items()}

    def resident(self) -> dict[str, float]:
        """Resident memory of each root process alone, in MB; a server's children share most of theirs."""
        return {name: _field(root, RSS) * PAGE / 1e6 for name, root in self.roots.items()}


def name_of(pid: int) -> str:
    """What a process is called in a report: its service, or its server, and its number."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        words = []
    if "chassis.run" in words:
        return f"{words[words.index('chassis.run') + 1]} ({pid})"
    known = ("gateway", "postgres", "rabbitmq-server")
    called = [name for name in known for word in words if word.rpartition("/")[2] == name]
    return f"{called[0] if called else 'process'} ({pid})"


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """CPU milliseconds between two readings."""
    return {name: 1000 * (after[name] - before[name]) for name in after}


def _with_descendants(tree: Mapping[int, set[int]], root: int) -> Iterable[int]:
    queue = [root]
    while queue:
        pid = queue.pop()
        yield pid
        queue.extend(tree.get(pid, ()))


def _seconds(pid: int) -> float:
    fields = _fields(pid)
    return sum(map(int, fields[FIRST_TIME:LAST_TIME])) / TICKS


def _field(pid: int, number: int) -> int:
    fields = _fields(pid)
    return int(fields[number]) if fields else 0


def _fields(pid: int) -> list[str]:
    try:
        # The command's name, in parentheses, may hold anything; fields are counted after it.
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []  # it ended between two looks; its time is its parent's by then
