"""`python -m deploy.observability.rules`: write the rules of ./prometheus once more, as Kubernetes takes them."""

from pathlib import Path

PLACE = Path(__file__).parent
SOURCE = PLACE / "prometheus" / "rules" / "dossier.yaml"
TARGET = PLACE / "kubernetes" / "rules.yaml"
HEAD = """\
# Written by `python -m deploy.observability.rules` from ../prometheus/rules. Needs the Prometheus Operator.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: dossier
spec:
"""


def written() -> str:
    """The rules as one resource."""
    lines = SOURCE.read_text().splitlines()
    return HEAD + "".join(f"  {line}\n" for line in lines if not line.startswith("#"))


if __name__ == "__main__":
    TARGET.write_text(written())
