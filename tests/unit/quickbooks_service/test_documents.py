"""Documents of billing go into the firm's books: in order, once, to the cent, and as they change."""

import datetime as dt
from decimal import Decimal

import pytest

from contracts.invoices import LineEntry
from services.quickbooks.documents import rules
from tests.unit.quickbooks_service.books import DAY, Books

pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.fixture
def books(firm):
    return Books(firm)


@pytest.fixture
def account(firm, intuit):
    """An account that is a customer there."""
    intuit.customer("Ada Ltd")
    account = firm.account("Ada Ltd")
    firm.connect()
    return account


class TestInvoices:
    def test_an_invoice_is_pushed_once_its_account_is_synced(self, firm, intuit, books, account):
        """R-QB-13: before it waits, and says why."""
        other = firm.account("Byron Ltd")
        firm.work()
        mine, waiting = books.invoice(account, "100"), books.invoice(other, "50")
        firm.work()
        shown = books.sync("invoice", waiting)
        assert (shown.status, shown.waits_for) == ("skipped", "account")

        (there,) = books.there("Invoice")
        assert (there["DocNumber"], there["TotalAmt"], there["Balance"]) == (mine.number, 100.0, 100.0)
        assert books.sync("invoice", mine).status == "synced"

        firm.create(other)
        firm.work()
        assert books.sync("invoice", waiting).status == "synced"
        assert [one["TotalAmt"] for one in books.there("Invoice")] == [100.0, 50.0]

    def test_lines_discounts_and_taxes_come_to_the_same_cent(self, firm, books, account):
        """R-QB-3: services become items; sums are ours."""
        service = books.service("Bookkeeping", "33.3333", tax_rate=Decimal("19.6"))
        lines = (
            LineEntry(service_id=service.id, quantity=Decimal("2.75"), unit_price=Decimal("33.3333")),
            LineEntry(name="Advice", unit_price=Decimal("99.99"), discount=Decimal("12.5"), tax_rate=Decimal("5.5")),
            LineEntry(name="Stamps", unit_price=Decimal("0.005"), quantity=Decimal(3)),
        )
        invoice = books.invoice(account, *lines, memo="Thank you")
        firm.work()

        (there,) = books.there("Invoice")
        assert rules.told_cents(there["TotalAmt"]) == rules.cents(invoice.total)
        assert there["CustomerMemo"] == {"value": "Thank you"}
        assert {one["Name"] for one in books.there("Item")} == {"Services", "Hours", "Bookkeeping", "Sales tax"}
        assert books.sync("invoice", invoice).status == "synced"

    def test_a_changed_invoice_is_changed_and_what_people_wrote_there_stays(self, firm, intuit, books, account):
        invoice = books.invoice(account, "100")
        firm.work()
        there = books.there("Invoice")[0]
        intuit.control("edit", kind="Invoice", id=there["Id"], changes={"PrivateNote": "Ask Bea"})

        books.change(invoice, lines=(LineEntry(name="Tax return", unit_price=Decimal(120)),))
        assert books.sync("invoice", invoice).status == "out_of_date"
        assert firm.status(account) == "out_of_date"
        firm.work()

        (there,) = books.there("Invoice")
        assert (there["TotalAmt"], there["PrivateNote"]) == (120.0, "Ask Bea")
        assert (books.sync("invoice", invoice).status, firm.status(account)) == ("synced", "synced")

    def test_a_voided_invoice_is_voided_there(self, firm, books, account):
        """R-QB-13"""
        invoice = books.invoice(account, "100")
        firm.work()
        books.void(invoice)
        firm.work()

        (there,) = books.there("Invoice")
        assert (there["TotalAmt"], there["Balance"], there["DocNumber"]) == (0.0, 0.0, invoice.number)
        assert books.sync("invoice", invoice).status == "synced"

    def test_what_is_before_the_first_day_waits_until_somebody_wants_it(self, firm, intuit, books, account):
        """R-QB-2"""
        firm.change(start_on=dt.date(2026, 3, 1))
        early, late = books.invoice(account, "10", on=dt.date(2026, 2, 28)), books.invoice(account, "20", on=DAY)
        firm.work()
        shown = books.sync("invoice", early)
        assert (shown.status, shown.waits_for, shown.remedies) == ("skipped", "start", ("sync", "do_not_sync"))
        assert books.sync("invoice", late).status == "synced"

        books.again("invoice", early)
        firm.work()
        assert sorted(one["TotalAmt"] for one in books.there("Invoice")) == [10.0, 20.0]

    def test_another_first_day_lets_go_what_waited(self, firm, books, account):
        """R-QB-2"""
        firm.change(start_on=dt.date(2026, 4, 1))
        invoice = books.invoice(account, "10")
        firm.work()
        assert books.there("Invoice") == []

        firm.change(start_on=None)
        firm.work()

        assert books.sync("invoice", invoice).status == "synced"

    def test_an_account_that_was_billed_before_the_first_day_only_is_skipped(self, firm, books):
        """R-QB-2"""
        firm.connect(start_on=dt.date(2026, 4, 1))
        account = firm.account("Ada Ltd", is_billed=False)
        books.invoice(account, "10", on=DAY)
        firm.work()
        assert (firm.status(account), firm.sync_of(account).remedies) == ("skipped", ("sync",))

        books.invoice(account, "10", on=dt.date(2026, 4, 2))

        assert firm.status(account) == "queued"

    def test_money_of_another_currency_stays_here(self, firm, books, account):
        invoice = books.invoice(account, "10", currency="EUR")
        firm.work()

        shown = books.sync("invoice", invoice)
        assert (shown.status, shown.waits_for, books.there("Invoice")) == ("skipped", "currency", [])


