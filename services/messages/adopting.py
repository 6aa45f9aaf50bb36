"""Has the attachments of e-mails made documents, after the e-mail is there: documents may be away meanwhile."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import AppError, Unavailable
from chassis.logs import log
from contracts.documents import AdoptFile
from services.messages import model
from services.messages.operations.emails import saving

PAUSE_SECONDS = 120.0  # until the next try; longer than copying all files of one e-mail takes
BATCH = 16


def adopt_due(db: Transactions, adopt: Callable[[Context, AdoptFile], Any]) -> int:
    """Ask documents, `adopt`, for what is due, of every firm; how many e-mails there were."""
    now, row = Context(), model.EmailAdoption
    with db.reading(now) as session:
        query = select(row.firm_id, row.email_id, row.account_id).where(row.due_at <= now.now)
        due = session.execute(query.order_by(row.due_at).limit(BATCH)).all()
    for place, (firm_id, email_id, account_id) in enumerate(due):
        ctx = Context(firm_id=firm_id)
        with db.transaction(ctx) as session:
            files = saving.take(session, ctx, email_id, account_id, PAUSE_SECONDS)
        try:
            for file in files or ():
                _adopt(adopt, Context(firm_id=firm_id), file)
        except Unavailable as problem:
            log.warning("attachments wait", email_id=str(email_id), error=str(problem))
            return place  # the others would fare no better
        if files is not None:
            with db.transaction(ctx) as session:
                saving.done(session, ctx, email_id, account_id)
    return len(due)


def _adopt(adopt: Callable[[Context, AdoptFile], Any], ctx: Context, file: AdoptFile) -> None:
    try:
        adopt(ctx, file)
    except Unavailable:
        raise
    except AppError as problem:  # it stays with its e-mail
        log.warning("an attachment can't be a document", source=file.source, error=str(problem))
