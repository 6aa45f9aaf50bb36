"""The store of files, copied to and from a folder beside the backups."""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from chassis.blobs import BlobNotFound, Blobs
from contracts.files import INCOMING
from deploy.backup.problem import CannotGoOn

AT_ONCE = 8
PART = 1024 * 1024  # bytes
UNFINISHED = ".part"  # ends no path of the store that is worth keeping


class Folder:
    """Files by their paths in the store, each whole or not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sizes(self) -> dict[str, int]:
        found = (path for path in self._folder.rglob("*") if path.is_file() and path.suffix != UNFINISHED)
        return {path.relative_to(self._folder).as_posix(): path.stat().st_size for path in found}

    def keep(self, path: str, parts: Iterable[bytes]) -> None:
        whole = self._folder / path
        whole.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = whole.with_name(whole.name + UNFINISHED)
        with part.open("wb") as file:
            file.writelines(parts)
        part.rename(whole)

    def parts(self, path: str) -> Iterator[bytes]:
        with (self._folder / path).open("rb") as file:
            while part := file.read(PART):
                yield part


def copy_new(source: Blobs, target: Folder) -> set[str]:
    """Copy what the target lacks, and give all that the source has but uploads that nobody has taken up yet."""
    known = target.sizes()
    wanted = {path: size for path, size in source.sizes().items() if not path.startswith(f"{INCOMING}/")}

    def copy(path: str) -> None:
        with suppress(BlobNotFound):  # removed since it was listed
            target.keep(path, source.open(path).parts)

    _each(copy, [path for path, size in wanted.items() if known.get(path) != size])
    return set(wanted)


def bring_back(source: Folder, target: Blobs, paths: Collection[str]) -> None:
    """Copy these. Raises CannotGoOn where the source lacks one."""
    known, there = target.sizes(), source.sizes()
    missing = sorted(set(paths) - there.keys())
    if missing:
        raise CannotGoOn(f"{len(missing)} files are missing beside the backup, {missing[0]} among them.")
    wanted = [path for path in paths if known.get(path) != there[path]]
    _each(lambda path: target.put(path, source.parts(path)), wanted)


def _each(act: Callable[[str], None], paths: list[str]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(act, paths))
