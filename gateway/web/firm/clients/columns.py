"""Which columns a reader has in the list of clients: chosen by each, kept in a cookie (R-LST-1, R-CF-5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts import rights
from contracts.custom_fields import CustomField
from gateway.web.page import Visit
from gateway.web.words import later

COOKIE, COOKIE_SECONDS = "dossier_columns", 365 * 86_400
MOST = 30  # so that the cookie stays small
OWN = "f."  # before the id of a custom field
TITLES: Mapping[str, str] = {
    "code": later("Code"),
    "type": later("Type"),
    "contacts": later("Contacts"),
    "tags": later("Tags"),
    "team": later("Team"),
    "portal": later("Portal"),
    "notified": later("Notified"),
    "synced": later("E-mail sync"),
    "signed_in": later("Last sign-in"),
    "due": later("To be paid"),
    "credit": later("Credit"),
    "net": later("Net due"),
    "created": later("Created"),
}
FIRST = ("code", "type", "contacts", "tags", "team", "portal", "signed_in", "due")
MONEY = frozenset({"due", "credit", "net"})
SORTED = {"name": ("name", "-name"), "code": ("code",), "created": ("-created_at",)}


@dataclass(frozen=True)
class Column:
    """`field` of a custom field's; `sort` are the orders its head offers, one after the other."""

    key: str
    title: str
    is_shown: bool
    field: str = ""
    sort: tuple[str, ...] = ()


def columns(visit: Visit, fields: Iterable[CustomField]) -> list[Column]:
    """All columns that the reader may have, those they chose first and in their order."""
    chosen = _chosen(visit)
    sees_money = rights.allows(rights.ACCOUNT["manage_invoices"], visit.actor)  # R-INV-5
    known = {
        key: Column(key, visit.language.say(title), key in chosen, sort=SORTED.get(key, ()))
        for key, title in TITLES.items()
        if sees_money or key not in MONEY
    }
    known |= {
        f"{OWN}{one.id}": Column(f"{OWN}{one.id}", one.name, f"{OWN}{one.id}" in chosen, str(one.id)) for one in fields
    }
    return [*(known.pop(key) for key in chosen if key in known), *known.values()]


def _chosen(visit: Visit) -> tuple[str, ...]:
    kept = visit.request.cookies.get(COOKIE)
    return FIRST if kept is None else tuple(dict.fromkeys(key for key in kept.split(",") if key))[:MOST]


def cookie(visit: Visit, keys: Iterable[str]) -> str:
    """What makes the browser keep a choice of columns."""
    kept = ",".join([key for key in dict.fromkeys(keys) if _is_key(key)][:MOST])
    secure = "; Secure" if visit.request.url.scheme == "https" else ""
    return f"{COOKIE}={kept}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax{secure}"


def _is_key(key: str) -> bool:
    return key in TITLES or (key.startswith(OWN) and key.removeprefix(OWN).replace("-", "").isalnum() and key.isascii())
