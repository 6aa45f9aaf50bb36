"""What alerts and dashboards ask Prometheus for."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import promql_parser
import yaml

from deploy.local.services import ROOT

PLACE = ROOT / "deploy" / "observability"
RULES = sorted((PLACE / "prometheus" / "rules").glob("*.yaml"))
DASHBOARDS = sorted((PLACE / "grafana" / "dashboards").glob("*.json"))
VARIABLE = re.compile(r"\$__\w+|\$\w+")


def rules() -> list[dict[str, Any]]:
    """Every rule of every file, recorded ones included."""
    return [rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def dashboards() -> dict[str, dict[str, Any]]:
    return {path.name: orjson.loads(path.read_bytes()) for path in DASHBOARDS}


def panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in dashboard["panels"]:
        yield panel
        yield from panels(panel) if "panels" in panel else ()


def queries() -> dict[str, str]:
    """Every question to Prometheus, by where it stands."""
    found = {f"{rule.get('alert') or rule['record']}": rule["expr"] for rule in rules()}
    for name, dashboard in dashboards().items():
        for panel in panels(dashboard):
            for number, target in enumerate(panel.get("targets", ())):
                if "expr" in target:
                    found[f"{name}: {panel['title']} {number}"] = target["expr"]
    return found


def plain(query: str) -> str:
    """The query with something in the place of each variable of a dashboard."""
    return VARIABLE.sub(lambda found: "5m" if found[0].startswith("$__") else "any", query)


def asked_metrics() -> set[str]:
    """The names of all metrics that are asked for."""
    return {one.name for query in queries().values() for one in selectors(promql_parser.parse(plain(query)))}


def selectors(node: Any) -> Iterator[promql_parser.VectorSelector]:
    """Every place in a query where a metric is named."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("expr", "lhs", "rhs", "vector_selector", "param", "args"):
        inner = getattr(node, name, None)
        for one in inner if isinstance(inner, list) else [inner]:
            if one is not None and not isinstance(one, (str, int, float)):
                yield from selectors(one)


def runbooks() -> dict[str, Path]:
    return {path.stem: path for path in sorted((ROOT / "docs" / "runbook").glob("*.md")) if path.stem != "README"}
