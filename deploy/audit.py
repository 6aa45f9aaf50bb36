"""`python -m deploy.audit [--accept]`: what is known against our dependencies, and whether a secret got into the code.

`--accept` writes what looks like a secret and is none into .secrets.json, to be read and committed.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.local.services import ROOT

LOCK = ROOT / "requirements.lock"
ACCEPTED = ROOT / ".secrets.json"
# Words such as "password" are everywhere here; keys, tokens, URLs with passwords and what looks random are looked for.
SCAN = ["--disable-plugin", "KeywordDetector", "--exclude-files", r"requirements\.lock|\.secrets\.json|/vendor/|\.po$"]
FOUND, UNKNOWN = 1, 2


def vulnerabilities() -> int:
    """Ask PyPI about every version in the lock; status FOUND or UNKNOWN unless all are known to be without."""
    command = [_tool("pip-audit"), "--require-hashes", "--disable-pip", "-r", str(LOCK)]
    done = subprocess.run(
        [*command, "--format=json", "--progress-spinner=off"], capture_output=True, text=True, check=False
    )
    try:
        dependencies: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(f"PyPI was not reached: {(done.stderr.strip() or 'no reason given').splitlines()[-1]}")
        return UNKNOWN
    skipped = [one["name"] for one in dependencies if "skip_reason" in one]
    for one in dependencies:
        for flaw in one.get("vulns", []):
            print(
                f"{one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'none'}"
            )
    print(f"{len(dependencies) - len(skipped)} dependencies asked about, {len(skipped)} that PyPI told nothing of")
    if any(one.get("vulns") for one in dependencies):
        return FOUND
    return UNKNOWN if skipped else 0


def secrets(*, accept: bool) -> int:
    """Look through every file that git knows; status FOUND for what is not accepted."""
    done = subprocess.run(
        [_tool("detect-secrets"), "scan", *SCAN], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = {
        f"{file} {one['hashed_secret']}": (file, one["line_number"], one["type"])
        for file, several in json.loads(done.stdout)["results"].items()
        for one in several
    }
    if accept:
        ACCEPTED.write_text(json.dumps(sorted(found), indent=1) + "\n")
    accepted = set(json.loads(ACCEPTED.read_text()))
    fresh = [place for key, place in found.items() if key not in accepted]
    for file, line, kind in fresh:
        print(f"{file}:{line}: looks like a secret ({kind})")
    print(f"{len(fresh)} new among {len(found)} things that look like secrets")
    return FOUND if fresh else 0


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def main(arguments: list[str]) -> int:
    return max(secrets(accept="--accept" in arguments), vulnerabilities())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
