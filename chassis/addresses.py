"""Which e-mail addresses are the same, and how servers take them."""

import unicodedata

import idna


def fold(email: str) -> str:
    """Give the form in which addresses are compared: R-EM-5, case-folded, the domain in punycode."""
    local, at, domain = unicodedata.normalize("NFC", email.strip()).rpartition("@")
    try:
        host = idna.encode(domain, uts46=True).decode().lower()
    except idna.IDNAError:
        host = domain.lower()
    return f"{local.casefold()}{at}{host}"


def bare(email: str) -> str:
    """Give an address as servers take it: the domain in punycode."""
    local, _, _ = email.strip().rpartition("@")
    return f"{local}@{fold(email).rpartition('@')[2]}"
