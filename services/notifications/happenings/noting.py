"""How a happening is kept: in the transaction of the event that tells of it, so once for each event."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from services.notifications import model

REMINDED_AFTER = dt.timedelta(days=3)  # what is asked of a client, as R-SGN-4 has it for signatures
EXCERPT = 200  # characters of a message


def note(
    session: Session,
    ctx: Context,
    kind: str,
    account_id: UUID,
    facts: Mapping[str, Any],
    *,
    about: Mapping[str, Any] | None = None,
    to: Iterable[UUID] | None = None,
    but_for: UUID | None = None,
    once_for: tuple[UUID, str] | None = None,
    due_at: dt.datetime | None = None,
) -> None:
    """Keep what somebody is to be told of, at once or when it is due.

    `to` are contacts, none: all of the account; `but_for` whose own act it was. What is `once_for` something is kept
    once however often it is told; until it is due, its facts and time follow.
    """
    contact_ids = None if to is None else [contact_id for contact_id in dict.fromkeys(to) if contact_id != but_for]
    if contact_ids == []:
        return
    row = model.Happening
    values = {
        "kind": kind,
        "account_id": account_id,
        "contact_ids": contact_ids,
        "except_id": but_for,
        "facts": {name: value for name, value in facts.items() if value not in (None, "")},
        "about": dict(about or {}),
        "due_at": due_at or ctx.now,
    }
    if once_for is None:
        session.execute(insert(row).values(firm_id=ctx.firm, id=new_id(), happened_at=ctx.now, attempts=0, **values))
        return
    subject_id, purpose = once_for
    made = insert(row).values(
        firm_id=ctx.firm, id=uuid5(subject_id, f"{kind} {purpose}"), happened_at=ctx.now, attempts=0, **values
    )
    followed = {name: made.excluded[name] for name in ("facts", "due_at")}
    session.execute(
        made.on_conflict_do_update(
            index_elements=["firm_id", "id"],
            set_=followed,
            where=row.due_at.is_not(None) & (row.due_at > ctx.now),
        )
    )


def remind(
    session: Session,
    ctx: Context,
    kind: str,
    account_id: UUID,
    facts: Mapping[str, Any],
    *,
    about: Mapping[str, Any],
    once_for: tuple[UUID, str],
    due_at: dt.datetime | None = None,
) -> None:
    """Keep that whoever has not acted by then is to be reminded, once; whether they have is asked when it is due."""
    due_at = due_at or ctx.now + REMINDED_AFTER
    note(session, ctx, kind, account_id, facts, about=about, once_for=once_for, due_at=due_at)


def money(amount: Decimal, currency: str) -> dict[str, str]:
    """An amount as letters tell it."""
    return {"amount": str(amount), "currency": currency}


def excerpt(text: str) -> str:
    """The beginning of a message, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1].rstrip()}…"
