"""Names and types of files."""

import io
import zipfile

import pytest

from services.documents import rules

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17)


def docx():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("return 2026.pdf", "return 2026.pdf"),
        ("Soci\u00e9t\u00e9 \u2013 bilan.pdf", "Soci\u00e9t\u00e9 \u2013 bilan.pdf"),
        ('a<b>c:"d"/e\\f|g?h*.pdf', "a_b_c__d__e_f_g_h_.pdf"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("..", "_"),
        ("CON", "CON_"),
        ("ends with a dot.", "ends with a dot"),
    ],
)
def test_a_name_is_saved_without_what_file_systems_refuse(name, saved):
    """R-NAME-6: it is kept as typed and cleaned for saving alone."""
    assert rules.saved_as(name) == saved


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "return.pdf", "application/pdf"),
        (b"%PDF-1.7\n", "page.html", "application/pdf"),
        (PNG, "scan.png", "image/png"),
        (PNG, "scan.pdf", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(20), "photo.jpg", "image/jpeg"),
        (b"GIF89a" + bytes(20), "x.gif", "image/gif"),
        (b"Name;Amount\nAnna;12\n", "list.csv", "text/plain"),
        ("Bilan de soci\u00e9t\u00e9".encode(), "notes.txt", "text/plain"),
        (b"", "empty.txt", "application/octet-stream"),
        (b"\x00\x01\x02\x03\x04", "x.bin", "application/octet-stream"),
    ],
)
def test_what_a_file_is_is_told_by_its_content(content, name, found):
    assert rules.media_type(content, name) == found


def test_a_name_decides_among_what_the_content_may_be():
    assert "wordprocessingml" in rules.media_type(docx(), "letter.docx")
    assert rules.media_type(docx(), "letter.zip") == "application/zip"


@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"<html><script>1</script>"]
)
@pytest.mark.parametrize("name", ["x.svg", "x.html", "x.png", "x.pdf"])
def test_what_a_browser_would_run_is_never_shown(content, name):
    assert rules.media_type(content, name) not in rules.SHOWN_INLINE


@pytest.mark.parametrize(
    ("name", "taken", "free"),
    [
        ("Taxes", [], "Taxes"),
        ("Taxes", ["taxes"], "Taxes (2)"),
        ("a.pdf", ["a.pdf", "a (2).pdf"], "a (3).pdf"),
        ("x/.hidden", ["x/.hidden"], "x/ (2).hidden"),
        ("v1.2/readme", ["v1.2/readme"], "v1.2/readme (2)"),
    ],
)
def test_a_taken_name_gets_a_number(name, taken, free):
    assert rules.numbered(name, taken) == free
