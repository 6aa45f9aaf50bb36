"""What an account is called: names typed and automatic, and the letters of its code (R-NAME-*, R-ID-*)."""

import unicodedata

MAX_NAME = 255  # characters (R-NAME-8)
LONG_NAME = 100  # characters; QuickBooks refuses longer ones (R-NAME-8)
FOLDER_CHARACTERS = '<>"/\\|?*'  # R-NAME-6; the colon has its own warning
FALLBACK_PREFIX = "C"  # R-ID-2
# Latin letters that Unicode does not take apart into a letter and a mark.
WHOLE_LETTERS = {
    "Ø": "O", "Æ": "A", "Œ": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "T", "ß": "S", "ẞ": "S", "ı": "I", "Ħ": "H",
    "Ŧ": "T", "Ŋ": "N", "Ə": "E",
}  # fmt: skip


def clean(name: str) -> str:
    """The name trimmed, its inner spaces collapsed, and its accents composed, so that equal names are equal text."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def key(name: str) -> str:
    """What two names of tags that differ only by case share (R-TAG-5)."""
    return clean(clean(name).casefold())


def of_contact(first_name: str, last_name: str, display_name: str) -> str:
    """What a contact lends to an automatic name; one without either name lends what it is shown as (R-NAME-2)."""
    return clean(f"{first_name} {last_name}") or clean(display_name)


def automatic(account_type: str, company_name: str | None, contact_name: str) -> str:
    """The name nobody typed (R-NAME-2, R-NAME-3); a company without a name yet is called after its contact."""
    company = clean(company_name or "") if account_type != "individual" else ""
    return (company or contact_name)[:MAX_NAME].rstrip()


def warnings(name: str) -> tuple[str, ...]:
    """What is legal but unwise about a name, a sentence each (R-NAME-6, R-NAME-8)."""
    found = []
    bad = [character for character in FOLDER_CHARACTERS if character in name]
    if bad:
        found.append(f"A folder on Windows can't have {' '.join(bad)} in its name; files are stored without.")
    if ":" in name:
        found.append("QuickBooks and folders on Windows do not take a colon in a name.")
    if len(name) > LONG_NAME:
        found.append(f"QuickBooks takes names of at most {LONG_NAME} characters; this one has {len(name)}.")
    return tuple(found)


def letter(text: str) -> str:
    """The first letter of a text as one of A to Z; empty where it begins with a digit or another script (R-ID-2)."""
    for character in text:
        if character.isalnum():
            base = unicodedata.normalize("NFKD", character)[0].upper()[0]
            base = WHOLE_LETTERS.get(base, WHOLE_LETTERS.get(character, base))
            return base if "A" <= base <= "Z" else ""
    return ""


def code_prefix(name: str) -> str:
    """The letter before the number of an account's code (R-ID-1)."""
    return letter(name) or FALLBACK_PREFIX


def initials(first_name: str, last_name: str, name: str) -> str:
    """The same for an imported individual: the first letters of both names (R-ID-1)."""
    return letter(first_name) + letter(last_name) or code_prefix(name)
