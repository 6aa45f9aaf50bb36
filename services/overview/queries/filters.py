"""Which accounts a list or a sheet is about: those the caller may see, narrowed by what the caller asked for."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, text
from sqlalchemy.orm import Session, aliased

from chassis.context import Context
from contracts.overview import AccountFilter
from contracts.rights import ACCOUNT, allows
from services.overview import fields, marks, rules
from services.overview.model import DirectoryAccount, DirectoryMark, DirectoryTag
from services.overview.queries.search import arguments

MOST_FOUND = 1000  # accounts that `q` narrows a list to
Condition = ColumnElement[bool]
FOUND = text(
    """
SELECT DISTINCT account_id FROM directory_find(
    :typed, cast(:patterns AS text[]), cast(:starts AS text[]), cast(:keys AS integer[]),
    :is_address, cast(:viewer AS uuid), :most
)
"""
)


def seen(ctx: Context, account: Any) -> list[Condition]:
    """What makes an account one the caller may see (R-ACC-1)."""
    limited_to = rules.viewer(ctx.actor)
    known = account.state.in_(("active", "archived"))
    return [known] if limited_to is None else [known, marked(ctx, account, limited_to)]


def sees_money(ctx: Context) -> bool:
    """Whether the caller is shown what accounts owe: as for their invoices (R-INV-5)."""
    return allows(ACCOUNT["manage_invoices"], ctx.actor)


def marked(ctx: Context, account: Any, *mark_ids: UUID) -> Condition:
    """Whether an account has one of these members, tags or marks; found by an index (see `marks`)."""
    mark = aliased(DirectoryMark)
    is_one = mark.mark_id == mark_ids[0] if len(mark_ids) == 1 else mark.mark_id.in_(mark_ids)
    return exists().where(mark.firm_id == ctx.firm, is_one, mark.account_id == account.account_id)


def conditions(session: Session, ctx: Context, request: AccountFilter) -> list[Condition]:
    """What accounts must be to be in the list. Raises Invalid for a custom field or a value that there is not."""
    account = DirectoryAccount
    found = [account.firm_id == ctx.firm, *seen(ctx, account)]
    if request.state != "all":
        found.append(account.state == request.state)
    if request.type:
        found.append(account.type.in_(request.type))
    for tag_id in dict.fromkeys(request.tag_id):
        tag = DirectoryTag
        deleted = exists().where(tag.firm_id == ctx.firm, tag.tag_id == tag_id, tag.is_deleted)
        found += [account.tags.contains([tag_id]), marked(ctx, account, tag_id), ~deleted]
    if request.member_id is not None:
        found += [account.team.contains([request.member_id]), marked(ctx, account, request.member_id)]
    found += _states(ctx, request)
    found += _signed_in(request)
    if request.custom_field:
        sought = fields.sought(fields.defined(session, ctx, "accounts"), request.custom_field)
        found += [marked(ctx, account, mark) if is_there else ~marked(ctx, account, mark) for mark, is_there in sought]
    if request.q is not None and request.q.strip():
        found.append(account.account_id.in_(searched(session, ctx, request.q)))
    return found


def searched(session: Session, ctx: Context, typed: str) -> list[UUID]:
    """The accounts that search finds, at most MOST_FOUND."""
    return list(session.scalars(FOUND, arguments(ctx, typed, MOST_FOUND)))


def _states(ctx: Context, request: AccountFilter) -> list[Condition]:
    account = DirectoryAccount
    found = []  # R-STAT-1, R-STAT-3
    if request.portal_status:
        statuses = dict.fromkeys(request.portal_status)
        found.append(marked(ctx, account, *(marks.state("portal_status", status) for status in statuses)))
    for name in ("is_notified", "is_synced"):
        is_on = getattr(request, name)
        if is_on is not None:
            found.append(marked(ctx, account, marks.state(name, is_on)))
    return found


def _signed_in(request: AccountFilter) -> list[Condition]:
    """R-LA-3; never has no date, so that it is in no span of them."""
    last_at = DirectoryAccount.signed_in_at
    found: list[Condition] = []
    if request.has_signed_in is not None:
        found.append(last_at.is_not(None) if request.has_signed_in else last_at.is_(None))
    if request.signed_in_from is not None:
        found.append(last_at >= dt.datetime.combine(request.signed_in_from, dt.time(), dt.UTC))
    if request.signed_in_until is not None:
        found.append(last_at < dt.datetime.combine(request.signed_in_until, dt.time(), dt.UTC) + dt.timedelta(days=1))
    return found
