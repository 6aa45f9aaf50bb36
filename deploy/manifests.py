"""`python -m deploy.manifests`: write what deploy/kubernetes has of each service, from deploy/services.toml.

All that services have in common is in base/service, written by hand; here is only what a name changes.
"""

import sys
import tomllib
from typing import Any

from deploy.local.services import FILE, ROOT

BASE = ROOT / "deploy" / "kubernetes" / "base"
SAID = "# Written by `python -m deploy.manifests` from deploy/services.toml."
KINDS = "Deployment|PodDisruptionBudget|ScaledObject"
PARTS = {"blobs": "files", "secret_keys": "secrets"}  # the component for what a service can't do without

ALL = """{said}
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
{names}
"""
ONE = """{said}
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../service]
{components}labels:
  - pairs: {{app.kubernetes.io/name: {name}}}
    includeSelectors: true
patches:
  - target: {{kind: {kinds}}}
    options: {{allowNameChange: true}}
    patch: |-
      - {{op: replace, path: /metadata/name, value: {name}}}
  - target: {{kind: ScaledObject}}
    patch: |-
      - {{op: replace, path: /spec/scaleTargetRef/name, value: {name}}}
      - {{op: replace, path: /spec/triggers/0/metadata/queueName, value: dossier.{name}.rpc}}
      - {{op: replace, path: /spec/triggers/1/metadata/queueName, value: dossier.{name}.events}}
"""
DATABASE = """---
apiVersion: postgresql.cnpg.io/v1
kind: Database
metadata:
  name: {name}
spec:
  cluster: {{name: database}}
  name: dossier_{name}
  owner: dossier
  databaseReclaimPolicy: retain # who deletes this keeps the rows
"""


def entries() -> list[dict[str, Any]]:
    """Give what the list says of each service."""
    return list(tomllib.loads(FILE.read_text())["service"])


def files() -> dict[str, str]:
    """Give every file by its path below base/."""
    services = entries()
    names = [entry["name"] for entry in services]
    written = {
        "services/kustomization.yaml": ALL.format(said=SAID, names="\n".join(f"  - {name}" for name in names)),
        "databases.yaml": f"{SAID}\n" + "".join(DATABASE.format(name=name) for name in names),
    }
    for entry in services:
        parts = ", ".join(f"../../../components/{PARTS[need]}" for need in entry.get("needs", []))
        components = f"components: [{parts}]\n" if parts else ""
        one = ONE.format(said=SAID, name=entry["name"], components=components, kinds=KINDS)
        written[f"services/{entry['name']}/kustomization.yaml"] = one
    return written


def main() -> int:
    for path, text in files().items():
        (BASE / path).parent.mkdir(parents=True, exist_ok=True)
        (BASE / path).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
