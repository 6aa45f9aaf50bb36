"""The history of one account, from all who know something of it, newest first."""

from collections.abc import Sequence
from dataclasses import replace

from chassis import cursor
from chassis.context import Context
from contracts.history import Change, Changes, Historian, History, ListChanges, ListHistory


def of_account(ctx: Context, request: ListHistory, sources: Sequence[Historian]) -> History:
    """One page, merged by time. Raises what a source raises: a history with a gap would be none."""
    before = cursor.wholes(request.cursor, len(sources)) if request.cursor else [None] * len(sources)
    asked = ListChanges(
        about_id=request.account_id, what=request.what, subject_id=request.subject_id, limit=request.limit
    )
    pages: list[Changes] = [
        Changes(items=(), has_more=False) if last == 0 else source.list_changes(ctx, replace(asked, before=last))
        for source, last in zip(sources, before, strict=True)
    ]
    shown, taken = _newest(pages, request.limit)
    ends = [_end(page, count, last) for page, count, last in zip(pages, taken, before, strict=True)]
    more = cursor.encode(*ends) if any(end != 0 for end in ends) else None
    return History(items=tuple(shown), next_cursor=more)


def _newest(pages: Sequence[Changes], limit: int) -> tuple[list[Change], list[int]]:
    """The newest of all pages, and how many of each; the order within a page stays its source's."""
    shown: list[Change] = []
    taken = [0] * len(pages)
    while len(shown) < limit:
        heads = [
            (page.items[count].at, number)
            for number, (page, count) in enumerate(zip(pages, taken, strict=True))
            if count < len(page.items)
        ]
        if not heads:
            break
        _, number = max(heads)
        shown.append(pages[number].items[taken[number]])
        taken[number] += 1
    return shown, taken


def _end(page: Changes, count: int, before: int | None) -> int | None:
    """Where the next page of one source begins; 0: it has nothing more to tell, None: with its newest."""
    if count == len(page.items) and not page.has_more:
        return 0
    return page.items[count - 1].id if count else before
