"""The table of docs/performance.md: ratios of one run, put between its markers."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench import report
from bench.cases import BASE, LIMIT_CASES, WARM_CASE, search_case_name
from bench.load import Result
from bench.profile_table import PAGE
from bench.report import Facts, Measured
from bench.visible import Seen

FACTS = Facts(command="make bench", rounds=3, seconds=1.5, connections=8, cores=2, load=0.1, took=200, python="3.11.7")


def results(*each):
    """Rounds of 100 requests at so many CPU ms each, a quarter of it the broker's."""
    return [Result(seconds=1.0, times=[0.01] * 100, cpu_ms={"gateway": 75 * ms, "RabbitMQ": 25 * ms}) for ms in each]


@pytest.fixture
def found():
    small, large = (SimpleNamespace(accounts=size) for size in (20_000, 200_000))
    measured = {name: results(0.5) for name in LIMIT_CASES[:-1]}
    measured[BASE] = results(1.0, 3.0, 2.0)
    measured[WARM_CASE] = results(4.0, 3.0, 5.0)
    measured[search_case_name(small)] = results(10.0)
    measured[search_case_name(large)] = results(12.0)
    rest = {"gateway": 52.0, "overview": 88.0, "PostgreSQL": 300.0}
    return Measured(measured, rest, rest, (small, large), {"nameko": "2.14.1"})


def line(text, start):
    return next(line for line in text.splitlines() if line.startswith(start))


def test_rows_show_the_median_its_range_and_the_ratio(found):
    text = report.table(found, FACTS)

    assert line(text, "| warm profile |").split("|")[2:5] == [" 4.00 ", " 3.00 … 5.00 ", " 2.0 "]
    assert "gateway 3.00, RabbitMQ 1.00" in line(text, "| warm profile |")


def test_targets_are_answered_from_the_same_run(found):
    text = report.table(found, FACTS)

    assert line(text, "| warm profile ≤ 2.5").endswith("| 2.00 × |")
    assert line(text, "| warm profile ≤ 5 ms").endswith("| 4.00 ms |")
    assert line(text, "| search: 200,000").endswith("| 1.20 × |")
    assert line(text, "| a process rests").endswith("| at most 88 MB (overview) |")


def test_a_busy_machine_is_said_to_be_one(found):
    assert "busy" not in report.table(found, FACTS)
    assert "**the machine was busy** (load 3.0)" in report.table(found, Facts(**{**FACTS.__dict__, "load": 3.0}))


def test_the_page_keeps_everything_outside_the_markers(tmp_path):
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")

    report.write(page, "new")

    assert page.read_text() == f"before\n{report.BEGIN}\nnew\n{report.END}\nafter\n"


def test_a_page_without_markers_is_left_alone(tmp_path):
    page = tmp_path / "performance.md"
    page.write_text("nothing here")

    with pytest.raises(ValueError, match="has no"):
        report.write(page, "new")

    assert page.read_text() == "nothing here"


def test_our_page_has_the_markers():
    text = Path(PAGE).read_text(encoding="utf-8")

    assert text.count(report.BEGIN) == text.count(report.END) == 1


def test_writes_are_told_by_section_and_in_bare_requests(found):
    seen = Seen(views=30, bare_ms=2.0)
    seen.times["tasks"] = [0.010] * 9 + [0.050]
    seen.times["notes"] = [0.020]

    text = report.table(replace(found, seen=seen), FACTS)

    assert line(text, "| tasks |") == "| tasks | 10 | 10.0 | 50.0 | 5.0 | 25.0 |"
    assert line(text, "| notes |") == "| notes | 1 | 20.0 | 20.0 | 10.0 | 10.0 |"
    assert line(text, "| all |").startswith("| all | 11 | 10.0 |")
    assert "2.7 views for each" in text
    assert "From a write's answer" not in report.table(found, FACTS)


def test_what_could_not_be_measured_is_no_number(found):
    del found.results[WARM_CASE]

    text = report.table(found, FACTS)

    assert line(text, "| warm profile ≤ 5 ms").endswith("| nan ms |")
    assert not [row for row in text.splitlines() if row.startswith("| warm profile |")]
