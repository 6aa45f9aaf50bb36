"""Cells of the firm's own fields as values of their types (R-CF-3); dates in the order that the file shows."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from marshmallow import ValidationError

from contracts.custom_fields import CustomField, DateOrder, normal
from services.accounts.client_lists import cells
from services.accounts.client_lists.columns import Column
from services.accounts.client_lists.problem import BadRow
from services.accounts.faults import fault

DAYS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}")
NAMED_MONTH_FIRST = re.compile(r"[A-Za-z]{3}[-/]\d{1,2}[-/]\d{4}")
MONTHS = 12
MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")  # what a spreadsheet adds to a day
AMOUNT = re.compile(r"([A-Z]{3}|[€£])?\s*([-+]?\d[\d\s'’.,]*)\s*([A-Z]{3}|[€£])?")
SIGNS = {"€": "EUR", "£": "GBP"}  # a dollar may be one of many
IN_BRACKETS = re.compile(r"[(\[]\s*([A-Z]{3}|[€£])\s*[)\]]")


def has_dates(plan: list[Column | None]) -> bool:
    """Whether a column of the file holds days."""
    return any(column is not None and _is_date(column) for column in plan)


def dates(row: list[str], plan: list[Column | None]) -> Iterator[str]:
    """The days of a row, as written."""
    for column, cell in zip(plan, row, strict=False):
        if column is not None and _is_date(column) and cell.strip():
            yield _day(cell)


def order(written: Iterable[str]) -> DateOrder:
    """Whether the day or the month comes first, as days above the twelfth show; iso where none does, or both do."""
    shown: set[DateOrder] = set()
    for text in written:
        if (found := DAYS.fullmatch(text)) is not None:
            shown |= {"day_first"} if int(found[1]) > MONTHS else set()
            shown |= {"month_first"} if int(found[2]) > MONTHS else set()
        elif NAMED_MONTH_FIRST.fullmatch(text):
            shown.add("month_first")
    return shown.pop() if len(shown) == 1 else "iso"


def values(filled: Iterable[tuple[Column, str]], dates: DateOrder) -> dict[str, Any]:
    """The values by the field's id, of two columns of one field the first. Raises BadRow with all that is wrong."""
    found: dict[str, Any] = {}
    faults = []
    for column, text in filled:
        if column.custom is None or str(column.custom.id) in found:
            continue
        try:
            value = normal(column.custom, _given(column.custom, text, column.name), dates)
        except ValidationError as refusal:
            faults += [fault(str(reason), column.name, text) for reason in refusal.messages]
        else:
            found[str(column.custom.id)] = value
    if faults:
        raise BadRow(*faults)
    return {field_id: value for field_id, value in found.items() if value is not None}


def _is_date(column: Column) -> bool:
    return column.custom is not None and column.custom.type == "date"


def _given(custom: CustomField, text: str, header: str) -> Any:
    """What a cell says, as the field takes it."""
    if custom.type == "long_text":
        return text
    line = " ".join(text.split())
    if custom.type == "multiple_choice":
        return _several(custom, text)
    if custom.type == "currency":
        return _amount(line, header)
    return READ.get(custom.type, str)(line)


def _day(text: str) -> str:
    """A day with the separators that the fields know: “31.12.2026” and “2026/12/31” are as good as any."""
    day = MIDNIGHT.sub("", text.strip())
    if re.fullmatch(r"\d{4}[/.]\d{2}[/.]\d{2}", day):
        return re.sub(r"[/.]", "-", day)
    return day.replace(".", "/") if DAYS.fullmatch(day) else day


def _ticked(text: str) -> bool:
    is_ticked = cells.yes_or_no(text)
    if is_ticked is None:
        reason = "Must be yes or no."
        raise ValidationError(reason)
    return is_ticked


def _page(text: str) -> str:
    return text if "://" in text or "." not in text else f"https://{text}"


def _several(custom: CustomField, text: str) -> list[str]:
    """The choices of a cell; a comma parts them unless it belongs to the name of one."""
    offered = {choice.name.casefold() for choice in custom.choices}
    parts: list[str] = []
    for separators in (r"\n", r"[;|\n]", r"[;|,\n]"):
        parts = [" ".join(part.split()) for part in re.split(separators, text) if part.strip()]
        if all(part.casefold() in offered for part in parts):
            break
    return parts


def _amount(text: str, header: str) -> dict[str, str]:
    """An amount and its currency, which may stand in the header: “Turnover (EUR)”."""
    found = AMOUNT.fullmatch(text)
    said = IN_BRACKETS.search(header)
    code = found and (found[1] or found[3] or (said and said[1]))
    if found is None or not code:
        reason = "Must be an amount and its currency, such as 1250.00 EUR."
        raise ValidationError(reason)
    return {"amount": cells.number(found[2]), "currency": SIGNS.get(code, code)}


READ: dict[str, Callable[[str], Any]] = {"date": _day, "checkbox": _ticked, "url": _page, "number": cells.number}
