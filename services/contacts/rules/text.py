"""How text that people typed is kept, and how it is compared in a search."""

import unicodedata
from collections.abc import Iterable


def tidy(text: str) -> str:
    """Trim a line and collapse its inner spaces; a line of invisible characters alone is empty."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    return line if any(unicodedata.category(character)[0] not in "CZ" for character in line) else ""


def tidy_body(text: str) -> str:
    """Trim a text of several lines, keeping the lines."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def folded(text: str) -> str:
    """Give what a search compares: case and accents do not matter in it."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character)).casefold()


def words(typed: str) -> list[str]:
    """Give the words of a search, folded; each of them must be found."""
    return folded(tidy(typed)).split()


def search_text(names: Iterable[str], addresses: Iterable[tuple[str, str]]) -> str:
    """Give what a contact is found by: one folded line for each name and for each form of an address.

    No word of a search holds a line end, so none matches across two lines.
    """
    emails = (form for typed, compared in addresses for form in (folded(typed), compared))
    return "\n".join(dict.fromkeys(filter(None, (*map(folded, names), *emails))))
