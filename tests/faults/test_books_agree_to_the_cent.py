"""A firm's books go to QuickBooks while answers are lost, tokens end and processes are killed: both sides agree.

The great run in small; `python -m bench.quickbooks` is the same with 2,000 accounts.
"""

import random

import psycopg
import pytest

from bench.quickbooks.storm import Size, run, system
from tests.stack import Stack

SIZE = Size(accounts=24, documents=70, between=(3.0, 5.0), patience=300.0, throttles=False)
SOON = 3  # s, in place of the minutes after which somebody who was killed is waited for no more

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]


def hurry(stack: Stack, firm_id: str) -> None:
    """Leases end sooner, as if more time had passed; of the living they only begin some work twice."""
    with psycopg.connect(stack.database_of("quickbooks"), autocommit=True) as connection:
        connection.execute("SELECT set_config('app.firm_id', %s, false)", [firm_id])
        for table, column in (
            ("job", "taken_until"), ("push", "taken_until"), ("document", "taken_until"), ("asking", "until"),
            ("credential", "renewing_until"),
        ):  # fmt: skip
            soon = f"now() + interval '{SOON} seconds'"
            # Rows that somebody holds are alive; waiting for them could close a ring of waiters.
            late = f"SELECT ctid FROM {table} WHERE {column} > {soon} FOR UPDATE SKIP LOCKED"
            connection.execute(f"UPDATE {table} SET {column} = {soon} WHERE ctid = ANY(ARRAY({late}))")


def test_both_sides_agree_to_the_cent_whatever_dies(servers, folder):
    """R-QB-4, R-QB-10, R-QB-13, R-QB-21: each once, nothing lost, no limit exceeded."""
    seed = random.randrange(2**31)
    print(f"seed {seed}")
    with system(servers, folder / "books") as found:
        story = run(found, SIZE, seed, print, lambda firm: hurry(found.stack, firm.id))

    assert story.faults == []
    assert story.findings.faults == []
    assert story.findings.counts["customers"] == SIZE.accounts
    assert story.counts.kills >= 2
    assert story.counts.revoked == story.counts.reconnected == 2
    assert story.state["mischief"]["drop"] > 0
