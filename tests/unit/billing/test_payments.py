"""Payments: recorded, cleared or failed, given back, deleted."""

import datetime as dt
from decimal import Decimal

import pytest

from chassis.errors import Invalid
from contracts import invoices, payments
from contracts.billing import InvoiceChanged, PaymentChanged, PaymentRecorded
from contracts.price_list import BillingChanged
from services.billing.operations import payments as operations
from services.billing.operations import refunds
from services.billing.queries import lists


@pytest.fixture
def settle(session, ctx):
    def make(payment, outcome="cleared", **fields):
        where = {"account_id": payment.account_id, "payment_id": payment.id, "version": payment.version}
        return operations.settle_payment(
            session, ctx, payments.SettlePayment(**{**where, "outcome": outcome, **fields})
        )

    return make


@pytest.fixture
def refund(session, ctx):
    def make(payment, amount, to="money"):
        where = {"account_id": payment.account_id, "payment_id": payment.id, "version": payment.version}
        return refunds.refund_payment(session, ctx, payments.RefundPayment(**where, amount=Decimal(amount), to=to))

    return make


@pytest.fixture
def delete(session, ctx):
    def make(payment):
        ref = payments.PaymentRef(account_id=payment.account_id, payment_id=payment.id)
        return refunds.delete_payment(session, ctx, ref)

    return make


@pytest.fixture
def detach(session, ctx, account_id):
    def make(application):
        ref = payments.ApplicationRef(account_id=account_id, application_id=application.id)
        return refunds.detach_application(session, ctx, ref)

    return make


def parts(payment):
    return tuple(format(value, "f") for value in (payment.applied, payment.credit, payment.refunded))


class TestRecord:
    def test_pays_an_invoice_in_full_or_in_part(self, issued, pay, now_of, euros):
        """R-INV-1, R-INV-2"""
        whole, part = issued("100"), issued("80")

        made = pay("130", whole, part)

        assert [(now_of(one).status, str(now_of(one).remaining)) for one in (whole, part)] == [
            ("paid", "0.00"),
            ("partially_paid", "50.00"),
        ]
        assert parts(made) == ("130.00", "0.00", "0.00")
        assert euros() == ("50.00", "0.00", "0.00", "50.00")

    def test_what_no_invoice_takes_is_credit(self, issued, pay, euros):
        """R-CRD-1: payments in excess"""
        made = pay("150", issued("100"))

        assert parts(made) == ("100.00", "50.00", "0.00")
        assert euros() == ("0.00", "0.00", "50.00", "0.00")

    @pytest.mark.parametrize("rest", ["excess", "prepayment", "deposit"])
    def test_one_without_invoices_is_credit_of_its_kind(self, session, ctx, account_id, pay, rest):
        """R-CRD-1: prepayments, deposits, payments not attached"""
        pay("150", rest=rest)

        (entry,) = lists.list_credits(session, ctx, payments.ListCredits(account_id=account_id)).items
        assert (entry.kind, str(entry.amount), str(entry.balance)) == (rest, "150.00", "150.00")

    def test_tells_of_the_payment_and_of_the_invoice(self, issued, pay, told):
        """R-CRD-8: paid by money"""
        made = pay("100", issued("100"))

        assert told(PaymentRecorded)[-1].payment == made
        assert told(InvoiceChanged)[-1].invoice.status == "paid"

    def test_more_than_is_left_for_an_invoice_is_refused(self, issued, pay):
        made = issued("100")

        with pytest.raises(payments.MoreThanDue) as refused:
            pay("150", invoices=(payments.PayInvoice(invoice_id=made.id, amount=Decimal(101)),))

        assert refused.value.data["remaining"] == "100.00"

    def test_more_than_the_payment_is_refused(self, issued, pay):
        made = issued("100")

        with pytest.raises(Invalid):
            pay("50", invoices=(payments.PayInvoice(invoice_id=made.id, amount=Decimal(60)),))

    def test_one_invoice_twice_is_refused(self, issued, pay):
        made = issued("100")

        with pytest.raises(Invalid):
            pay("50", made, made)

    def test_another_currency_pays_nothing(self, issued, pay):
        """U-22: there is no conversion"""
        with pytest.raises(Invalid):
            pay("50", issued("100"), currency="USD")

    @pytest.mark.parametrize("amount", ["0.001", "10.999"])
    def test_parts_of_a_cent_are_refused(self, pay, amount):
        with pytest.raises(Invalid):
            pay(amount)

    def test_a_day_to_come_is_refused(self, ctx, pay):
        with pytest.raises(Invalid):
            pay("10", received_on=ctx.now.date() + dt.timedelta(days=2))

    def test_a_draft_takes_no_money(self, draft, pay):
        with pytest.raises(invoices.InvoiceNotIssued):
            pay("10", draft())