class TestPayments:
    def test_a_payment_goes_with_its_invoice_in_order(self, firm, books, account):
        """R-QB-13: both are there at once, the payment after what it pays."""
        invoice = books.invoice(account, "100")
        payment = books.pay(account, "130", invoice, reference="CHK 7")
        firm.work()

        (paid,), (there,) = books.there("Payment"), books.there("Invoice")
        assert (paid["TotalAmt"], paid["UnappliedAmt"], paid["PaymentRefNum"]) == (130.0, 30.0, "CHK 7")
        assert there["Balance"] == 0.0
        assert books.sync("payment", payment).status == "synced"

    def test_a_deleted_payment_is_deleted_there(self, firm, books, account):
        """R-QB-13"""
        invoice = books.invoice(account, "100")
        payment = books.pay(account, "100", invoice)
        firm.work()
        books.delete(payment)
        firm.work()

        assert books.there("Payment") == []
        assert books.there("Invoice")[0]["Balance"] == 100.0
        assert [one.kind for one in books.syncs(account)] == ["invoice"]

    def test_a_payment_in_progress_waits_until_it_clears(self, firm, books, account):
        books.pay(account, "100", is_pending=True)
        firm.work()

        assert (books.there("Payment"), books.syncs(account)) == ([], ())

    def test_a_payment_moves_from_one_invoice_to_another(self, firm, books, account):
        first, second = books.invoice(account, "100"), books.invoice(account, "100")
        payment = books.pay(account, "100", first)
        firm.work()
        books.detach(account, books.invoice_now(first).applications[0])
        books.apply(second)
        firm.work()

        balances = {one["DocNumber"]: one["Balance"] for one in books.there("Invoice")}
        assert balances == {first.number: 100.0, second.number: 0.0}
        assert len(books.there("Payment")) == 1
        assert books.sync("payment", payment).status == "synced"
        assert {status for _, status in books.statuses(account)} == {"synced"}

    def test_another_payment_takes_the_place_of_a_deleted_one(self, firm, books, account):
        invoice = books.invoice(account, "100")
        first = books.pay(account, "100", invoice)
        firm.work()
        books.delete(first)
        second = books.pay(account, "100", invoice)
        for _ in range(4):
            firm.work(after=3)

        assert [one["TotalAmt"] for one in books.there("Payment")] == [100.0]
        assert books.there("Invoice")[0]["Balance"] == 0.0
        assert books.sync("payment", second).status == "synced"


