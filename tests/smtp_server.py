"""`python -m tests.smtp_server PORT FOLDER`: an SMTP server that keeps what it takes, behaving as FOLDER/mode says."""

import asyncio
import itertools
import json
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from tests.mail import PASSWORD

HOST = "127.0.0.1"
SLOW_SECONDS = 60.0  # longer than any patience of ours
LARGEST = 64 * 1024 * 1024


class Handler:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = itertools.count(len(list(folder.glob("accepted/*.eml"))) + 1)
        self.seen: set[tuple[str, str]] = set()

    @property
    def mode(self) -> str:
        return (self.folder / "mode").read_text()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if self.mode in {"refuse", f"refuse {address}"}:
            return "550 5.1.1 No such person here"
        if self.mode == "greylist" and (envelope.mail_from, address) not in self.seen:
            self.seen.add((envelope.mail_from, address))
            return "451 4.7.1 Greylisted, come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.mode == "refuse_data":
            return "554 5.7.1 This looks like spam"
        if self.mode == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        kept = self.folder / "accepted" / f"{next(self.numbers):04d}.eml"
        told = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "line": session.peer[1]}
        kept.with_suffix(".json").write_text(json.dumps(told))
        kept.write_bytes(envelope.content)
        if self.mode == "die":
            server.transport.abort()
        return "250 OK"


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data.password == PASSWORD.encode(), handled=False)  # a refusal is answered


async def serve(port: int, folder: Path) -> None:
    handler = Handler(folder)

    def connected() -> SMTP:
        return SMTP(
            handler,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            authenticator=authenticate,
            auth_require_tls=False,
            auth_required=True,
        )

    server = await asyncio.get_running_loop().create_server(connected, HOST, port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
