"""`python -m bench.quickbooks`: the great run, on servers of its own; its numbers go into docs/quickbooks.md."""

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path

from bench.quickbooks import report
from bench.quickbooks.storm import Size, run, system
from bench.report import write
from bench.system import private_servers
from chassis import logs
from deploy.local.problem import CannotStart
from deploy.local.progress import Progress
from deploy.local.services import ROOT

PAGE = ROOT / "docs" / "quickbooks.md"
SHOWN = 20  # differences that are printed


def main(arguments: list[str]) -> int:
    """Run it; 1 where both sides differ in anything, or a limit was exceeded."""
    parser = argparse.ArgumentParser(prog="python -m bench.quickbooks", description=__doc__)
    parser.add_argument("--accounts", type=int, default=2000)
    parser.add_argument("--documents", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--patience", type=float, default=3000.0, help="seconds for the whole sync")
    parser.add_argument("--kill-every", type=float, nargs=2, default=(15.0, 45.0), metavar=("FROM", "TO"), help="s")
    parser.add_argument(
        "--webhooks",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="told of what changes, late, twice and out of order",
    )
    parser.add_argument("--dry", action="store_true", help=f"leave {PAGE.name} as it is")
    asked = parser.parse_args(arguments)
    logs.setup("run", "WARNING")
    progress = Progress()
    began = time.monotonic()

    def say(text: str) -> None:
        progress.line(f"[{time.monotonic() - began:5.0f} s] {text}")

    say(f"seed {asked.seed}")
    size = Size(asked.accounts, asked.documents, tuple(asked.kill_every), asked.patience, is_told=asked.webhooks)
    folder = Path(tempfile.mkdtemp(prefix="dossier-run-"))
    folder.chmod(0o711)
    say(f"logs in {folder}")
    try:
        with private_servers(progress) as servers, system(servers, folder) as found:
            story = run(found, size, asked.seed, say, lambda _: None)
    except (CannotStart, TimeoutError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(report.table(story))
    faults = [*story.faults, *story.findings.faults]
    for fault in faults[:SHOWN]:
        print(fault, file=sys.stderr)
    if faults:
        print(f"{len(faults)} differences; again: --seed {asked.seed}", file=sys.stderr)
    elif not asked.dry:
        write(PAGE, report.table(story), report.BEGIN, report.END)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
