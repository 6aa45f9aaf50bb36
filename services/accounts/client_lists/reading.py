"""Reads a CSV file as records, however it is encoded, separated and quoted, one at a time."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from contracts.imports import ImportFault
from services.accounts.client_lists import encodings
from services.accounts.client_lists.problem import Unreadable
from services.accounts.faults import fault

MAX_RECORD = 1_000_000  # characters; a longer one is a quotation mark that nobody closed
DELIMITERS = "\t;,|"
MAX_COLUMNS = 16_384  # what a sheet of a spreadsheet holds
LOOKED_AT = 10  # lines that may stand above the names of the columns
FEWEST_COLUMNS = 4  # from which on a line inside a cell that has as many is taken for a row
BYTES = re.compile("[\udc80-\udcff]")  # what `surrogateescape` makes of bytes that are no UTF-8
Score = Callable[[list[str]], int]


@dataclass(frozen=True)
class Record:
    """One row of the file; `line` is where it begins, counted from 1. With a `fault` its cells can't be trusted."""

    line: int
    cells: list[str]
    fault: ImportFault | None = None


class Source:
    """A file open for reading. `score` tells how many of a line's cells are names of columns."""

    def __init__(self, path: Path, score: Score, encoding: str | None = None) -> None:
        self.path = path
        self.size = path.stat().st_size
        self.encoding = encodings.named(encoding) if encoding else encodings.detect(path)
        self._binary: BinaryIO = path.open("rb")
        errors = encodings.errors_of(self.encoding)
        self._text = io.TextIOWrapper(self._binary, encoding=self.encoding, errors=errors, newline="")
        self._lines = _Lines(self._text)
        self.delimiter = ","
        try:
            self.header = self._find_header(score)
        except BaseException:
            self._text.close()
            raise

    @property
    def position(self) -> int:
        """Bytes read so far, of `size`."""
        return self._binary.tell()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._text.close()

    def __iter__(self) -> Iterator[Record]:
        """Every record below the header that has anything in it. Raises Unreadable where reading can't go on."""
        try:
            yield from self._records()
        except UnicodeError as exc:
            raise Unreadable(
                f"Something near line {self._lines.number + 1} is not {self.encoding} text: {encodings.SAVE_AS}."
            ) from exc

    def _records(self) -> Iterator[Record]:
        csv.field_size_limit(2 * MAX_RECORD)  # `_Lines` stops before, with a better message
        reader = csv.reader(self._lines, delimiter=self.delimiter, skipinitialspace=True)
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as exc:
                line, _ = self._lines.take()
                yield Record(line, [], fault("the row is not CSV", "", str(exc)))
                continue
            is_too_long = self._lines.is_skipped
            line, text = self._lines.take()
            if cells is None:
                return
            if is_too_long:
                too_long = fault("the row has more than %(most)s characters; at most so many are read", most=MAX_RECORD)
                yield Record(line, [], too_long)
                continue
            found = self._fault(cells, text)
            if found or any(cell.strip() for cell in cells):
                yield Record(line, cells, found)

    def _fault(self, cells: list[str], text: str) -> ImportFault | None:
        """Why the cells of a record can't be trusted, if so."""
        if len(cells) > MAX_COLUMNS:
            return fault("the row has %(count)s cells; at most %(most)s are read", count=len(cells), most=MAX_COLUMNS)
        if BYTES.search(text):
            return fault(f"the row holds bytes that are not UTF-8, as the rest of the file is: {encodings.SAVE_AS}")
        if self._lines.is_at_end and text.count('"') % 2 and _ends_open(text, self.delimiter):
            return self._never_closed()
        if any(self._holds_a_row(cell) for cell in cells):
            return fault(
                "a cell holds a whole row: probably a quotation mark is opened in it and not closed, or one is missing"
            )
        return None

    def _holds_a_row(self, cell: str) -> bool:
        """Whether a further line of a cell has as many cells as there are columns; in prose a space follows a comma."""
        if len(self.header) < FEWEST_COLUMNS or "\n" not in cell.replace("\r", "\n"):
            return False
        separator = re.compile(re.escape(self.delimiter) + r"(?! )")
        return any(len(separator.findall(line)) >= len(self.header) - 1 for line in cell.splitlines()[1:])

    def _never_closed(self) -> ImportFault:
        text = (
            "a quotation mark is opened here and not closed, so that everything down to line %(line)s was taken for"
            " one row: close or remove it and load the file again"
        )
        return fault(text, line=self._lines.number)

    def _find_header(self, score: Score) -> list[str]:
        """The line among the first few that names most columns, and the delimiter that shows it."""
        best: tuple[int, int, int] = (0, 0, 0)
        header: list[str] = []
        after = (0, 0)
        first = ""
        most = 0
        for place, line in enumerate(self._first_lines()):
            first = first or line.strip()
            for delimiter in DELIMITERS:
                cells = _split(line, delimiter)
                most = max(most, len(cells))
                if len(cells) > MAX_COLUMNS:
                    continue
                rank = (score(cells), -place, len(cells))
                if rank[0] and rank > best:
                    best, header, self.delimiter = rank, cells, delimiter
                    after = (self._lines.number, self._text.tell())
        if not header:
            raise Unreadable(_no_header(first) if most <= MAX_COLUMNS else _too_many_columns(most))
        swallowed = [cell for cell in header if "\n" in cell and self.delimiter in cell and not score([cell])]
        if swallowed:
            raise Unreadable(
                "A quotation mark is opened in the row that names the columns and not closed, so that rows below it"
                f" were taken for a name: {swallowed[0][:80]!r}. Close or remove it and load the file again."
            )
        self._text.seek(after[1])
        self._lines.restart(after[0])
        return header

    def _first_lines(self) -> Iterator[str]:
        """The first few lines; what is wrong below the first is told when it is reached again."""
        for place in range(LOOKED_AT):
            try:
                line = self._lines.read_whole()
            except Unreadable:
                if place:
                    return
                raise Unreadable(
                    f"The first line has more than {MAX_RECORD:,} characters: it names no columns, or a quotation mark"
                    " is opened there and not closed."
                ) from None
            except UnicodeError as exc:
                if place:
                    return
                raise Unreadable(f"The file is not {self.encoding} text: {encodings.SAVE_AS}.") from exc
            if not line:
                return
            yield line


