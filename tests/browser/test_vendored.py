import hashlib
import re

from tests.browser.axe import SCRIPT

LINE = re.compile(r"\| `(?P<file>[^`]+)` \|.*\| `(?P<sum>[0-9a-f]{64})` \|")


def test_axe_is_the_one_we_say_it_is():
    said = {match["file"]: match["sum"] for match in LINE.finditer((SCRIPT.parent / "README.md").read_text())}
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in SCRIPT.parent.glob("*.js")}

    assert said == there
    assert SCRIPT.name in there
