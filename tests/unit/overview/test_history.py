"""The history of an account is one list, whoever told its parts (R-CF-6)."""

import datetime as dt
from itertools import chain

import pytest

from chassis.context import Context, new_id
from chassis.errors import Invalid, Unavailable
from contracts.history import Change, ChangedBy, Changes, ListHistory
from services.overview import history

NOON = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
BY = ChangedBy(kind="system", id=None, name="")


class Source:
    """Keeps changes at these minutes past noon; ids grow with time, as an owner's do."""

    def __init__(self, what, *minutes):
        self.changes = [
            Change(
                id=number,
                at=NOON + dt.timedelta(minutes=minute),
                by=BY,
                door="system",
                what=what,
                action="changed",
                subject=None,
                fields=(),
            )
            for number, minute in enumerate(minutes, 1)
        ][::-1]

    def list_changes(self, ctx, request):
        found = [each for each in self.changes if request.before is None or each.id < request.before]
        return Changes(items=tuple(found[: request.limit]), has_more=len(found) > request.limit)


class Silent:
    def list_changes(self, ctx, request):
        raise Unavailable


def pages(sources, limit):
    """The minutes of each page, walked to the end."""
    cursor, found = None, []
    while True:
        request = ListHistory(account_id=new_id(), limit=limit, cursor=cursor)
        page = history.of_account(Context(), request, sources)
        found.append([f"{each.what}{(each.at - NOON).seconds // 60}" for each in page.items])
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_every_change_comes_once_the_newest_first(limit):
    sources = [Source("a", 1, 3, 5, 7), Source("c", 2, 3, 9)]

    found = pages(sources, limit)

    assert list(chain(*found)) == ["c9", "a7", "a5", "c3", "a3", "c2", "a1"]
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)


def test_a_source_without_anything_is_no_hindrance():
    assert pages([Source("a", 1), Source("c")], 5) == [["a1"]]


def test_the_order_of_a_source_stands_even_where_its_clock_went_back():
    assert list(chain(*pages([Source("a", 5, 4), Source("c", 3)], 1))) == ["a4", "a5", "c3"]


def test_a_source_that_does_not_answer_leaves_no_gap_but_an_error():
    with pytest.raises(Unavailable):
        pages([Source("a", 1), Silent()], 5)


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJhIiwiYiJd", "Wy0xLDFd", "W3RydWUsMV0"])
def test_a_cursor_of_another_list_is_refused(cursor):
    with pytest.raises(Invalid):
        history.of_account(Context(), ListHistory(account_id=new_id(), cursor=cursor), [Source("a"), Source("c")])
