import signal
import socket
import subprocess
import sys
import threading

import kombu
import psutil
import psycopg
import pytest

from chassis import migrate
from deploy.local import logins, ports, postgres, rabbitmq
from deploy.local.postgres import Postgres
from deploy.local.problem import CannotStart
from deploy.local.rabbitmq import RabbitMQ
from deploy.local.services import ROOT
from tests.stack import until

STARTS_ONE_AND_WAITS = """
import sys, pathlib, signal
from deploy.local.postgres import Postgres
server = Postgres(pathlib.Path(sys.argv[1]), durable=False)
server.start()
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it
print(server.pid, flush=True)
signal.pause()
"""


@pytest.fixture(scope="module")
def server(folder):
    needs(postgres.binaries())
    server = Postgres(folder / "own" / "postgres", durable=False)
    server.start()
    yield server
    server.close()


class TestPostgres:
    def test_lets_in_a_role_that_row_level_security_binds(self, server):
        with psycopg.connect(server.url) as connection:
            rights = connection.execute(
                "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            encoding = connection.execute("SHOW server_encoding").fetchone()

        assert rights == (False, False, True)
        assert encoding == ("UTF8",)

    def test_refuses_a_wrong_password(self, server):
        wrong = server.url.replace(server.password, "wrong")

        assert "password authentication failed" in logins.database_fault(wrong)

    def test_keeps_acknowledged_rows_and_its_address_when_killed(self, server):
        url = server.url
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TEMP TABLE ignored (id int)")
        with psycopg.connect(server.admin_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
            connection.execute("INSERT INTO kept VALUES (7)")

        server.kill()
        assert logins.database_fault(url) is not None
        server.start()

        assert server.url == url
        with psycopg.connect(server.admin_url) as connection:
            assert connection.execute("SELECT id FROM kept").fetchall() == [(7,)]

    def test_a_database_is_dropped_while_the_server_cleans_it_up(self, server):
        """What autovacuum does there is not ours to force out."""
        url = server.url.replace("/postgres", "/untidy")
        migrate.create_database(url)
        with psycopg.connect(server.admin_url, autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET autovacuum_naptime = 1")
            admin.execute("SELECT pg_reload_conf()")
            with psycopg.connect(url, autocommit=True) as connection:
                slowly = "WITH (autovacuum_vacuum_cost_delay = 100)"
                connection.execute(f"CREATE TABLE untidy {slowly} AS SELECT FROM generate_series(1, 500000)")
                connection.execute("DELETE FROM untidy")
            at_work = "SELECT 1 FROM pg_stat_activity WHERE datname = 'untidy' AND backend_type = 'autovacuum worker'"
            until(lambda: admin.execute(at_work).fetchone())

            migrate.drop_database(url)

            admin.execute("ALTER SYSTEM RESET autovacuum_naptime")
            admin.execute("SELECT pg_reload_conf()")
            assert admin.execute("SELECT 1 FROM pg_database WHERE datname = 'untidy'").fetchone() is None

    def test_waits_for_its_port_when_a_killed_process_lets_go_of_it_late(self, server):
        server.kill()
        late = socket.socket()
        late.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        late.bind((ports.HOST, server.port))
        late.listen(1)
        threading.Timer(0.3, late.close).start()

        server.start()

        assert logins.database_fault(server.url) is None

    def test_leaves_no_process_when_stopped(self, folder):
        server = Postgres(folder / "stopped" / "postgres", durable=False)
        server.start()
        processes = family(server.pid)

        server.stop()

        assert len(processes) > 3
        assert alive(processes) == []

    def test_gives_up_a_remembered_port_that_somebody_took(self, folder):
        where = folder / "taken" / "postgres"
        first = Postgres(where, durable=False)
        first.start()
        first.stop()

        with socket.create_server(("127.0.0.1", first.port)):
            second = Postgres(where, durable=False)
            second.start()
        second.stop()

        assert second.port != first.port

    def test_says_so_when_its_promised_port_was_taken_while_it_was_down(self, folder):
        server = Postgres(folder / "promised" / "postgres", durable=False)
        server.start()
        server.stop()

        with socket.create_server(("127.0.0.1", server.port)), pytest.raises(CannotStart) as problem:
            server.start()

        assert "PostgreSQL did not start" in str(problem.value)

    def test_makes_half_made_data_anew(self, folder):
        where = folder / "half" / "postgres"
        server = Postgres(where, durable=False)
        (server.folder / "data").mkdir()
        (server.folder / "data" / "PG_VERSION").write_text("15\n")

        server.start()
        server.stop()

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_ends_with_the_process_that_started_it(self, folder, number):
        where = folder / f"orphan-{number}" / "postgres"
        parent = subprocess.Popen(
            [sys.executable, "-c", STARTS_ONE_AND_WAITS, str(where)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        processes = family(int(parent.stdout.readline()))

        parent.send_signal(number)
        parent.communicate()

        assert len(processes) > 3
        until(lambda: not alive(processes), 30)

    def test_ends_with_its_leash(self, folder):
        server = Postgres(folder / "unleashed" / "postgres", durable=False)
        server.start()
        processes = family(server.pid)

        psutil.Process(server.pid).kill()

        until(lambda: not alive(processes[1:]), 30)
        server.close()


@pytest.mark.slow
class TestRabbitMQ:
    def test_keeps_persistent_messages_and_its_address_when_killed_and_leaves_no_process(self, folder):
        needs(rabbitmq.server_script())
        server = RabbitMQ(folder / "own" / "rabbitmq", durable=False)
        server.start()
        url = server.url
        assert "wrong user or password" in logins.broker_fault(url.replace(server.password, "wrong"))
        put(url, "kept")

        server.kill()
        assert logins.broker_fault(url) is not None
        server.start()

        assert server.url == url
        assert take(url) == "kept"
        processes = family(server.pid)
        server.stop()
        assert {"beam.smp", "epmd"} <= {name for _, name in processes}
        assert alive(processes) == []


def needs(binaries):
    if binaries is None:
        pytest.skip("the server is not installed here")


def family(pid):
    process = psutil.Process(pid)
    return [(one, one.name()) for one in [process, *process.children(recursive=True)]]


def alive(processes):
    return [name for one, name in processes if _status(one) != psutil.STATUS_ZOMBIE]


def _status(process):
    """Of who ends while they are asked, too."""
    try:
        return process.status() if process.is_running() else psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return psutil.STATUS_ZOMBIE


def put(url, text):
    with kombu.Connection(url, transport_options={"confirm_publish": True}) as connection:
        queue = connection.SimpleQueue("kept", queue_opts={"durable": True})
        queue.put(text, delivery_mode=2)
        queue.close()


def take(url):
    with kombu.Connection(url) as connection:
        queue = connection.SimpleQueue("kept", queue_opts={"durable": True})
        message = queue.get(timeout=5)
        message.ack()
        queue.close()
        return message.payload