def _ends_open(text: str, delimiter: str) -> bool:
    """Whether a quotation mark is open at the end; one inside a cell that has none before it, as in 5", opens none."""
    try:
        list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error as exc:
        return "unexpected end" in str(exc)
    return False


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(line.splitlines(keepends=True), delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return []


class _Lines:
    """The physical lines of a text, and those of them that the record being read is made of."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.restart(0)

    def restart(self, number: int) -> None:
        self.number = number
        self.is_at_end = self.is_skipped = False
        self._first = number + 1
        self._taken: list[str] = []
        self._length = 0

    def readline(self) -> str:
        line = self._text.readline(MAX_RECORD + 1)
        if len(line) > MAX_RECORD:
            raise self._too_long()
        self.number += bool(line)
        return line

    def read_whole(self) -> str:
        """One line, and those that belong to it because a quotation mark is open at its end."""
        whole = line = self.readline()
        for _ in range(LOOKED_AT):
            if not line or whole.count('"') % 2 == 0:
                break
            line = self.readline()
            whole += line
        return whole

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_RECORD + 1)
        self.number += bool(line)
        if len(line) > MAX_RECORD:
            line = self._skipped(line)
        if not line:
            self.is_at_end = True
            raise StopIteration
        self._taken.append(line)
        self._length += len(line)
        if self._length > MAX_RECORD:
            raise self._too_long()
        return line

    def _skipped(self, line: str) -> str:
        """An empty line instead of one that is too long but ends by itself. Raises Unreadable for another."""
        quotes = line.count('"')
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(MAX_RECORD)
            quotes += line.count('"')
        if self._taken or quotes % 2:
            raise self._too_long()
        self.is_skipped = True
        return "\n"

    def take(self) -> tuple[int, str]:
        """The number of the record's first line, and its text."""
        first, text = self._first, "".join(self._taken)
        self._first, self._taken, self._length = self.number + 1, [], 0
        self.is_skipped = False
        return first, text

    def _too_long(self) -> Unreadable:
        return Unreadable(
            f"The row that begins on line {self._first} does not end within {MAX_RECORD:,} characters:"
            " probably a quotation mark is opened there and not closed."
            " Rows above it are loaded; mend it and load the file again."
        )


def _too_many_columns(count: int) -> str:
    return f"The first row has {count:,} cells; at most {MAX_COLUMNS:,} columns are read."


def _no_header(first: str) -> str:
    found = f" The file begins with: {first[:80]!r}." if first else ""
    return (
        "No column is known here. The first row must name the columns, in any order and in English or French:"
        f" for example “Account name”, “First name”, “Last name”, “Email”, “Phone”, “Tags”.{found}"
    )
