"""The document of the events is AsyncAPI 3.0, complete, and its examples are events."""

import copy
import hashlib
import json
import re
from pathlib import Path

import jsonschema
import pytest

from chassis.wire import EVENTS, load, to_json
from contracts.work import TaskChanged
from gateway.asyncapi import declared, describe
from gateway.examples import example

VENDOR = Path(__file__).parents[2] / "contract" / "vendor"
OFFICIAL = json.loads((VENDOR / "asyncapi-3.0.0.json").read_text())
LINE = re.compile(r"\| `(?P<file>[^`]+)` \|.*\| `(?P<sum>[0-9a-f]{64})` \|")


@pytest.fixture(scope="module")
def document():
    return json.loads(to_json(describe("firm.events")))


@pytest.fixture(scope="module")
def official():
    return jsonschema.Draft7Validator(OFFICIAL)


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from references(inner)


def test_the_schema_is_the_one_we_say_it_is():
    said = {match["file"]: match["sum"] for match in LINE.finditer((VENDOR / "README.md").read_text())}

    assert said == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.json")}


def test_the_document_is_asyncapi_3_0(document, official):
    assert document["asyncapi"] == "3.0.0"
    assert [f"{fault.json_path}: {fault.message}" for fault in official.iter_errors(document)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("operations", "tell work.task_changed.v1", "action"), "shout"),
        (("channels", "work.task_changed.v1", "bindings", "amqp", "is"), "telepathy"),
        (("components", "messages", "work.task_changed.v1", "payload", "type"), "objekt"),
    ],
)
def test_what_is_no_asyncapi_would_be_noticed(document, official, path, value):
    wrong = copy.deepcopy(document)
    node = wrong
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    if "payload" in path:
        del node["$ref"]

    assert not official.is_valid(wrong)


def test_every_reference_leads_somewhere(document):
    found = set(references(document))

    assert found
    for reference in found:
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_every_declared_event_is_told_of_once(document):
    ours = {kind for kind, event in EVENTS.items() if event.__module__.startswith("contracts.")}

    assert set(declared()) == ours
    assert set(document["channels"]) == set(document["components"]["messages"]) == ours
    assert {channel["address"] for channel in document["channels"].values()} == ours
    assert [operation["channel"]["$ref"] for operation in document["operations"].values()] == [
        f"#/channels/{kind}" for kind in sorted(ours)
    ]


def test_an_event_says_which_sections_it_changes_and_its_version(document):
    told = document["components"]["messages"]["work.task_changed.v1"]

    assert (told["x-sections"], told["x-version"]) == (["tasks"], 1)
    assert {"name": "section tasks"} in told["tags"]
    assert told["description"] == "Changes these sections of the overview: tasks."


def test_the_exchange_is_the_configured_one(document):
    exchanges = {channel["bindings"]["amqp"]["exchange"]["name"] for channel in document["channels"].values()}

    assert exchanges == {"firm.events"}


@pytest.mark.parametrize("event", declared().values(), ids=lambda event: event.TYPE)
def test_an_example_is_an_event(document, event):
    given = {"payload": json.loads(to_json(example(event)))}  # raises with what to add
    payload = document["components"]["messages"][event.TYPE]["payload"]
    schema = {"allOf": [payload], "components": document["components"]}

    load(event, given["payload"], strict=True)
    jsonschema.validate(given["payload"], schema, jsonschema.Draft7Validator)
    assert document["components"]["messages"][event.TYPE]["examples"] == [{"name": "one", **given}]


def test_an_example_is_the_same_every_time():
    assert example(TaskChanged) == example(TaskChanged)
