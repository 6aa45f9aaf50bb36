"""`python -m deploy.settings`: write docs/settings.md, every setting there is, from chassis/config.py."""

import sys
from dataclasses import Field, fields
from typing import Any

from chassis.config import Settings
from deploy.local.services import ROOT

FILE = ROOT / "docs" / "settings.md"
HEAD = """# Settings

Written by `python -m deploy.settings` from `chassis/config.py`. Every process reads its settings from the environment,
once, when it starts, and names each one that is missing or wrong. Defaults are for one machine; the image's are
`DOSSIER_HOST=0.0.0.0`, `DOSSIER_PORT=8000` and `DOSSIER_OPS_PORT=9000`.

| setting | what it says | unless it is set |
|---|---|---|
"""
TAIL = """
Beside these, `<SERVICE>_DATABASE_URL`, such as `WORK_DATABASE_URL`, names a database of one service's own; files in S3
want `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION` and, for another S3 than Amazon's, `AWS_ENDPOINT_URL`.
Secrets are `AMQP_URI`, the URLs of databases, SMTP and IMAP, which hold passwords, `DOSSIER_SECRET_KEY`, and the keys
of S3.
"""


def page() -> str:
    rows = [_row(spec) for spec in fields(Settings) if spec.metadata]
    return HEAD + "".join(rows) + TAIL


def _row(spec: "Field[Any]") -> str:
    why = spec.metadata["why"]
    return f"| `{spec.metadata['variable']}` | {why} | {_shown(spec.default)} |\n"


def _shown(default: Any) -> str:
    if isinstance(default, tuple):
        default = ",".join(f"{one:g}" for one in default)
    if isinstance(default, float):
        default = f"{default:g}"
    return "" if default in ("", 0) else f"`{default}`"


def main() -> int:
    FILE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
