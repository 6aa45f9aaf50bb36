"""Servers and the whole system for every test, found or started as `make run` does it."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from deploy.local import ports
from deploy.local.problem import CannotStart
from deploy.local.progress import Progress
from deploy.local.servers import BROKER, DATABASE, Servers, find
from tests.collector import Collector
from tests.listening import Listener
from tests.mail import Dovecot, Smtp, dovecot_or_skip
from tests.stack import Stack, drop_databases, migrate, namespace, settings

# A service's own database may hold somebody's data: tests use only a server, and databases they make on it.
NAMED = {key: os.environ[key] for key in ("AMQP_URI", "DATABASE_URL") if os.environ.get(key)}


# A machine that stalls for a moment is no failure.
hypothesis.settings.register_profile("dossier", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("dossier")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--forget-firms", action="store_true", help="Run services none of whose queries names the firm.")
    parser.addoption("--late-events", action="store_true", help="Run services that publish every event a moment late.")
    parser.addoption("--late-scripts", action="store_true", help="Let every answer to a browser be a moment late.")


def pytest_configure(config: pytest.Config) -> None:
    worker, workers = os.environ.get("PYTEST_XDIST_WORKER", "gw0"), os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")
    ports.RANGE = ports.RANGE[int(worker.removeprefix("gw")) :: int(workers)]  # none that another picks, too
    if config.getoption("--forget-firms"):
        Stack.RUNNER = "tests.forgetful"
    elif config.getoption("--late-events"):
        Stack.RUNNER = "tests.late"
        os.environ["LATE_SECONDS"] = "1"  # longer than a busy machine takes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first: where two work side by side, neither waits at the end for one such file."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)  # stable: otherwise as they were


def _start(folder: Path, environ: dict[str, str], *names: str) -> Servers:
    try:
        return find(folder, environ, Progress(), names=names, durable=False)
    except CannotStart as problem:
        pytest.exit(f"The tests need {' and '.join(names)}. {problem}", returncode=3)


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder that goes at the end, and that the users of private servers can reach, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="dossier-tests-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def database_server(folder: Path) -> Iterator[Servers]:
    with _start(folder / "shared", NAMED, DATABASE) as servers:
        yield servers


@pytest.fixture(scope="session")
def broker_server(folder: Path) -> Iterator[Servers]:
    with _start(folder / "shared", NAMED, BROKER) as servers:
        yield servers


@pytest.fixture(scope="session")
def servers(database_server: Servers, broker_server: Servers) -> Servers:
    """PostgreSQL and RabbitMQ for every test that breaks neither."""
    return Servers([*database_server.found, *broker_server.found])


@pytest.fixture(scope="session")
def postgres_url(database_server: Servers) -> str:
    """A PostgreSQL server, named by its maintenance database; needs no broker."""
    return database_server[DATABASE].url


@pytest.fixture(scope="session")
def amqp_uri(broker_server: Servers) -> str:
    return broker_server[BROKER].url


@pytest.fixture(scope="session")
def database_url(postgres_url: str) -> Iterator[Callable[[str], str]]:
    """`database_url("accounts")`: the URL of a service's database, made and migrated at the first call."""
    prefix = namespace()
    environment = settings({"DATABASE_URL": postgres_url}, prefix)
    server, _, _ = postgres_url.rpartition("/")
    made: set[str] = set()

    def url(service: str) -> str:
        if service not in made:
            migrate(environment, service)
            made.add(service)
        return f"{server}/{prefix}_{service}"

    yield url
    drop_databases(postgres_url, prefix)


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """What traces of the shared system are handed to."""
    with Collector() as running:
        yield running


@pytest.fixture(scope="session")
def stack(servers: Servers, folder: Path, collector: Collector) -> Iterator[Stack]:
    """The whole system, shared by every test that leaves it running; all it ever tells is as AsyncAPI says.

    Its processes trace only what a caller traces, as the gateway of the tests of traces does.
    """
    extra = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_TRACES_SAMPLER_ARG": "0"}
    with Stack(servers, folder / "logs", extra) as running:
        with Listener(running.env) as listener:
            yield running
        faults = listener.faults()
        assert faults == [], "\n".join(["events differ from /v1/asyncapi.json:", *faults])


def _private_stacks() -> Iterator[Callable[..., Stack]]:
    systems: list[Stack] = []
    folders: list[Path] = []

    def start(**extra: str) -> Stack:
        path = Path(tempfile.mkdtemp(prefix="dossier-private-"))
        path.chmod(0o711)
        folders.append(path)
        system = Stack(_start(path, {}, DATABASE, BROKER), path / "logs", extra)
        systems.append(system)
        return system.__enter__()

    yield start
    for system in systems:
        system.close()
        system.servers.close()
    for path in folders:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def private_stack() -> Iterator[Callable[..., Stack]]:
    """`private_stack()`: a system on servers of its own, for tests that kill either; keywords are extra settings."""
    yield from _private_stacks()


@pytest.fixture(scope="module")
def module_private_stack() -> Iterator[Callable[..., Stack]]:
    """The same for all tests of a module."""
    yield from _private_stacks()


@pytest.fixture(scope="session")
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """A real IMAP server, installed at need; skips where there can be none."""
    with dovecot_or_skip(folder / "dovecot") as server:
        yield server


@pytest.fixture(scope="session")
def smtp_server(folder: Path) -> Iterator[Smtp]:
    with Smtp(folder / "smtp") as server:
        yield server


@pytest.fixture
def smtp(smtp_server: Smtp) -> Smtp:
    """A real SMTP server that misbehaves when it is told to, and has accepted nothing yet."""
    smtp_server.forget()
    return smtp_server
