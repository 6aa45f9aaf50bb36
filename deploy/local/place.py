"""Where private servers live and as whom they run: PostgreSQL refuses root, and that user must reach its folder."""

import grp
import hashlib
import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.local.problem import CannotStart

ELSEWHERE = Path("/var/lib/dossier")


@dataclass(frozen=True)
class User:
    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]

    @property
    def ids(self) -> str:
        return ",".join(str(number) for number in (self.uid, self.gid, *self.groups))


def is_root() -> bool:
    return os.geteuid() == 0


def server_user(name: str) -> User | None:
    """The user the packages made for a server when we are root; None: run it as ourselves."""
    if not is_root():
        return None
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise CannotStart(
            f"There is no user {name} to run its server as. Make one: useradd --system --shell /usr/sbin/nologin {name}"
        ) from None
    groups = tuple(group.gr_gid for group in grp.getgrall() if name in group.gr_mem)
    return User(name, entry.pw_uid, entry.pw_gid, groups)


def private_folder(wanted: Path, user: User | None) -> Path:
    """Make `wanted` a folder that only `user` reads; a link to one elsewhere where `user` cannot reach it."""
    wanted = wanted.absolute()
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if wanted.is_symlink() and not wanted.is_dir():
        wanted.unlink()  # what it led to is gone
    if not wanted.exists():
        wanted.mkdir(mode=0o700)
    folder = wanted.resolve()
    if user is None:
        folder.chmod(0o700)
        return folder
    os.chown(folder, user.uid, user.gid)
    folder.chmod(0o700)
    if _can_write(folder, user):
        return folder
    if any(folder.iterdir()):
        raise CannotStart(
            f"The user {user.name} can no longer reach {folder}. Allow it: chmod a+x on the folders above."
        )
    folder.rmdir()
    moved = _elsewhere() / hashlib.sha256(os.fsencode(wanted.parent)).hexdigest()[:16] / wanted.name
    moved.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chown(moved, user.uid, user.gid)
    if not _can_write(moved, user):
        raise CannotStart(
            f"The user {user.name} can write neither {wanted} nor {moved}. Run from a folder it can reach."
        )
    wanted.symlink_to(moved)
    return moved


def run_as(user: User | None, command: list[str], **options: object) -> "subprocess.CompletedProcess[str]":
    """Run a short command as `user`, its output kept as text."""
    who = {"user": user.uid, "group": user.gid, "extra_groups": list(user.groups)} if user else {}
    return subprocess.run(command, check=False, capture_output=True, text=True, **who, **options)  # type: ignore[call-overload, no-any-return]


def _can_write(folder: Path, user: User) -> bool:
    return run_as(user, ["test", "-w", str(folder)], cwd="/").returncode == 0


def _elsewhere() -> Path:
    for candidate in (ELSEWHERE, Path(tempfile.gettempdir()) / "dossier"):
        try:
            candidate.mkdir(mode=0o711, parents=True, exist_ok=True)
        except OSError:
            continue
        return candidate
    raise CannotStart(f"Neither {ELSEWHERE} nor {tempfile.gettempdir()} can be written to.")
