"""CPU time is counted for a process and all it starts, ended children included, and for nobody else."""

import subprocess
import sys
import time

import pytest

from bench.cpu import Parts, name_of, spent

BURN = """
import subprocess, sys, time
def burn(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until: pass
print("ready", flush=True)
for line in sys.stdin:
    if line.startswith("child"):
        subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 0.4: pass"], check=True)
    else:
        burn(0.4)
    print("done", flush=True)
"""


@pytest.fixture
def burner():
    """A process that burns 0.4 s of CPU when told, itself or in a child that has ended by then."""
    process = subprocess.Popen(
        [sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout.readline() == "ready\n"

    def tell(what):
        process.stdin.write(f"{what}\n")
        assert process.stdout.readline() == "done\n"

    process.tell = tell
    yield process
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


@pytest.mark.parametrize("who", ["self", "child"])
def test_what_a_process_or_its_ended_child_used_is_counted(burner, who):
    parts = Parts({"burner": burner.pid})
    before = parts.seconds()

    burner.tell(who)

    assert 350 < spent(before, parts.seconds())["burner"] < 1500


def test_a_resting_process_costs_nothing_whatever_others_do(burner):
    parts = Parts({"burner": burner.pid})
    before = parts.seconds()

    until_used = time.process_time() + 0.3
    while time.process_time() < until_used:
        pass

    assert spent(before, parts.seconds())["burner"] < 50


def test_memory_is_in_megabytes(burner):
    assert 3 < Parts({"burner": burner.pid}).resident()["burner"] < 100


def test_a_process_that_is_gone_counts_nothing():
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait(20)

    assert Parts({"gone": process.pid}).seconds() == {"gone": 0}
    assert name_of(process.pid) == f"process ({process.pid})"


def test_services_are_called_by_their_name(tmp_path):
    module = tmp_path / "chassis" / "run.py"
    module.parent.mkdir()
    module.write_text("print('up', flush=True)\ninput()\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "chassis.run", "work"], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout.readline() == b"up\n"
        assert name_of(process.pid) == f"work ({process.pid})"
    finally:
        process.communicate(b"\n", timeout=10)
