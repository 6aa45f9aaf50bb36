"""The way of a photo: an upload into files of ours, a row that shows them, and the removal of what nobody shows.

Files come first and the row last, so that whatever dies between leaves a photo that nobody sees, on record as such.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis import once
from chassis.blobs import BlobNotFound, Blobs
from chassis.context import Context, new_id
from chassis.db import Transactions
from chassis.errors import Unavailable, wrong
from chassis.logs import log
from contracts.accounts import PHOTO_SIZES, Photo, SetPhoto
from services.accounts.model import PhotoLeftover
from services.accounts.operations import photos
from services.accounts.timing import BATCH

Compute = Callable[..., Any]  # `compute(function, *arguments)`: how the caller runs what computes for long


def path(firm_id: UUID, account_id: UUID, photo_id: UUID, size: int) -> str:
    """Where a photo's file of one size is kept."""
    return f"photos/{firm_id}/{account_id}/{photo_id}/{size}.webp"


def set_photo(db: Transactions, blobs: Blobs, compute: Compute, ctx: Context, request: SetPhoto) -> Photo:
    """Make an upload the account's photo, once per key; a repeated request comes with an upload of its own.

    Raises AccountNotFound, Forbidden, Invalid about `photo` or the square, Unavailable.
    """
    with db.reading(ctx) as session:
        photos.may_change(session, ctx, request.account_id)
    content = _upload(blobs, request.upload)
    asked = once.digest("set_photo", replace(request, upload=hashlib.sha256(content).hexdigest()))
    known = once.recall(db, ctx, asked, Photo)
    if known is not None:
        return known  # type: ignore[no-any-return]
    files: dict[int, bytes] = compute(_pictures().make, content, _square(request))
    photo_id = new_id()
    with db.transaction(ctx) as session:
        photos.begin(session, ctx, request.account_id, photo_id)
    for size, file in files.items():
        blobs.create(path(ctx.firm, request.account_id, photo_id, size), file)
    try:
        with db.transaction(ctx) as session:
            photo = photos.show(session, ctx, request.account_id, photo_id)
            once.remember(session, ctx, asked, photo)
    except IntegrityError:
        known = once.recall(db, ctx, asked, Photo)  # a twin was faster
        if known is None:
            raise
        return known  # type: ignore[no-any-return]
    return photo


def _pictures() -> Any:
    from services.accounts import pictures  # noqa: PLC0415 (nine megabytes that a process at rest does without)

    return pictures


def _upload(blobs: Blobs, upload: str) -> bytes:
    most = _pictures().MAX_BYTES
    try:
        found = blobs.open(upload)
        if found.size > most:
            raise wrong("photo", f"A photo has at most {most // 1024 // 1024} MB.")
        return b"".join(found.parts)
    except BlobNotFound as exc:
        raise Unavailable("The upload is gone; send it again.") from exc


def _square(request: SetPhoto) -> Any:
    given = {"x": request.x, "y": request.y, "size": request.size}
    missing = [name for name, value in given.items() if value is None]
    if len(missing) == len(given):
        return None
    if missing:
        raise wrong(missing[0], "A square needs x, y and size.")
    return _pictures().Square(**given)


def sweep(db: Transactions, blobs: Blobs, now: Context) -> int:
    """Remove the files of photos, of every firm, that nobody shows; how many photos went."""
    with db.reading(now) as session:
        due = _due(session, now)
    for found in due:
        try:
            blobs.delete(*(path(found.firm_id, found.account_id, found.photo_id, size) for size in PHOTO_SIZES))
        except Unavailable as problem:
            log.warning("photos wait for their removal", error=str(problem))
            return due.index(found)
        with db.transaction(replace(now, firm_id=found.firm_id)) as session:
            session.execute(
                delete(PhotoLeftover).where(
                    PhotoLeftover.firm_id == found.firm_id, PhotoLeftover.photo_id == found.photo_id
                )
            )
    return len(due)


def _due(session: Session, now: Context) -> list[Any]:
    left = PhotoLeftover
    query = select(left.firm_id, left.account_id, left.photo_id).where(left.due_at <= now.now)
    return list(session.execute(query.order_by(left.due_at).limit(BATCH)))
