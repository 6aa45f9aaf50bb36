"""Settles what members are told of: asks who they are and what they may see, then makes their notices and mails."""

import datetime as dt
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import AppError
from chassis.logs import log
from contracts import accounts, documents, identity
from contracts.rights import ACCOUNT, allows
from services.notifications import audience, deciding, model
from services.notifications.happenings.members import PREFIX
from services.notifications.operations import noticing
from services.notifications.operations.noticing import Due, Settled

BATCH = 32  # happenings of one look
LEASE_SECONDS = 30.0  # longer than asking takes, which its deadline bounds
PAUSE_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)  # between tries; the last one again and again


class Neighbours(NamedTuple):
    """Who is asked, as the system."""

    identity: identity.Identities
    accounts: accounts.Accounts
    documents: documents.Documents


def tell_due(db: Transactions, neighbours: Neighbours) -> int:
    """Settle what is due for members, of every firm; how many happenings there were."""
    ctx, row = Context(), model.Happening
    with db.reading(ctx) as session:
        is_free = row.taken_until.is_(None) | (row.taken_until <= ctx.now)
        query = select(row.firm_id, row.id).where(row.due_at <= ctx.now, is_free, row.kind.startswith(PREFIX))
        due = session.execute(query.order_by(row.due_at).limit(BATCH)).tuples().all()
    for firm_id, happening_id in due:
        try:
            tell(db, neighbours, firm_id, happening_id)
        except AppError as problem:
            log.warning("members are told later", happening_id=str(happening_id), error=str(problem))
    return len(due)


def tell(db: Transactions, neighbours: Neighbours, firm_id: UUID, happening_id: UUID) -> None:
    """Settle one happening, unless another process does. Raises AppError, after which it is due again."""
    ctx = Context(firm_id=firm_id)
    with db.transaction(ctx) as session:
        due = noticing.take(session, ctx, happening_id, LEASE_SECONDS)
    if due is None:
        return
    try:
        deciding.know_firm(db, neighbours.identity, firm_id)
        settled = _settled(neighbours, Context(firm_id=firm_id), due)
    except AppError:
        pause = PAUSE_SECONDS[min(due.attempts, len(PAUSE_SECONDS)) - 1]
        ctx = Context(firm_id=firm_id)
        with db.transaction(ctx) as session:
            noticing.later(session, ctx, due, ctx.now + dt.timedelta(seconds=pause))
        raise
    ctx = Context(firm_id=firm_id)
    with db.transaction(ctx) as session:
        noticing.settle(session, ctx, due, settled)


def _settled(neighbours: Neighbours, ctx: Context, due: Due) -> Settled:
    members = neighbours.identity.list_members(ctx, identity.ListMembers()).items
    if due.kind == "quickbooks_attention":
        return Settled(tuple(audience.told(due.kind, audience.Circle(members), (), due.except_id)))
    if due.account_id is None:
        return _of_several(neighbours, ctx, due, members)
    ref = accounts.AccountRef(account_id=due.account_id)
    try:
        account = neighbours.accounts.get_account(ctx, ref)
        viewers = neighbours.accounts.list_viewers(ctx, ref)
    except accounts.AccountNotFound:  # in the trash or gone: nobody sees it
        return Settled()
    viewer_ids = {one.member.id for one in viewers.items}
    circle = audience.Circle(members, viewer_ids, {one.id for one in account.followers})
    told = audience.told(due.kind, circle, due.member_ids, due.except_id)
    if due.document_id is not None:
        ref_of_document = documents.DocumentRef(account_id=due.account_id, document_id=due.document_id)
        told = _who_see(neighbours.documents, ctx, ref_of_document, told)
    return Settled(tuple(told), due.facts, account)


def _of_several(neighbours: Neighbours, ctx: Context, due: Due, members: tuple[identity.Member, ...]) -> Settled:
    known = neighbours.accounts.get_accounts(ctx, accounts.GetAccounts(account_ids=due.account_ids))
    names = sorted(one.name for one in known.items)
    told = audience.told(due.kind, audience.Circle(members), due.member_ids, due.except_id) if names else []
    return Settled(tuple(told), {**due.facts, "accounts": names})


def _who_see(
    asked: documents.Documents, ctx: Context, ref: documents.DocumentRef, told: list[identity.Member]
) -> list[identity.Member]:
    """Those whom no exemption keeps from the document (R-ACC-7); nobody once it is in the trash."""
    if not told or not _sees(asked, ctx, ref):
        return []
    everything = ACCOUNT["see_all_documents"]
    actors = {member.id: audience.as_actor(member) for member in told}
    return [
        member
        for member in told
        if allows(everything, actors[member.id]) or _sees(asked, replace(ctx, actor=actors[member.id]), ref)
    ]


def _sees(asked: documents.Documents, ctx: Context, ref: documents.DocumentRef) -> bool:
    try:
        asked.get_document(ctx, ref)
    except documents.DocumentNotFound:
        return False
    return True
