"""What somebody made a moment ago may be named at once, also to a service that its event has not reached yet."""

import time
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import TypeVar

from chassis.context import Context, made_at
from chassis.errors import AppError

R = TypeVar("R")
LATE_SECONDS = 2.0  # that an id is new; events take some hundredths, with a broker that is restarted minutes
PAUSE_SECONDS = 0.05
MOST_WAITING = 3  # calls of a process: whoever thinks up ids that look new must not take all its workers
PLACES = BoundedSemaphore(MOST_WAITING)


def patiently(ctx: Context, do: Callable[[], R]) -> R:
    """Do it, again and again while it is refused for what is so new that it may become known here any moment.

    `do` may be repeated, as every call may be under its key. What is not new, such as a wrong id, is refused at once,
    and so is everything while MOST_WAITING calls wait.
    """
    try:
        return do()
    except AppError as refusal:
        if not _may_pass(ctx, refusal) or not PLACES.acquire(blocking=False):
            raise
    try:
        while True:
            time.sleep(PAUSE_SECONDS)
            try:
                return do()
            except AppError as refusal:
                if not _may_pass(ctx, refusal):
                    raise
    finally:
        PLACES.release()


def _may_pass(ctx: Context, refusal: AppError) -> bool:
    newest = max(map(made_at, refusal.unknown), default=0)
    return 0 <= time.time() - newest < LATE_SECONDS <= ctx.remaining
