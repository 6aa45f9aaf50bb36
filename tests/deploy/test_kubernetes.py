"""deploy/kubernetes, as kustomize renders it: valid, complete, one of each for every service, and nothing secret."""

import ast
import copy
from typing import Any

import pytest

from chassis import topology
from chassis.config import Settings, load_settings
from deploy import manifests
from deploy.image import secrets
from deploy.image.__main__ import command
from deploy.local.services import ROOT, service_names
from gateway.__main__ import GRACE_SECONDS
from tests.deploy.manifesting import OVERLAYS, faults, rendered

NAMES = sorted(path.name for path in OVERLAYS.iterdir())
OURS = "app.kubernetes.io/part-of"
NAME = "app.kubernetes.io/name"
# What the operators make for the broker, the database and the certificate, and what the overlay's comments ask for.
MADE_ELSEWHERE = {"broker-default-user", "database-app", "files", "backups"}
ANOTHERS = {"broker", "database", "pooler"}  # pods of operators, by the name that they carry
# Of others: of the store, and of the server that the gateway runs in.
NOT_SETTINGS = {"SERVICE", "DATABASE_PASSWORD", "AWS_REGION", "FORWARDED_ALLOW_IPS"}

every_overlay = pytest.mark.parametrize("overlay", NAMES)


def of_kind(overlay: str, *kinds: str) -> dict[str, Any]:
    return {thing["metadata"]["name"]: thing for thing in rendered(overlay) if thing["kind"] in kinds}


def pods(overlay: str) -> dict[str, Any]:
    """The pods that we write, by the name of what makes them."""
    made = of_kind(overlay, "Deployment", "Job")
    return {name: thing["spec"]["template"] for name, thing in made.items()}


def containers(pod: Any) -> list[Any]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


@every_overlay
def test_every_object_has_the_fields_of_its_kind(overlay):
    assert [fault for thing in rendered(overlay) for fault in faults(thing)] == []


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("Deployment", ("spec", "replica"), 3),
        ("Deployment", ("spec", "template", "spec", "containers", 0, "readynessProbe"), {}),
        ("Deployment", ("spec", "minReadySeconds"), "five"),
        ("NetworkPolicy", ("spec", "egres"), []),
        ("HorizontalPodAutoscaler", ("spec", "maxReplicas"), None),
        ("RabbitmqCluster", ("spec", "replica"), 3),
        ("RabbitmqCluster", ("spec", "affinity", "podAntiAfinity"), {}),
        ("Cluster", ("spec", "postgresql", "synchronous", "method"), "some"),
        ("Pooler", ("spec", "pgbouncer", "poolmode"), "transaction"),
        ("ScaledObject", ("spec", "triggers", 0, "metadata", "value"), 10),
        ("ObjectStore", ("spec", "configuration", "destination"), "s3://x"),
    ],
)
def test_a_wrong_field_is_found(kind, path, value):
    thing = copy.deepcopy(next(iter(of_kind("production", kind).values())))
    place = thing
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    assert faults(thing) != []


def test_what_is_written_for_each_service_is_fresh():
    written = manifests.files()
    there = {path.relative_to(manifests.BASE).as_posix() for path in (manifests.BASE / "services").rglob("*.yaml")}

    assert {path: (manifests.BASE / path).read_text() for path in written} == written, "python -m deploy.manifests"
    assert there == {path for path in written if path.startswith("services/")}


def test_the_list_of_services_says_what_their_classes_need():
    said = {entry["name"]: tuple(entry.get("needs", ())) for entry in manifests.entries()}

    assert said == {name: topology.service_class(name).needs for name in service_names()}


