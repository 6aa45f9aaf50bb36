"""Chromium, in which tests, pictures and measurements look at our pages: the system's, never a downloaded one."""

import os
import shutil

from deploy.local import packages
from deploy.local.problem import CannotStart

NAME = "Chromium"
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",  # root has none; all it ever shows are our own pages
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--font-render-hinting=none",  # the same pictures whatever the screen
    # Nothing leaves the machine, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


def find() -> str:
    """Give its path, installed at need; raise CannotStart with what to do where we can't."""
    named = os.environ.get("DOSSIER_CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            raise CannotStart(f"DOSSIER_CHROMIUM={named} is no program. Correct it, or leave it out.")
        return named
    found = _installed()
    if found is None:
        packages.install([NAME])
        found = _installed()
    if found is None:
        raise CannotStart(f"{NAME} was installed, but is not where Debian puts it. Set DOSSIER_CHROMIUM to its path.")
    return found


def _installed() -> str | None:
    return next((path for name in COMMANDS if (path := shutil.which(name))), None)
