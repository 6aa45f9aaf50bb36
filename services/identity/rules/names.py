"""How names and e-mail addresses are kept and compared."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from chassis.errors import wrong


def fold(email: str) -> str:
    """The form in which addresses are compared: case-folded, the domain in punycode (R-EM-5); never shown."""
    plain = unicodedata.normalize("NFC", email.strip())
    try:
        parts = validate_email(plain, check_deliverability=False)
    except EmailNotValidError:
        return plain.casefold()
    return f"{parts.local_part.casefold()}@{(parts.ascii_domain or parts.domain).lower()}"


def tidy(field: str, name: str) -> str:
    """The name trimmed, with single spaces inside (R-NAME-8). Raises Invalid where nothing is left."""
    text = " ".join(name.split())
    if not text:
        raise wrong(field, "Say a name.")
    return text
