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
from services.overview.opened import KEPT

TIERS = 5  # exact code, exact address, name begins so, words begin so, somewhere inside (R-SRC-4)
# The function looks only at the transaction's firm; the join says it again under row-level security.
FIND = text(
    """
WITH found AS MATERIALIZED (
    SELECT DISTINCT * FROM directory_find(
        :typed, cast(:patterns AS text[]), cast(:starts AS text[]), cast(:keys AS integer[]),
        :is_address, cast(:viewer AS uuid), :most
    )
), opened AS (
    SELECT coalesce(cast(:opened AS uuid[]), ARRAY(
        SELECT o.account_id FROM opened_account o JOIN found ON found.account_id = o.account_id
        WHERE o.firm_id = :firm AND o.member_id = cast(:member AS uuid)
        ORDER BY o.opened_at DESC, o.account_id LIMIT :kept
    )) AS ids
), placed AS (
    SELECT found.*, coalesce(array_position(opened.ids, found.account_id), :kept + 1) AS place FROM found, opened
), page AS (
    SELECT * FROM placed
    WHERE cast(:archived AS boolean) IS NULL
       OR (is_archived, tier, place, name COLLATE listed, account_id)
          > (:archived, :tier, :place, :name, cast(:id AS uuid))
    ORDER BY is_archived, tier, place, name COLLATE listed, account_id
    LIMIT :rows
)
SELECT page.tier, page.is_archived, page.place, a.account_id, a.code, a.name, a.type, a.state, a.company, a.people,
       a.unlinked, (SELECT count(*) FROM found) AS total, (SELECT ids FROM opened) AS opened
FROM page JOIN directory_account a ON a.firm_id = :firm AND a.account_id = page.account_id
ORDER BY page.is_archived, page.tier, page.place, page.name COLLATE listed, page.account_id
"""
)


def search(session: Session, ctx: Context, request: Search) -> SearchResults:
    """The best hits first: exact code, exact address, name begins so, words begin so, somewhere inside; archived last.

    Among equals those come first that the caller opened last (R-SRC-4): the cursor keeps which these were, so that
    opening an account between two pages neither hides nor repeats one. Of more than MOST_HITS any are ranked,
    together with the best two kinds.
    """
    values = arguments(ctx, request.q, MOST_HITS) | _after(request.cursor)
    own = {"firm": ctx.firm, "member": ctx.actor.id, "kept": KEPT, "rows": request.limit + 1}
    rows = session.execute(FIND, {**values, **own}).all()
    shown = rows[: request.limit]
    last = shown[-1] if len(rows) > request.limit else None
    total = rows[0].total if rows else 0
    return SearchResults(
        items=tuple(_hit(row, request.q) for row in shown),
        total=total,
        is_capped=total >= MOST_HITS,
        next_cursor=_next(last) if last else None,
    )


def _next(last: Any) -> str:
    return cursor.encode(last.is_archived, last.tier, last.place, last.name, last.account_id, last.opened)


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
        return {"archived": None, "tier": 0, "place": 0, "name": "", "id": None, "opened": None}
    archived, tier, place, name, account_id, ids = cursor.decode(text_cursor, 6)
    try:
        last, opened = UUID(account_id), [UUID(each) for each in ids]
    except (ValueError, AttributeError, TypeError):
        last, opened = None, []
    is_placed = tier in range(TIERS) and place in range(1, KEPT + 2) and len(opened) <= KEPT
    if not (isinstance(archived, bool) and is_placed and isinstance(name, str) and last):
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.")
    return {
        "archived": archived, "tier": int(tier), "place": int(place), "name": name, "id": last, "opened": opened,
    }  # fmt: skip


def _hit(row: Any, typed: str) -> SearchHit:
    people = [rules.Person(name, tuple(addresses)) for name, addresses in row.people]
    if row.unlinked:
        people.append(rules.Person("", tuple(row.unlinked)))  # R-SRC-3: nobody's any more
    reasons = rules.why(typed, row.code, row.name, row.company, people)
    return SearchHit(
        id=row.account_id,
        code=row.code,
        name=row.name,
        type=row.type,
        state=row.state,
        matches=tuple(Match(kind=kind, text=found, of=of) for kind, found, of in reasons),  # type: ignore[arg-type]
    )
