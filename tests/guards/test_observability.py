"""Alerts, their pages, dashboards and what is counted fit each other; no cluster is needed to know it."""

import importlib
import re
from pathlib import Path

import promql_parser
import pytest
import yaml
from jsonschema import Draft7Validator
from prometheus_client import REGISTRY

from deploy.local.services import service_names
from deploy.observability import rules as as_resource
from tests import asked

PARTS = ["What it means", "What users notice", "Look at", "Do", "Afterwards"]
LONGEST_PAGE = 45  # lines
EVERYWHERE = {"process", "instance", "job", "le"}  # labels that the scrape gives, and a histogram's own
OUTSIDE = {  # of other exporters: RabbitMQ's plugin, and what Prometheus and its client say of every process
    "rabbitmq_detailed_queue_messages": {"queue", "vhost"},
    "rabbitmq_detailed_queue_consumers": {"queue", "vhost"},
    "up": set(),
    "process_cpu_seconds_total": set(),
    "process_resident_memory_bytes": set(),
}
OF_SOMEBODY = re.compile(r"firm|account|contact|member|actor|user|client|email|name$|(^|_)id$|path$|url")
TEXT = {"type": "string", "minLength": 1}
RULES = {
    "type": "object",
    "additionalProperties": False,
    "required": ["groups"],
    "properties": {
        "groups": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "rules"],
                "properties": {
                    "name": TEXT,
                    "rules": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["alert", "expr", "labels", "annotations"],
                            "properties": {
                                "alert": {"type": "string", "pattern": "^([A-Z][a-z]*)+$"},
                                "expr": TEXT,
                                "for": {"type": "string", "pattern": "^[0-9]+[smh]$"},
                                "labels": {
                                    "type": "object",
                                    "required": ["severity"],
                                    "properties": {"severity": {"enum": ["critical", "warning", "info"]}},
                                },
                                "annotations": {
                                    "type": "object",
                                    "additionalProperties": False,
                                    "required": ["summary", "runbook"],
                                    "properties": {"summary": TEXT, "runbook": TEXT},
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}
DASHBOARD = {
    "type": "object",
    "required": ["uid", "title", "description", "schemaVersion", "templating", "panels", "time"],
    "properties": {
        "uid": {"type": "string", "pattern": "^dossier-[a-z-]+$"},
        "schemaVersion": {"type": "integer", "minimum": 39},
        "panels": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["id", "title", "type", "gridPos"],
                "properties": {
                    "id": {"type": "integer"},
                    "type": {"enum": ["timeseries", "stat", "table", "text"]},
                    "gridPos": {
                        "type": "object",
                        "required": ["x", "y", "w", "h"],
                        "properties": {
                            "x": {"type": "integer", "minimum": 0, "maximum": 23},
                            "y": {"type": "integer", "minimum": 0},
                            "w": {"type": "integer", "minimum": 1, "maximum": 24},
                            "h": {"type": "integer", "minimum": 1},
                        },
                    },
                    "targets": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["refId", "datasource"],
                            "oneOf": [{"required": ["expr"]}, {"required": ["query"]}],
                        },
                    },
                },
                "if": {"properties": {"type": {"const": "text"}}},
                "then": {"properties": {"options": {"required": ["content"]}}, "required": ["options"]},
                "else": {"required": ["targets", "datasource"]},
            },
        },
    },
}


def faults(schema, document):
    return [f"{fault.json_path}: {fault.message}" for fault in Draft7Validator(schema).iter_errors(document)]


@pytest.fixture(scope="module")
def counted():
    """The labels of every metric that the code declares, by its name."""
    counting = ["chassis.metrics", "gateway.traffic", "gateway.changes"]
    counting += [f"services.{name}.metrics" for name in service_names() if _has_metrics(name)]
    for module in counting:
        importlib.import_module(module)
    return {
        name: set(getattr(metric, "_labelnames", ()))
        for metric, names in REGISTRY._collector_to_names.items()
        for name in names
        if name.startswith("dossier_")
    }


def _has_metrics(service):
    return (Path(asked.ROOT) / "services" / service / "metrics.py").exists()


def test_rules_are_as_prometheus_takes_them():
    assert [fault for path in asked.RULES for fault in faults(RULES, yaml.safe_load(path.read_text()))] == []
    names = [rule["alert"] for rule in asked.alerts()]
    assert sorted(names) == sorted(set(names))


def test_every_alert_has_its_page_and_every_page_its_alert():
    """Whoever is woken by an alert finds one page of what to do."""
    pages = asked.runbooks()
    assert set(pages) == {rule["alert"] for rule in asked.alerts()}
    for rule in asked.alerts():
        assert rule["annotations"]["runbook"] == f"docs/runbook/{rule['alert']}.md"


@pytest.mark.parametrize("name", sorted(asked.runbooks()))
def test_a_page_is_one_page_and_says_what_to_do(name):
    text = asked.runbooks()[name].read_text()

    assert text.startswith(f"# {name}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    assert len(text.splitlines()) <= LONGEST_PAGE
    assert all(len(part.strip()) > 20 for part in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:])


@pytest.mark.parametrize("where", sorted(asked.queries()))
def test_a_query_is_promql_about_what_is_counted(where, counted):
    query = asked.queries()[where]
    for selector in asked.selectors(promql_parser.parse(asked.plain(query))):
        known = counted | OUTSIDE
        assert selector.name in known, f"nobody counts {selector.name}"
        labels = {one.name for one in selector.matchers.matchers} - {"__name__"}
        assert labels <= known[selector.name] | EVERYWHERE, f"{selector.name} has no such labels"


def test_no_label_has_a_value_for_each_of_something_without_end(counted):
    """A metric with a firm in it would grow with the firms, and tell of them."""
    assert {label for labels in counted.values() for label in labels if OF_SOMEBODY.search(label)} == set()


def test_dashboards_are_few_and_as_grafana_takes_them():
    known = asked.dashboards()
    assert [f"{name} {fault}" for name, one in known.items() for fault in faults(DASHBOARD, one)] == []
    titles = {one["title"] for one in known.values()}
    assert titles == {"One look", "One request", "Bus", "Databases", "QuickBooks"}
    assert len({one["uid"] for one in known.values()}) == len(known)


@pytest.mark.parametrize("name", sorted(asked.dashboards()))
def test_no_panel_lies_on_another(name):
    taken, ids = set(), []
    for panel in asked.dashboards()[name]["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
        ids.append(panel["id"])
    assert len(ids) == len(set(ids))


def test_every_process_is_asked():
    targets = yaml.safe_load((asked.PLACE / "prometheus" / "targets.yaml").read_text())
    assert {one["labels"]["process"] for one in targets} == {"gateway", *service_names()}


def test_kubernetes_has_the_same_rules():
    """`python -m deploy.observability.rules` writes them."""
    assert as_resource.TARGET.read_text() == as_resource.written()
    resource = yaml.safe_load(as_resource.written())
    assert faults(RULES, resource["spec"]) == []


def test_kubernetes_resources_are_whole():
    place = asked.PLACE / "kubernetes"
    named = yaml.safe_load((place / "kustomization.yaml").read_text())["resources"]
    assert {*named, "kustomization.yaml"} == {path.name for path in place.glob("*.yaml")}
    for path in place.glob("*.yaml"):
        for document in yaml.safe_load_all(path.read_text()):
            assert {"apiVersion", "kind"} <= document.keys()
