"""What other services reported: accounts, members, tags. An event older than what is known changes nothing."""

from sqlalchemy import ColumnElement, delete, func, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis import history
from chassis.addresses import fold
from chassis.context import Context
from contracts.accounts import Account, AccountChanged, AccountCreated, AccountDeleted, TagChanged
from contracts.identity import MemberChanged, MemberCreated, MemberDeactivated, MemberRestored
from services.contacts.model import AccountRef, Contact, ContactLink, MemberRef, TagRef
from services.contacts.operations import announcing, rows


def account_changed(session: Session, ctx: Context, happened: AccountCreated | AccountChanged) -> None:
    """Note how the account is; hearing of it at all says that its opening went well.

    An archived one lets nobody in, a re-activated one whom it let in before (R-ARC-1, R-ARC-3).
    """
    account = happened.account
    known = rows.account_to_open(session, ctx, account.id)
    with announcing.access_watched(session, ctx, [known] if known and known.state != account.state else []):
        _note(session, ctx, account)


def _note(session: Session, ctx: Context, account: Account) -> None:
    values = {
        "code": account.code,
        "name": account.name,
        "state": account.state,
        "team": [member.id for member in account.team],
        "version": account.version,
        "is_open": True,
    }
    statement = insert(AccountRef).values(firm_id=ctx.firm, id=account.id, **values)
    # The opening gave the facts of a version that may be the one reported here.
    is_newer = or_(AccountRef.version < account.version, ~AccountRef.is_open)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["firm_id", "id"], set_=values, where=is_newer & ~AccountRef.is_gone
        )
    )


def account_deleted(session: Session, ctx: Context, happened: AccountDeleted) -> None:
    """End the account's links; its contacts survive (R-ARC-4)."""
    values = {"is_gone": True, "is_open": True, "team": [], "version": happened.version}
    empty = {"code": "", "name": "", "state": "deleted"}
    statement = insert(AccountRef).values(firm_id=ctx.firm, id=happened.account_id, **values, **empty)
    session.execute(statement.on_conflict_do_update(index_elements=["firm_id", "id"], set_=values))
    session.execute(
        delete(ContactLink).where(ContactLink.firm_id == ctx.firm, ContactLink.account_id == happened.account_id)
    )
    history.forget(session, ctx, happened.account_id)


def member_changed(
    session: Session,
    ctx: Context,
    happened: MemberCreated | MemberChanged | MemberDeactivated | MemberRestored,
) -> None:
    """Note the member's address, which no contact may take (R-C-3)."""
    member = happened.member
    values = {"folded": fold(member.email), "is_active": member.is_active, "version": member.version}
    statement = insert(MemberRef).values(firm_id=ctx.firm, id=member.id, **values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["firm_id", "id"], set_=values, where=MemberRef.version < member.version
        )
    )


def tag_changed(session: Session, ctx: Context, happened: TagChanged) -> None:
    """Note the tag; a deleted one goes from every contact (R-TAG-5) and does not come back."""
    tag = happened.tag
    values = {
        "name": tag.name, "colour": tag.colour, "is_deleted": happened.is_deleted, "version": happened.version,
    }  # fmt: skip
    statement = insert(TagRef).values(firm_id=ctx.firm, id=tag.id, **values)
    newer = ~TagRef.is_deleted & (TagRef.version < (happened.version + happened.is_deleted))  # a deletion is final
    session.execute(statement.on_conflict_do_update(index_elements=["firm_id", "id"], set_=values, where=newer))
    if happened.is_deleted:
        has_it: ColumnElement[bool] = Contact.tag_ids.contains([tag.id])
        without = func.array_remove(Contact.tag_ids, tag.id)
        session.execute(update(Contact).where(Contact.firm_id == ctx.firm, has_it).values(tag_ids=without))
