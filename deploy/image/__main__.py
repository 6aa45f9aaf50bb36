"""`python -m deploy.image WORD [ARGUMENT…]`: what the image runs, chosen by one word; the process becomes it."""

import os
import sys

from deploy.image.probing import ALIVE, READY
from deploy.local.services import service_names

MODULES = {
    "gateway": "gateway",
    "migrate": "chassis.migrate",  # `migrate wait SERVICE` waits until another process has migrated
    "firm": "services.identity.cli",
    "import": "deploy.importing",
    "dead": "chassis.dead",
    "rebuild": "services.overview.rebuild",
    # These are in the larger image only.
    "sample": "deploy.sample",
    "mailbox": "deploy.mailbox",
    "quickbooks-simulator": "tests.quickbooks",
}
PROBES = (ALIVE, READY)


def command(words: list[str]) -> list[str]:
    """The command line for these words; empty where they name nothing."""
    word, *arguments = words or [""]
    python = [sys.executable, "-m"]
    if word in service_names():
        return [*python, "chassis.run", word, *arguments]
    if word in PROBES:
        return [*python, "deploy.image.probing", word, *arguments]
    return [*python, MODULES[word], *arguments] if word in MODULES else []


def main(words: list[str]) -> int:
    line = command(words)
    if line:
        os.execv(line[0], line)  # noqa: S606 - signals are to reach it, and no shell is wanted
    known = ", ".join([*service_names(), *MODULES, *PROBES])
    print(f"Which of these is to run? {known}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
