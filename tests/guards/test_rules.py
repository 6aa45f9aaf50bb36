"""Every rule has its sentence in docs/rules.toml and a test that cites it, and nobody cites a rule that isn't one."""

import re

import pytest

from deploy import rules
from deploy.local.services import ROOT

WRITTEN = ["chassis", "contracts", "services", "gateway", "deploy", "bench", "tests", "docs"]
KEPT, LATER = rules.sentences()
# Out here, for inside a test they would be citations of its own.
SAMPLES = [
    ("Never the last (R-LNK-2).", {"R-LNK-2"}),
    ("R-SRC-1..3, R-C-4", {"R-SRC-1", "R-SRC-2", "R-SRC-3", "R-C-4"}),
    ("R-SRC-1 to R-SRC-3", {"R-SRC-1", "R-SRC-2", "R-SRC-3"}),
    ("R-SRC-1..R-SRC-3", {"R-SRC-1", "R-SRC-2", "R-SRC-3"}),
    ("from R-SRC-1 to R-C-3", {"R-SRC-1", "R-C-3"}),
    ("the names of R-NAME-*, U-4, a VAR-1", set()),
]


@pytest.fixture(scope="module")
def holders():
    return rules.holders()


def test_every_rule_is_cited_by_a_test(holders):
    missing = [rule for rule in KEPT if rule not in holders]

    assert missing == [], f"cite {', '.join(missing)} in the tests that hold them, or write those tests"


def test_nothing_cites_a_rule_that_is_not_there():
    unknown = {}
    for room in WRITTEN:
        for path in (ROOT / room).rglob("*"):
            if path.suffix in {".py", ".md", ".toml", ".html"} and path.name != "rules.md":
                strange = rules.cited(path.read_text()) - KEPT.keys() - LATER.keys()
                unknown |= {path.relative_to(ROOT).as_posix(): sorted(strange)} if strange else {}

    assert unknown == {}, "a slip, or a rule that docs/rules.toml lacks"


def test_a_rule_is_one_sentence_of_its_own():
    every = [*KEPT.items(), *LATER.items()]

    assert [rule for rule, _ in every if not re.fullmatch(r"R-[A-Z]+-[1-9][0-9]*", rule)] == []
    assert [rule for rule, sentence in every if not sentence.endswith(".") or "|" in sentence] == []
    assert KEPT.keys() & LATER.keys() == set()
    assert len({sentence for _, sentence in every}) == len(every)


def test_the_list_of_rules_is_up_to_date():
    assert (ROOT / "docs" / "rules.md").read_text() == rules.render(), "run `make rules`"


@pytest.mark.parametrize(("text", "cites"), SAMPLES)
def test_ranges_cite_all_in_them_and_areas_none(text, cites):
    assert rules.cited(text) == cites


def test_a_test_cites_by_itself_and_its_class_and_a_module_for_those_that_cite_nothing():
    source = '''"""R-C-1"""

import pytest

# R-C-2 stands outside.


@pytest.mark.parametrize("rule", ["R-C-3"])
def test_decorated(): ...


def test_silent():
    assert "R-C-3"  # a text of the test, no citation by it


def fixture():
    """R-C-3"""


class TestBoth:
    """R-C-4"""

    def test_inside(self):
        """R-EM-1"""
        assert True  # R-EM-2

    async def test_r_em_5_in_its_name(self): ...
'''

    assert dict(rules.citations(source)) == {
        "test_decorated": {"R-C-3"},
        "test_silent": {"R-C-1"},
        "TestBoth::test_inside": {"R-C-4", "R-EM-1", "R-EM-2"},
        "TestBoth::test_r_em_5_in_its_name": {"R-C-4", "R-EM-5"},
    }
