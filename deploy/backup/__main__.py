"""`python -m deploy.backup FOLDER`: copy a running system, as it is at one instant, into a new folder in FOLDER."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from chassis.blobs import Blobs
from chassis.config import Settings, SettingsError, load_settings
from chassis.errors import Unavailable
from deploy.backup import files, manifest, tools
from deploy.backup.cut import Cut, cut
from deploy.backup.manifest import BLOBS, Manifest
from deploy.backup.problem import CannotGoOn
from deploy.local.services import service_names

AT_ONCE = 2  # dumps; each keeps one core of the database's server busy


def back_up(settings: Settings, folder: Path) -> Path:
    """Make a backup while the system serves, and give its folder. Raises CannotGoOn, Unavailable."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    source, target = Blobs(settings), files.Folder(folder / BLOBS)
    urls = {name: reading_url(settings, name) for name in service_names()}
    paths = files.copy_new(source, target)  # nearly all, so that little is left to do after the cut
    with cut(urls) as taken:
        paths |= files.copy_new(source, target)
        name = f"{taken.at:%Y%m%dT%H%M%SZ}"
        part = folder / f"{name}.part"
        part.mkdir(mode=0o700)
        _dump_all(urls, taken, part)
    paths &= target.sizes().keys()  # but those that were removed before they were copied
    dumps = {service: manifest.describe(part / f"{service}.dump") for service in urls}
    waited = round(taken.seconds * 1000)
    manifest.write(part, Manifest(at=taken.at.isoformat(), waited_ms=waited, dumps=dumps, blobs=sorted(paths)))
    return part.rename(folder / name)


def reading_url(settings: Settings, service: str) -> str:
    """Where a service's database is read by somebody who sees all firms' rows. Raises SettingsError."""
    given = settings.environment
    own = given.get(f"{service.upper()}_BACKUP_DATABASE_URL")
    if own:
        return own
    url, server = settings.database_for(service), given.get("BACKUP_DATABASE_URL")
    return urlunsplit(urlsplit(server)._replace(path=urlsplit(url).path)) if server else url


def _dump_all(urls: Mapping[str, str], taken: Cut, folder: Path) -> None:
    waiting = list(urls)
    while waiting:
        now, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
        running = {name: _dump(urls[name], taken.snapshots[name], folder / f"{name}.dump") for name in now}
        for name, process in running.items():
            tools.end(process, f"The database of {name} could not be copied")


def _dump(url: str, snapshot: str, file: Path) -> "subprocess.Popen[str]":
    file.touch(mode=0o600)
    return tools.begin("pg_dump", url, f"--snapshot={snapshot}", "--format=custom", "--compress=1", f"--file={file}")


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m deploy.backup FOLDER", file=sys.stderr)
        return 2
    began = time.monotonic()
    try:
        made = back_up(load_settings(environ, needs=("blobs",)), Path(arguments[0]))
    except (CannotGoOn, SettingsError, Unavailable) as problem:
        print(f"There is no backup. {problem}", file=sys.stderr)
        return 1
    found = manifest.read(made)
    size = sum(dump.size for dump in found.dumps.values())
    print(
        f"{made}: {len(found.dumps)} databases in {size / 1e6:.1f} MB and {len(found.blobs)} files as of {found.at};"
        f" {time.monotonic() - began:.1f} s, in which writers waited {found.waited_ms} ms"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
