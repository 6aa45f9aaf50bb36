"""The simulator as a child process, for whatever test needs an Intuit."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.local.processes import tied
from deploy.local.services import ROOT

ENDED = 20.0  # s
PATIENCE = 30.0  # s, for one control; it may deliver webhooks


@dataclass
class Simulator:
    """A running one: `url` for the client under test, the rest for the test itself."""

    url: str
    realm: str
    process: subprocess.Popen[str]
    http: httpx.Client

    def control(self, call: str, /, **given: Any) -> Any:
        """Do one of the calls of `controlling.Control`."""
        answer = self.http.post(f"/_control/{call}", json=given)
        assert answer.status_code == httpx.codes.OK, f"{call}: {answer.text}"
        return answer.json()

    def state(self) -> Any:
        return self.http.get("/_control/state").json()

    def knobs(self, **values: Any) -> None:
        self.control("knobs", **values)

    def reset(self, **knobs: Any) -> None:
        """Begin anew, as a simulator just started with these knobs: quicker than another process."""
        self.control("reset", **knobs)

    def create(self, kind: str, **entity: Any) -> Any:
        return self.control("create", kind=kind, entity=entity)

    def edit(self, kind: str, record_id: str, **changes: Any) -> Any:
        return self.control("edit", kind=kind, id=record_id, changes=changes)

    def entities(self, kind: str) -> list[Any]:
        return list(self.control("entities", kind=kind)[kind])

    def plan(self, what: str, path: str = "", *, is_write: bool = False, times: int = 1) -> None:
        """Let the next fitting requests go wrong; `mischief` lists how."""
        self.control("plan", what=what, path=path, is_write=is_write, times=times)

    def connect(self) -> Any:
        """Tokens without the pages."""
        return self.control("connect")

    @property
    def discovery(self) -> str:
        """What intuitlib takes as its `environment`."""
        return f"{self.url}/.well-known/openid_configuration"

    @property
    def api(self) -> str:
        """What python-quickbooks takes as its `api_url_v3`."""
        return f"{self.url}/v3"


@contextmanager
def simulator(*, state: Path | None = None, port: int = 0, **knobs: Any) -> Iterator[Simulator]:
    """Run one until the end of the block; `state` lets another one go on with what it held."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.quickbooks", "--port", str(port)]
    command += ["--knobs", json.dumps(knobs), *(("--state", str(state)) if state else ())]
    process = subprocess.Popen(tied(command), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, cwd=ROOT)
    assert process.stdout is not None
    with process.stdout:
        try:
            line = process.stdout.readline()
            assert line, f"the simulator ended with {process.wait(ENDED)}"
            told = json.loads(line)
            with httpx.Client(base_url=told["url"], timeout=PATIENCE) as http:
                yield Simulator(told["url"], told["realms"][0], process, http)
        finally:
            process.terminate()
            process.wait(ENDED)
