"""The QuickBooks of `make run`: a simulator, where no real one is named, so that a visitor sees statuses change."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local import ports
from deploy.local.children import Child
from deploy.local.home import Home
from deploy.local.services import ROOT

PORT = 8026  # beside that of the mailbox
REAL = ("DOSSIER_QUICKBOOKS_URL", "DOSSIER_QUICKBOOKS_DISCOVERY_URL")
# The simulator is what the tests hold us against, and belongs to them. It is started by its command line, as a program
# of somebody else's would be: nothing that is deployed imports a test, and where no tests are, no simulator is.
PROGRAM = ROOT / "tests" / "quickbooks"
# The sample's own company: it bills in euros, and changes are told within moments.
KNOBS = {"company": "Moreau & Whitfield", "currency": "EUR", "webhook_window": 0.5}


class Books:
    def __init__(self, home: Home) -> None:
        self._file = home.books
        self._port = PORT if ports.is_free(PORT) else ports.free_ports(1)[0]

    @property
    def address(self) -> str:
        """Where it is asked, and its pages are."""
        return f"http://{ports.HOST}:{self._port}"

    def settings(self) -> dict[str, str]:
        """Give what the services need to ask it instead of Intuit."""
        return dict(zip(REAL, (self.address, f"{self.address}/.well-known/openid_configuration"), strict=True))

    def of_sample(self) -> dict[str, str]:
        """Give what the sample needs to connect its firm, and to act as somebody in QuickBooks."""
        return {"DOSSIER_SAMPLE_QUICKBOOKS": self.address}

    def child(self, environment: Mapping[str, str], logs: Path) -> Child:
        """Describe its process."""
        options = ["--port", str(self._port), "--state", str(self._file), "--knobs", json.dumps(KNOBS)]
        command = [sys.executable, "-W", "ignore", "-m", "tests.quickbooks", *options]
        return Child("quickbooks-simulator", command, environment, logs / "quickbooks-simulator.log", self.address)


def simulated(home: Home, environ: Mapping[str, str]) -> Books | None:
    """Give a simulator unless a real QuickBooks is named, or there is none here."""
    if any(environ.get(name) for name in REAL) or not PROGRAM.is_dir():
        return None
    return Books(home)
