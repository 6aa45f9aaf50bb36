import datetime as dt
from decimal import Decimal
from uuid import uuid4

import pytest

from chassis.context import Actor
from chassis.errors import Invalid
from services.work import rules

TODAY = dt.date(2026, 3, 1)
YESTERDAY = dt.date(2026, 2, 28)


@pytest.mark.parametrize(
    ("minutes", "rate", "amount"),
    [
        (60, "100", "100.00"),
        (1, "0.30", "0.01"),  # 0.005 rounds up, not to even
        (3, "0.10", "0.01"),
        (1, "0.29", "0.00"),
        (20, "100", "33.33"),
        (40, "100", "66.67"),
        (1440, "99999999.99", "2399999999.76"),
        (0, "80", "0.00"),
    ],
)
def test_amounts_are_rounded_half_up_to_cents(minutes, rate, amount):
    assert rules.amount(minutes, Decimal(rate)) == Decimal(amount)


def test_without_a_rate_there_is_no_amount():
    assert rules.amount(60, None) is None


@pytest.mark.parametrize("rate", ["1.001", "0.0001", "1e-30"])
def test_a_rate_has_at_most_two_decimals(rate):
    with pytest.raises(Invalid) as refused:
        rules.hourly(Decimal(rate))

    assert refused.value.data["errors"][0]["field"] == "rate"


def test_a_rate_of_minus_zero_is_zero():
    assert str(rules.hourly(Decimal("-0"))) == "0.00"


@pytest.mark.parametrize(
    ("category", "due_on", "is_overdue"),
    [
        ("planned", YESTERDAY, True),
        ("in_progress", YESTERDAY, True),
        ("waiting", YESTERDAY, True),
        ("done", YESTERDAY, False),
        ("canceled", YESTERDAY, False),
        ("planned", TODAY, False),
        ("planned", None, False),
    ],
)
def test_only_open_tasks_past_their_due_date_are_overdue(category, due_on, is_overdue):
    """R-TSK-5"""
    assert rules.is_task_overdue(category, due_on, TODAY) is is_overdue


@pytest.mark.parametrize(
    ("status", "due_on", "is_overdue"),
    [
        ("active", YESTERDAY, True),
        ("active", TODAY, False),
        ("active", None, False),
        ("completed", YESTERDAY, False),
        ("archived", YESTERDAY, False),
    ],
)
def test_only_active_jobs_past_their_due_date_are_overdue(status, due_on, is_overdue):
    """R-JOB-2"""
    assert rules.is_job_overdue(status, due_on, TODAY) is is_overdue


@pytest.mark.parametrize(
    ("role", "rights", "is_listed", "may"),
    [
        ("employee", (), True, True),
        ("employee", (), False, False),
        ("employee", ("manage_pipelines",), False, True),
        ("employee", ("manage_accounts",), False, False),
        ("admin", (), False, True),
        ("owner", (), False, True),
    ],
)
def test_who_may_use_a_pipeline(role, rights, is_listed, may):
    """R-JOB-3"""
    actor = Actor(kind="member", id=uuid4(), role=role, rights=frozenset(rights))

    assert rules.may_use_pipeline(actor, [actor.id] if is_listed else [uuid4()]) is may
    assert rules.may_use_pipeline(actor, None) is True


@pytest.mark.parametrize(
    ("title", "body", "headline"),
    [
        ("Call", "body", "Call"),
        ("", "first\nsecond", "first"),
        ("", "first\r\nsecond", "first"),
        ("", "\n  \n  first  \nsecond", "first"),
        ("", "x" * 300, "x" * 255),
    ],
)
def test_a_note_is_headed_by_its_title_or_first_line(title, body, headline):
    """R-NTE-3"""
    assert rules.headline(title, body) == headline


@pytest.mark.parametrize(
    ("before", "seconds", "after"),
    [(0, 0, 0), (0, 29, 0), (0, 30, 1), (10, 90, 12), (10, 600, 20), (0, 10**7, 1440), (5, -60, 5)],
)
def test_a_timer_counts_to_the_nearest_minute_and_at_most_a_day(before, seconds, after):
    """R-TIM-3"""
    start = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

    assert rules.with_elapsed(before, start, start + dt.timedelta(seconds=seconds)) == after
