"""What Compose makes of deploy/compose.yaml, as far as we use it: anchors, `${NAME:-else}`, `${NAME:?why}`."""

import re
from typing import Any

import yaml

from deploy.local.services import ROOT

FILE = ROOT / "deploy" / "compose.yaml"
PLACE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def project(known: dict[str, str]) -> dict[str, Any]:
    """The file with these settings put in. Raises KeyError for a setting that it can't do without."""
    return dict(_filled(yaml.safe_load(FILE.read_text()), known))


def environment(document: dict[str, Any], service: str) -> dict[str, str]:
    return {name: str(value) for name, value in document["services"][service].get("environment", {}).items()}


def _filled(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, known) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, known) for one in value]
    return PLACE.sub(lambda found: _value(found, known), value) if isinstance(value, str) else value


def _value(found: "re.Match[str]", known: dict[str, str]) -> str:
    name, kind, rest = found.groups()
    if known.get(name):
        return known[name]
    if kind == "?":
        raise KeyError(f"{name}: {rest}")
    return rest or ""
