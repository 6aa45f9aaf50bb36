"""What is written in single cells: people's names, addresses, lists, kinds of accounts."""

import re
from typing import NamedTuple

from services.accounts.client_lists.columns import key

TITLES = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "m", "mme", "mlle", "mm", "me", "maître", "docteur",
    "monsieur", "madame", "mademoiselle", "professeur",
})  # fmt: skip
PARTICLES = frozenset({
    "de", "du", "des", "d'", "la", "le", "les", "van", "von", "der", "den", "ten", "ter", "zu", "zur", "di", "da",
    "del", "della", "dos", "el", "al", "bin", "ben", "ibn", "st", "st.", "saint", "mac", "mc",
})  # fmt: skip
TYPES = {
    "individual": """individual | individuals | person | personal | household | family | couple | private | sole trader
        | sole proprietor | particulier | particuliers | personne | personne physique | famille | foyer | ménage
        | individuel | indépendant | i | p""",
    "company": """company | companies | business | corporation | corporate | corp | inc | llc | ltd | partnership
        | limited company | s corp | c corp | s corporation | c corporation | plc | gmbh | organization | organisation
        | entreprise | entreprises | société | sociétés | personne morale | sarl | sas | sasu | eurl | sa | sci | snc
        | professionnel | professionnels | c""",
    "other": """other | others | trust | estate | non profit | nonprofit | charity | association | foundation | ngo
        | autre | autres | fiducie | succession | fondation | organisme | o""",
}
YES = frozenset({
    "yes", "y", "oui", "o", "true", "vrai", "on", "x", "1", "ok", "enabled", "active", "activé", "ja", "j", "sí", "si",
    "✓", "✔", "☑",
})  # fmt: skip
NO = frozenset({
    "no", "n", "non", "false", "faux", "off", "0", "none", "disabled", "inactive", "désactivé", "nein", "-", "–", "✗",
    "☐",
})  # fmt: skip
LETTERS = 2  # a word among others is longer than this to tell a type
# At the end of a name, or in French lists before it; those that may be names of people count in capitals only.
LEGAL_FORMS = frozenset({
    "ltd", "limited", "llc", "llp", "lp", "inc", "incorporated", "corp", "corporation", "plc", "pllc", "co", "company",
    "gmbh", "ag", "kg", "ug", "bv", "nv", "pty", "oy", "srl", "spa", "sarl", "sas", "sasu", "eurl", "sci", "snc",
    "selarl", "scp", "scm", "gaec", "earl", "sprl",
})  # fmt: skip
CAPITAL_FORMS = frozenset({"SA", "AB", "AS", "SE", "SL", "PC", "PA"})
KINDS = {key(phrase): kind for kind, phrases in TYPES.items() for phrase in phrases.split("|")}


class PersonName(NamedTuple):
    first: str
    middle: str
    last: str


def split_name(text: str) -> PersonName:
    """A name in one piece as first, middle and last: “Last, First”, “DUPONT Jean”, “Jean de la Fontaine”."""
    before, comma, after = text.strip(" ,").partition(",")
    if comma and after.strip():
        first, *middle = _words(after) or [""]
        return PersonName(first, " ".join(middle), " ".join(_words(before)))
    words = _words(before)
    capitals = [word for word in words if _is_shouted(word)]
    if capitals and len(capitals) < len(words):
        others = [word for word in words if word not in capitals]
        return PersonName(others[0], " ".join(others[1:]), " ".join(capitals))
    if len(words) == 1:
        return PersonName("", "", words[0])
    start = next((place for place, word in enumerate(words) if place and word.lower() in PARTICLES), len(words) - 1)
    start = min(start, len(words) - 1)
    return PersonName(" ".join(words[:1]), " ".join(words[1:start]), " ".join(words[start:]))


def _words(text: str) -> list[str]:
    words = text.split()
    while len(words) > 1 and words[0].lower().rstrip(".") in TITLES:
        words = words[1:]
    return words


def _is_shouted(word: str) -> bool:
    """French lists write family names in capitals; an initial is no such name."""
    letters = [character for character in word if character.isalpha()]
    return len(letters) > 1 and all(character.isupper() for character in letters)


def emails(text: str) -> list[str]:
    """The addresses of a cell: “a@b.com; Ada <c@d.com>”, also “mailto:” ones."""
    found = []
    for part in re.split(r"[;,\n|]|\s/\s|\s+(?=[^\s<>]+@)", text):
        inner = re.search(r"<([^<>]*)>", part)
        address = (inner[1] if inner else part).strip().removeprefix("mailto:").strip()
        if address and (inner or "@" in address or "@" not in text):
            found.append(address)
    return found


def phones(text: str) -> list[str]:
    """The numbers of a cell, as written."""
    return [" ".join(part.split()) for part in re.split(r"[;\n|]|\s/\s|,\s+", text) if part.strip()]


def tags(text: str) -> list[str]:
    """The names of a cell, the first spelling of each."""
    found: dict[str, str] = {}
    for part in re.split(r"[;,\n|]", text):
        name = " ".join(part.split())
        if name:
            found.setdefault(name.casefold(), name)
    return list(found.values())


def yes_or_no(text: str) -> bool | None:
    """What a cell that is ticked or not says, or None."""
    written = text.strip().casefold()
    return True if written in YES else False if written in NO else None


def number(text: str) -> str:
    """A number with the point before its decimals, as “1 250,50”, “1,250.50” and “1'250.50” mean it.

    One that may mean two, “1,250”, stays as it is written.
    """
    digits = re.sub(r"[\s'’]", "", text)
    if "," in digits and "." in digits:
        decimals = max(",.", key=digits.rfind)
        return digits.replace("," if decimals == "." else ".", "").replace(decimals, ".")
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3}){2,}", digits):
        return digits.replace(",", "")
    if re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", digits):
        return digits
    return digits.replace(",", ".")


def kind(text: str) -> str | None:
    """The type of account that a cell names, alone or among other words (“1065 Partnership”), or None."""
    whole = KINDS.get(key(text))
    if whole is not None:
        return whole
    words = [key(word) for word in re.split(r"[^\w-]+", text)]
    told = {KINDS[word] for word in words if len(word) > LETTERS and word in KINDS}
    return told.pop() if len(told) == 1 else None


def is_company_name(text: str) -> bool:
    """Whether a name carries a company's legal form."""
    words = [word.replace(".", "").strip(",;()") for word in text.split()]
    if len(words) < 2:  # noqa: PLR2004 (a form and a name)
        return False
    ends = (words[0], words[-1])
    return any(word.lower() in LEGAL_FORMS or word in CAPITAL_FORMS for word in ends)
