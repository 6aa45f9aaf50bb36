"""Text of others made fit for a mail: on one line, of bounded length, without what readers can't see."""

import re
import unicodedata

from contracts.common import REORDERING

LINE = 255  # characters of a name
BODY = 4_000  # characters of a message quoted in full
_LINK = re.compile(r"https?://[!-~]+\Z")
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, halves of surrogate pairs, separators of lines and paragraphs


def line(text: str, limit: int = LINE) -> str:
    """Put text on one line of at most `limit` characters."""
    return clipped(_spaced(text[: limit * 8]), limit)


def body(text: str, limit: int = BODY) -> str:
    """Keep the lines of a text, with at most one blank one between two, and at most `limit` characters."""
    lines = [_spaced(each) for each in text[: limit * 8].splitlines()]
    return clipped(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), limit)


def clipped(text: str, limit: int) -> str:
    """Cut text that is longer than `limit` characters, and show that it was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def link(address: str | None) -> str:
    """An address that a mail may lead to, or nothing."""
    return address if address and _LINK.match(address) else ""


def initial(name: str) -> str:
    """The first letter or digit of a name as a capital; none in a name without any."""
    return next((each.upper()[0] for each in name if each.isalnum()), "")


def _spaced(text: str) -> str:
    """One space between words, or the one of no break that the writer chose."""
    kept = (each for each in text if each not in REORDERING)
    visible = "".join(" " if unicodedata.category(each) in _UNSEEN else each for each in kept)
    return re.sub(" {2,}", " ", visible).strip()
