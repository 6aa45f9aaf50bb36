"""deploy/compose.yaml: valid, every process of ours confined and told what it needs, no secret in it."""

import json
import stat

import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from jsonschema.validators import validator_for

from chassis import topology
from chassis.config import Settings, load_settings
from deploy.image import secrets
from deploy.image.__main__ import command
from deploy.local.services import service_names
from tests.deploy import composing

TEMPLATE = secrets.TEMPLATE.read_text()
OURS = [*service_names(), "gateway", "migrate"]
BESIDE = ["mailbox", "quickbooks-simulator", "sample"]
THEIRS = ["broker", "database"]


def values(text):
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


@pytest.fixture(scope="module")
def known():
    return values(secrets.made(TEMPLATE, ""))


@pytest.fixture(scope="module")
def project(known):
    return composing.project(known)


def faults(document):
    schema = get_builtin_schema("vendor.compose-spec")
    return [error.message for error in validator_for(schema)(schema).iter_errors(document)]


def test_the_file_has_the_fields_of_compose_and_a_wrong_one_is_found(project):
    wrong = json.loads(json.dumps(project))
    wrong["services"]["accounts"]["depends_upon"] = ["broker"]

    assert faults(project) == []
    assert faults(wrong) != []


def test_it_starts_every_service_and_what_they_need(project):
    assert sorted(project["services"]) == sorted([*OURS, *BESIDE, *THEIRS])
    for name in [*OURS, *BESIDE]:
        words = project["services"][name]["command"]
        assert words[0] == name
        assert command(words)


@pytest.mark.parametrize("name", OURS)
def test_every_process_is_told_what_it_cannot_do_without(project, name):
    given = composing.environment(project, name)
    needs = topology.service_class(name).needs if name in service_names() else ()

    settings = load_settings(given, needs=("amqp_uri", "database_url", "public_url", *needs))

    assert set(given) <= {spec.metadata["variable"] for spec in Settings.__dataclass_fields__.values() if spec.metadata}
    assert settings.namespace == "dossier"
    if "blobs" in needs or name == "gateway":
        assert project["services"][name]["volumes"] == ["files:/files"]


@pytest.mark.parametrize("name", [*OURS, *BESIDE])
def test_our_processes_are_confined(project, name):
    service = project["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert name == "migrate" or {"memory", "cpus"} <= set(service["deploy"]["resources"]["limits"])
    assert "user" not in service  # the image's own, which is nobody's


def test_who_serves_waits_for_the_servers_and_the_migrations(project):
    for name in [*service_names(), "gateway"]:
        service = project["services"][name]
        waits = {other: one["condition"] for other, one in service["depends_on"].items()}
        assert waits == {
            "broker": "service_healthy",
            "database": "service_healthy",
            "migrate": "service_completed_successfully",
        }
        assert "healthcheck" not in service  # the image's own
    assert all(project["services"][name]["healthcheck"]["test"][0] == "CMD" for name in THEIRS)


def test_nothing_is_published_but_on_loopback(project):
    published = [port for service in project["services"].values() for port in service.get("ports", [])]

    assert len(published) > 1
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_nothing_starts_without_secrets_of_its_own():
    text = composing.FILE.read_text()
    secret = {name for name, value in values(TEMPLATE).items() if value in {secrets.PASSWORD, secrets.KEY}}

    assert len(secret) > 2
    for name in secret:
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text
    with pytest.raises(KeyError, match=r"deploy\.image\.secrets"):
        composing.project({})


def test_secrets_are_made_once_each_different_and_only_ours_to_read(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(secrets, "FILE", tmp_path / ".env")

    assert secrets.main(["compose"]) == 0
    first = secrets.FILE.read_text()
    assert secrets.main(["compose"]) == 0

    assert secrets.FILE.read_text() == first
    assert stat.S_IMODE(secrets.FILE.stat().st_mode) == 0o600
    found = [
        value for name, value in values(first).items() if values(TEMPLATE)[name] in {secrets.PASSWORD, secrets.KEY}
    ]
    assert len(set(found)) == len(found) > 2
    assert not any(value in capsys.readouterr().out for value in found)
    load_settings(values(first) | {"DOSSIER_SECRET_KEY": values(first)["DOSSIER_SECRET_KEY"]}, needs=("secret_keys",))


def test_what_a_file_of_secrets_lacks_is_added_and_the_rest_left_alone():
    known = "BROKER_PASSWORD=mine\nDOSSIER_MAIL_FROM=we@example.com\n"

    found = values(secrets.made(TEMPLATE, known))

    assert set(found) == set(values(TEMPLATE))
    assert (found["BROKER_PASSWORD"], found["DOSSIER_MAIL_FROM"]) == ("mine", "we@example.com")
    assert secrets.PASSWORD not in found.values()


def test_secrets_for_kubernetes_are_printed_as_its_objects(capsys):
    assert secrets.main(["kubernetes"]) == 0

    printed = list(yaml.safe_load_all(capsys.readouterr().out))
    assert [(one["kind"], one["metadata"]["name"]) for one in printed] == [
        ("Secret", "dossier"),
        ("Secret", "database-service-login"),
    ]
    load_settings(printed[0]["stringData"], needs=("secret_keys",))
