"""The sample's words, read from words.toml."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

FILE = Path(__file__).with_name("words.toml")


@dataclass(frozen=True)
class Word:
    """A word as it is written, and in the Latin letters that e-mail addresses are made of."""

    text: str
    latin: str


@dataclass(frozen=True)
class Culture:
    """Where somebody lives, and how people there are called, reached and addressed. `phone` has # for digits."""

    country: str
    weight: int
    timezone: str
    women: tuple[Word, ...]
    men: tuple[Word, ...]
    families: tuple[Word, ...]
    street: str
    streets: tuple[str, ...]
    cities: tuple[tuple[str, str, str], ...]  # city, state, zip
    phone: str
    forms: tuple[str, ...]
    trades: tuple[Word, ...]
    is_family_first: bool = False


@cache
def words() -> dict[str, Any]:
    """The whole file."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def cultures() -> tuple[Culture, ...]:
    return tuple(_culture(country, dict(entry)) for country, entry in words()["cultures"].items())


def any_culture(random: Random) -> Culture:
    """One of the cultures, each as often as its weight says."""
    known = cultures()
    return random.choices(known, [culture.weight for culture in known])[0]


def _culture(country: str, entry: dict[str, Any]) -> Culture:
    for key in ("women", "men", "families", "trades"):
        entry[key] = tuple(_words(entry[key]))
    for key in ("streets", "forms"):
        entry[key] = tuple(entry[key])
    entry["cities"] = tuple(tuple(city) for city in entry["cities"])
    return Culture(country=country, **entry)


def _words(texts: Sequence[str]) -> list[Word]:
    parts = [text.partition("|") for text in texts]
    return [Word(text, latin or text) for text, _, latin in parts]
