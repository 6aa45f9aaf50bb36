"""Invoices from draft to issued, changed or voided."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import invoices
from contracts.billing import BalanceChanged, InvoiceChanged, InvoiceDeleted
from contracts.price_list import BillingChanged, ChangeBillingSettings, CreateService
from services.billing.operations import invoices as operations
from services.billing.operations import price_list


def change(session, ctx, invoice, **fields):
    where = {"account_id": invoice.account_id, "invoice_id": invoice.id, "version": invoice.version}
    return operations.change_invoice(session, ctx, invoices.ChangeInvoice(**{**where, **fields}))


def issue(session, ctx, invoice, posted_on=None):
    where = {"account_id": invoice.account_id, "invoice_id": invoice.id, "version": invoice.version}
    return operations.issue_invoice(session, ctx, invoices.IssueInvoice(**where, posted_on=posted_on))


def void(session, ctx, invoice, reason="Sent twice"):
    where = {"account_id": invoice.account_id, "invoice_id": invoice.id, "version": invoice.version}
    return operations.void_invoice(session, ctx, invoices.VoidInvoice(**where, reason=reason))


def line(price, **fields):
    return invoices.LineEntry(**{"name": "Bookkeeping", "unit_price": Decimal(price), **fields})


class TestLines:
    def test_a_line_is_rounded_half_up_and_tax_is_once_per_rate(self, draft):
        lines = (
            line("0.125", tax_rate=Decimal(20)),
            line("0.125", tax_rate=Decimal(20)),
            line("10", quantity=Decimal("1.5"), discount=Decimal("33.333"), tax_rate=Decimal("5.5")),
        )

        made = draft(lines=lines)

        assert [str(one.net) for one in made.lines] == ["0.13", "0.13", "10.00"]
        assert [(str(tax.rate), str(tax.base), str(tax.tax)) for tax in made.taxes] == [
            ("20", "0.26", "0.05"),
            ("5.5", "10.00", "0.55"),
        ]
        assert (str(made.subtotal), str(made.total)) == ("10.26", "10.86")

    def test_the_digits_are_those_of_the_currency(self, draft):
        yen = draft(lines=(line("1000.5"),), currency="JPY")
        dinar = draft(lines=(line("1.2345"),), currency="KWD")

        assert (str(yen.total), str(dinar.total)) == ("1001", "1.235")

    def test_what_the_price_list_says_fills_what_is_left_out(self, session, ctx, draft):
        service = price_list.create_service(
            session, ctx, CreateService(name="Tax return", price=Decimal(250), tax_rate=Decimal(20), unit="return")
        )

        made = draft(lines=(invoices.LineEntry(service_id=service.id, quantity=Decimal(2)),))

        assert (made.lines[0].name, made.lines[0].unit, str(made.total)) == ("Tax return", "return", "600.00")

    @pytest.mark.parametrize(
        ("entry", "field"),
        [
            ({"name": " "}, "lines.0.name"),
            ({"unit_price": None}, "lines.0.unit_price"),
            ({"quantity": Decimal("0.00001")}, "lines.0.quantity"),
            ({"tax_rate": Decimal("5.12345")}, "lines.0.tax_rate"),
            ({"unit_price": Decimal("1e9"), "quantity": Decimal(2)}, "lines.0.quantity"),
            ({"service_id": UUID(int=1)}, "lines.0.service_id"),
        ],
    )
    def test_a_wrong_line_is_named(self, draft, entry, field):
        with pytest.raises(Invalid) as refused:
            draft(lines=(line("10", **entry),))

        assert refused.value.data["errors"][0]["field"] == field

    def test_a_price_in_another_currency_than_the_price_list_must_be_said(self, session, ctx, draft):
        service = price_list.create_service(session, ctx, CreateService(name="Tax return", price=Decimal(250)))

        with pytest.raises(Invalid) as refused:
            draft(lines=(invoices.LineEntry(service_id=service.id),), currency="USD")

        assert refused.value.data["errors"][0]["field"] == "lines.0.unit_price"


class TestIssue:
    def test_gives_the_next_number_of_the_year_and_says_so(self, session, ctx, issued, told):
        """R-INV-2"""
        first, second = issued("10"), issued("20")

        year = ctx.now.year
        assert [first.number, second.number] == [f"INV-{year}-0001", f"INV-{year}-0002"]
        assert (first.status, first.posted_on, first.due_on) == (
            "unpaid",
            ctx.now.date(),
            ctx.now.date() + dt.timedelta(days=30),
        )
        assert told(InvoiceChanged)[-1].invoice == second
        assert [str(event.balances.items[0].due) for event in told(BalanceChanged)] == ["10.00", "30.00"]

    def test_a_day_to_come_schedules_it(self, session, ctx, draft, later):
        """R-INV-2"""
        tomorrow = ctx.now.date() + dt.timedelta(days=1)

        made = issue(session, ctx, draft(), tomorrow)

        assert (made.status, made.number, made.posted_on) == ("scheduled", None, tomorrow)
        again = issue(session, later(ctx, days=1), made)
        assert (again.status, again.number is not None) == ("unpaid", True)

    def test_what_is_scheduled_can_be_a_draft_again(self, session, ctx, draft):
        made = issue(session, ctx, draft(), ctx.now.date() + dt.timedelta(days=9))
        where = {"account_id": made.account_id, "invoice_id": made.id, "version": made.version}

        back = operations.unschedule_invoice(session, ctx, invoices.UnscheduleInvoice(**where))

        assert (back.status, back.posted_on) == ("draft", None)

    def test_an_empty_one_is_refused(self, session, ctx, draft):
        with pytest.raises(Invalid, match="invalid"):
            issue(session, ctx, draft(lines=()))

    def test_twice_is_refused(self, session, ctx, issued):
        with pytest.raises(invoices.InvoiceNotDraft):
            issue(session, ctx, issued())

    def test_a_due_date_before_posting_is_refused(self, session, ctx, draft):
        early = draft(due_on=ctx.now.date() - dt.timedelta(days=1))

        with pytest.raises(Invalid):
            issue(session, ctx, early)

    def test_a_format_without_year_goes_on_over_the_years(self, session, ctx, issued):
        request = ChangeBillingSettings(version=0, number_format="R{number}/A", number_digits=2)
        price_list.change_billing_settings(session, ctx, request)

        numbers = [issued(posted_on=day).number for day in (dt.date(2024, 5, 1), dt.date(2025, 5, 1))]

        assert numbers == ["R01/A", "R02/A"]

    def test_a_number_that_is_there_already_is_refused(self, session, ctx, issued, draft):
        issued(posted_on=dt.date(2024, 5, 1))
        request = ChangeBillingSettings(version=0, number_format="INV-2024-{number}")
        price_list.change_billing_settings(session, ctx, request)

        with pytest.raises(invoices.NumberTaken):
            issue(session, ctx, draft())

    def test_the_first_day_of_being_overdue_is_the_firms(self, session, ctx, issued, now_of, later):
        """R-INV-2"""
        price_list.change_billing_settings(session, ctx, ChangeBillingSettings(version=0, overdue_days=5))
        made = issued(due_on=ctx.now.date())

        seen = [now_of(made, by=later(ctx, days=days)).status for days in (0, 5, 6)]

        assert made.overdue_on == ctx.now.date() + dt.timedelta(days=6)
        assert seen == ["unpaid", "unpaid", "overdue"]

    def test_one_worth_nothing_is_paid_at_once(self, issued, euros):
        assert issued("0").status == "paid"


class TestChange:
    def test_a_draft_changes_and_is_weighed_anew(self, session, ctx, draft, told):
        made = draft("10", memo="Draft")

        changed = change(session, ctx, made, lines=(line("20"), line("5")), memo="Thank you")

        assert (str(changed.total), changed.memo, changed.version) == ("25.00", "Thank you", 2)
        assert told(InvoiceChanged)[-1].invoice == changed

    def test_an_unpaid_one_changes_and_keeps_its_number(self, session, ctx, issued, euros):
        """R-INV-3"""
        made = issued("10")

        changed = change(session, ctx, made, lines=(line("30"),))

        assert (changed.number, str(changed.remaining)) == (made.number, "30.00")
        assert euros() == ("30.00", "0.00", "0.00", "30.00")

    @pytest.mark.parametrize("paid", ["100", "40"])
    @pytest.mark.parametrize("is_pending", [True, False])
    def test_what_is_paid_or_being_paid_is_not_edited(self, session, ctx, issued, pay, now_of, paid, is_pending):
        """R-INV-3: paid, partially paid, in progress"""
        made = issued("100")
        pay(paid, made, is_pending=is_pending)

        with pytest.raises(invoices.InvoiceSettled):
            change(session, ctx, now_of(made), memo="Other")

    def test_of_an_older_version_is_refused_with_what_is_there(self, session, ctx, draft):
        made = draft()
        change(session, ctx, made, memo="First")

        with pytest.raises(BillingChanged) as refused:
            change(session, ctx, made, memo="Second")

        assert refused.value.data["current"]["memo"] == "First"

    def test_the_currency_of_an_issued_one_stays(self, session, ctx, issued):
        with pytest.raises(Invalid):
            change(session, ctx, issued(), currency="USD")

    def test_another_currency_weighs_the_lines_of_a_draft_anew(self, session, ctx, draft):
        assert str(change(session, ctx, draft("10.55"), currency="JPY").total) == "11"


class TestVoid:
    def test_cancels_what_is_due_and_keeps_the_number(self, session, ctx, issued, euros):
        """R-INV-2"""
        made = issued()

        gone = void(session, ctx, made)

        assert (gone.status, gone.number, gone.void_reason) == ("voided", made.number, "Sent twice")
        assert euros() == ("0.00", "0.00", "0.00", "0.00")
        assert issued().number > made.number

    @pytest.mark.parametrize("is_pending", [True, False])
    def test_with_payments_on_it_is_refused(self, session, ctx, issued, pay, now_of, is_pending):
        made = issued()
        pay("1", made, is_pending=is_pending)

        with pytest.raises(invoices.InvoiceSettled):
            void(session, ctx, now_of(made))

    def test_a_draft_is_deleted_instead(self, session, ctx, draft, now_of, told):
        made = draft()
        ref = invoices.InvoiceRef(account_id=made.account_id, invoice_id=made.id)
        with pytest.raises(invoices.InvoiceNotIssued):
            void(session, ctx, made)

        operations.delete_invoice(session, ctx, ref)

        assert told(InvoiceDeleted) == [InvoiceDeleted(account_id=made.account_id, invoice_id=made.id)]
        with pytest.raises(invoices.InvoiceNotFound):
            now_of(made)

    def test_an_issued_one_is_not_deleted(self, session, ctx, issued):
        made = issued()

        with pytest.raises(invoices.InvoiceNotDraft):
            operations.delete_invoice(session, ctx, invoices.InvoiceRef(account_id=made.account_id, invoice_id=made.id))


class TestWhoMay:
    """R-INV-5"""

    def test_takes_the_right_to_manage_invoices(self, draft, ctx):
        with pytest.raises(Forbidden):
            draft(by=member_ctx(ctx, rights=("manage_payments",)))

        assert draft(by=member_ctx(ctx, rights=("manage_invoices",))).status == "draft"

    def test_payments_take_another(self, issued, pay, ctx):
        made = issued()
        with pytest.raises(Forbidden):
            pay("1", made, by=member_ctx(ctx, rights=("manage_invoices",)))

        assert pay("1", made, by=member_ctx(ctx, rights=("manage_payments",))).status == "cleared"

    def test_a_client_writes_nothing_of_the_firms(self, draft, pay, client_ctx):
        with pytest.raises(Forbidden):
            draft(by=client_ctx)
        with pytest.raises(Forbidden):
            pay("1", by=client_ctx)

    def test_another_firm_finds_nothing(self, ctx, issued, now_of):
        made = issued()

        with pytest.raises(invoices.InvoiceNotFound):
            now_of(made, by=replace(ctx, firm_id=new_id()))


def test_a_payment_of_another_accounts_invoice_finds_none(issued, pay):
    foreign = issued(account_id=new_id())

    with pytest.raises(invoices.InvoiceNotFound):
        pay("10", foreign)
