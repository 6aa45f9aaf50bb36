"""The folder that every account has: open to clients, made when its documents are first looked at (R-DOC-8)."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.db import Transactions
from services.documents.access import folder
from services.documents.rules import FIRST_FOLDER, first_folder


def ensure(db: Transactions, ctx: Context, account_id: UUID) -> None:
    """See to it that the account has a folder."""
    with db.reading(ctx) as session:
        is_there = _has_one(session, ctx, account_id)
    if not is_there:
        with db.transaction(ctx) as session:
            make(session, ctx, account_id)


def make(session: Session, ctx: Context, account_id: UUID) -> None:
    """The same within a transaction; whoever else does it makes the same folder."""
    if _has_one(session, ctx, account_id):
        return
    values = {
        "firm_id": ctx.firm,
        "id": first_folder(account_id),
        "account_id": account_id,
        "version": 1,
        "created_at": ctx.now,
        "updated_at": ctx.now,
        "name": FIRST_FOLDER,
        "client_access": "edit",
    }
    session.execute(insert(folder).values(values).on_conflict_do_nothing())


def _has_one(session: Session, ctx: Context, account_id: UUID) -> bool:
    mine = exists().where(folder.c.firm_id == ctx.firm, folder.c.account_id == account_id)
    return bool(session.scalar(select(mine)))
