"""`python deploy/image/packages.py [NAME…]`: print the part of requirements.lock that serving needs, and NAMES besides.

The lock holds what developing needs too. It says of each package who wants it, so that its part can be told without
asking anybody, by the standard library alone: this runs where nothing is installed yet.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENTRY = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)
NAME = re.compile(r"[A-Za-z0-9._-]+")
WANTED_BY = re.compile(r"^    # (?:via)? *([A-Za-z0-9._-]+)\b", re.MULTILINE)


def folded(text: str) -> str:
    """The name at the start of a requirement, as packages compare it."""
    found = NAME.match(text)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def wanted(requirements: list[str], lock: str) -> str:
    """Give the entries of `lock` for these requirements and for all that they need in turn, hashes and all."""
    entries = {folded(entry): entry for entry in ENTRY.split(lock) if folded(entry)}
    wanted_by = {name: {folded(by) for by in WANTED_BY.findall(entry)} for name, entry in entries.items()}
    chosen = {folded(requirement) for requirement in requirements}
    unknown = chosen - set(entries)
    if unknown:
        raise LookupError(f"requirements.lock has no {', '.join(sorted(unknown))}: make lock")
    size = 0
    while size != len(chosen):
        size = len(chosen)
        chosen |= {name for name, by in wanted_by.items() if by & chosen}
    return "".join(entry for name, entry in entries.items() if name in chosen)


def main(names: list[str]) -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    print(wanted([*project["dependencies"], *names], (ROOT / "requirements.lock").read_text()), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
