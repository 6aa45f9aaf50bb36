"""`python -m tests.deploy.rehearsal`: build deploy/Dockerfile, run what deploy/compose.yaml names, without an engine.

For machines that have none. Each layer is an overlay, each RUN a chroot, each container a chroot with a root that is
read-only, as the image's user, with the environment of compose. What stands in for `python:3.11-slim-bookworm` is this
machine's own Debian and Python; RabbitMQ and PostgreSQL are private servers, the network is the host's, and limits of
memory are not set. Needs root, Linux, and an index of packages; takes two minutes.
"""

import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from deploy.image import secrets as making
from deploy.local import logins, ports
from deploy.local.progress import Progress
from deploy.local.servers import BROKER, DATABASE, find
from deploy.local.services import ROOT, service_names
from tests.deploy.composing import environment, project

FILE = ROOT / "deploy" / "Dockerfile"
USER = "10001"
HIDDEN = (ROOT, Path("/root"), Path("/home"))  # nothing of the host's but its system
READY_SECONDS = 600.0  # every process imports at once, perhaps on a busy machine
INSTRUCTION = re.compile(r"^([A-Z]+) (.*)$", re.DOTALL)


def index() -> dict[str, str]:
    """Where this machine finds packages."""
    return {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTP", "NO_PROXY"))}


def run(*words: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, check=True, text=True, **options)


class Stage:
    """One stage: its layers, the newest first, and its settings."""

    def __init__(self, builder: "Builder", parent: "Stage | None", name: str) -> None:
        self.builder = builder
        self.layer = builder.folder / name
        self.layers = [self.layer, *(parent.layers if parent else [])]
        self.env = dict(parent.env) if parent else {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        self.workdir = parent.workdir if parent else "/"
        self.user = parent.user if parent else ""
        self.entrypoint = parent.entrypoint if parent else []
        self.root = builder.folder / f"{name}.root"
        for folder in (self.layer, self.root):
            folder.mkdir()
        self.mount()

    def mount(self) -> None:
        work = self.builder.folder / f"{self.layer.name}.work"
        work.mkdir()
        lower = ":".join(str(path) for path in [*self.layers[1:], Path("/")])
        options = f"lowerdir={lower},upperdir={self.layer},workdir={work}"
        run("mount", "-t", "overlay", "overlay", "-o", options, str(self.root))
        for hidden in HIDDEN:
            (self.root / hidden.relative_to("/")).mkdir(parents=True, exist_ok=True)
            run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", f"{self.root}{hidden}")
        run("mount", "--bind", "/dev", f"{self.root}/dev")
        run("mount", "--bind", "/proc", f"{self.root}/proc")

    def apply(self, word: str, rest: str) -> None:
        match word:
            case "WORKDIR":
                self.workdir = rest
                self.inside(rest).mkdir(parents=True, exist_ok=True)
            case "ENV":
                for pair in shlex.split(rest):
                    name, _, value = pair.partition("=")
                    self.env[name] = value.replace("$PATH", self.env["PATH"])
            case "USER":
                self.user = rest
            case "ENTRYPOINT":
                self.entrypoint = json.loads(rest)
            case "RUN":
                run("chroot", str(self.root), "/bin/sh", "-ec", f"cd {self.workdir}; {rest}", env=self.env | index())
            case "COPY":
                self.copy(rest.split())
            case "EXPOSE" | "HEALTHCHECK":
                pass  # told to the engine; nothing is made of them
            case _:
                raise ValueError(f"an instruction that the rehearsal does not know: {word} {rest}")

    def copy(self, words: list[str]) -> None:
        source = ROOT
        if words[0].startswith("--from="):
            source = self.builder.stages[words.pop(0).removeprefix("--from=")].root
        *sources, target = words
        goal = self.inside(target)
        for one in sources:
            found = source / one.lstrip("/")
            if found.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.pyc") if source is ROOT else None
                shutil.copytree(found, goal, symlinks=True, dirs_exist_ok=True, ignore=ignored)
            else:
                goal.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, goal)

    def inside(self, path: str) -> Path:
        return self.root / (Path(self.workdir) / path).relative_to("/")

    def seal(self) -> None:
        """From here on nothing can be written but to /tmp and the folders of volumes."""
        run("mount", "-o", "remount,ro", str(self.root))
        for volume in ("tmp", "files", "mails", "books"):
            run("mount", "-t", "tmpfs", "-o", f"mode=700,uid={USER},gid={USER}", "tmpfs", str(self.root / volume))

    def size(self) -> int:
        """Bytes of what the image adds to its base."""
        paths = [path for layer in self.layers[:-1] for path in layer.rglob("*")]
        return sum(path.lstat().st_size for path in paths if path.is_file() and not path.is_symlink())

    def start(self, command: list[str], settings: dict[str, str], **options: Any) -> "subprocess.Popen[str]":
        line = [*self.entrypoint, *command]
        confined = ["setpriv", "--no-new-privs", "chroot", f"--userspec={self.user}", str(self.root)]
        inside = ["/bin/sh", "-ec", f"cd {self.workdir}; exec {shlex.join(line)}"]
        return subprocess.Popen([*confined, *inside], env={**self.env, **settings}, text=True, **options)


class Builder:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stages: dict[str, Stage] = {}

    def build(self) -> None:
        text = re.sub(r"^#.*\n", "", FILE.read_text(), flags=re.MULTILINE)
        for line in re.sub(r"\\\n", " ", text).splitlines():
            found = INSTRUCTION.match(line)
            if not found:
                continue
            word, rest = found.groups()
            if word == "FROM":
                base, _, name = rest.split()
                stage = self.stages[name] = Stage(self, self.stages.get(base), name)
                if base not in self.stages:
                    self.stand_in(stage)
                continue
            began = time.monotonic()
            stage.apply(word, rest)
            if word == "RUN":
                print(f"{name}: RUN {rest[:60]}… {time.monotonic() - began:.1f} s", flush=True)

    def stand_in(self, stage: Stage) -> None:
        """Put Python where the official image has it."""
        target = stage.root / "usr/local"
        packages = Path(sysconfig.get_path("purelib", vars={"base": sys.base_prefix}))

        def left_out(folder: str, names: list[str]) -> list[str]:
            ours = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence")
            theirs = [name for name in names if Path(folder) == packages and not name.startswith(ours)]
            return [*theirs, *(name for name in names if name in {"test", "__pycache__"})]

        shutil.copytree(sys.base_prefix, target, symlinks=True, dirs_exist_ok=True, ignore=left_out)
        for script in (target / "bin").iterdir():
            if script.is_file() and not script.is_symlink():
                script.write_bytes(re.sub(rb"\A#!\S+/python\S*", b"#!/usr/local/bin/python3", script.read_bytes()))
        run("chroot", str(stage.root), "ldconfig", env=stage.env)


def main() -> int:
    if "--apart" not in sys.argv:
        os.execvp("unshare", ["unshare", "--mount", sys.executable, "-m", "tests.deploy.rehearsal", "--apart"])
    folder = Path(tempfile.mkdtemp(prefix="dossier-rehearsal-"))
    run("mount", "-t", "tmpfs", "tmpfs", str(folder))  # layers may not lie within what is below them
    try:
        builder = Builder(folder)
        builder.build()
        for name in ("dossier", "workbench"):
            print(f"{name}: {builder.stages[name].size() / 2**20:.0f} MiB on top of its base")
        serve(builder.stages["dossier"], folder)
        play(builder.stages["workbench"])
    finally:
        run("umount", "--recursive", "--lazy", str(folder))
        folder.rmdir()
    return 0


def serve(image: Stage, folder: Path) -> None:
    image.seal()
    known = dict(
        line.split("=", 1)
        for line in making.made(making.TEMPLATE.read_text(), "").splitlines()
        if "=" in line and line[0] != "#"
    )
    with find(folder / "servers", {}, Progress(), durable=False) as servers:
        database = servers[DATABASE].server
        password = known["DATABASE_PASSWORD"] = secrets.token_urlsafe(24)
        make_role(database.admin_url, password)
        compose = project(known)
        taken = ports.free_ports(len(service_names()) + 1)
        address = f"http://127.0.0.1:{taken[-1]}"

        def settings(name: str, port: int) -> dict[str, str]:
            given = environment(compose, name)
            given["AMQP_URI"] = servers[BROKER].url
            given["DATABASE_URL"] = given["DATABASE_URL"].replace("database:5432", f"127.0.0.1:{database.port}")
            return (
                given
                | {"DOSSIER_PORT" if name == "gateway" else "DOSSIER_OPS_PORT": str(port)}
                | ({"DOSSIER_OPS_PORT": ""} if name == "gateway" else {})
            )

        began = time.monotonic()
        assert image.start(["migrate"], settings("migrate", 1)).wait(READY_SECONDS) == 0
        print(f"migrated in {time.monotonic() - began:.1f} s")
        names = [*service_names(), "gateway"]
        given = {name: settings(name, port) for name, port in zip(names, taken, strict=True)}
        log = (folder / "log").open("w")
        running = {
            name: image.start(compose["services"][name]["command"], given[name], stdout=log, stderr=log)
            for name in names
        }
        for name, process in running.items():
            began = time.monotonic()
            while image.start(["ready"], given[name], stdout=subprocess.DEVNULL).wait(READY_SECONDS):
                if process.poll() is not None or time.monotonic() - began > READY_SECONDS:
                    raise SystemExit(f"{name} does not get ready:\n{(folder / 'log').read_text()[-3000:]}")
        print("every process answers its probe")
        sign_in(image, given["identity"], address)
        for name, process in running.items():
            found = psutil.Process(process.pid)
            assert found.uids().real == int(USER), found.uids()
            print(f"{name}: {found.memory_info().rss / 2**20:.0f} MiB, user {found.uids().real}")
        refuse_writing(image)
        for name, process in running.items():
            began = time.monotonic()
            process.terminate()
            print(f"{name}: ended with {process.wait(30)} after {time.monotonic() - began:.1f} s")


def play(image: Stage) -> None:
    """Start what only laptops want, by the words of compose.yaml on other ports."""
    image.seal()
    smtp, pages, books = ports.free_ports(3)
    commands = {
        pages: ["mailbox", "--host=0.0.0.0", f"--smtp-port={smtp}", f"--port={pages}", "--folder=/mails"],
        books: ["quickbooks-simulator", "--host=0.0.0.0", f"--port={books}", "--state=/books/books.json"],
    }
    for port, words in commands.items():
        process = image.start(words, {})
        while image.start(["ready"], {"DOSSIER_OPS_PORT": str(port)}).wait(READY_SECONDS):
            if process.poll() is not None:
                raise SystemExit(f"{words[0]} ended with {process.returncode}")
        process.terminate()
        print(f"{words[0]}: answered, ended with {process.wait(30)}")


def make_role(admin: str, password: str) -> None:
    """What the official image does at its first start: run role.sh as the administrator."""
    parts = logins.urlsplit(admin)
    given = {**os.environ, "PGHOST": str(parts.hostname), "PGPORT": str(parts.port), "PGPASSWORD": str(parts.password)}
    run("psql", "-q", "-c", "DROP ROLE IF EXISTS dossier", "-U", "postgres", "postgres", env=given)
    run(str(ROOT / "deploy/postgres/role.sh"), env=given | {"DATABASE_PASSWORD": password})


def sign_in(image: Stage, settings: dict[str, str], address: str) -> None:
    password = secrets.token_urlsafe(12)
    words = [
        "firm",
        "create-firm",
        "--name",
        "Byron & Co",
        "--owner-name",
        "Ada Byron",
        "--owner-email",
        "ada@example.com",
    ]
    made = image.start([*words, "--password-stdin"], settings, stdin=subprocess.PIPE)
    made.communicate(password + "\n", timeout=READY_SECONDS)
    assert made.returncode == 0
    body = json.dumps({"email": "ada@example.com", "password": password}).encode()
    asked = urllib.request.Request(f"{address}/v1/auth/login", body, {"Content-Type": "application/json"})
    token = json.loads(answered(asked))["token"]
    asked = urllib.request.Request(f"{address}/v1/accounts", headers={"Authorization": f"Bearer {token}"})
    print(f"an owner signed in; GET /v1/accounts: {len(answered(asked))} bytes")


def answered(asked: urllib.request.Request) -> bytes:
    """The answer; asked again where a busy machine was too slow for a call's deadline."""
    began = time.monotonic()
    while True:
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as refused:
            if refused.code not in {503, 504} or time.monotonic() - began > READY_SECONDS:
                raise


def refuse_writing(image: Stage) -> None:
    """The root can't be written, and there is nothing left to install with."""
    for command in (
        "touch /srv/dossier/x",
        "touch /opt/dossier/x",
        "/opt/dossier/bin/python -m pip --version",
        "/usr/local/bin/python3 -m pip --version",
    ):
        confined = ["chroot", f"--userspec={image.user}", str(image.root), "/bin/sh", "-c", command]
        done = subprocess.run(confined, capture_output=True, text=True, check=False)
        assert done.returncode != 0, command
        print(f"{command}: {done.stderr.strip().splitlines()[-1]}")


if __name__ == "__main__":
    sys.exit(main())
