"""`python3 -m deploy.image.secrets compose|kubernetes`: make the passwords and keys of a system of your own.

For compose it writes deploy/.env, which only you read, and adds to one that is there what it lacks. For Kubernetes it
prints Secrets once: `… kubernetes | kubectl apply -n dossier -f -`; keep DOSSIER_SECRET_KEY somewhere else as well,
as what it seals can't be read without it. Needs nothing installed.
"""

import base64
import json
import secrets
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1]
TEMPLATE, FILE = FOLDER / "env.template", FOLDER / ".env"
PASSWORD, KEY = "<password>", "<key>"


def made(template: str, known: str) -> str:
    """Complete the settings `known` by the lines of `template` that they lack, each place for a secret filled."""
    names = {line.partition("=")[0] for line in known.splitlines() if not line.startswith("#")}
    lacking = [line for line in template.splitlines() if line.startswith("#") or line.partition("=")[0] not in names]
    if not any(line and not line.startswith("#") for line in lacking):
        return known
    lines = [
        line.replace(PASSWORD, _password()).replace(KEY, _key())
        for line in (lacking if known else template.splitlines())
    ]
    kept = f"{known.rstrip()}\n\n" if known else ""
    return kept + "\n".join(lines) + "\n"


def kubernetes() -> list[dict[str, Any]]:
    """Describe the Secrets that deploy/kubernetes refers to; the operators make those of their own servers."""
    login = {"username": "dossier_service", "password": _password()}
    return [
        _secret("dossier", "Opaque", {"DOSSIER_SECRET_KEY": _key()}),
        _secret("database-service-login", "kubernetes.io/basic-auth", login),
    ]


def _secret(name: str, kind: str, values: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind, "stringData": values}


def _password() -> str:
    return secrets.token_urlsafe(24)  # needs no quoting in a URL


def _key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def main(words: list[str]) -> int:
    if words == ["kubernetes"]:
        # YAML's documents, each in JSON: what kubectl takes, and needs no library.
        print("\n---\n".join(json.dumps(secret, indent=2) for secret in kubernetes()))
        return 0
    if words != ["compose"]:
        print("Secrets for which? compose or kubernetes", file=sys.stderr)
        return 2
    known = FILE.read_text() if FILE.is_file() else ""
    FILE.touch(mode=0o600)
    FILE.chmod(0o600)
    FILE.write_text(made(TEMPLATE.read_text(), known))
    print(f"{FILE} holds the settings; only you can read it.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
