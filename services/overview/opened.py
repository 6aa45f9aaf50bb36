"""Which accounts members opened last, so that search puts them first among equals (R-SRC-4).

Collected in the process and written now and then: opening a profile must not wait for a write, and a few seconds that
are lost with a process do no harm.
"""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import accounts
from services.overview.model import OpenedAccount

KEPT = 50  # accounts of one member
MOST_NOTED = 10_000  # openings held between two writes; what is beyond is forgotten
# One statement for what was noted of a firm. Rows just given stay until the next time, should there be too many:
# one statement must not write and delete the same row.
WRITE = text(
    """
WITH given AS (
    SELECT * FROM unnest(cast(:members AS uuid[]), cast(:accounts AS uuid[]), cast(:instants AS timestamptz[]))
        AS given (member_id, account_id, opened_at)
), put AS (
    INSERT INTO opened_account (firm_id, member_id, account_id, opened_at)
    SELECT :firm, member_id, account_id, opened_at FROM given ORDER BY member_id, account_id
    ON CONFLICT (firm_id, member_id, account_id) DO UPDATE
    SET opened_at = greatest(opened_account.opened_at, excluded.opened_at)
), known AS (
    SELECT member_id, account_id, opened_at, true AS is_given FROM given
    UNION ALL
    SELECT o.member_id, o.account_id, o.opened_at, false
    FROM opened_account o LEFT JOIN given g ON g.member_id = o.member_id AND g.account_id = o.account_id
    WHERE o.firm_id = :firm AND o.member_id = ANY(cast(:members AS uuid[])) AND g.member_id IS NULL
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY member_id ORDER BY opened_at DESC, account_id) AS place FROM known
)
DELETE FROM opened_account o USING placed p
WHERE o.firm_id = :firm AND o.member_id = p.member_id AND o.account_id = p.account_id
  AND p.place > :kept AND NOT p.is_given
"""
)

Noted = Mapping[tuple[UUID, UUID], dt.datetime]  # (member, account) -> when


class Openings:
    """What members opened since it was last taken, by firm."""

    def __init__(self) -> None:
        self._noted: dict[UUID, dict[tuple[UUID, UUID], dt.datetime]] = {}
        self._count = 0

    def note(self, ctx: Context, account_id: UUID) -> None:
        """Take note that the caller opened an account, if it is a member."""
        if ctx.actor.kind != "member" or ctx.actor.id is None or self._count >= MOST_NOTED:
            return
        self._noted.setdefault(ctx.firm, {})[ctx.actor.id, account_id] = ctx.now
        self._count += 1

    def take(self) -> dict[UUID, dict[tuple[UUID, UUID], dt.datetime]]:
        """All that was noted, and forget it."""
        noted, self._noted, self._count = self._noted, {}, 0
        return noted


def write(session: Session, ctx: Context, noted: Noted) -> None:
    """Keep what was noted of a firm, and of each member the KEPT accounts opened last."""
    values = {
        "firm": ctx.firm,
        "members": [member_id for member_id, _ in noted],
        "accounts": [account_id for _, account_id in noted],
        "instants": list(noted.values()),
        "kept": KEPT,
    }
    session.execute(WRITE, values)


def account_deleted(session: Session, ctx: Context, happened: accounts.AccountDeleted) -> None:
    """Forget who opened an account that is no more."""
    theirs = (OpenedAccount.firm_id == ctx.firm, OpenedAccount.account_id == happened.account_id)
    session.execute(delete(OpenedAccount).where(*theirs))