class TestPending:
    def test_what_it_covers_is_in_progress_and_not_payable(self, issued, pay, now_of, euros, section):
        """R-INV-2, R-CRD-5"""
        made = issued("100")

        pay("100", made, is_pending=True)

        found = now_of(made)
        assert (found.status, str(found.clearing), str(found.remaining)) == ("in_progress", "100.00", "0.00")
        assert euros() == ("0.00", "100.00", "0.00", "0.00")
        (row,) = section().rows
        assert (row["clearing"], row["coverage"]) == ("100.00", None)
        with pytest.raises(payments.MoreThanDue):
            pay("1", invoices=(payments.PayInvoice(invoice_id=made.id, amount=Decimal(1)),))

    def test_one_of_a_part_leaves_the_rest_to_pay(self, issued, pay, now_of):
        """R-CRD-5: remaining = total - applied - pending"""
        made = issued("100")

        pay("40", made, is_pending=True)

        assert (now_of(made).status, str(now_of(made).remaining)) == ("unpaid", "60.00")

    def test_pays_once_it_has_cleared(self, issued, pay, settle, now_of, euros):
        made = issued("100")
        payment = pay("130", made, is_pending=True)
        assert euros() == ("0.00", "100.00", "0.00", "0.00")

        cleared = settle(payment)

        assert (cleared.status, parts(cleared)) == ("cleared", ("100.00", "30.00", "0.00"))
        assert (now_of(made).status, euros()) == ("paid", ("0.00", "0.00", "30.00", "0.00"))

    def test_leaves_everything_as_it_was_when_it_failed(self, issued, pay, credit, settle, now_of, euros):
        made = issued("100")
        credit("20")
        with_credit = (payments.PayInvoice(invoice_id=made.id),)
        payment = pay("80", made, is_pending=True, credits=with_credit)

        failed = settle(payment, "failed")

        assert (failed.status, parts(failed)) == ("failed", ("0.00", "0.00", "0.00"))
        assert (now_of(made).status, euros()) == ("unpaid", ("100.00", "0.00", "20.00", "80.00"))

    def test_reserves_the_credit_that_goes_along(self, issued, pay, credit, apply, settle, now_of, euros):
        """R-CRD-6"""
        made, other = issued("100"), issued("50")
        credit("20")

        payment = pay("80", made, is_pending=True, credits=(payments.PayInvoice(invoice_id=made.id),))

        assert (now_of(made).status, euros()) == ("in_progress", ("50.00", "100.00", "0.00", "50.00"))
        with pytest.raises(payments.CreditNotEnough) as refused:
            apply(other)
        assert refused.value.data == {"available": "0.00", "currency": "EUR"}
        settle(payment)
        assert (now_of(made).status, euros()) == ("paid", ("50.00", "0.00", "0.00", "50.00"))

    def test_is_settled_once(self, issued, pay, settle):
        payment = settle(pay("10", issued("100"), is_pending=True))

        with pytest.raises(payments.PaymentNotPending):
            settle(payment, "failed")

    def test_is_not_deleted_before_it_is_settled(self, issued, pay, delete):
        with pytest.raises(payments.PaymentNotCleared):
            delete(pay("10", issued("100"), is_pending=True))


