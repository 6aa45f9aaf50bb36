"""How a contact is called: by the firm's format, by hand, or by an address (R-CN-1, R-CN-2)."""

from collections.abc import Iterable, Mapping

from contracts.contacts import NameFormat

DEFAULT: NameFormat = "first_last"  # R-CN-1
LONGEST = 255  # characters, as many as a name typed by hand may have

PARTS: Mapping[NameFormat, tuple[str, ...]] = {
    "first_last": ("first_name", "last_name"),
    "last_first": ("last_name", "first_name"),
    "last_comma_first": ("last_name", "first_name"),
    "first_middle_last": ("first_name", "middle_name", "last_name"),
}


def formatted(form: NameFormat, parts: Mapping[str, str]) -> str | None:
    """Give the name in the firm's format, or None when a part it needs is missing (R-CN-2)."""
    used = [parts[part] for part in PARTS[form]]
    if not all(used):
        return None
    return (", " if form == "last_comma_first" else " ").join(used)[:LONGEST].rstrip()


def display_name(form: NameFormat, parts: Mapping[str, str], emails: Iterable[str]) -> str:
    """Give the name of a contact whom nobody named by hand.

    Parts that do not fill the format are joined as they are; without any the first address stands for the name.
    """
    present = " ".join(filter(None, (parts["first_name"], parts["middle_name"], parts["last_name"])))
    return formatted(form, parts) or present[:LONGEST].rstrip() or next(iter(emails), "")
