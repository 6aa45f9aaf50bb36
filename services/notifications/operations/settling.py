"""A happening on its way to mails: taken up under a lease, then settled once, or put back."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.addresses import fold
from chassis.context import Context
from services.notifications import keeping, model, rules
from services.notifications.letters.kinds import KINDS


@dataclass(frozen=True, kw_only=True)
class Due:
    """A happening that a worker has taken up."""

    id: UUID
    kind: str
    account_id: UUID
    contact_ids: Sequence[UUID] | None
    except_id: UUID | None
    facts: Mapping[str, Any]
    about: Mapping[str, Any]
    attempts: int


@dataclass(frozen=True, kw_only=True)
class Concerned:
    """An address that a happening concerns, as its owners say it is."""

    to: keeping.Recipient
    is_archived: bool = False
    is_linked: bool = True
    is_withdrawn: bool = False
    is_notified: bool = False
    is_theirs: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)  # that the letter tells besides


def take(session: Session, ctx: Context, ids: Sequence[UUID], seconds: float) -> list[Due]:
    """Take up those that are due, unless another process has."""
    row = model.Happening
    mine = (row.firm_id == ctx.firm, row.id.in_(ids), row.due_at <= ctx.now)
    is_free = row.taken_until.is_(None) | (row.taken_until <= ctx.now)
    query = select(row).where(*mine, is_free).order_by(row.due_at, row.id).with_for_update(skip_locked=True)
    found = list(session.scalars(query.execution_options(populate_existing=True)))
    for one in found:
        one.taken_until, one.attempts = ctx.now + dt.timedelta(seconds=seconds), one.attempts + 1
    names = Due.__dataclass_fields__.keys()
    return [Due(**{name: getattr(one, name) for name in names}) for one in found]


def settle(session: Session, ctx: Context, happening_id: UUID, concerned: Iterable[Concerned]) -> None:
    """Write one mail for each address, to be sent or with the one reason why not; nothing where it is done already."""
    row = model.Happening
    mine = (row.firm_id == ctx.firm, row.id == happening_id, row.due_at.is_not(None))
    query = select(row).where(*mine).with_for_update().execution_options(populate_existing=True)
    happening = session.scalar(query)
    if happening is None:
        return
    everyone = list(concerned)
    kind = KINDS[happening.kind].type
    muted = _muted(session, ctx, happening.account_id, kind)
    suppressed = _suppressed(session, ctx, [one.to.email for one in everyone])
    decided = []
    for one in everyone:
        situation = rules.Situation(
            type=kind,
            is_archived=one.is_archived,
            is_linked=one.is_linked,
            is_withdrawn=one.is_withdrawn,
            is_notified=one.is_notified,
            is_muted=one.to.address_id in muted,
            is_suppressed=fold(one.to.email) in suppressed,
            is_theirs=one.is_theirs,
        )
        facts = {**happening.facts, **one.facts}
        decided.append(keeping.Decided(to=one.to, reason=rules.decide(situation), facts=facts))
    keeping.put(session, ctx, happening, decided)
    happening.due_at, happening.taken_until = None, None


def postpone(session: Session, ctx: Context, happening_id: UUID, seconds: float) -> None:
    """Put it back, to be looked at after a while."""
    row = model.Happening
    mine = (row.firm_id == ctx.firm, row.id == happening_id, row.due_at.is_not(None))
    happening = session.scalar(select(row).where(*mine).with_for_update())
    if happening is not None:
        happening.due_at, happening.taken_until = ctx.now + dt.timedelta(seconds=seconds), None


def know_firm(session: Session, ctx: Context, name: str) -> None:
    """Keep the firm's name; how its mails look stays as it was chosen."""
    made = insert(model.FirmSettings).values(firm_id=ctx.firm, firm_name=name, locale="en", version=1)
    session.execute(made.on_conflict_do_update(index_elements=["firm_id"], set_={"firm_name": name}))


def _muted(session: Session, ctx: Context, account_id: UUID | None, kind: str | None) -> set[UUID | None]:
    row = model.MutedType
    query = select(row.address_id).where(row.firm_id == ctx.firm, row.account_id == account_id, row.type == kind)
    return set(session.scalars(query))


def _suppressed(session: Session, ctx: Context, emails: Iterable[str]) -> set[str]:
    row, folded = model.Suppression, {fold(email) for email in emails}
    return set(session.scalars(select(row.email_folded).where(row.firm_id == ctx.firm, row.email_folded.in_(folded))))
