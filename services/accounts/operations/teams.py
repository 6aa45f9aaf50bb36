"""Changes of who has access, and the requests of those who ask for it (R-ACC-2..5, U-4)."""

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis import outbox
from chassis.context import Context, new_id
from contracts.accounts import AccessRequest as AccessRequestMessage
from contracts.accounts import (
    AccessRequested,
    AccessRequestNotFound,
    AccountNotFound,
    AccountRef,
    AnswerAccessRequest,
    SetTeam,
    TeamMemberUnknown,
)
from contracts.accounts import Account as AccountMessage
from contracts.common import Done, Person
from services.accounts import rules, snapshot, team
from services.accounts.model import AccessRequest, Account
from services.accounts.operations.accounts import same_version
from services.accounts.visibility import KNOWN, check, locked, visible


def set_team(session: Session, ctx: Context, request: SetTeam) -> AccountMessage:
    """Assign these members and no others; nobody at all: the default (R-ACC-3).

    Owner and admins see the account whether they are on its team or not. Raises AccountNotFound, Forbidden,
    AccountChangedMeanwhile, TeamMemberUnknown.
    """
    check(session, ctx, request.account_id)
    rules.check(ctx.actor, "edit_team")
    wanted = set(team.choose(session, ctx, request.members))
    account = locked(session, ctx, request.account_id)
    same_version(session, ctx, account, request.version)
    present = team.of(session, ctx, account.id)
    if wanted == present:
        return snapshot.of(session, ctx, account.id)
    team.remove(session, ctx, account.id, present - wanted)
    team.add(session, ctx, account.id, wanted - present)
    return snapshot.changed(session, ctx, account.id)


def request_access(session: Session, ctx: Context, request: AccountRef) -> Done:
    """Ask to be let in; the answer is the same whether the account exists, or is in sight already (R-ACC-5)."""
    rules.check_staff(ctx.actor)
    if ctx.actor.kind != "member" or ctx.actor.id is None or _sees(session, ctx, request):
        return Done()
    found = session.execute(
        select(Account.name, Account.code).where(
            Account.firm_id == ctx.firm, Account.id == request.account_id, Account.state.in_(KNOWN)
        )
    ).one_or_none()
    if found is None:
        return Done()
    asked = AccessRequestMessage(
        id=new_id(),
        account_id=request.account_id,
        account_name=found.name,
        account_code=found.code,
        member=Person(id=ctx.actor.id, name=ctx.actor.name),
        requested_at=ctx.now,
    )
    row = {"id": asked.id, "account_id": asked.account_id, "member_id": asked.member.id, "requested_at": ctx.now}
    statement = insert(AccessRequest).values(firm_id=ctx.firm, **row).on_conflict_do_nothing()
    if session.execute(statement.returning(AccessRequest.id)).first() is not None:
        outbox.emit(session, ctx, AccessRequested(request=asked))
    return Done()


def _sees(session: Session, ctx: Context, request: AccountRef) -> bool:
    try:
        check(session, ctx, request.account_id)
    except AccountNotFound:
        return False
    return True


def answer_access_request(session: Session, ctx: Context, request: AnswerAccessRequest) -> Done:
    """Let a member in, or not (R-ACC-4). Raises Forbidden, AccessRequestNotFound."""
    rules.check_in_firm(ctx.actor, "answer_requests")
    asked = _open(session, ctx, request)
    if request.is_granted and not _still_there(session, ctx, asked):
        session.delete(asked)
        return Done()
    account = locked(session, ctx, asked.account_id)
    asked = _open(session, ctx, request, lock=True)
    if request.is_granted:
        team.add(session, ctx, account.id, [asked.member_id])
        snapshot.report(session, ctx, [account.id])
    else:
        asked.answered_at, asked.answered_by, asked.is_granted = ctx.now, ctx.actor.id, False
    return Done()


def _still_there(session: Session, ctx: Context, asked: AccessRequest) -> bool:
    try:
        team.choose(session, ctx, [asked.member_id])
    except TeamMemberUnknown:
        return False
    return True


def _open(session: Session, ctx: Context, request: AnswerAccessRequest, *, lock: bool = False) -> AccessRequest:
    query = (
        select(AccessRequest)
        .join(Account, and_(Account.firm_id == AccessRequest.firm_id, Account.id == AccessRequest.account_id))
        .where(AccessRequest.firm_id == ctx.firm, AccessRequest.id == request.request_id)
        .where(AccessRequest.answered_at.is_(None), visible(ctx))
    )
    if lock:
        query = query.with_for_update(of=AccessRequest)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise AccessRequestNotFound(request_id=str(request.request_id))
    return found
