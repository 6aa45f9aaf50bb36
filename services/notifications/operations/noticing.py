"""The way of a happening to its notices and mails: taken under a lease, settled once."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.outbox import emit
from contracts.accounts import Account
from contracts.identity import Member, MemberDeactivated
from contracts.notices import NoticeKind, NoticeMade
from services.notifications import keeping, model
from services.notifications.happenings import quickbooks
from services.notifications.happenings.members import PREFIX
from services.notifications.operations.notices import keep_account
from services.notifications.operations.telling import mail_changed
from services.notifications.queries import notices as queries


@dataclass(frozen=True, kw_only=True)
class Due:
    """A happening that this process settles; `attempts` counts the tries."""

    id: UUID
    kind: NoticeKind
    account_id: UUID | None
    member_ids: frozenset[UUID]
    except_id: UUID | None
    document_id: UUID | None
    account_ids: tuple[UUID, ...]
    facts: dict[str, Any]
    attempts: int


@dataclass(frozen=True)
class Settled:
    """Who is to be told what, under which account; nobody, unless said."""

    members: tuple[Member, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    account: Account | None = None


def take(session: Session, ctx: Context, happening_id: UUID, seconds: float) -> Due | None:
    """Take up a happening that is due, unless another process has."""
    row = _locked(session, ctx, happening_id)
    if row is None or row.due_at is None or row.due_at > ctx.now:
        return None
    if row.taken_until is not None and row.taken_until > ctx.now:
        return None
    row.taken_until = ctx.now + dt.timedelta(seconds=seconds)
    row.attempts += 1
    document_id = row.about.get("document_id")
    return Due(
        id=row.id,
        kind=cast("NoticeKind", row.kind.removeprefix(PREFIX)),
        account_id=row.account_id,
        member_ids=frozenset(row.member_ids or ()),
        except_id=row.except_id,
        document_id=UUID(document_id) if document_id else None,
        account_ids=tuple(UUID(one) for one in row.about.get("account_ids", ())),
        facts=row.facts,
        attempts=row.attempts,
    )


def later(session: Session, ctx: Context, due: Due, at: dt.datetime) -> None:
    """Let it be due again at that time."""
    row = _locked(session, ctx, due.id)
    if row is not None and row.due_at is not None:
        row.due_at, row.taken_until = at, None


def settle(session: Session, ctx: Context, due: Due, settled: Settled) -> None:
    """Make the notices and mails of a happening, unless another process did since its lease ran out."""
    row = _locked(session, ctx, due.id)
    if row is None or row.due_at is None:
        return
    if due.kind == "quickbooks_attention":
        facts = quickbooks.facts(session, ctx, row.id)
        settled = Settled(settled.members, facts) if facts else Settled()
    if settled.account is not None:
        keep_account(session, ctx, settled.account)
    chosen = queries.choices(session, ctx, [one.id for one in settled.members])
    choices = [(one, queries.choice(chosen, one.id, due.kind)) for one in settled.members]
    for member, choice in choices:
        if choice.is_listed:
            _list(session, ctx, row, due.kind, member, settled)
    _mail(session, ctx, row, [member for member, choice in choices if choice.is_mailed], settled)
    row.due_at = row.taken_until = None


def member_deactivated(session: Session, ctx: Context, event: MemberDeactivated) -> None:
    """Withdraw what waits to be mailed to somebody who has left; what is at the mail server's door goes out."""
    mail = model.Mail
    mine = (mail.firm_id == ctx.firm, mail.member_id == event.member.id, mail.state == "waiting")
    query = select(mail).where(*mine, mail.taken_until.is_(None) | (mail.taken_until <= ctx.now))
    for row in session.scalars(query.order_by(mail.id).with_for_update(skip_locked=True)):
        row.state, row.reason, row.due_at = "not_sent", "withdrawn", None
        mail_changed(session, ctx, row)


def _list(
    session: Session, ctx: Context, row: model.Happening, kind: NoticeKind, member: Member, settled: Settled
) -> None:
    notice = model.Notice(
        firm_id=ctx.firm,
        id=new_id(),
        happening_id=row.id,
        member_id=member.id,
        kind=kind,
        account_id=row.account_id,
        about_id=row.about_id,
        facts=settled.facts,
        happened_at=row.happened_at,
    )
    session.add(notice)
    name = settled.account.name if settled.account else None
    told = NoticeMade(member_id=member.id, account_id=row.account_id, notice=queries.as_message(notice, name))
    emit(session, ctx, told)


def _mail(session: Session, ctx: Context, row: model.Happening, members: list[Member], settled: Settled) -> None:
    name = {"account": settled.account.name} if settled.account else {}
    decided = [
        keeping.Decided(
            to=keeping.Recipient(key=str(one.id), email=one.email, member_id=one.id, greeting=one.name),
            reason="suppressed" if keeping.is_suppressed(session, ctx, one.email) else None,
            facts={**settled.facts, **name},
        )
        for one in members
    ]
    keeping.put(session, ctx, row, decided)


def _locked(session: Session, ctx: Context, happening_id: UUID) -> model.Happening | None:
    row = model.Happening
    query = select(row).where(row.firm_id == ctx.firm, row.id == happening_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))
