"""What stops us from starting, in words for the person who typed the command."""

from pathlib import Path


class CannotStart(Exception):
    """One line that says what is wrong and what to do; printed without a traceback."""


def tail(log: Path, lines: int = 15) -> str:
    """Give the end of a log, indented, ready to follow a message; empty when there is nothing to show."""
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 65_536))
        text = file.read().decode(errors="replace")
    kept = [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]
    if not kept:
        return ""
    return f"\n  the end of {log}:\n" + "\n".join(f"  | {line}" for line in kept)
