"""`make reset`: forget the data, logs and passwords of `make run`; what the environment names stays untouched."""

import os
import shutil
import sys
from pathlib import Path

from deploy.local import containers
from deploy.local.home import Home
from deploy.local.problem import CannotStart
from deploy.local.servers import FOLDERS


def main() -> int:
    home = Home()
    try:
        with home.taken():
            forget(home)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"Forgotten: all data in {home.folder}.")
    named = [key for key in os.environ if key == "DATABASE_URL" or key.endswith("_DATABASE_URL")]
    if named:
        print(f"Databases on the server that {', '.join(named)} names are yours: drop them there if you mean to.")
    return 0


def forget(home: Home) -> None:
    """Remove private servers' data, wherever it had to live, containers' volumes, and the rest of the folder."""
    folders = [home.servers / name for name in FOLDERS.values()]
    contained = [folder for folder in folders if (folder / "password").is_file()]
    if contained:
        containers.forget_volumes(contained)
    for folder in folders:
        if folder.is_symlink():
            moved = folder.resolve()
            shutil.rmtree(moved, ignore_errors=True)
            _remove_if_empty(moved.parent)
    for entry in home.folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != "lock":  # held by us; another start must find the same file
            entry.unlink()


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


if __name__ == "__main__":
    sys.exit(main())
