"""`python -m bench.faults`: twenty minutes of faults; its numbers go into docs/faults.md."""

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path

from bench.faults import report
from bench.faults.run import Size, run
from bench.faults.world import world
from bench.report import write
from chassis import logs
from deploy.local.problem import CannotStart
from deploy.local.progress import Progress
from deploy.local.services import ROOT

PAGE, PICTURE = ROOT / "docs" / "faults.md", ROOT / "docs" / "pictures" / "faults.svg"
SHOWN = 20  # findings that are printed


def main(arguments: list[str]) -> int:
    """Run it; 1 where anything is lost, doubled or in disagreement."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--old", metavar="REF", help="begin with the code of this commit, and upgrade meanwhile")
    parser.add_argument("--dry", action="store_true", help=f"leave {PAGE.name} as it is")
    asked = parser.parse_args(arguments)
    logs.setup("run", "CRITICAL")
    progress, began = Progress(), time.monotonic()

    def say(text: str) -> None:
        progress.line(f"[{time.monotonic() - began:5.0f} s] {text}")

    say(f"seed {asked.seed}")
    with tempfile.TemporaryDirectory(prefix="dossier-ledger-") as folder:
        try:
            with world(asked.old, say) as made:
                story = run(made, Size(asked.minutes * 60), asked.seed, say, Path(folder) / "ledger.json")
        except CannotStart as problem:
            print(problem, file=sys.stderr)
            return 1
    print(report.table(story))
    for fault in story.faults[:SHOWN]:
        print(fault, file=sys.stderr)
    if story.faults:
        print(f"{len(story.faults)} findings; again: --seed {asked.seed}", file=sys.stderr)
    elif not asked.dry:
        write(PAGE, report.table(story), report.BEGIN, report.END)
        PICTURE.write_text(report.picture(story), encoding="utf-8")
    return bool(story.faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
