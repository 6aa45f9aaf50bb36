"""What stands for an account without a photo: the initials of its name on a colour of its own (R-PHOTO-2)."""

import unicodedata
import zlib
from uuid import UUID
from xml.sax.saxutils import escape

from services.accounts import names
from services.accounts.tags import PALETTE

JOINED_SCRIPTS = ("ARABIC", "SYRIAC", "MONGOLIAN", "NKO", "THAANA")  # two letters side by side would be one word
NON_JOINER = "\u200c"
# Vowels that are written before the consonant they follow in speech: Thai and Lao.
LEADING_VOWELS = frozenset("เแโใไເແໂໃໄ")
JOINERS = frozenset("\u200d")
VIRAMA = 9  # canonical combining class: the consonant after it belongs to the same letter


def of(name: str, account_type: str) -> str:
    """One or two letters: of a person's first and last name, else of the first two words; none of a name without."""
    words = [letter for word in names.clean(name).replace("-", " ").split() if (letter := _letter(word))]
    if len(words) < 2:  # noqa: PLR2004
        return "".join(words)
    first, second = (words[0], words[-1]) if account_type == "individual" else words[:2]
    is_joined = unicodedata.name(second[0], "").startswith(JOINED_SCRIPTS)
    return f"{first}{NON_JOINER if is_joined else ''}{second}"


def _letter(word: str) -> str:
    """The first letter or digit of a word as a reader counts letters, with the marks that belong to it."""
    start = next((place for place, character in enumerate(word) if character.isalnum()), None)
    if start is None:
        return ""
    end = start + 1
    while end < len(word) and _belongs(word[end - 1], word[end]):
        end += 1
    letter = word[start:end]
    capital = letter[0].title()  # not upper(): Georgian has capitals that are used for whole words only
    return (capital if len(capital) == 1 else letter[0]) + letter[1:]


def _belongs(before: str, character: str) -> bool:
    is_mark = unicodedata.category(character).startswith("M") or character in JOINERS
    return is_mark or before in LEADING_VOWELS or before in JOINERS or unicodedata.combining(before) == VIRAMA


def colour(account_id: UUID) -> str:
    """One of the tags' colours, on each of which white can be read; the same for the account, whatever it is called."""
    return PALETTE[zlib.crc32(account_id.bytes) % len(PALETTE)]


def drawing(account_id: UUID, name: str, account_type: str, size: int) -> str:
    """The initials as an SVG document, in whatever font the reader has for their script."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 100 100">'
        f'<rect width="100" height="100" fill="{colour(account_id)}"/>'
        '<text x="50" y="50" fill="#ffffff" font-family="system-ui, sans-serif" font-size="40" '
        'text-anchor="middle" dominant-baseline="central">'
        f"{escape(of(name, account_type))}</text></svg>"
    )
