"""Text as it is kept."""

from chassis.errors import wrong


def trimmed(field: str, text: str) -> str:
    """The text without blanks around it. Raises Invalid where nothing is left."""
    text = text.strip()
    if not text:
        raise wrong(field, "Must not be blank.")
    return text
