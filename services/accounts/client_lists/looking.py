"""A whole list at once, as far as it can be understood before anything of it is loaded."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from contracts.accounts import ImportRow
from contracts.custom_fields import DateOrder
from contracts.imports import MOST_ROWS, WORKBOOK, ImportColumn, ImportFault
from services.accounts.client_lists import columns, typed, workbooks
from services.accounts.client_lists.agreeing import Said
from services.accounts.client_lists.columns import Column, Fields
from services.accounts.client_lists.problem import BadRow, BrokenRow, Unreadable
from services.accounts.client_lists.reading import Record, Source
from services.accounts.client_lists.rows import MAX_CELL, rows
from services.accounts.names import MAX_NAME

FEWEST_CELLS = 50  # kept of a row that has more than there are columns
SHOWN = 60  # characters of an example
NAMING = ("account_name", "company_name", "linked_account", "full_name", "last_name")  # what tells a client, best first


@dataclass(frozen=True, slots=True)
class Line:
    """One row to be loaded or, with `faults`, one that can't be; `cells` as they stand in the file.

    `is_broken`: whatever its columns mean. `account_name` is what the file calls the client, for people to know the
    row by; empty of a broken one.
    """

    number: int
    cells: list[str]
    account_name: str = ""
    row: ImportRow | None = None
    faults: tuple[ImportFault, ...] = ()
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class Understood:
    """How columns are loaded, and what follows for the rows."""

    dates: DateOrder
    columns: tuple[ImportColumn, ...]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class List:
    """What a file holds, and how it was understood."""

    encoding: str
    delimiter: str
    header: list[str]
    understood: Understood


def look(content: bytes, encoding: str, fields: Fields) -> List:
    """Understand a file, text or a workbook. Raises Unreadable where it is no list, or has more than MOST_ROWS rows."""
    rows_at: dict[int, int] | None = None
    if workbooks.is_packed(content):
        content, rows_at = workbooks.as_text(content)
        encoding = "utf-8"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        path.write_bytes(content)
        with Source(path, columns.known, encoding or None) as source:
            plan = columns.plan(source.header, fields)
            dates = date_order(source, fields)
            lines = []
            for line in _lines(source, plan, fields, dates):
                lines.append(replace(line, number=rows_at.get(line.number, line.number)) if rows_at else line)
                if len(lines) > MOST_ROWS:
                    raise Unreadable(f"The list has more than {MOST_ROWS:,} rows: send it in parts.")
            return List(
                encoding=WORKBOOK if rows_at else source.encoding,
                delimiter="" if rows_at else source.delimiter,
                header=[name.strip() for name in source.header],
                understood=Understood(dates, _columns(source.header, plan, lines), lines),
            )


def again(header: list[str], lines: Sequence[Line], plan: list[Column | None], fields: Fields) -> Understood:
    """Understand rows that were read already under columns that somebody chose; the broken ones stay so."""
    whole = [line for line in lines if not line.is_broken]
    written = (text for line in whole for text in typed.dates(line.cells, plan))
    dates = typed.order(written) if typed.has_dates(plan) else "iso"
    records = {line.number: Record(line.number, line.cells) for line in whole}
    found = {line.number: [line] for line in lines if line.is_broken}
    for line in _lines(records.values(), plan, fields, dates):
        found.setdefault(line.number, []).append(line)
    ordered = [each for number in dict.fromkeys(line.number for line in lines) for each in found[number]]
    return Understood(dates, _columns(header, plan, ordered), ordered)


def date_order(source: Source, fields: Fields) -> DateOrder:
    """How the file writes days; it is read once more for that, where a column has any (R-CF-3)."""
    plan = columns.plan(source.header, fields)
    if not typed.has_dates(plan):
        return "iso"
    with Source(source.path, columns.known, source.encoding) as twin:
        return typed.order(text for record in twin for text in typed.dates(record.cells, plan))


def _lines(records: Iterable[Record], plan: list[Column | None], fields: Fields, dates: DateOrder) -> Iterator[Line]:
    said = Said(fields)
    for record in records:
        cells = _kept(record, len(plan))
        try:
            made = said.agreeing(rows(record, plan, dates))
        except BadRow as problem:
            is_broken = isinstance(problem, BrokenRow)
            called = "" if is_broken else _called(cells, plan)
            yield Line(record.line, cells, called, faults=problem.faults, is_broken=is_broken)
        else:
            yield from (Line(record.line, cells, row.account_name, row) for row in made)


def _called(cells: list[str], plan: list[Column | None]) -> str:
    filled: dict[str, str] = {}
    for column, cell in zip(plan, cells, strict=False):
        if column is not None and cell.strip():
            filled.setdefault(column.field, " ".join(cell.split()))
    return next((filled[name][:MAX_NAME] for name in NAMING if name in filled), "")


def _kept(record: Record, width: int) -> list[str]:
    """The cells as a database and a spreadsheet hold them."""
    most = max(width, FEWEST_CELLS)
    readable = (cell.encode("utf-8", "replace").decode() for cell in record.cells[:most])
    return [cell.replace("\x00", "")[:MAX_CELL] for cell in readable]


def _columns(header: list[str], plan: list[Column | None], lines: list[Line]) -> tuple[ImportColumn, ...]:
    return tuple(
        ImportColumn(
            name=name.strip(),
            field=column.field if column else "",
            custom_field=column.custom.name if column and column.custom else "",
            example=_example(place, lines),
        )
        for place, (name, column) in enumerate(zip(header, plan, strict=True))
    )


def _example(place: int, lines: list[Line]) -> str:
    """The first cell of a column that has anything in it, on one line."""
    cells = (" ".join(line.cells[place].split()) for line in lines if place < len(line.cells))
    return next((cell[:SHOWN] for cell in cells if cell), "")
