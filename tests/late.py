"""`python -m tests.late SERVICE`: a process that publishes each event a moment late, as one that has much to do.

What fails then and not otherwise has looked for what follows from an event without waiting for it.
"""

import chassis.run as process  # isort: skip (it makes what is imported after it cooperative)

import os
import sys

from sqlalchemy import text

from chassis import relay

SECONDS = float(os.environ.get("LATE_SECONDS", "0.3"))
LATE = f"(SELECT * FROM outbox WHERE created_at < clock_timestamp() - interval '{SECONDS} seconds') AS outbox"


def main(arguments: list[str]) -> int:
    known = str(relay.NEXT)
    assert known.count("FROM outbox") == 1, known
    relay.NEXT = text(known.replace("FROM outbox", f"FROM {LATE}"))
    relay.POLL_SECONDS = SECONDS / 2  # s; the word of a new event comes too early
    return process.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
