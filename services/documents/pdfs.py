"""PDFs to be signed: how many pages they have, and the same with signatures and a page of evidence on them.

Both compute for long, so a service does them off its hub; the libraries are loaded at the first use.
"""

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.signatures import NotSignable

MOST_PAGES = 5000
FONT, SCRIPT = "Helvetica", "Times-Italic"  # every reader has them; they know the characters of Windows-1252
LEAST_POINTS, MOST_POINTS = 5.0, 24.0  # of type: readable, and not a poster
BROKEN = "This PDF is broken; save it anew."
MARGIN, LEADING = 50.0, 14.0  # points, of the page of evidence
LINE_CHARACTERS = 95  # that fit between its margins


@dataclass(frozen=True, slots=True)
class Mark:
    """What one field shows; its place is in parts of the page, from the upper left corner."""

    page: int  # from 1
    x: float
    y: float
    width: float
    height: float
    text: str
    is_script: bool = False
    caption: str = ""


def pages(content: bytes) -> int:
    """How many pages a PDF has. Raises NotSignable for what is none, or opens with a password alone."""
    reader = _reader(content)
    try:
        count = len(reader.pages)
    except Exception as exc:  # broken files fail in as many ways as there are
        raise NotSignable(BROKEN) from exc
    if not 1 <= count <= MOST_PAGES:
        raise NotSignable(f"A PDF to be signed has 1 to {MOST_PAGES} pages.")
    return count


def stamped(content: bytes, marks: Sequence[Mark], evidence: Sequence[str]) -> bytes:
    """The PDF with its marks, and pages of evidence behind. Raises NotSignable."""
    from pypdf import PdfReader, PdfWriter  # noqa: PLC0415

    try:
        writer = PdfWriter(clone_from=_reader(content))
        for number, page in enumerate(writer.pages, 1):
            mine = [mark for mark in marks if mark.page == number]
            if mine:
                _mark(page, mine)
        for page in PdfReader(io.BytesIO(_pages_of(evidence))).pages:
            writer.add_page(page)
        made = io.BytesIO()
        writer.write(made)
    except NotSignable:
        raise
    except Exception as exc:  # broken files fail in as many ways as there are
        raise NotSignable(BROKEN) from exc
    return made.getvalue()


def _reader(content: bytes) -> Any:
    from pypdf import PdfReader  # noqa: PLC0415

    if not content.startswith(b"%PDF-"):
        raise NotSignable
    try:
        reader = PdfReader(io.BytesIO(content))
    except Exception as exc:  # broken files fail in as many ways as there are
        raise NotSignable(BROKEN) from exc
    if reader.is_encrypted:
        raise NotSignable("This PDF is protected; save it without a password and restrictions.")
    return reader


def _mark(page: Any, marks: Sequence[Mark]) -> None:
    from pypdf import PdfReader, Transformation  # noqa: PLC0415
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    page.transfer_rotation_to_content()
    box = page.cropbox
    width, height = float(box.width), float(box.height)
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=(width, height), invariant=True)
    for mark in marks:
        _write(canvas, mark, width, height)
    canvas.save()
    overlay = PdfReader(io.BytesIO(made.getvalue())).pages[0]
    move = Transformation().translate(float(box.left), float(box.bottom))
    page.merge_transformed_page(overlay, move)


def _write(canvas: Any, mark: Mark, width: float, height: float) -> None:
    from reportlab.pdfbase.pdfmetrics import stringWidth  # noqa: PLC0415

    font, text = (SCRIPT if mark.is_script else FONT), _writable(mark.text)
    left, room, tall = mark.x * width, mark.width * width, mark.height * height
    bottom = height - mark.y * height - tall
    widest = stringWidth(text, font, 1.0) or 1.0
    points = min(MOST_POINTS, tall * 0.7, room / widest)
    canvas.setFont(font, max(points, LEAST_POINTS))
    canvas.drawString(left, bottom + tall * 0.25, text)
    if mark.caption:
        canvas.setFont(FONT, LEAST_POINTS)
        canvas.drawString(left, bottom, _writable(mark.caption))


def _pages_of(lines: Sequence[str]) -> bytes:
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4, invariant=True)
    top = A4[1] - MARGIN
    y = top
    for line in _wrapped(lines):
        if y < MARGIN:
            canvas.showPage()
            y = top
        canvas.setFont(FONT, 9)
        canvas.drawString(MARGIN, y, _writable(line))
        y -= LEADING
    canvas.save()
    return made.getvalue()


def _wrapped(lines: Sequence[str]) -> list[str]:
    found: list[str] = []
    for line in lines:
        rest = line
        while len(rest) > LINE_CHARACTERS:
            cut = rest.rfind(" ", 1, LINE_CHARACTERS) if " " in rest[1:LINE_CHARACTERS] else LINE_CHARACTERS
            found.append(rest[:cut])
            rest = "    " + rest[cut:].lstrip()
        found.append(rest)
    return found


def _writable(text: str) -> str:
    """The text in characters that the fonts know; the evidence kept beside the PDF has it as it was typed."""
    kept = []
    for character in text:
        plain = character
        try:
            plain.encode("cp1252")
        except UnicodeEncodeError:
            plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode() or "?"
        kept.append(plain)
    return "".join(kept)
