"""Finds out how the text of a file is encoded, in constant memory."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from deploy.importing.problem import Unreadable

CHUNK = 1 << 20  # bytes read at once
HEAD = 4096  # bytes that decide on UTF-16 without a mark
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAVE_AS = "open it in your spreadsheet program and save it as “CSV UTF-8 (Comma delimited)”"
OTHERS = (
    (b"PK\x03\x04", f"This is a workbook (.xlsx or .ods), not a CSV file: {SAVE_AS}."),
    (b"\xd0\xcf\x11\xe0", f"This is an old Excel workbook (.xls), not a CSV file: {SAVE_AS}."),
    (b"%PDF", "This is a PDF: export the list as CSV from the program it comes from."),
    (b"\x1f\x8b", "This is a compressed file: unpack it first."),
)


def detect(path: Path) -> str:
    """The name of the encoding, for `open`. Raises Unreadable for what is no text, OSError."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise Unreadable("The file is empty.")
    for start, message in OTHERS:
        if head.startswith(start):
            raise Unreadable(message)
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    return _without_a_zero_mark(head) or _eight_bits(path)


def _without_a_zero_mark(head: bytes) -> str | None:
    """UTF-16 that lost its mark has a zero in every other byte of Latin text."""
    third = len(head) // 3
    if head[1::2].count(0) > third:
        return "utf-16-le"
    if head[0::2].count(0) > third:
        return "utf-16-be"
    return None


def _eight_bits(path: Path) -> str:
    if _decodes(path, "utf-8"):
        return "utf-8"
    # Spreadsheets of old Macs end lines with a lone CR and write Mac Roman; those of Windows write cp1252.
    if not _has_old_mac_lines(path) and _decodes(path, "cp1252"):
        return "cp1252"
    return "mac-roman"


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _has_old_mac_lines(path: Path) -> bool:
    chunk = next(_chunks(path))
    return b"\r" in chunk and b"\n" not in chunk


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
