"""Search: accounts by code, name, company, contact, or part of an address (R-SRC-1 to R-SRC-5)."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.errors import wrong
from contracts.overview import MOST_HITS, Match, Search, SearchHit, SearchResults
from services.overview import rules

TIERS = 5  # exact code, exact address, name begins so, words begin so, somewhere inside (R-SRC-4)
# The function looks only at the transaction's firm; the join says it again under row-level security.
FIND = text(
    """
WITH found AS MATERIALIZED (
    SELECT DISTINCT * FROM directory_find(
        :typed, cast(:patterns AS text[]), cast(:starts AS text[]), cast(:keys AS integer[]),
        :is_address, cast(:viewer AS uuid), :most
    )
), page AS (
    SELECT * FROM found
    WHERE cast(:archived AS boolean) IS NULL
       OR (is_archived, tier, name COLLATE listed, account_id) > (:archived, :tier, :name, cast(:id AS uuid))
    ORDER BY is_archived, tier, name COLLATE listed, account_id
    LIMIT :rows
)
SELECT page.tier, page.is_archived, a.account_id, a.code, a.name, a.type, a.state, a.company, a.people,
       (SELECT count(*) FROM found) AS total
FROM page JOIN directory_account a ON a.firm_id = :firm AND a.account_id = page.account_id
ORDER BY page.is_archived, page.tier, page.name COLLATE listed, page.account_id
"""
)


def search(session: Session, ctx: Context, request: Search) -> SearchResults:
    """The best hits first: exact code, exact address, name begins so, words begin so, somewhere inside; archived last.

    Of more than MOST_HITS any are ranked, together with the best two kinds; what was opened recently plays no part.
    """
    values = arguments(ctx, request.q, MOST_HITS) | _after(request.cursor)
    rows = session.execute(FIND, {**values, "firm": ctx.firm, "rows": request.limit + 1}).all()
    shown = rows[: request.limit]
    last = shown[-1] if len(rows) > request.limit else None
    total = rows[0].total if rows else 0
    return SearchResults(
        items=tuple(_hit(row, request.q) for row in shown),
        total=total,
        is_capped=total >= MOST_HITS,
        next_cursor=cursor.encode(last.is_archived, last.tier, last.name, last.account_id) if last else None,
    )


def arguments(ctx: Context, typed: str, most: int) -> dict[str, Any]:
    """What `directory_find` is called with for this caller."""
    limited_to = rules.viewer(ctx.actor)
    query = rules.query(ctx.firm, typed, limited_to)
    return {
        "typed": query.text,
        "patterns": list(query.patterns),
        "starts": list(query.starts),
        "keys": list(query.keys),
        "is_address": query.is_address,
        "viewer": limited_to,
        "most": most,
    }


def _after(text_cursor: str | None) -> dict[str, Any]:
    if text_cursor is None:
        return {"archived": None, "tier": 0, "name": "", "id": None}
    archived, tier, name, account_id = cursor.decode(text_cursor, 4)
    try:
        last = UUID(account_id)
    except (ValueError, AttributeError, TypeError):
        last = None
    if not (isinstance(archived, bool) and tier in range(TIERS) and isinstance(name, str) and last):
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.")
    return {"archived": archived, "tier": int(tier), "name": name, "id": last}


def _hit(row: Any, typed: str) -> SearchHit:
    people = [rules.Person(name, tuple(addresses)) for name, addresses in row.people]
    reasons = rules.why(typed, row.code, row.name, row.company, people)
    return SearchHit(
        id=row.account_id,
        code=row.code,
        name=row.name,
        type=row.type,
        state=row.state,
        matches=tuple(Match(kind=kind, text=found, of=of) for kind, found, of in reasons),  # type: ignore[arg-type]
    )
