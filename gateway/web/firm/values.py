"""Custom fields and addresses in forms: what was typed becomes what the API takes."""

from typing import Any
from uuid import UUID

from babel import Locale
from babel.numbers import list_currencies

from contracts.common import COUNTRIES, timezones
from contracts.custom_fields import CustomField
from gateway.web.page import Visit

PATH = "custom_fields"
USUAL = ("EUR", "USD", "GBP", "CHF", "CAD")  # currencies that are offered first
FLAGS = {"yes": True, "no": False}
ADDRESS = ("street", "city", "state", "zip", "country")


def name_of(field_id: UUID) -> str:
    """The name of a field's input: what the API calls it where it is wrong."""
    return f"{PATH}.{field_id}"


def typed(visit: Visit, field: CustomField) -> Any:
    """The value of a field as JSON holds it; None for one that was left empty."""
    name = name_of(field.id)
    if field.type == "multiple_choice":
        return visit.chosen(name) or None
    text = visit.form.get(name, "").strip()
    if not text:
        return None
    if field.type == "checkbox":
        return FLAGS.get(text)
    if field.type == "number":
        return plain_number(text)
    if field.type == "currency":
        return {"amount": plain_number(text), "currency": visit.form.get(f"{name}.currency", "").strip().upper()}
    return text


def plain_number(text: str) -> str:
    """Digits as people type them in either language: spaces between thousands, a comma before decimals."""
    plain = "".join(text.split()).replace("\u202f", "").replace("\u00a0", "")
    return plain.replace(",", ".") if "." not in plain else plain


def address(visit: Visit, prefix: str) -> dict[str, Any] | None:
    """A postal address; None where nothing of it was typed."""
    found: dict[str, Any] = {name: visit.form.get(f"{prefix}.{name}", "").strip() for name in ADDRESS}
    found["country"] = found["country"] or None
    return found if any(found.values()) else None


def countries(visit: Visit) -> list[tuple[str, str]]:
    """Countries by their names in the reader's language, none first."""
    names = Locale.parse(visit.language.code).territories
    found = sorted(((code, str(names.get(code, code))) for code in COUNTRIES), key=lambda one: one[1].casefold())
    return [("", ""), *found]


def country(visit: Visit, code: str | None) -> str:
    """The name of a country in the reader's language."""
    return str(Locale.parse(visit.language.code).territories.get(code, code)) if code else ""


def currencies() -> list[str]:
    """Codes of currencies, the usual ones first."""
    return [*USUAL, *sorted(set(list_currencies()) - set(USUAL))]


def zones() -> list[str]:
    """Names of time zones that places have."""
    return sorted(name for name in timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))


def facts(visit: Visit) -> dict[str, Any]:
    """What templates/firm/values.html needs of whoever draws it."""
    return {
        "country": lambda code: country(visit, code),
        "say": visit.language.say,
        "count": visit.language.count,
        "ticked": lambda name, value, is_so: str(value) in visit.chosen(name) if visit.posted else is_so,
        "options": lambda field: [(choice.id, choice.name) for choice in field.choices],
        "currency_options": lambda codes: [(code, code) for code in codes],
    }
