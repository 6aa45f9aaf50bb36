"""The section Time tracking."""

import datetime as dt
from decimal import Decimal

from contracts import work
from contracts.billing import BillingSettingsChanged
from services.work.operations import neighbours, time_entries


def test_running_on_top_then_the_five_latest(session, ctx, account_id, new_entry, later, section):
    """R-TIM-1, R-TIM-3, R-OV-3"""
    day = dt.date(2026, 5, 1)
    for index in range(7):
        new_entry(10 + index, on=day + dt.timedelta(days=index))
    new_entry(None, on=day, service="running")

    made = section("time")

    assert made.rows[0]["service"] == "running"
    assert made.rows[0]["running_since"] == ctx.now.isoformat().replace("+00:00", "Z")
    assert [row["minutes"] for row in made.rows[1:]] == [16, 15, 14, 13, 12]
    assert made.total == 8


def test_own_entries_only_in_a_members_scope(session, ctx, account_id, new_entry, employee, section):
    """C-TIME, R-TIM-1: others' time is neither shown, counted nor summed"""
    emil, eve = employee(), employee(name="Eve")
    new_entry(10, by=emil), new_entry(20, by=eve), new_entry(None, by=eve)

    made = section("time", f"member:{emil.actor.id}", by=emil)

    assert [(row["member"]["name"], row["minutes"]) for row in made.rows] == [("Emil Employee", 10)]
    assert (made.total, made.footer) == (1, {"unbilled_minutes": 10})
    assert section("time").footer == {"unbilled_minutes": 30}


def test_money_only_with_rates(session, ctx, account_id, new_entry, section):
    """C-TIME, R-OV-5: absent, not empty"""
    new_entry(90, rate=Decimal(80))
    new_entry(60)

    plain, with_rates = (section("time", scope) for scope in ("firm", "firm+rates"))

    assert all("amount" not in row and "rate" not in row for row in plain.rows)
    assert plain.footer == {"unbilled_minutes": 150}
    assert [row["amount"] for row in with_rates.rows] == [None, "120.00"]
    assert with_rates.footer == {"unbilled_minutes": 150, "unbilled_amount": "120.00", "currency": "EUR"}


def test_money_is_in_the_firms_currency_as_billing_tells_it(session, ctx, new_entry, section):
    """R-TIM-3: also where it tells an older one late"""
    made = new_entry(60, rate=Decimal(80))
    for currency, version in (("CHF", 2), ("USD", 1), ("", 3)):
        neighbours.billing_changed(session, ctx, BillingSettingsChanged(currency=currency, version=version))

    shown = section("time", "firm+rates")
    assert (made.currency, shown.rows[0]["currency"], shown.footer["currency"]) == ("EUR", "CHF", "CHF")
    assert section("time", "firm").footer == {"unbilled_minutes": 60}


def test_a_members_scope_may_come_with_rates(session, ctx, account_id, new_entry, employee, section):
    """C-TIME"""
    emil = employee("manage_rates")
    new_entry(60, by=emil, rate=Decimal(50)), new_entry(60, rate=Decimal(500))

    made = section("time", f"member:{emil.actor.id}+rates", by=emil)

    assert made.footer == {"unbilled_minutes": 60, "unbilled_amount": "50.00", "currency": "EUR"}


def test_the_footer_sums_what_is_billable_and_not_billed(session, ctx, account_id, new_entry, section):
    """R-TIM-3: over all entries, not only those shown"""
    for _ in range(7):
        new_entry(60, rate=Decimal(10))
    new_entry(60, rate=Decimal(10), is_billable=False)
    billed = new_entry(60, rate=Decimal(10))
    bill = work.ChangeTimeEntry(account_id=account_id, time_entry_id=billed.id, version=1, is_billed=True)
    time_entries.change_time_entry(session, ctx, bill)

    footer = section("time", "firm+rates").footer

    assert footer == {"unbilled_minutes": 420, "unbilled_amount": "70.00", "currency": "EUR"}


def test_what_a_row_shows(session, ctx, account_id, new_entry, section):
    """§5.0 quick table, R-TIM-2"""
    entry = new_entry(30, service="Payroll", is_billable=False)

    (row,) = section("time").rows

    assert row == {
        "id": str(entry.id),
        "on": ctx.now.date().isoformat(),
        "member": {"id": str(ctx.actor.id), "name": "Olga Owner"},
        "service": "Payroll",
        "minutes": 30,
        "is_billable": False,
        "running_since": None,
    }


def test_no_time_is_no_rows_and_nothing_unbilled(session, ctx, account_id, section):
    made = section("time", "firm+rates")

    assert (made.rows, made.total) == ((), 0)
    assert made.footer == {"unbilled_minutes": 0, "unbilled_amount": "0.00", "currency": "EUR"}