@every_overlay
def test_every_service_and_the_gateway_have_a_deployment_and_a_budget_that_find_their_pods(overlay):
    deployments, budgets = of_kind(overlay, "Deployment"), of_kind(overlay, "PodDisruptionBudget")

    assert set(deployments) == set(budgets) == {*service_names(), "gateway"}
    for name, thing in deployments.items():
        labels = {NAME: name}
        assert thing["spec"]["selector"]["matchLabels"] == labels
        assert labels.items() <= thing["spec"]["template"]["metadata"]["labels"].items()
        assert budgets[name]["spec"]["selector"]["matchLabels"] == labels
        spread = thing["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert [one["labelSelector"]["matchLabels"] for one in spread] == [labels, labels]


@every_overlay
def test_every_container_runs_a_word_that_the_image_knows(overlay):
    for name, pod in pods(overlay).items():
        for container in containers(pod):
            words = [word.replace("$(SERVICE)", name) for word in container["args"]]
            assert command(words), (name, words)
            assert "command" not in container


def test_every_service_grows_by_its_own_queues():
    settings = load_settings(env_file("base/settings.env"))
    scaled = of_kind("production", "ScaledObject")

    assert set(scaled) == set(service_names())
    for name, thing in scaled.items():
        queues = [one["metadata"]["queueName"] for one in thing["spec"]["triggers"] if one["type"] == "rabbitmq"]
        assert queues == [f"{settings.namespace}.{name}.rpc", topology.events_queue(settings, name)]
        assert thing["spec"]["scaleTargetRef"]["name"] == name
        assert thing["spec"]["minReplicaCount"] > 1
    assert of_kind("production", "HorizontalPodAutoscaler")["gateway"]["spec"]["minReplicas"] > 1


@every_overlay
def test_no_deployment_says_how_many_there_are_where_a_scaler_does(overlay):
    assert [name for name, one in of_kind(overlay, "Deployment").items() if "replicas" in one["spec"]] == []


@every_overlay
def test_pods_are_restricted(overlay):
    for name, pod in pods(overlay).items():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is spec["enableServiceLinks"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert {*container["resources"]["requests"]} == {*container["resources"]["limits"]} == {"cpu", "memory"}


@every_overlay
def test_what_serves_is_asked_how_it_is_and_goes_when_it_is_done(overlay):
    for name, thing in of_kind(overlay, "Deployment").items():
        (container,) = thing["spec"]["template"]["spec"]["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        probes = {one: container[one]["httpGet"] for one in ("startupProbe", "livenessProbe", "readinessProbe")}
        assert [probe["path"] for probe in probes.values()] == ["/healthz", "/healthz", "/readyz"]
        assert {ports[probe["port"]] for probe in probes.values()} == {8000 if name == "gateway" else 9000}
        assert thing["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        pause = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        assert thing["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > pause + GRACE_SECONDS


@every_overlay
def test_secrets_are_named_and_never_held(overlay):
    made = {secret["metadata"]["name"]: set(secret["stringData"]) for secret in secrets.kubernetes()}
    wanted = [
        one["valueFrom"]["secretKeyRef"]
        for pod in pods(overlay).values()
        for container in containers(pod)
        for one in container["env"]
        if "secretKeyRef" in one.get("valueFrom", {})
    ]

    assert of_kind(overlay, "Secret") == {}
    assert {one["name"] for one in wanted} <= {*made, *MADE_ELSEWHERE}
    for one in wanted:
        assert one["name"] not in made or one["key"] in made[one["name"]] or one.get("optional"), one


@every_overlay
def test_every_service_is_told_what_it_cannot_do_without(overlay):
    (settings,) = of_kind(overlay, "ConfigMap").values()
    shared = set(settings["data"])
    known = {spec.metadata["variable"]: spec.name for spec in Settings.__dataclass_fields__.values() if spec.metadata}

    assert shared - set(known) <= NOT_SETTINGS
    load_settings(settings["data"])
    for name, pod in pods(overlay).items():
        for container in containers(pod):
            told = shared | {one["name"] for one in container["env"]}
            assert told - set(known) <= NOT_SETTINGS, name
            needs = topology.service_class(name).needs if name in service_names() else ()
            if container["name"] == "service":
                assert {"amqp_uri", "database_url", "listen_url", *needs} <= {known.get(one) for one in told}, name


@every_overlay
def test_the_job_of_migrations_is_named_after_its_release(overlay):
    (job,) = of_kind(overlay, "Job").values()
    images = {container["image"] for pod in pods(overlay).values() for container in containers(pod)}

    (image,) = images
    assert job["metadata"]["name"] == f"migrate-{image.partition(':')[2]}"


@every_overlay
def test_nothing_is_let_through_but_between_pods_that_are_there(overlay):
    policies = of_kind(overlay, "NetworkPolicy")
    there = {*service_names(), "gateway", "migrate", *ANOTHERS}
    named = {value for policy in policies.values() for value in names_in(policy["spec"])}

    assert policies["nothing"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert named <= there
    covered = {OURS: "dossier"}
    assert policies["ours"]["spec"]["podSelector"]["matchLabels"] == covered
    assert all(covered.items() <= pod["metadata"]["labels"].items() for pod in pods(overlay).values())


def names_in(value: Any) -> set[str]:
    """The names of pods anywhere in a policy."""
    if isinstance(value, list):
        return {name for one in value for name in names_in(one)}
    if not isinstance(value, dict):
        return set()
    own = {value[key] for key in (NAME, "cnpg.io/cluster", "cnpg.io/poolerName") if isinstance(value.get(key), str)}
    listed = set(value["values"]) if value.get("operator") == "In" else set()
    return own | listed | {name for one in value.values() for name in names_in(one)}


def test_every_connection_that_may_be_wanted_is_there_to_be_had():
    database, pooler = of_kind("production", "Cluster")["database"], of_kind("production", "Pooler")["pooler"]
    most = sum(one["spec"]["maxReplicaCount"] for one in of_kind("production", "ScaledObject").values())
    parameters = pooler["spec"]["pgbouncer"]["parameters"]
    settings = load_settings({})
    pooled = pooler["spec"]["instances"] * int(parameters["default_pool_size"]) * len(service_names())
    reserve = 40  # for migrations, the operator, replication, and the pods of a rolling upgrade

    assert pooled + most + reserve <= int(database["spec"]["postgresql"]["parameters"]["max_connections"])
    clients = (most + len(service_names())) * (settings.rpc_workers + settings.event_workers + 2)
    assert clients <= int(parameters["max_client_conn"]) * pooler["spec"]["instances"]


def test_the_roles_of_the_database_have_the_limits_that_services_ask_for():
    tree = ast.parse((ROOT / "chassis" / "db.py").read_text())
    seconds = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    said = " ".join(of_kind("production", "Cluster")["database"]["spec"]["bootstrap"]["initdb"]["postInitSQL"])

    assert f"statement_timeout = '{seconds['STATEMENT_SECONDS']}s'" in said
    assert f"lock_timeout = '{seconds['LOCK_SECONDS']}s'" in said
    assert f"idle_in_transaction_session_timeout = '{seconds['IDLE_SECONDS']}s'" in said
    assert f"CREATE ROLE {seconds['APP_ROLE']} NOLOGIN" in said


def test_a_broker_of_three_and_a_database_of_three_are_on_nodes_of_their_own():
    broker, database = of_kind("production", "RabbitmqCluster")["broker"], of_kind("production", "Cluster")["database"]
    (apart,) = broker["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]

    assert (broker["spec"]["replicas"], database["spec"]["instances"]) == (3, 3)
    assert apart["topologyKey"] == database["spec"]["affinity"]["topologyKey"] == "kubernetes.io/hostname"
    assert database["spec"]["plugins"][0]["isWALArchiver"] is True
    assert of_kind("production", "ScheduledBackup")["nightly"]["spec"]["cluster"]["name"] == "database"


def env_file(path: str) -> dict[str, str]:
    text = (ROOT / "deploy" / "kubernetes" / path).read_text()
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
