"""`python -m deploy.mailbox --smtp-port 2525 --port 8025 --folder mails`: take mail by SMTP, show it in a browser.

Serves this machine alone: the links in mails let people in.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

import uvicorn
from aiosmtpd.smtp import SMTP

from deploy.local import ports
from deploy.mailbox.keeping import Shelf
from deploy.mailbox.pages import app

LARGEST = 40 * 1024 * 1024  # bytes of a mail


class Taking:
    """Takes every mail for whomever."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        await asyncio.to_thread(self._shelf.put, envelope.mail_from, envelope.rcpt_tos, envelope.content)
        return "250 Kept, and sent nowhere"


async def serve(shelf: Shelf, host: str, smtp_port: int, port: int) -> None:
    """Serve both until told to stop; pages are for who names this machine, wherever they listen."""

    def connected() -> SMTP:
        return SMTP(Taking(shelf), data_size_limit=LARGEST, enable_SMTPUTF8=True, hostname="mailbox.invalid")

    listening = await asyncio.get_running_loop().create_server(connected, host, smtp_port)
    config = uvicorn.Config(app(shelf, ports.HOST), host=host, port=port, log_level="warning")
    async with listening:
        await uvicorn.Server(config).serve()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.mailbox", description=__doc__)
    parser.add_argument("--host", default=ports.HOST, help="in a container every address, published on loopback alone")
    parser.add_argument("--smtp-port", type=int, default=2525)
    parser.add_argument("--port", type=int, default=8025, help="of the pages")
    parser.add_argument("--folder", type=Path, default=Path("mails"), help="where mails are kept as .eml files")
    asked = parser.parse_args(arguments)
    print(f"Mail to smtp://{ports.HOST}:{asked.smtp_port} is shown at http://{ports.HOST}:{asked.port}", flush=True)
    asyncio.run(serve(Shelf(asked.folder), asked.host, asked.smtp_port, asked.port))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
