"""PDFs for tests, made here."""

import io

from pypdf import PdfReader, PdfWriter


def blank_pdf() -> bytes:
    """One empty page."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
