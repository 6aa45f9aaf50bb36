"""Finds out how the text of a file is encoded, in constant memory, and refuses what is no text."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from services.accounts.client_lists.problem import Unreadable

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
NO_TEXT = "This is not a text file: export the list as CSV from the program it comes from."
OTHERS = (
    (b"PK\x03\x04", f"This is a workbook (.xlsx or .ods), not a CSV file: {SAVE_AS}."),
    (b"\xd0\xcf\x11\xe0", f"This is an old Excel workbook (.xls), not a CSV file: {SAVE_AS}."),
    (b"%PDF", "This is a PDF: export the list as CSV from the program it comes from."),
    (b"\x1f\x8b", "This is a compressed file: unpack it first."),
    (b"7z\xbc\xaf\x27\x1c", "This is a compressed file: unpack it first."),
    (b"Rar!\x1a\x07", "This is a compressed file: unpack it first."),
    (b"{\\rtf", f"This is a document (.rtf), not a CSV file: {SAVE_AS}."),
    (b"<", f"This is a web page or XML, even if its name says otherwise: {SAVE_AS}."),
    (b"\x89PNG", NO_TEXT),
    (b"\xff\xd8\xff", NO_TEXT),
    (b"GIF8", NO_TEXT),
    (b"\x7fELF", NO_TEXT),
    (b"MZ\x90\x00", NO_TEXT),
    (b"SQLite format 3\x00", NO_TEXT),
)
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a")) + b"\x7f"  # 0x1a ends files of DOS, \v and \f are breaks
FEW_CONTROLS = 30  # damaged rows are told one by one
MOST_CONTROLS = 0.01  # of a file's bytes; noise has ten times as many
HIGH = bytes(range(128, 256))
UTF_8 = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xed[\x80-\x9f][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{3}"
)


def detect(path: Path) -> str:
    """The name of the encoding, for `open`. Raises Unreadable for what is no text, OSError.

    A file that is found to be UTF-8 may have rows in it that are not: see `errors_of`.
    """
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
    found = _without_a_zero_mark(head)
    if found is None and _is_noise(path):
        raise Unreadable(NO_TEXT)
    return found or _eight_bits(path)


def named(encoding: str) -> str:
    """An encoding that somebody names, as Python calls it. Raises Unreadable for one there is not."""
    try:
        "".encode(encoding)  # codecs that are none of text refuse it
        return codecs.lookup(encoding).name
    except (LookupError, ValueError, TypeError):
        raise Unreadable(f"There is no encoding “{encoding}”; cp1251, shift_jis and big5 are some.") from None


def errors_of(encoding: str) -> str:
    """How `open` is to take bytes that are not of the encoding: in UTF-8 they can be told apart row by row."""
    return "surrogateescape" if encoding in ("utf-8", "utf-8-sig") else "strict"


def _without_a_zero_mark(head: bytes) -> str | None:
    """UTF-16 that lost its mark has a zero in every other byte of Latin text, and hardly any between them."""
    third = len(head) // 3
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > third and even * 10 < odd:
        return "utf-16-le"
    if even > third and odd * 10 < even:
        return "utf-16-be"
    return None


def _is_noise(path: Path) -> bool:
    """Whether so many bytes are control characters that it can be no text in any encoding."""
    count = size = 0
    for chunk in _chunks(path):
        size += len(chunk)
        count += len(chunk) - len(chunk.translate(None, CONTROLS))
    return count > max(FEW_CONTROLS, size * MOST_CONTROLS)


def _eight_bits(path: Path) -> str:
    if _decodes(path, "utf-8") or _is_mostly_utf_8(path):
        return "utf-8"
    # Spreadsheets of old Macs end lines with a lone CR and write Mac Roman; those of Windows write cp1252.
    if not _has_old_mac_lines(path) and _decodes(path, "cp1252"):
        return "cp1252"
    return "mac-roman"


def _is_mostly_utf_8(path: Path) -> bool:
    """Whether most bytes beyond ASCII make letters of UTF-8: in no other encoding they do so by chance."""
    high = good = 0
    for chunk in _chunks(path):
        high += len(chunk) - len(chunk.translate(None, HIGH))
        good += sum(len(letter) for letter in UTF_8.findall(chunk))
    return good * 2 > high


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
