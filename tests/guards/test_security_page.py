"""docs/security.md names the test of each promise: each is there."""

import re

from deploy.local.services import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)?::(test_\w+)`")


def named():
    """Every (file, test) of the page; a test without a file is of the file named before it."""
    file = ""
    for own, test in NAMED.findall(PAGE):
        file = own or file
        yield file, test


def test_every_test_that_the_page_names_is_there():
    pairs = list(named())
    missing = [
        f"{file}::{test}"
        for file, test in pairs
        if not (ROOT / file).is_file() or not re.search(rf"^\s*def {test}\(", (ROOT / file).read_text(), re.MULTILINE)
    ]

    assert len(pairs) > 30
    assert missing == []


def test_every_threat_has_a_test():
    rows = [line for line in PAGE.splitlines() if re.match(r"\| [STRIDE ]+ \|", line)]

    assert len(rows) > 20
    assert [row for row in rows if not NAMED.search(row)] == []
