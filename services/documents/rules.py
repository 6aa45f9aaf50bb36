"""Decisions from values alone: names, types of files, which folders clients reach."""

import datetime as dt
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID, uuid5

from pathvalidate import sanitize_filename

from chassis.errors import wrong

TRASH_KEPT = dt.timedelta(days=120)  # R-DOC-9
FIRST_FOLDER = "Client documents"
OPENNESS = ("private", "view", "edit")  # of folders to clients, the least first (R-DOC-8)
# What a browser shows without running anything of it; all else is only ever saved.
SHOWN_INLINE = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
SNIFFED = 64 * 1024  # bytes from the beginning of a file that tell what it is
PLAIN, UNKNOWN = "text/plain", "application/octet-stream"


def first_folder(account_id: UUID) -> UUID:
    """The id of the folder that an account begins with, the same for whoever makes it."""
    return uuid5(account_id, FIRST_FOLDER)


def trimmed(name: str) -> str:
    """A name as it is kept: as typed, without space around it. Raises Invalid for nothing else."""
    kept = unicodedata.normalize("NFC", name).strip()
    if not kept:
        raise wrong("name", "Must not be blank.")
    return kept


def saved_as(name: str) -> str:
    """The name a file is saved under: without what file systems refuse (R-NAME-6)."""
    saved = str(sanitize_filename(name, replacement_text="_", platform="universal"))
    return saved if saved.strip(". ") else "_"  # a name of dots is a folder to file systems


def numbered(name: str, taken: Collection[str]) -> str:
    """The name, or where it is taken, whatever the case, the next free one: `Taxes (2)`, `return (2).pdf`."""
    if name.casefold() not in taken:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or "/" in suffix:
        stem, dot, suffix = name, "", ""
    number = 2
    while (found := f"{stem} ({number}){dot}{suffix}").casefold() in taken:
        number += 1
    return found


def media_type(beginning: bytes, name: str) -> str:
    """What a file is by its first SNIFFED bytes; its name decides only among what these bytes may be."""
    import puremagic  # noqa: PLC0415 (a megabyte of signatures that a process at rest does without)

    if beginning.startswith(b"%PDF-"):
        return "application/pdf"
    suffix = name.rpartition(".")[2].lower()
    try:
        found = puremagic.magic_string(beginning)
    except (puremagic.PureError, ValueError):  # nothing that it knows, and nothing at all
        found = []
    fitting = [one for one in found if one.extension == f".{suffix}"] or found
    for one in fitting:
        if one.mime_type and "/" in one.mime_type:
            return str(one.mime_type)
    return PLAIN if _is_text(beginning) else UNKNOWN


def _is_text(beginning: bytes) -> bool:
    try:
        text = beginning.decode()
    except UnicodeDecodeError as exc:
        if exc.start < len(beginning) - 3:  # else the last character is cut
            return False
        text = beginning[: exc.start].decode()
    return bool(text) and all(character.isprintable() or character in "\t\n\r\f" for character in text)


def reaches(folders: Iterable[Any]) -> dict[UUID, str]:
    """What clients may do in each folder: what its own setting says, but no more than in any above it (R-DOC-8)."""
    known = {folder.id: folder for folder in folders}
    found: dict[UUID, str] = {}

    def reach(folder: Any) -> str:
        if folder.id not in found:
            above = known.get(folder.parent_id)
            limits = [folder.client_access, *([reach(above)] if above is not None else [])]
            found[folder.id] = min(limits, key=OPENNESS.index)
        return found[folder.id]

    for folder in known.values():
        reach(folder)
    return found


def below(folder_id: UUID, folders: Iterable[Any]) -> set[UUID]:
    """A folder and all below it."""
    children: dict[UUID | None, list[UUID]] = {}
    for folder in folders:
        children.setdefault(folder.parent_id, []).append(folder.id)
    found: set[UUID] = set()
    waiting = [folder_id]
    while waiting:
        each = waiting.pop()
        found.add(each)
        waiting += children.get(each, [])
    return found


def summed(counts: Mapping[UUID, tuple[int, int]], folders: Collection[Any]) -> dict[UUID, tuple[int, int]]:
    """Two counts of each folder with those of all below it."""
    parents = {folder.id: folder.parent_id for folder in folders}
    sums: dict[UUID, tuple[int, int]] = dict.fromkeys(parents, (0, 0))
    for folder_id, (first, second) in counts.items():
        each: UUID | None = folder_id
        while each is not None and each in sums:
            sums[each] = sums[each][0] + first, sums[each][1] + second
            each = parents[each]
    return sums
