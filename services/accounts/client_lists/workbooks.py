"""Reads the first sheet of a workbook (.xlsx) as the text of a CSV file, with the row that each line was."""

import csv
import datetime as dt
import io
import warnings
import zipfile
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from services.accounts.client_lists.encodings import SAVE_AS
from services.accounts.client_lists.problem import Unreadable
from services.accounts.client_lists.reading import MAX_COLUMNS

START = b"PK\x03\x04"
MOST_UNPACKED = 100 * 1024 * 1024  # bytes of all its parts; ten thousand full rows have a tenth of that
MOST_ROWS = 100_000  # with the empty ones that people leave below a list
DELIMITER = "\t"
BROKEN = (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, ParseError)


def is_packed(content: bytes) -> bool:
    """Whether a file may be a workbook, rather than text."""
    return content.startswith(START)


def as_text(content: bytes) -> tuple[bytes, dict[int, int]]:
    """The sheet as UTF-8 with tabs between cells, and by line the row of the sheet. Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(part.file_size for part in packed.infolist())
        if size > MOST_UNPACKED:
            raise Unreadable(
                f"The workbook is too large: unpacked it has more than {MOST_UNPACKED // 1024 // 1024} MB."
            )
        return _text(content)
    except BROKEN as exc:
        raise Unreadable(f"This is no workbook that can be read (.xlsx): {SAVE_AS}.") from exc


def _text(content: bytes) -> tuple[bytes, dict[int, int]]:
    with warnings.catch_warnings(action="ignore"):  # of styles and extensions that say nothing about cells
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        sheet = book.worksheets[0] if book.worksheets else None
        if sheet is None:
            raise Unreadable("The workbook has no sheet.")
        text, rows_at, line = io.StringIO(), {}, 1
        writer = csv.writer(text, delimiter=DELIMITER, lineterminator="\n")
        for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
            cells = [_cell(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                continue
            rows_at[line] = number
            writer.writerow(cells)
            line += 1 + sum(cell.count("\n") for cell in cells)
            if len(rows_at) > MOST_ROWS:
                raise Unreadable(f"The sheet has more than {MOST_ROWS:,} rows.")
        return text.getvalue().encode(), rows_at
    finally:
        book.close()


def _cell(value: Any) -> str:
    """What stands in a cell, as a CSV file would have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        is_day = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if is_day else value.isoformat(" ", "seconds")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\r\n", "\n").replace("\r", "\n").replace(DELIMITER, " ")
