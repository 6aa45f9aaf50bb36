"""The list of services, from deploy/services.toml."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "deploy" / "services.toml"


def service_names() -> list[str]:
    """List every service in the order in which they start."""
    return [entry["name"] for entry in tomllib.loads(FILE.read_text())["service"]]
