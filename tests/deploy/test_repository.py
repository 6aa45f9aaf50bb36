import re
import subprocess
from dataclasses import fields

from chassis.config import Settings
from deploy import settings
from deploy.local.services import ROOT, service_names

LOCK = ROOT / "requirements.lock"


def test_the_lock_pins_every_package_by_hash_and_names_no_registry():
    text = LOCK.read_text()
    pins = re.findall(r"^[a-z0-9][^\n]*==", text, re.MULTILINE)

    assert "://" not in text
    assert len(pins) > 50
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[a-z0-9])", text) if entry[0].isalnum())


def test_every_service_of_the_list_has_its_room():
    assert [name for name in service_names() if not (ROOT / "services" / name).is_dir()] == []


def test_every_setting_is_described_and_the_page_is_fresh():
    assert [spec.name for spec in fields(Settings) if spec.metadata and not spec.metadata["why"]] == []
    assert settings.FILE.read_text() == settings.page(), "make settings"


def test_make_alone_lists_the_commands_and_starts_nothing():
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert {"make run", "make test", "make check", "make import", "make reset", "make lock"} <= {
        " ".join(line.split()[:2]) for line in listed.splitlines()
    }
