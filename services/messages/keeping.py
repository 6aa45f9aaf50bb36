"""The way of a file: an upload into a place of ours, on record before its bytes, and removed when nobody shows it.

Files come first and the row that shows them last, so that whatever dies between leaves a file that nobody sees.
"""

import datetime as dt
import hashlib
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from chassis import once
from chassis.blobs import BlobNotFound, Blobs
from chassis.context import Context, new_id
from chassis.db import Transactions
from chassis.errors import Unavailable, wrong
from chassis.logs import log
from contracts.chat_files import AddAttachment, Attachment
from contracts.client_tasks import Side
from services.messages import model
from services.messages.operations import files

MAX_BYTES = 100 * 1024 * 1024
BATCH = 100  # files that one sweep removes at the most
# A file that is due may be shown by a call that came in just before: it is left alone for longer than any call lasts.
SPARED = dt.timedelta(minutes=5)


def path(firm_id: UUID, account_id: UUID, file_id: UUID) -> str:
    """Where a file is kept."""
    return f"chats/{firm_id}/{account_id}/{file_id}"


def add(db: Transactions, blobs: Blobs, ctx: Context, request: AddAttachment, side: Side) -> Attachment:
    """Keep an upload for a message to come, once per key; a repeated request comes with an upload of its own.

    Raises Invalid, Unavailable.
    """
    file_id = new_id()
    with db.transaction(ctx) as session:
        files.begin(session, ctx, file_id, request, side)
    try:
        size, content = _read(blobs, request.upload)
        blobs.copy(request.upload, path(ctx.firm, request.account_id, file_id))
    except BlobNotFound as exc:
        raise Unavailable("The upload is gone; send it again.") from exc
    asked = once.digest("add_attachment", replace(request, upload=content))
    known = once.recall(db, ctx, asked, Attachment)
    if known is not None:
        return known  # type: ignore[no-any-return]
    try:
        with db.transaction(ctx) as session:
            made = files.kept(session, ctx, file_id, size)
            once.remember(session, ctx, asked, made)
    except IntegrityError:
        known = once.recall(db, ctx, asked, Attachment)  # a twin was faster
        if known is None:
            raise
        return known  # type: ignore[no-any-return]
    return made


def _read(blobs: Blobs, upload: str) -> tuple[int, str]:
    """How large an upload is, and the digest of its content, by which a repeated request is known."""
    found = blobs.open(upload)
    if found.size > MAX_BYTES:
        raise wrong("upload", f"A file has at most {MAX_BYTES // 1024 // 1024} MB.")
    digest = hashlib.sha256()
    for part in found.parts:
        digest.update(part)
    return found.size, digest.hexdigest()


def sweep(db: Transactions, blobs: Blobs, now: Context) -> int:
    """Remove the files, of every firm, that nobody shows; how many went."""
    with db.reading(now) as session:
        file = model.Attachment
        due = select(file.firm_id, file.account_id, file.id).where(file.due_at <= now.now - SPARED)
        found: list[Any] = list(session.execute(due.order_by(file.due_at).limit(BATCH)))
    for gone, one in enumerate(found):
        try:
            blobs.delete(path(one.firm_id, one.account_id, one.id))
        except Unavailable as problem:
            log.warning("files of chats wait for their removal", error=str(problem))
            return gone
        with db.transaction(replace(now, firm_id=one.firm_id)) as session:
            file = model.Attachment
            session.execute(delete(file).where(file.firm_id == one.firm_id, file.id == one.id))
    return len(found)
