"""Changes of the firm's tags, and of which of them an account carries (R-TAG-*)."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis import outbox
from chassis.context import Context
from chassis.wire import UNSET
from contracts.account_settings import ChangeTag, CreateTag, TagRef
from contracts.accounts import Account as AccountMessage
from contracts.accounts import SetTags, TagChanged, TagExists, TagNotFound
from contracts.common import Done
from contracts.common import Tag as TagMessage
from contracts.proposals import ProposalSigned
from services.accounts import names, rules, snapshot, tags
from services.accounts.model import Account, AccountTag, Tag
from services.accounts.operations.accounts import same_version
from services.accounts.visibility import check, locked, locked_all


def set_tags(session: Session, ctx: Context, request: SetTags) -> AccountMessage:
    """Let the account carry these tags and no others; missing ones are made for who may manage tags (R-TAG-1).

    Raises AccountNotFound, Forbidden, AccountChangedMeanwhile, TagNotFound, Invalid.
    """
    check(session, ctx, request.account_id)
    rules.check(ctx.actor, "apply_tags")
    may_create = rules.may_in_firm(ctx.actor, "manage_tags")
    wanted = tags.ensure(session, ctx, request.tags, may_create=may_create)
    account = locked(session, ctx, request.account_id)
    same_version(session, ctx, account, request.version)
    if wanted == tags.of(session, ctx, account.id):
        return snapshot.of(session, ctx, account.id)
    tags.put(session, ctx, account.id, wanted)
    return snapshot.changed(session, ctx, account.id)


def create_tag(session: Session, ctx: Context, request: CreateTag) -> TagMessage:
    """Make a tag, with a colour of the palette where none is given. Raises Forbidden, TagExists, Invalid."""
    rules.check_in_firm(ctx.actor, "manage_tags")
    name = tags.clean(request.name)
    made = tags.make(session, ctx, name, request.colour or tags.default_colour(names.key(name)))
    if made is None:
        raise TagExists(name=name)
    return made


def change_tag(session: Session, ctx: Context, request: ChangeTag) -> TagMessage:
    """Rename or recolour a tag, on every account that carries it. Raises Forbidden, TagNotFound, TagExists."""
    rules.check_in_firm(ctx.actor, "manage_tags")
    tag = _locked(session, ctx, request.tag_id)
    if request.name is not UNSET:
        tag.name = tags.clean(request.name)
        tag.key = names.key(tag.name)
    if request.colour is not UNSET:
        tag.colour = request.colour.lower()
    made = TagMessage(id=tag.id, name=tag.name, colour=tag.colour)
    if not session.is_modified(tag):
        return made
    tag.version += 1
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as exc:
        raise TagExists(name=made.name) from exc
    outbox.emit(session, ctx, TagChanged(tag=made, version=tag.version))
    return made


def delete_tag(session: Session, ctx: Context, request: TagRef) -> Done:
    """Delete a tag, and take it off every account (R-TAG-5). Raises Forbidden, TagNotFound."""
    rules.check_in_firm(ctx.actor, "manage_tags")
    tag = _locked(session, ctx, request.tag_id)
    carries = exists().where(
        AccountTag.firm_id == ctx.firm, AccountTag.account_id == Account.id, AccountTag.tag_id == tag.id
    )
    accounts = [account.id for account in locked_all(session, ctx, carries)]
    gone = TagMessage(id=tag.id, name=tag.name, colour=tag.colour)
    session.delete(tag)
    session.flush()
    outbox.emit(session, ctx, TagChanged(tag=gone, is_deleted=True, version=tag.version + 1))
    snapshot.report(session, ctx, accounts)
    return Done()


def proposal_signed(session: Session, ctx: Context, event: ProposalSigned) -> None:
    """Put the tags of the package that the client chose on the account, after those it carries (R-PRP-5).

    A tag deleted since the proposal was sent is left out, and so is an account that is gone.
    """
    known = select(Tag.id).where(Tag.firm_id == ctx.firm, Tag.id.in_(event.tag_ids)).order_by(Tag.key)
    there = set(session.scalars(known.with_for_update(read=True, key_share=True)))
    for account in locked_all(session, ctx, Account.id == event.account_id):
        carried = tags.of(session, ctx, account.id)
        added = [tag_id for tag_id in event.tag_ids if tag_id in there and tag_id not in carried]
        if added:
            tags.put(session, ctx, account.id, [*carried, *added])
            snapshot.report(session, ctx, [account.id])


def _locked(session: Session, ctx: Context, tag_id: UUID) -> Tag:
    query = select(Tag).where(Tag.firm_id == ctx.firm, Tag.id == tag_id).with_for_update()
    tag = session.scalar(query.execution_options(populate_existing=True))
    if tag is None:
        raise TagNotFound(tag_id=str(tag_id))
    return tag