class TestCredit:
    def test_a_credit_note_pays_an_invoice(self, firm, books, account):
        """R-CRD-1"""
        books.credit(account, "40")
        invoice = books.invoice(account, "100")
        books.apply(invoice)
        firm.work()

        (memo,), (link,), (there,) = books.there("CreditMemo"), books.there("Payment"), books.there("Invoice")
        assert (memo["TotalAmt"], memo["RemainingCredit"]) == (40.0, 0.0)
        assert (link["TotalAmt"], there["Balance"]) == (0.0, 60.0)
        assert {status for _, status in books.statuses(account)} == {"synced"}

    def test_credit_of_another_currency_takes_none_of_ours(self, firm, books, account):
        """R-CRD-1: not even where its amounts are no whole cents."""
        books.credit(account, "1.234", currency="KWD")
        books.apply(books.invoice(account, "5", currency="KWD"))
        books.credit(account, "40")
        books.apply(books.invoice(account, "100"))
        firm.work()

        (memo,), (there,) = books.there("CreditMemo"), books.there("Invoice")
        assert (memo["TotalAmt"], memo["RemainingCredit"], there["Balance"]) == (40.0, 0.0, 60.0)
        assert sorted(status for _, status in books.statuses(account)) == ["skipped"] * 3 + ["synced"] * 3

    def test_credit_of_a_payment_and_of_a_note_pay_one_invoice(self, firm, books, account):
        books.pay(account, "30")
        books.credit(account, "40")
        invoice = books.invoice(account, "60")
        books.apply(invoice)
        firm.work()

        assert books.there("Invoice")[0]["Balance"] == 0.0
        left = books.there("CreditMemo")[0]["RemainingCredit"] + books.there("Payment")[0]["UnappliedAmt"]
        assert left == 10.0
        assert {status for _, status in books.statuses(account)} == {"synced"}

    def test_credit_that_is_taken_back_is_free_again_there(self, firm, books, account):
        books.credit(account, "40")
        invoice = books.invoice(account, "100")
        books.apply(invoice)
        firm.work()
        books.detach(account, books.invoice_now(invoice).applications[0])
        firm.work()

        assert books.there("Invoice")[0]["Balance"] == 100.0
        assert books.there("CreditMemo")[0]["RemainingCredit"] == 40.0
        assert books.there("Payment") == []

    def test_credit_that_expires_is_worth_less_there(self, firm, books, account):
        books.credit(account, "40")
        firm.work()
        books.expire(account, "15")
        firm.work()
        assert books.there("CreditMemo")[0]["TotalAmt"] == 25.0

        books.expire(account, "25")
        firm.work()

        assert books.there("CreditMemo") == []


class TestRefunds:
    def test_a_refund_is_a_refund_receipt(self, firm, books, account):
        """R-QB-13: what it paid is due again on both sides."""
        invoice = books.invoice(account, "100")
        payment = books.pay(account, "100", invoice)
        books.refund(payment, "100", note="Paid twice")
        firm.work()

        (receipt,), (there,) = books.there("RefundReceipt"), books.there("Invoice")
        assert (receipt["TotalAmt"], receipt["PrivateNote"], there["Balance"]) == (100.0, "Paid twice", 100.0)

    def test_unsyncing_a_payment_deletes_its_refunds_there(self, firm, books, account):
        """R-QB-13"""
        payment = books.refund(books.pay(account, "100"), "60")
        firm.work()
        books.skip("payment", payment)
        firm.work()
        assert (books.there("RefundReceipt"), len(books.there("Payment"))) == ([], 1)
        assert books.sync("payment", payment).status == "do_not_sync"

        books.again("payment", payment)
        firm.work()

        assert (len(books.there("RefundReceipt")), len(books.there("Payment"))) == (1, 1)


class TestUnsyncing:
    def test_unsyncing_an_account_unsyncs_its_documents(self, firm, books, account):
        """R-QB-12: they stay as they are there, and go on when it is synced again."""
        invoice = books.invoice(account, "100")
        firm.work()
        firm.skip(account)
        assert books.sync("invoice", invoice).status == "skipped"
        books.change(invoice, lines=(LineEntry(name="Tax return", unit_price=Decimal(120)),))
        firm.work()
        assert books.there("Invoice")[0]["TotalAmt"] == 100.0

        firm.sync(account)
        firm.work()

        assert books.there("Invoice")[0]["TotalAmt"] == 120.0

    def test_a_document_is_left_alone(self, firm, books, account):
        invoice = books.invoice(account, "100")
        books.skip("invoice", invoice)
        firm.work()
        assert (books.there("Invoice"), books.sync("invoice", invoice).status) == ([], "do_not_sync")

        books.again("invoice", invoice)
        firm.work()

        assert books.sync("invoice", invoice).status == "synced"

    def test_a_firm_that_connects_later_finds_what_was_billed_before(self, firm, intuit, books):
        intuit.customer("Ada Ltd")
        account = firm.account("Ada Ltd", is_billed=False)
        books.is_deaf = True
        invoice = books.invoice(account, "100")
        books.pay(account, "60", invoice)
        books.refund(books.pay(account, "10"), "10")
        books.credit(account, "40")
        books.apply(invoice)
        firm.connect()
        firm.work()

        assert books.there("Invoice")[0]["Balance"] == 0.0
        assert {status for _, status in books.statuses(account)} == {"synced"}
        assert len(books.syncs(account)) == 6
