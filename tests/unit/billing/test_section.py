"""The section Unpaid invoices, and the list behind it."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from chassis.context import new_id
from chassis.errors import Invalid
from chassis.testing import member_ctx
from contracts.price_list import ChangeBillingSettings
from contracts.sections import UnknownSection
from services.billing.operations import price_list
from services.billing.rules import invoices as rules


def due(issued, ctx, *amounts):
    """Invoices of these amounts, each due a day after the one before."""
    today = ctx.now.date()
    return [issued(amount, due_on=today + dt.timedelta(days=day)) for day, amount in enumerate(amounts)]


class TestRows:
    def test_shows_what_is_due_the_oldest_first(self, ctx, draft, issued, pay, section, later):
        """R-INV-1, R-INV-2, R-OV-4: unpaid, partly paid, overdue, in progress; nothing else"""
        late, soon = issued("10", due_on=ctx.now.date()), issued("20", due_on=ctx.now.date() + dt.timedelta(days=9))
        part, clearing = issued("30"), issued("40")
        draft(), pay("50", issued("50"))
        pay("5", part), pay("40", clearing, is_pending=True)

        found = section(by=later(ctx, days=1))

        assert [(row["number"], row["status"]) for row in found.rows] == [
            (late.number, "overdue"),
            (soon.number, "unpaid"),
            (part.number, "partially_paid"),
            (clearing.number, "in_progress"),
        ]
        assert (found.total, found.footer["overdue"]) == (4, 1)

    def test_a_row_says_dates_and_amounts(self, ctx, issued, pay, section):
        """R-INV-1, R-INV-4"""
        made = issued("100")
        pay("30", made), pay("20", made, is_pending=True)

        (row,) = section().rows

        today = ctx.now.date().isoformat()
        assert row == {
            "id": str(made.id),
            "number": made.number,
            "status": "partially_paid",
            "currency": "EUR",
            "posted_on": today,
            "due_on": made.due_on.isoformat(),
            "overdue_on": made.overdue_on.isoformat(),
            "amount": "100.00",
            "paid": "30.00",
            "clearing": "20.00",
            "remaining": "50.00",
            "last_paid_on": today,
            "author": "Olga Owner",
            "coverage": {"walked": "none", "alone": "none"},
            "version": 4,
        }

    def test_of_very_many_it_shows_fifty_and_counts_all(self, issued, section):
        """R-OV-3"""
        for _ in range(52):
            issued("1")

        found = section()

        assert (len(found.rows), found.total, found.footer["balances"][0]["total_due"]) == (50, 52, "52.00")

    def test_of_an_account_that_owes_nothing_it_is_empty(self, section):
        found = section()

        assert (found.rows, found.total, found.footer) == ((), 0, {"balances": [], "overdue": 0, "unfolded": 5})

    def test_header_sums_up_due_credit_and_net_due_by_currency(self, issued, credit, pay, section):
        """R-CRD-7, R-CRD-4, U-22: floored at nothing, no conversion"""
        issued("100"), issued("5", currency="USD")
        credit("130"), credit("2", "USD")

        assert section().footer["balances"] == [
            {"currency": "EUR", "total_due": "100.00", "clearing": "0.00", "credit": "130.00", "net_due": "0.00"},
            {"currency": "USD", "total_due": "5.00", "clearing": "0.00", "credit": "2.00", "net_due": "3.00"},
        ]

    def test_only_who_may_manage_invoices_has_it(self, ctx, client_ctx, section):
        """R-INV-5, R-OV-5"""
        with pytest.raises(UnknownSection):
            section(by=member_ctx(ctx, rights=("manage_payments",)))
        with pytest.raises(UnknownSection):
            section(by=client_ctx)

        assert section(by=member_ctx(ctx, rights=("manage_invoices",))).total == 0

    def test_shows_nothing_of_another_account_or_firm(self, ctx, issued, section):
        issued("10")

        assert section(account_id=new_id()).total == 0
        assert section(by=replace(ctx, firm_id=new_id())).total == 0


class TestCoverage:
    """R-CRD-5"""

    @pytest.mark.parametrize(
        ("amount", "walked", "alone"),
        [
            (None, ["none", "none", "none"], ["none", "none", "none"]),
            ("99.99", ["partial", "none", "none"], ["partial", "full", "full"]),
            ("100", ["full", "none", "none"], ["full", "full", "full"]),
            ("110", ["full", "partial", "none"], ["full", "full", "full"]),
            ("150", ["full", "full", "none"], ["full", "full", "full"]),
            ("150.01", ["full", "full", "partial"], ["full", "full", "full"]),
            ("175", ["full", "full", "full"], ["full", "full", "full"]),
        ],
    )
    def test_credit_is_walked_by_due_date_and_taken_alone(self, ctx, issued, credit, section, amount, walked, alone):
        due(issued, ctx, "100", "50", "25")
        if amount:
            credit(amount)

        rows = section().rows

        assert [row["coverage"]["walked"] for row in rows] == walked
        assert [row["coverage"]["alone"] for row in rows] == alone
        remainders = [Decimal(row["remaining"]) for row in rows]
        assert rules.walk(remainders, Decimal(amount or 0)) == walked

    def test_of_one_due_date_the_earlier_posted_and_then_the_lower_number_comes_first(
        self, ctx, issued, credit, section
    ):
        day = ctx.now.date()
        late = issued("10", due_on=day)
        early = issued("10", due_on=day, posted_on=day - dt.timedelta(days=3))
        last = issued("10", due_on=day)
        credit("15")

        found = {row["number"]: row["coverage"]["walked"] for row in section().rows}

        assert found == {early.number: "full", late.number: "partial", last.number: "none"}
        assert list(found) == [early.number, late.number, last.number]

    def test_what_is_in_progress_takes_no_part(self, ctx, issued, pay, credit, section):
        first, _ = due(issued, ctx, "100", "50")
        pay("100", first, is_pending=True)
        credit("50")

        assert [row["coverage"] for row in section().rows] == [None, {"walked": "full", "alone": "full"}]

    def test_credit_of_another_currency_covers_nothing(self, ctx, issued, credit, section):
        due(issued, ctx, "100")
        issued("10", currency="USD")
        credit("10", "USD")

        assert {row["currency"]: row["coverage"]["walked"] for row in section().rows} == {"EUR": "none", "USD": "full"}

    def test_a_filtered_list_is_walked_as_a_whole(self, ctx, issued, credit, listed):
        first, second = due(issued, ctx, "100", "50")
        credit("100")

        (row,) = listed(q=second.number).rows

        assert row["coverage"] == {"walked": "none", "alone": "full"}
        (row,) = listed(q=first.number).rows
        assert row["coverage"] == {"walked": "full", "alone": "full"}


class TestStatus:
    """R-INV-2: SQL and the rule say the same."""

    @pytest.fixture(params=[0, 3])
    def overdue_days(self, session, ctx, request):
        price_list.change_billing_settings(session, ctx, ChangeBillingSettings(version=0, overdue_days=request.param))

    @pytest.mark.usefixtures("overdue_days")
    def test_on_every_day(self, ctx, issued, draft, pay, listed, now_of, later):
        day = ctx.now.date()
        made = [issued("10", due_on=day + dt.timedelta(days=days)) for days in (0, 1, 4)]
        part, clearing, both, paid = (issued("10", due_on=day + dt.timedelta(days=1)) for _ in range(4))
        pay("3", part), pay("10", clearing, is_pending=True), pay("10", paid)
        pay("3", both), pay("7", both, is_pending=True)
        made += [part, clearing, both, paid, draft("10")]

        for days in range(8):
            by = later(ctx, days=days)
            shown = {row["id"]: row["status"] for row in listed(by=by, status="all").rows}
            assert shown == {str(one.id): now_of(one, by=by).status for one in made}


class TestList:
    def test_filters(self, session, ctx, issued, draft, pay, listed):
        """R-INV-4, R-OV-6: what is due unless said, as the section counts"""
        day = ctx.now.date()
        old = issued("10", posted_on=day - dt.timedelta(days=40), due_on=day)
        new = issued("20")
        paid = issued("30")
        pay("30", paid)
        unsent = draft("40")

        def ids(**filters):
            return [row["id"] for row in listed(**filters).rows]

        assert ids() == [str(old.id), str(new.id)]
        assert ids(status="paid") == [str(paid.id)]
        assert ids(status="draft") == [str(unsent.id)]
        assert len(ids(status="all")) == 4
        assert ids(to=(day - dt.timedelta(days=30)).isoformat()) == [str(old.id)]
        assert ids(from_=day.isoformat()) == [str(new.id)]
        assert ids(q=new.number.lower()) == [str(new.id)]
        assert ids(q="%") == []

    def test_pages_hold_every_row_once_in_either_order(self, issued, draft, listed):
        made = {str(issued(str(amount)).id) for amount in range(1, 6)} | {str(draft().id)}

        for sort in ("due_on", "-posted_on"):
            seen, after = [], None
            while True:
                page = listed(limit=2, after=after, status="all", sort=sort)
                seen += [row["id"] for row in page.rows]
                after = page.next_cursor
                if after is None:
                    break
            assert (len(seen), set(seen), page.total) == (6, made, 6)

    @pytest.mark.parametrize(
        "filters", [{"status": "open"}, {"from_": "yesterday"}, {"colour": "red"}, {"sort": "amount"}]
    )
    def test_a_wrong_filter_is_named(self, listed, filters):
        with pytest.raises(Invalid):
            listed(**filters)
