"""An S3 server of the tests' own: a real process that speaks the real protocol."""

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import ports
from tests.stack import until

BUCKET = "files"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


@contextmanager
def server(log: Path) -> Iterator[dict[str, str]]:
    """Run it with an empty bucket; gives the variables by which a process finds it."""
    (port,) = ports.free_ports(1)
    address = f"http://{ports.HOST}:{port}"
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", ports.HOST, "-p", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            until(lambda: process.poll() is not None or _answers(f"{address}/moto-api/"), timeout=60)
            assert process.poll() is None, log.read_text()
            urllib.request.urlopen(urllib.request.Request(f"{address}/{BUCKET}", method="PUT"))
            yield {**KEYS, "AWS_ENDPOINT_URL": address}
        finally:
            process.kill()


def _answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(url, timeout=2).status == 200)
    except (urllib.error.URLError, OSError):
        return False
