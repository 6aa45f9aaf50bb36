"""A small process between us and what we start, so that nothing outlives us, however we end.

`tie SIGNAL -- COMMAND…` becomes COMMAND, which gets SIGNAL when our process dies.

`hold OPTIONS -- COMMAND… [--and COMMAND…]` stays: it runs the commands until the last one ends, until its standard
input closes (we stopped, or died), or until a signal: TERM stops them gracefully, USR1 kills them at once. Whatever
they have started by then, daemons included, is killed before it leaves.

Runs on the standard library alone and without site-packages (`python -I -S`), as it is started often.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
GRACE = 45.0  # s; RabbitMQ may need most of it on a busy machine


def prctl(option: int, value: int) -> None:
    """Ask Linux; elsewhere the closing pipe alone has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def tie(death_signal: int, command: list[str], parent: int) -> None:
    """Become `command`, to be sent `death_signal` when `parent` dies."""
    prctl(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


def hold(commands: list[list[str]], stop_signal: int, user: dict[str, object]) -> int:
    """Run `commands`, the last of which decides when all is over; answers with its exit status."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)  # daemons become our children, not init's
    told, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    running = [_spawn(command, user) for command in commands]
    main, deadline, watched = running[-1], 0.0, [0, told]
    while main.poll() is None:
        left = max(0.0, deadline - time.monotonic()) if deadline else None
        ready = select.select(watched, [], [], left)[0]
        signals = os.read(told, 64) if told in ready else b""
        if 0 in ready and not os.read(0, 64):
            watched = [told]
            signals += bytes([signal.SIGTERM])
        if signal.SIGCHLD in signals:
            reap(except_for={process.pid for process in running})
        overdue = bool(deadline) and time.monotonic() >= deadline
        if overdue or signal.SIGUSR1 in signals:
            kill_descendants()
        elif not deadline and {signal.SIGTERM, signal.SIGINT, signal.SIGHUP} & set(signals):
            deadline = time.monotonic() + GRACE
            main.send_signal(stop_signal)
    kill_descendants()
    return main.returncode


def _spawn(command: list[str], user: dict[str, object]) -> "subprocess.Popen[bytes]":
    process: subprocess.Popen[bytes] = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        # Safe here: this process has one thread. Runs after the change of user, which would undo it.
        preexec_fn=lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509
        **user,  # type: ignore[call-overload]
    )
    return process


def reap(except_for: set[int]) -> None:
    """Take the exit statuses of daemons that came to us, not those that Popen waits for."""
    for pid in children(os.getpid()) - except_for:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            continue


def kill_descendants() -> None:
    """SIGKILL everything that descends from this process, and wait until it is gone."""
    while True:
        for pid in descendants(os.getpid()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def descendants(ancestor: int) -> set[int]:
    """List the processes below `ancestor`."""
    tree, found, queue = family(), set[int](), [ancestor]
    while queue:
        below = tree.get(queue.pop(), set())
        found |= below
        queue += below
    return found


def children(parent: int) -> set[int]:
    return family().get(parent, set())


def family() -> dict[int, set[int]]:
    """Map each process to its children, from /proc; empty where there is no /proc."""
    tree: dict[int, set[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The command's name, in parentheses, may hold anything; the parent is the second field after it.
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue  # it ended while we looked
        tree.setdefault(parent, set()).add(int(stat.parent.name))
    return tree


def main(argv: list[str]) -> int:
    split = argv.index("--")
    mode, options, command = argv[0], argv[1:split], argv[split + 1 :]
    if mode == "tie":
        tie(int(options[0]), command, parent=int(options[1]))
    commands: list[list[str]] = [[]]
    for word in command:
        if word == "--and":
            commands.append([])
        else:
            commands[-1].append(word)
    user: dict[str, object] = {}
    if len(options) > 1:
        uid, gid, *groups = (int(number) for number in options[1].split(","))
        user = {"user": uid, "group": gid, "extra_groups": groups}
    return hold(commands, int(options[0]), user)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
