import json
import os
import signal
import socket
import stat
import subprocess
import sys

import psutil
import pytest

from chassis.blobs import Blobs
from chassis.config import Settings
from deploy.local import env, ports, reset, run
from deploy.local.children import Child, answers, reachable
from deploy.local.home import Home
from deploy.local.problem import CannotStart
from deploy.local.supervisor import Supervisor
from tests.stack import until

READY = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""


class TestHome:
    def test_is_held_by_one_system_at_a_time(self, home):
        holder = rf"already \(process {os.getpid()}\)"
        with home.taken(), pytest.raises(CannotStart, match=holder), Home(home.folder).taken():
            pass

        with Home(home.folder).taken():
            pass

    def test_publishes_only_while_held_and_only_to_us(self, home):
        with home.taken():
            home.publish({"AMQP_URI": "amqp://x"})
            mode = stat.S_IMODE((home.folder / "env.json").stat().st_mode)

            assert Home(home.folder).published() == {"AMQP_URI": "amqp://x"}
            assert mode == 0o600

        assert Home(home.folder).published() is None

    def test_does_not_publish_what_a_killed_system_left(self, home):
        home.folder.mkdir()
        (home.folder / "lock").touch()
        (home.folder / "env.json").write_text('{"AMQP_URI": "amqp://gone"}')

        assert home.published() is None

    def test_a_command_beside_no_system_says_how_to_start_one(self, home, monkeypatch):
        monkeypatch.delenv("AMQP_URI", raising=False)

        with pytest.raises(CannotStart, match="make run"):
            env.settings(home)

    def test_forgets_everything_wherever_it_had_to_live(self, home, tmp_path):
        moved = tmp_path / "elsewhere" / "postgres"
        moved.mkdir(parents=True)
        (moved / "row").touch()
        home.servers.mkdir(parents=True)
        (home.servers / "postgres").symlink_to(moved)
        home.remember(sample="x")
        run.own_blobs(home)

        with home.taken():
            reset.forget(home)

        assert not moved.parent.exists()
        assert [entry.name for entry in home.folder.iterdir()] == ["lock"]

    @pytest.fixture
    def home(self, tmp_path):
        return Home(tmp_path / ".run")


class TestRun:
    @pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "8000.5"])
    def test_refuses_what_is_no_port(self, port):
        with pytest.raises(CannotStart, match=f"DOSSIER_PORT={port} is not a port"):
            run.chosen_port({"DOSSIER_PORT": port}, ports.HOST)

    def test_names_the_setting_when_the_port_is_taken(self):
        with socket.create_server((ports.HOST, 0)) as taken:
            number = taken.getsockname()[1]
            with pytest.raises(CannotStart, match=rf"Port {number} .* DOSSIER_PORT=\d+ make run"):
                run.chosen_port({"DOSSIER_PORT": str(number)}, ports.HOST)

    def test_says_how_to_sign_in(self, tmp_path):
        home = Home(tmp_path)
        home.sample.write_text(json.dumps({"sign_ins": [{"role": "owner", "email": "a@b.com", "password": "x"}]}))

        assert run.sign_ins(home) == " - sign in as owner a@b.com / x"

    def test_keeps_files_where_only_we_read_them(self, tmp_path):
        home = Home(tmp_path / "with space" / ".run")

        place = run.own_blobs(home)

        Blobs(Settings(blobs=place)).create("a", b"1")
        assert (home.blobs / "a").read_bytes() == b"1"
        assert stat.S_IMODE(home.blobs.stat().st_mode) == 0o700


class TestChildren:
    def test_a_dead_process_is_started_again_and_all_end_at_the_stop(self, children, progress):
        supervisor = Supervisor(children, progress)
        supervisor.start()
        supervisor.wait_until_ready()
        first, pids = children[0].pid, []

        os.kill(first, signal.SIGKILL)
        until(lambda: supervisor.look() or (children[0].pid != first and children[0].is_ready()), 20)
        pids = [child.pid for child in children]
        supervisor.stop()

        assert [pid for pid in pids if psutil.pid_exists(pid)] == []

    def test_gives_up_on_one_that_never_starts_and_shows_its_log(self, tmp_path, progress):
        child = Child(
            "broken",
            [sys.executable, "-c", "raise SystemExit('no such setting')"],
            os.environ,
            tmp_path / "log",
            "http://127.0.0.1:1",
        )
        supervisor = Supervisor([child], progress)
        supervisor.start()

        with pytest.raises(CannotStart, match=r"(?s)broken ends as soon as it starts.*no such setting"):
            supervisor.wait_until_ready()

    def test_is_told_to_end_when_we_die(self):
        script = (
            "import subprocess, sys, os\n"
            "from deploy.local.processes import tied\n"
            "child = subprocess.Popen(tied([sys.executable, '-c', 'import signal; signal.pause()']))\n"
            "print(child.pid, flush=True)\n"
            "os.kill(os.getpid(), 9)\n"
        )
        parent = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=30)

        until(lambda: not is_alive(int(parent.stdout)), 10)

    def test_reaches_a_server_on_every_address_by_loopback(self):
        assert reachable("0.0.0.0", 80) == "http://127.0.0.1:80"
        assert reachable("::", 80) == "http://[::1]:80"
        assert reachable("localhost", 80) == "http://localhost:80"

    def test_is_not_ready_where_nobody_answers(self):
        assert not answers(f"http://127.0.0.1:{ports.free_ports(1)[0]}")

    @pytest.fixture
    def children(self, tmp_path):
        made = []
        for name, port in zip(["first", "gateway"], ports.free_ports(2), strict=True):
            command = [sys.executable, "-c", READY, str(port)]
            made.append(Child(name, command, os.environ, tmp_path / name, f"http://127.0.0.1:{port}"))
        yield made
        for child in made:
            child.kill()


def is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class TestPorts:
    def test_are_different_free_and_never_those_of_outgoing_connections(self):
        found = ports.free_ports(20)

        assert len(set(found)) == 20
        assert all(20_000 <= port < 32_768 and ports.is_free(port) for port in found)

    def test_a_listener_takes_its_port(self):
        with socket.create_server((ports.HOST, 0)) as taken:
            assert not ports.is_free(taken.getsockname()[1])
