"""The firms of the largest system, and the table of what requests cost."""

import pytest

from bench.cases import SEARCH_CASE, WARM_CASE
from bench.load import Result
from bench.scale import Found, Imported, by_processes, by_size, firms_of


@pytest.mark.parametrize(("accounts", "firms"), [(1_000_000, 5_000), (1_000, 3), (101, 10)])
def test_one_firm_has_a_tenth_and_the_others_share_the_rest(accounts, firms):
    made = firms_of(accounts, firms)

    assert (len(made), sum(made), made[0]) == (firms, accounts, accounts // 10)
    assert max(made[1:]) - min(made[1:]) <= 1


@pytest.mark.parametrize(("accounts", "firms"), [(1_000, 1), (50, 10)])
def test_few_accounts_are_of_one_firm(accounts, firms):
    assert firms_of(accounts, firms) == [accounts]


def rounds(cpu_ms, times):
    return [Result(seconds=1.0, times=times, cpu_ms={"gateway": cpu_ms * len(times)})] * 3


def test_the_table_tells_costs_ratios_and_waits():
    results = [[rounds(2.0, [0.001] * 10), rounds(3.0, [0.004] * 10)], [rounds(1.0, [0.002]), rounds(1.0, [0.05])]]
    imports = [Imported(cpu_ms=50_000, seconds=50), Imported(cpu_ms=100_000, seconds=100)]

    text = "\n".join(by_size(Found([[10], [20, 20]], results, [WARM_CASE, SEARCH_CASE], imports, {}, [0.1, 0.2])))

    assert f"| {WARM_CASE} | 2.00 | 3.00 | 1.50 × | 4.0, 4.0 |" in text
    assert "| 100.0 | 200.0 | 2.00 × |" in text
    assert "search: p99 under 50 ms | 50.0 ms |" in text


def test_processes_are_told_with_their_rate_and_cost():
    names = (WARM_CASE, "cold profile", SEARCH_CASE, "create a task", "95 warm profiles, 5 writes")
    sets = {number: {name: rounds(2.0, [0.001] * 10 * number) for name in names} for number in (1, 2)}

    assert f"| {WARM_CASE} | 10 (2.00) | 20 (2.00) |" in by_processes(Found([], [], [], [], sets, []))
