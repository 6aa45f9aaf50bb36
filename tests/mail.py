"""Mail servers of the tests' own: a real dovecot, and an SMTP server that misbehaves on demand."""

import imaplib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

import pytest

from deploy.local import ports
from deploy.local.place import is_root, private_folder, server_user
from deploy.local.processes import Held
from tests.stack import until

PACKAGE = "dovecot-imapd"
WHERE = ("/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/opt/homebrew/sbin/dovecot")
PASSWORD = "swordfish"
CONF = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_vsz_limit = 0
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 100
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Verzonden {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def dovecot_binary() -> str | None:
    """Where dovecot is, installed at need where that can be done."""
    found = shutil.which("dovecot") or next((path for path in WHERE if os.access(path, os.X_OK)), None)
    if found is None and is_root() and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for line in ("apt-get update", f"apt-get install -y --no-install-recommends {PACKAGE}"):
            subprocess.run(line.split(), env=environment, capture_output=True, check=False)
        found = shutil.which("dovecot") or next((path for path in WHERE if os.access(path, os.X_OK)), None)
    return found


class Dovecot:
    """An IMAP server on which every user name has a mailbox, with the one password."""

    def __init__(self, binary: str, folder: Path) -> None:
        self.user = server_user("postgres")  # dovecot's own is for the system's; this one we have, and it is not root
        self.folder = private_folder(folder, self.user)
        (self.port,) = ports.free_ports(1)
        self._binary = binary
        self._held = Held(log=self.folder / "dovecot.log", cwd=self.folder, user=self.user, stop_signal=signal.SIGTERM)

    def __enter__(self) -> Self:
        conf = self.folder / "dovecot.conf"
        uid, gid = (self.user.uid, self.user.gid) if self.user else (os.getuid(), os.getgid())
        import grp
        import pwd

        names = {"user": pwd.getpwuid(uid).pw_name, "group": grp.getgrgid(gid).gr_name}
        facts = {"folder": self.folder, "port": self.port, "password": PASSWORD, "uid": uid, "gid": gid, **names}
        conf.write_text(CONF.format(**facts))
        conf.chmod(0o644)
        path = os.environ.get("PATH", os.defpath)
        self._held.start([[self._binary, "-F", "-c", str(conf)]], {"PATH": path, "HOME": str(self.folder)})
        until(lambda: not self._held.is_running or self._answers(), timeout=30)
        assert self._held.is_running, (self.folder / "dovecot.log").read_text()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.kill()

    @property
    def server(self) -> dict[str, object]:
        return {"host": ports.HOST, "port": self.port, "security": "none"}

    def mailbox(self, user: str) -> "Box":
        return Box(self.port, user)

    def _answers(self) -> bool:
        try:
            with imaplib.IMAP4(ports.HOST, self.port, timeout=5) as client:
                client.login("nobody", PASSWORD)
        except (OSError, imaplib.IMAP4.error):
            return False
        return True


class Box:
    """One user's mailbox, as their own mail program has it."""

    SENT = "Verzonden"

    def __init__(self, port: int, user: str) -> None:
        self.port, self.user = port, user

    @contextmanager
    def signed_in(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4(ports.HOST, self.port, timeout=20) as client:
            client.login(self.user, PASSWORD)
            yield client

    def put(self, raw: bytes | EmailMessage, folder: str = "INBOX", flags: str = "") -> None:
        """Let a message arrive."""
        content = raw.as_bytes() if isinstance(raw, EmailMessage) else raw
        with self.signed_in() as client:
            done, said = client.append(folder, flags, None, content)  # type: ignore[arg-type]
            assert done == "OK", said

    def all(self, folder: str = "INBOX") -> list[bytes]:
        with self.signed_in() as client:
            client.select(folder, readonly=True)
            _, (numbers,) = client.search(None, "ALL")
            return [client.fetch(number, "(BODY.PEEK[])")[1][0][1] for number in numbers.split()]

    def flags(self, folder: str = "INBOX") -> bytes:
        with self.signed_in() as client:
            client.select(folder, readonly=True)
            return b" ".join(client.fetch("1:*", "(FLAGS)")[1])

    def recreate(self, folder: str) -> None:
        """Delete a folder and make it anew: another UIDVALIDITY, and UIDs from 1."""
        kept = self.all(folder)
        with self.signed_in() as client:
            assert client.delete(folder)[0] == "OK"
            assert client.create(folder)[0] == "OK"
        for raw in kept:
            self.put(raw, folder)


class Smtp:
    """An SMTP server as its own process; what it accepted and how it behaves are in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inbox = folder / "accepted"
        self._mode = folder / "mode"
        (self.port,) = ports.free_ports(1)

    def __enter__(self) -> Self:
        self.inbox.mkdir(parents=True)
        self.behave("accept")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "tests.smtp_server", str(self.port), str(self.folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def server(self) -> dict[str, object]:
        return {"host": ports.HOST, "port": self.port, "security": "none"}

    def behave(self, mode: str) -> None:
        """`accept`, `greylist`, `refuse`, `refuse_data`, `slow`, or `die` in the middle of DATA, after taking it.

        `refuse anna@example.com` refuses this recipient alone.
        """
        fresh = self._mode.with_suffix(".new")
        fresh.write_text(mode)
        fresh.replace(self._mode)

    def forget(self) -> None:
        """Behave, and forget what came before."""
        self.behave("accept")
        for path in self.inbox.glob("*.eml"):
            path.unlink()

    def accepted(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.inbox.glob("*.eml"))]

    def envelopes(self) -> list[dict[str, Any]]:
        """Of what was accepted: `from`, `to`, and `line`, which is the same for what came over one connection."""
        return [json.loads(path.with_suffix(".json").read_text()) for path in sorted(self.inbox.glob("*.eml"))]


def dovecot_or_skip(folder: Path) -> Dovecot:
    binary = dovecot_binary()
    if binary is None:
        pytest.skip(f"There is no dovecot, and it can't be installed here: apt-get install {PACKAGE}")
    return Dovecot(binary, folder)


def written(sender: str, to: str, subject: str = "Hello", text: str = "Good day.", **headers: str) -> EmailMessage:
    """A message as a mail program writes it; `headers` with _ for -, empty ones are left out."""
    message = EmailMessage()
    values = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Date": "Mon, 02 Nov 2026 09:30:00 +0100",
        "Message-ID": f"<{os.urandom(8).hex()}@example.com>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    for name, value in values.items():
        if value:
            message[name] = value
    message.set_content(text)
    return message