class TestRefund:
    def test_gives_back_what_is_credit_first_and_then_what_it_pays(self, issued, pay, refund, now_of, euros):
        made = issued("100")
        payment = pay("130", made)

        back = refund(payment, "50")

        assert parts(back) == ("80.00", "0.00", "50.00")
        assert (now_of(made).status, str(now_of(made).remaining)) == ("partially_paid", "20.00")
        assert euros() == ("20.00", "0.00", "0.00", "20.00")

    def test_to_credit_makes_the_invoice_due_and_keeps_the_money(self, issued, pay, refund, now_of, euros):
        made = issued("100")

        back = refund(pay("100", made), "30", "credit")

        assert parts(back) == ("70.00", "30.00", "0.00")
        assert euros() == ("30.00", "0.00", "30.00", "0.00")

    def test_never_more_than_is_there_to_give(self, issued, pay, credit, apply, refund):
        payment = pay("100")
        apply(issued("60"))

        with pytest.raises(payments.RefundTooMuch) as refused:
            refund(payment, "50")

        assert refused.value.data["refundable"] == "40.00"

    def test_of_an_older_version_is_refused(self, pay, refund):
        payment = pay("100")
        refund(payment, "10")

        with pytest.raises(BillingChanged):
            refund(payment, "10")


class TestDelete:
    def test_takes_back_what_it_paid_and_the_credit_it_made(
        self, issued, pay, delete, payment_now, now_of, euros, told
    ):
        made = issued("100")
        payment = pay("130", made)

        delete(payment)

        assert (now_of(made).status, euros()) == ("unpaid", ("100.00", "0.00", "0.00", "100.00"))
        assert told(PaymentChanged)[-1].payment.status == "deleted"
        with pytest.raises(payments.PaymentNotFound):
            payment_now(payment)

    def test_whose_credit_was_used_is_refused(self, issued, pay, apply, delete):
        payment = pay("100")
        apply(issued("60"))

        with pytest.raises(payments.CreditNotEnough):
            delete(payment)

    def test_of_which_money_was_given_back_is_refused(self, pay, refund, delete):
        with pytest.raises(payments.PaymentRefunded):
            delete(refund(pay("100"), "1"))


class TestDetach:
    def test_a_payment_becomes_credit(self, issued, pay, detach, payment_now, euros):
        """R-CRD-1"""
        payment = pay("100", issued("100"))

        freed = detach(payment.applications[0])

        assert freed.status == "unpaid"
        assert parts(payment_now(payment)) == ("0.00", "100.00", "0.00")
        assert euros() == ("100.00", "0.00", "100.00", "0.00")

    def test_credit_comes_back(self, issued, credit, apply, detach, euros):
        credit("70")
        paid = apply(issued("100"))

        freed = detach(paid.applications[0])

        assert (freed.status, freed.applications, euros()) == ("unpaid", (), ("100.00", "0.00", "70.00", "30.00"))

    def test_once(self, issued, pay, detach):
        payment = pay("100", issued("100"))
        detach(payment.applications[0])

        with pytest.raises(payments.ApplicationNotFound):
            detach(payment.applications[0])

    def test_what_is_in_progress_is_settled_first(self, issued, pay, detach):
        payment = pay("100", issued("100"), is_pending=True)

        with pytest.raises(payments.PaymentNotCleared):
            detach(payment.applications[0])


class TestChangeAndList:
    def test_what_is_written_about_it_changes(self, session, ctx, pay, payment_now):
        made = pay("10")
        where = {"account_id": made.account_id, "payment_id": made.id, "version": made.version}

        operations.change_payment(session, ctx, payments.ChangePayment(**where, reference=" CHQ 17 ", method="check"))

        found = payment_now(made)
        assert (found.reference, found.method, str(found.amount), found.version) == ("CHQ 17", "check", "10.00", 2)

    def test_they_are_listed_by_page_and_filter(self, session, ctx, account_id, issued, pay, delete):
        first = pay("10", issued("10"), reference="CHQ_17")
        second, gone = pay("20", method="cash"), pay("30")
        delete(gone)

        def listed(limit=50, cursor=None, **filters):
            asked = {"account_id": account_id, "filters": filters, "limit": limit, "cursor": cursor}
            return lists.list_payments(session, ctx, payments.ListPayments(**asked))

        page = listed(limit=1)
        assert ([one.id for one in page.items], page.total) == ([second.id], 2)
        assert [one.id for one in listed(limit=1, cursor=page.next_cursor).items] == [first.id]
        assert [one.id for one in listed(q="hq_1").items] == [first.id]
        assert [one.id for one in listed(method="cash").items] == [second.id]
        assert listed(q="%").items == ()
        with pytest.raises(Invalid):
            listed(status="deleted")
