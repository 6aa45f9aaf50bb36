"""`python -m deploy.sample`: fill a sample firm in the running system, unless somebody's firm is there already."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chassis import logs
from chassis.blobs import AsyncBlobs
from chassis.config import Settings, SettingsError, load_settings
from chassis.errors import AppError
from deploy.local.children import reachable
from deploy.local.home import Home, write_privately
from deploy.sample.books import Books, QuickBooks
from deploy.sample.calls import Caller
from deploy.sample.clients import clients
from deploy.sample.filling import Filling
from deploy.sample.firm import furnish, open_firm
from deploy.sample.portal import PASSWORD, SHOWN
from deploy.sample.team import FIRM, OWNER, TEAM
from gateway.bus import Bus

LINES = 5  # of progress, where it is no terminal


def main(arguments: list[str]) -> int:
    """Say what is done; answer with 0 also when there is nothing to do."""
    parser = argparse.ArgumentParser(prog="python -m deploy.sample", description=__doc__)
    parser.add_argument("--anyway", action="store_true", help="also beside somebody's firm")
    parser.add_argument("--clients", type=int, metavar="NUMBER", help="the first ones alone")
    asked = parser.parse_args(arguments)
    logs.setup("sample", "WARNING")
    try:
        settings = load_settings(needs=("amqp_uri", "blobs"))
        if not asked.anyway and has_other_firms(settings):
            print("There are firms here already, so no sample firm is made. Make it: python -m deploy.sample --anyway")
            return 0
        began = time.monotonic()
        firm_id, made = asyncio.run(fill(settings, asked.clients))
    except SettingsError as fault:
        print(fault, file=sys.stderr)
        return 2
    except (AppError, psycopg.Error) as fault:
        what = getattr(fault, "data", "")
        print(f"The sample firm is not complete; the next try goes on from here. {fault} {what}", file=sys.stderr)
        return 1
    write_sign_ins(firm_id)
    print(f"{FIRM}: {made} clients with their work, made in {time.monotonic() - began:.0f} s")
    return 0


def has_other_firms(settings: Settings) -> bool:
    """Whether anybody but the sample's own members can sign in; identity's list of logins names no firm's secrets."""
    own = [worker.email for worker in TEAM]
    with psycopg.connect(settings.database_for("identity"), connect_timeout=5) as connection:
        query = "SELECT EXISTS (SELECT 1 FROM login WHERE email_folded <> ALL(%s))"
        row = connection.execute(query, [own]).fetchone()
    return bool(row and row[0])


async def fill(settings: Settings, most: int | None = None) -> tuple[UUID, int]:
    """Make the firm and its clients, the first `most` if told, and give the firm's id and how many clients it has."""
    async with Bus(settings, name="sample") as bus:
        caller = await open_firm(Caller(bus))
        firm = await furnish(caller)
        plan = clients()[:most]
        gateway = reachable(settings.host, settings.port)
        print(f"Watch it grow at {gateway}: sign in as {OWNER.email} / {OWNER.password}", flush=True)
        with progress(len(plan)) as on_done:
            # The dates hang on the firm's first day, so that what an interrupted run asked for is asked for again.
            today = caller.members[OWNER.key].created_at.date()
            simulated = os.environ.get("DOSSIER_SAMPLE_QUICKBOOKS")
            books = Books(caller, QuickBooks(simulated), gateway) if simulated else None
            await Filling(caller, AsyncBlobs(settings), firm, today, on_done, books).fill(plan)
        return caller.firm, len(plan)


@contextmanager
def progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, a few plain lines elsewhere; gives what to call after each client."""
    console = Console()
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("Clients", total=total)
            yield lambda: bar.advance(task)
        return
    done = 0

    def line() -> None:
        nonlocal done
        done += 1
        if done * LINES // total > (done - 1) * LINES // total:
            print(f"{done} of {total} clients", flush=True)

    yield line


def write_sign_ins(firm_id: UUID) -> None:
    """Write who may sign in to DOSSIER_SAMPLE_FILE, `.run/sample.json` unless said otherwise."""
    chosen = os.environ.get("DOSSIER_SAMPLE_FILE")
    file = Path(chosen) if chosen else Home().sample
    file.parent.mkdir(parents=True, exist_ok=True)
    sign_ins = [
        {"role": worker.label, "name": worker.name, "email": worker.email, "password": worker.password}
        for worker in TEAM
    ]
    clients_in = [{"email": email, "password": PASSWORD} for email in SHOWN]
    document = {"firm": {"id": str(firm_id), "name": FIRM}, "sign_ins": sign_ins, "portal": clients_in}
    write_privately(file, document)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
