"""A private RabbitMQ from installed binaries: own node, own ports for clients, distribution and the port mapper."""

import hashlib
import os
import shutil
import signal
from pathlib import Path

from deploy.local import logins, ports
from deploy.local.private import PrivateServer
from deploy.local.problem import CannotStart

USER = "dossier"
# Debian's command of this name refuses everybody but root and rabbitmq, and moves the log away: the plain script first.
SCRIPTS = [
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "/opt/homebrew/sbin/rabbitmq-server",
    "/usr/local/sbin/rabbitmq-server",
]
ERLANG = (
    "+S 2:2 +SDcpu 1:1 +SDio 2 +A 2 "  # one small broker needs no thread per core
    "-kernel inet_dist_use_interface {127,0,0,1}"
)


def server_script() -> Path | None:
    """Find the script that runs RabbitMQ as whoever calls it, with the Erlang it needs."""
    if shutil.which("erl") is None:
        return None
    for script in SCRIPTS:
        if os.access(script, os.X_OK):
            return Path(script)
    on_path = shutil.which("rabbitmq-server")
    return Path(on_path) if on_path else None


class RabbitMQ(PrivateServer):
    NAME = "RabbitMQ"
    USER = "rabbitmq"
    PORTS = ("amqp", "distribution", "epmd")
    STOP = signal.SIGTERM
    START_TIMEOUT = 120  # a busy machine took 46

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{self.password}@{ports.HOST}:{self.port}/"

    def _prepare(self) -> None:
        if not self._proven.is_file():  # interrupted before it had made its user, it would never make it
            shutil.rmtree(self.folder / "mnesia", ignore_errors=True)
        (self.folder / "enabled_plugins").write_text("[].\n")
        (self.folder / "env.conf").write_text("")
        # The user is made with the first start's data; the password stays, so this stays true.
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = {ports.HOST}:{self.port}\n"
            f"default_user = {USER}\n"
            f"default_pass = {self.password}\n"
            "default_user_tags.administrator = true\n"
            "vm_memory_high_watermark.absolute = 512MB\n"
            "disk_free_limit.absolute = 50MB\n"
            "log.console = true\n"
            "log.console.level = warning\n"
            "log.file = false\n"
        )
        for name in ("mnesia", "log"):
            (self.folder / name).mkdir(exist_ok=True)
        if self.user:
            for path in self.folder.iterdir():
                os.chown(path, self.user.uid, self.user.gid)
        (self.folder / "rabbitmq.conf").chmod(0o600)

    def _commands(self) -> list[list[str]]:
        script = server_script()
        epmd = shutil.which("epmd")
        if script is None or epmd is None:
            raise CannotStart("RabbitMQ's binaries are gone. Install them: apt-get install rabbitmq-server")
        # Erlang would start the port mapper as a daemon of its own; ours stays on the leash.
        return [[epmd, "-port", str(self.ports["epmd"]), "-address", ports.HOST], [str(script)]]

    def _environment(self) -> dict[str, str]:
        node = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        folder = self.folder
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(self.ports["epmd"]),
            "ERL_EPMD_ADDRESS": ports.HOST,
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_NODENAME": f"dossier-{node}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": ports.HOST,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.ports["distribution"]),
            "RABBITMQ_BASE": str(folder),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG,
            # Without these two the script stays between us and the server, and turns our signals into its own.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_START_ARGS": "-noinput",
        }

    def _fault(self) -> str | None:
        if ports.is_free(self.port):
            return "it does not listen yet"
        fault = logins.broker_fault(self.url)
        if fault is None:
            self._proven.touch()
        return fault

    @property
    def _proven(self) -> Path:
        return self.folder / "initialised"
