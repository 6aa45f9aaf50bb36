"""What a query finds: how names and addresses are compared, which keys the index holds, why something matched."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID
from zlib import crc32

from chassis.context import Actor
from contracts.identity import holds

PART = 3  # letters from which a typed word may match inside a word (R-SRC-3)
LONG_PART = 5  # letters; parts so long are rare, so that their lists stay short in a big firm
EMAIL_PART = 2  # letters from which a query may match inside an address (R-SRC-3)
MOST_WORDS = 12  # of a query; what is beyond them can't narrow a client list further
WORD_KEYS, MOST_KEYS = 5, 16  # of one typed word and of one query; what they find is compared in full
NO_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Person:
    """A linked contact as the directory knows it."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    """What the index holds of one account."""

    names: str
    addresses: str
    keys: list[int]


@dataclass(frozen=True, slots=True)
class Query:
    """A typed query, ready for the index; without `keys` it finds nothing.

    `patterns` are SQL LIKE, all to be found in an account's names; `starts` the same where words begin so.
    `is_address`: the text may be part of an address.
    """

    text: str
    patterns: tuple[str, ...]
    starts: tuple[str, ...]
    keys: tuple[int, ...]
    is_address: bool


def viewer(actor: Actor) -> UUID | None:
    """The member to whose accounts a search is limited; None sees every account of the firm (R-ACC-1).

    Who is no member is on no team, and so finds nothing.
    """
    everything = actor.kind == "system" or (actor.kind == "member" and holds(actor, "view_all_accounts"))
    return None if everything else actor.id or UUID(int=0)


def normal(text: str) -> str:
    """Text without case, accents and superfluous space, as it is compared."""
    if text.isascii():
        return " ".join(text.lower().split())
    flat = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join("".join(letter for letter in flat if not unicodedata.combining(letter)).split())


def words(text: str) -> list[str]:
    """The words of a normal text: as written, their parts, and without punctuation (`o'brien`: also brien, obrien)."""
    found: dict[str, None] = {}
    for word in text.split():
        found[word] = None
        if not word.isalnum():
            parts = NO_LETTER.sub(" ", word).split()
            found.update(dict.fromkeys([*parts, "".join(parts)]))
    return [word for word in found if word]


def searched(firm_id: UUID, texts: Iterable[str], addresses: Iterable[str], team: Iterable[UUID]) -> Searched:
    """What to keep of an account with these names, addresses and team.

    The firm is part of each key, so that what a search costs does not depend on the other firms.
    """
    names = _joined(texts)
    lines = list(dict.fromkeys(normal(address) for address in addresses))
    parts: set[str] = set()
    for word in names.split():
        parts.update((f"^{word[:1]}", f"^{word[:2]}"))
        _cut(word, parts)
    for line in lines:
        parts.update([f"^{line[at : at + EMAIL_PART]}" for at in range(len(line) - EMAIL_PART + 1)])
        _cut(line, parts)
    keys = {*(_key(firm_id, part) for part in parts), *(member_key(firm_id, member) for member in team)}
    return Searched(names, "\n" + "".join(f"{line}\n" for line in lines), sorted(keys))


def member_key(firm_id: UUID, member_id: UUID) -> int:
    """The index key of the accounts with this member on the team."""
    return _key(firm_id, f"member {member_id}")


def query(firm_id: UUID, typed: str, limited_to: UUID | None) -> Query:
    """A typed query of somebody who sees all accounts, or only those of the team member `limited_to`."""
    text = normal(typed)
    sought = _typed_words(text)
    parts = dict.fromkeys(part for word in sought for part in _query_parts(word))
    keys = [_key(firm_id, part) for part in _spread(list(parts), MOST_KEYS)]
    if limited_to is not None and keys:
        keys.append(member_key(firm_id, limited_to))
    return Query(
        text=text,
        patterns=tuple(f"%{_literal(word)}%" if len(word) >= PART else f"% {_literal(word)}%" for word in sought),
        starts=tuple(f"% {_literal(word)}%" for word in sought),
        keys=tuple(keys),
        is_address=" " not in text and len(text) >= EMAIL_PART,
    )


def why(typed: str, code: str, name: str, company: str, people: Sequence[Person]) -> list[tuple[str, str, str]]:
    """Why an account was found, as (kind, text, whose), the best reason first (R-SRC-4)."""
    text = normal(typed)
    sought = _typed_words(text)
    found: list[tuple[str, str, str]] = []
    if any(_matches(word, code) for word in sought):
        found.append(("code", code, ""))
    named = [("name", name, ""), ("company", company, ""), *(("contact", person.name, "") for person in people)]
    found += [reason for reason in named if any(_matches(word, reason[1]) for word in sought)]
    if " " not in text and len(text) >= EMAIL_PART:
        of = [(address, person.name) for person in people for address in person.addresses]
        found += [("email", address, person) for address, person in of if text in normal(address)]
    return found


def _matches(word: str, text: str) -> bool:
    known = _joined([text])
    return word in known if len(word) >= PART else f" {word}" in known


def _joined(texts: Iterable[str]) -> str:
    """All words of some names as one text in which ` x` means that a word begins with x."""
    return f" {' '.join(dict.fromkeys(word for text in texts for word in words(normal(text))))} "


def _typed_words(text: str) -> list[str]:
    """The words of a normal query; a comma after a surname is no part of it, all else is taken literally."""
    return [word for word in (part.rstrip(",;") for part in text.split()) if word][:MOST_WORDS]


def _literal(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)


def _cut(word: str, parts: set[str]) -> None:
    for size in (PART, LONG_PART):
        parts.update([word[at : at + size] for at in range(len(word) - size + 1)])


def _query_parts(word: str) -> list[str]:
    """The rarest parts the index knows of a word, a few from all over it."""
    if len(word) < PART:
        return [f"^{word}"]
    size = LONG_PART if len(word) >= LONG_PART else PART
    return _spread([word[at : at + size] for at in range(len(word) - size + 1)], WORD_KEYS)


def _spread(parts: list[str], most: int) -> list[str]:
    """At most `most` of the parts, the first and the last among them."""
    if len(parts) <= most:
        return parts
    return [parts[at * (len(parts) - 1) // (most - 1)] for at in range(most)]


@lru_cache(maxsize=1024)
def _firm_seed(firm_id: UUID) -> int:
    return crc32(firm_id.bytes)


def _key(firm_id: UUID, part: str) -> int:
    value = crc32(part.encode(), _firm_seed(firm_id))
    return value - 2**32 if value >= 2**31 else value  # PostgreSQL's integer is signed
