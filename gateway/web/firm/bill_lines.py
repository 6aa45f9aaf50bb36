"""Lines of an invoice as a form has them: a row for each, and some empty ones below (R-INV-3)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from contracts.billing import Billing
from gateway.web.languages import Language
from gateway.web.page import Visit

Row = Mapping[str, str]
FIELDS = ("name", "description", "quantity", "unit", "unit_price", "discount", "tax_rate")
NUMBERS = ("quantity", "unit_price", "discount", "tax_rate")
PLACES = {"unit_price": 2}
GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")
NOTHING: Row = dict.fromkeys(FIELDS, "")


def typed(visit: Visit) -> list[Row]:
    """The rows that were filled in; one without name, description and price is none."""
    columns = {name: [value.strip() for known, value in visit.posted if known == name] for name in FIELDS}
    rows = [
        {name: values[at] if at < len(values) else "" for name, values in columns.items()}
        for at in range(len(columns["name"]))
    ]
    return [row for row in rows if row["name"] or row["description"] or row["unit_price"]]


def offered(visit: Visit, kept: Sequence[Any] = (), *, spare: int) -> list[Row]:
    """The rows of a form: what was typed, else the lines that are kept, and so many empty ones."""
    is_typed = any(name == "name" for name, _ in visit.posted)
    rows = typed(visit) if is_typed else [_row(visit.language, line) for line in kept]
    return [*rows, *[NOTHING] * spare]


def entries(visit: Visit, services: Iterable[Any], kept: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """The rows as the API reads them; one that bears the name of a service of the price list is that service."""
    known = {one["name"].casefold(): one["id"] for one in services}
    known |= {line["name"].casefold(): line["service_id"] for line in kept if line["service_id"]}
    found = []
    for row in typed(visit):
        given = {name: number(value) if name in NUMBERS else value for name, value in row.items() if value}
        service_id = known.get(row["name"].casefold())
        found.append({"unit_price": None, **given, **({"service_id": service_id} if service_id else {})})
    return found


async def price_list(visit: Visit) -> list[Any]:
    """What the firm sells, by name."""
    return list((await visit.plain(Billing.list_services))["items"])


def number(text: str) -> str:
    """A number as people type it, `1 250,50` or `1,250.50`, in digits with a point."""
    bare = re.sub(r"[\s\u00a0\u202f']", "", text)
    if "." in bare and "," in bare:
        group = "," if bare.rindex(".") > bare.rindex(",") else "."
        return bare.replace(group, "").replace(",", ".")
    return bare.replace(",", "") if GROUPED.fullmatch(bare) else bare.replace(",", ".")


def _row(language: Language, line: Any) -> Row:
    texts = {name: line[name] for name in ("name", "description", "unit")}
    said = {
        name: language.typed(line[name], PLACES.get(name, 0))
        for name in NUMBERS
        if name != "discount" or Decimal(line[name])
    }
    return {**NOTHING, **texts, **said}
