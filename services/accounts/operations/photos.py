"""Which photo an account shows (R-PHOTO-*); its files are the business of `services.accounts.photos`."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Unavailable
from contracts.accounts import AccountRef, Photo
from contracts.common import Done
from services.accounts import rules, snapshot
from services.accounts.model import Account, PhotoLeftover
from services.accounts.timing import PHOTO_MADE_WITHIN
from services.accounts.visibility import check, depicted, locked


def may_change(session: Session, ctx: Context, account_id: UUID) -> None:
    """Refuse who may not change the photo. Raises AccountNotFound, Forbidden."""
    check(session, ctx, account_id, depicted)
    rules.check(ctx.actor, "change_photo")


def begin(session: Session, ctx: Context, account_id: UUID, photo_id: UUID) -> None:
    """Put on record that files of this photo are about to be kept: if nobody shows it in time, they go again."""
    due_at = ctx.now + PHOTO_MADE_WITHIN
    session.add(PhotoLeftover(firm_id=ctx.firm, photo_id=photo_id, account_id=account_id, due_at=due_at))


def show(session: Session, ctx: Context, account_id: UUID, photo_id: UUID) -> Photo:
    """Let the account show a photo whose files are kept; whoever comes last wins (R-PHOTO-2).

    Raises AccountNotFound, Forbidden, and Unavailable where the files were taken for forgotten ones meanwhile.
    """
    account = locked(session, ctx, account_id, depicted)
    rules.check(ctx.actor, "change_photo")
    mine = delete(PhotoLeftover).where(PhotoLeftover.firm_id == ctx.firm, PhotoLeftover.photo_id == photo_id)
    if session.execute(mine.returning(PhotoLeftover.photo_id)).first() is None:
        raise Unavailable("The photo took too long to make; try again.")
    leave(session, ctx, account)
    account.photo_id, account.photo_by, account.photo_at = photo_id, rules.side(ctx.actor), ctx.now
    photo = snapshot.changed(session, ctx, account.id).photo
    if photo is None:
        raise AssertionError
    return photo


def delete_photo(session: Session, ctx: Context, request: AccountRef) -> Done:
    """Show the initials again; done already, nothing changes. Raises AccountNotFound, Forbidden."""
    account = locked(session, ctx, request.account_id, depicted)
    rules.check(ctx.actor, "change_photo")
    if account.photo_id is not None:
        leave(session, ctx, account)
        account.photo_id = account.photo_by = account.photo_at = None
        snapshot.report(session, ctx, [account.id])
    return Done()


def leave(session: Session, ctx: Context, account: Account) -> None:
    """Let the sweep remove the files of the photo shown so far; for whoever takes it, or the account, away."""
    if account.photo_id is not None:
        session.add(PhotoLeftover(firm_id=ctx.firm, photo_id=account.photo_id, account_id=account.id, due_at=ctx.now))
