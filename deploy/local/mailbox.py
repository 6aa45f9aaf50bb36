"""The mailbox of `make run`: takes the system's mail where no mail server is named, and shows it (deploy/mailbox)."""

import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local import ports
from deploy.local.children import Child
from deploy.local.home import Home

PORT = 8025  # that of other mailboxes of this kind, where people look first
SENDER = "dossier@example.com"


class Mailbox:
    def __init__(self, home: Home) -> None:
        self._folder = home.mails
        taken = not ports.is_free(PORT)
        self._smtp_port, other = ports.free_ports(2)
        self._port = other if taken else PORT

    @property
    def address(self) -> str:
        return f"http://{ports.HOST}:{self._port}"

    def settings(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Give what the services need to send to it."""
        url = f"smtp://{ports.HOST}:{self._smtp_port}"
        return {"DOSSIER_SMTP_URL": url, "DOSSIER_MAIL_FROM": environ.get("DOSSIER_MAIL_FROM") or SENDER}

    def child(self, environment: Mapping[str, str], logs: Path) -> Child:
        """Describe its process."""
        options = [f"--smtp-port={self._smtp_port}", f"--port={self._port}", f"--folder={self._folder}"]
        command = [sys.executable, "-m", "deploy.mailbox", *options]
        return Child("mailbox", command, environment, logs / "mailbox.log", self.address)
