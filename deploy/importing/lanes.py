"""Which rows of a list may be loaded at the same time, and which must wait for one another."""

from collections.abc import Iterable, Iterator
from itertools import islice

from contracts.accounts import ImportRow

LANES = 4  # sent at once; more would wait for the same processes
WINDOW = 400  # rows looked at together


def windows(rows: Iterable[ImportRow]) -> Iterator[list[ImportRow]]:
    """The rows in lists of at most WINDOW, in their order; each is loaded before the next."""
    rest = iter(rows)
    while window := list(islice(rest, WINDOW)):
        yield window


def lanes(window: list[ImportRow]) -> list[list[ImportRow]]:
    """The rows dealt out so that those which may concern one account or one contact keep their order in one lane.

    A row is given a known contact if all that the row says of it is the same there (R-C-4): so they share the last
    name, or the e-mail address where the row has no last name. One that has neither may mean anybody.
    """
    keys = [_keys(row) for row in window]
    if not all(each[1:] for each in keys):
        return [window]
    parents: dict[str, str] = {}
    for first, *others in keys:
        for other in others:
            parents[_root(parents, other)] = _root(parents, first)
    groups: dict[str, list[ImportRow]] = {}
    for row, (first, *_) in zip(window, keys, strict=True):
        groups.setdefault(_root(parents, first), []).append(row)
    dealt: list[list[ImportRow]] = [[] for _ in range(LANES)]
    for group in sorted(groups.values(), key=len, reverse=True):
        min(dealt, key=len).extend(group)
    return [lane for lane in dealt if lane]


def _keys(row: ImportRow) -> list[str]:
    """What rows that concern one another share at least one of; the account's name comes first."""
    keys = [f"account {' '.join(row.account_name.split())}"]
    new = row.contact.new
    if new is not None and new.last_name:
        keys.append(f"last {new.last_name.casefold()}")
    if new is not None and new.email:
        keys.append(f"email {new.email.casefold()}")
        keys += [f"email {other.email.casefold()}" for other in new.other_addresses]
    return keys


def _root(parents: dict[str, str], key: str) -> str:
    while (parent := parents.get(key, key)) != key:
        parents[key] = parents.get(parent, parent)  # halves the way for the next
        key = parent
    return key
