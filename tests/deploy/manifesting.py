"""What kustomize makes of an overlay, held against the schemas of Kubernetes and tests/deploy/operators.yaml."""

import importlib.resources
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from deploy.local.services import ROOT

OVERLAYS = ROOT / "deploy" / "kubernetes" / "overlays"
VERSION = "v1.37.0-local-strict"
NAMED: dict[str, dict[str, Any]] = {
    **{name: {"type": name} for name in ("string", "integer", "boolean")},
    "quantity": {"type": "string", "pattern": r"^\d+(\.\d+)?(m|[kMGT]i?)?$"},
}


@cache
def rendered(overlay: str) -> list[dict[str, Any]]:
    kubectl = shutil.which("kubectl", path=str(Path(sys.executable).parent)) or "kubectl"
    made = subprocess.run([kubectl, "kustomize", str(OVERLAYS / overlay)], capture_output=True, text=True, check=True)
    assert "Warning" not in made.stderr, made.stderr
    return list(yaml.safe_load_all(made.stdout))


def faults(thing: dict[str, Any]) -> list[str]:
    """What is wrong with one object, each with its place."""
    found = _validator(thing["apiVersion"], thing["kind"]).iter_errors(thing)
    name = f"{thing['kind']}/{thing['metadata']['name']}"
    return [f"{name} {error.json_path}: {error.message}" for error in found]


@cache
def _folder() -> Any:
    return importlib.resources.files("kubernetes_validate") / "kubernetes-json-schema" / VERSION


@cache
def _definitions() -> Any:
    return json.loads((_folder() / "_definitions.json").read_text())


@cache
def _registry() -> Any:
    return Resource.from_contents(_definitions()) @ Registry()


@cache
def _validator(version: str, kind: str) -> Draft202012Validator:
    group, _, number = version.rpartition("/")
    words = [kind.lower(), *([group.partition(".")[0]] if group else []), number]
    file = _folder() / f"{'-'.join(words)}.json"
    schema = json.loads(file.read_text()) if file.is_file() else _of_operator(version, kind)
    return Draft202012Validator(schema, registry=_registry())


def _of_operator(version: str, kind: str) -> dict[str, Any]:
    fields = yaml.safe_load((Path(__file__).parent / "operators.yaml").read_text())
    properties = {
        "apiVersion": {"const": version},
        "kind": {"const": kind},
        "metadata": _type("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"),
        "spec": _type(fields[f"{version} {kind}"]),
    }
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _type(told: Any) -> dict[str, Any]:
    if isinstance(told, list):
        return {"type": "array", "items": _type(told[0])}
    if isinstance(told, dict) and "*" in told:
        return {"type": "object", "additionalProperties": _type(told["*"])}
    if isinstance(told, dict):
        required = [name.rstrip("!") for name in told if name.endswith("!")]
        properties = {name.rstrip("!"): _type(one) for name, one in told.items()}
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    if told.startswith("io.k8s."):
        return {"$ref": f"{_definitions()['$id']}#/$defs/{told}"}
    return NAMED.get(told) or {"enum": told.split("|")}
