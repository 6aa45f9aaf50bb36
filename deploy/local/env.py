"""The running system's settings: printed for a shell, or given to a command.

`eval "$(python -m deploy.local.env)"`, or `python -m deploy.local.env -- COMMAND…`.
"""

import os
import shlex
import sys

from deploy.local.home import Home
from deploy.local.problem import CannotStart


def settings(home: Home) -> dict[str, str]:
    """Give what a command needs to reach the running system; else what the environment names, else CannotStart."""
    published = home.published()
    if published is not None:
        return published
    if os.environ.get("AMQP_URI") and any(key.endswith("DATABASE_URL") for key in os.environ):
        return {}
    raise CannotStart("No system is running from this folder. Start it in another terminal: make run")


def main(arguments: list[str]) -> int:
    try:
        found = settings(Home())
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if command:
        os.execvpe(command[0], command, os.environ | found)  # noqa: S606 - no shell is wanted
    for key, value in found.items():
        print(f"export {key}={shlex.quote(value)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
