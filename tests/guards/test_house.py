"""The house rules that a program can check."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.errors import ERRORS
from deploy.local.services import ROOT, service_names
from gateway import routes

ROOMS = ["chassis", "contracts", "services", "gateway", "deploy", "bench"]
SOURCES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts]
LONGEST = 300  # lines; a longer room becomes a package
LONGEST_CONTRACT = 550  # all that others may know of an owner stays on one page


def lines_with(pattern: str, *, outside: tuple[str, ...] = ()) -> list[str]:
    found = []
    for path in SOURCES:
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(outside):
            continue
        found += [f"{name}: {line.strip()}" for line in path.read_text().splitlines() if re.search(pattern, line)]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_is_small_enough_to_read(path: Path):
    longest = LONGEST_CONTRACT if path.parent.name == "contracts" else LONGEST
    assert len(path.read_text().splitlines()) <= longest


def test_transactions_end_in_one_place():
    assert (
        lines_with(
            r"\.(commit|rollback)\(\)", outside=("chassis/db.py", "chassis/migrate.py", "chassis/testing.py", "bench/")
        )
        == []
    )


def test_http_stays_in_the_gateway():
    outside = ("gateway/", "bench/", "deploy/", "chassis/run.py", "services/quickbooks/client/")  # speaks Intuit's API
    assert lines_with(r"\b(status_code|HTTPStatus|starlette|application/problem)\b", outside=outside) == []


def test_no_error_tells_something_by_a_name_that_an_http_problem_takes():
    """What is called `status` in an error's data would not reach whoever called by HTTP (RFC 9457)."""
    assert routes.ROUTES  # importing them has registered every contract's errors
    kinds = "|".join(kind.__name__ for kind in ERRORS.values())
    assert lines_with(rf"\b({kinds})\(.*\b(type|title|status|detail|instance)=") == []


def test_green_threads_stay_behind_their_doors():
    """A successor of eventlet has little to move (design.md §8)."""
    doors = ("chassis/", "services/identity/service.py", "services/identity/signing_in.py", "services/overview/")
    assert lines_with(r"^\s*(import|from) eventlet", outside=doors) == []


def test_the_gateway_runs_without_green_threads():
    code = "import sys, gateway.app; sys.exit('eventlet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_service_at_rest_carries_nothing_it_does_not_use():
    """Migrating, pictures and files cost megabytes that only those who come to them should pay."""
    code = (
        "import sys; from chassis.topology import service_class;"
        " [service_class(name) for name in sys.argv[1:]];"
        " print(*sorted({'alembic', 'PIL', 'obstore', 'pypdf', 'reportlab', 'typer'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", code, *service_names()]
    loaded = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)

    assert loaded.stdout.strip() == ""


def test_nothing_is_left_for_later_without_a_number():
    assert lines_with(r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))") == []


def test_the_lock_names_no_host():
    assert re.findall(r"https?://\S+", (ROOT / "requirements.lock").read_text()) == []
