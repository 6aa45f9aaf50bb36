"""What a backup is made of, so that a restore can tell a whole one from a part of one."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deploy.backup.problem import CannotGoOn

FORMAT = 1
FILE = "manifest.json"
BLOBS = "blobs"  # beside the backups, for all of them together: no file of a client is ever changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """One database: its file with its size in bytes and its SHA-256 in hexadecimal."""

    file: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`at` is the instant (ISO 8601) that everything is of, `waited_ms` what writers waited for it."""

    at: str
    waited_ms: int
    dumps: dict[str, Dump]
    blobs: list[str]
    format: int = FORMAT


def describe(file: Path) -> Dump:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return Dump(file=file.name, size=file.stat().st_size, sha256=digest)


def write(folder: Path, manifest: Manifest) -> None:
    (folder / FILE).write_text(json.dumps(asdict(manifest), indent=1))


def read(folder: Path) -> Manifest:
    """Read what a folder holds and check every byte of it. Raises CannotGoOn."""
    try:
        found: dict[str, Any] = json.loads((folder / FILE).read_text())
    except FileNotFoundError:
        raise CannotGoOn(f"{folder} is no backup: it has no {FILE}, which is written last.") from None
    if found["format"] != FORMAT:
        raise CannotGoOn(f"{folder} is a backup of another format than this version reads.")
    dumps = {name: Dump(**dump) for name, dump in found["dumps"].items()}
    for dump in dumps.values():
        file = folder / dump.file
        if not file.is_file() or describe(file) != dump:
            raise CannotGoOn(f"{file} is missing, cut short or changed; take another backup.")
    return Manifest(**found | {"dumps": dumps})
