import hashlib
import re
from pathlib import Path

VENDOR = Path(__file__).parents[3] / "gateway" / "web" / "static" / "vendor"
LINE = re.compile(r"\| `(?P<file>[^`]+)` \|.*\| `(?P<sum>[0-9a-f]{64})` \|")


def test_files_of_others_are_the_ones_we_say_they_are():
    said = {match["file"]: match["sum"] for match in LINE.finditer((VENDOR / "README.md").read_text())}
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}

    assert there
    assert said == there


def test_the_docs_page_loads_nothing_from_elsewhere():
    page = (VENDOR.parents[1] / "docs.html").read_text()
    loaded = re.findall(r'(?:src|href|spec-url)="([^"]+)"', page)

    assert loaded
    assert all(address.startswith("/") and not address.startswith("//") for address in loaded)
    assert ' style="' not in page
