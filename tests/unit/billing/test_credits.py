"""Credit of the account: where it comes from, what it pays."""

from dataclasses import replace
from decimal import Decimal

import pytest

from chassis.context import Actor, new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import invoices, payments
from contracts.billing import CreditChanged, InvoiceChanged
from services.billing.operations import credits as operations
from services.billing.operations import invoices as voiding
from services.billing.queries import items, lists


@pytest.fixture
def own(session, client_ctx, account_id):
    """`own(invoice)`: the client pays it from credit."""

    def make(invoice, by=client_ctx):
        asked = payments.ApplyCredit(account_id=account_id, invoice_id=invoice.id)
        return operations.apply_own_credit(session, by, asked)

    return make


class TestApply:
    def test_enough_pays_in_full(self, issued, credit, apply, euros, told):
        """R-CRD-3, R-CRD-8: paid by credit, told as any other"""
        credit("150")

        paid = apply(issued("100"))

        assert (paid.status, told(InvoiceChanged)[-1].invoice.status) == ("paid", "paid")
        assert euros() == ("0.00", "0.00", "50.00", "0.00")

    def test_less_pays_a_part(self, issued, credit, apply, euros):
        """R-CRD-3, R-CRD-4"""
        credit("30")

        paid = apply(issued("100"))

        assert (paid.status, str(paid.remaining)) == ("partially_paid", "70.00")
        assert euros() == ("70.00", "0.00", "0.00", "70.00")

    def test_more_than_there_is_is_refused(self, issued, credit, apply):
        """R-CRD-6"""
        credit("30")

        with pytest.raises(payments.CreditNotEnough) as refused:
            apply(issued("100"), "30.01")

        assert refused.value.data == {"available": "30.00", "currency": "EUR"}

    def test_more_than_is_due_is_refused(self, issued, credit, apply):
        credit("300")

        with pytest.raises(payments.MoreThanDue):
            apply(issued("100"), "100.01")

    def test_a_paid_one_takes_no_more(self, issued, credit, apply):
        credit("300")
        paid = apply(issued("100"))

        with pytest.raises(payments.MoreThanDue):
            apply(paid)

    def test_credit_of_another_currency_is_another_credit(self, issued, credit, apply, euros):
        """U-22: a balance for each currency"""
        credit("100", "USD")

        with pytest.raises(payments.CreditNotEnough) as refused:
            apply(issued("100"))

        assert refused.value.data == {"available": "0.00", "currency": "EUR"}
        assert euros("USD") == ("0.00", "0.00", "100.00", "0.00")

    def test_takes_the_right_to_manage_payments(self, ctx, issued, credit, apply):
        """R-CRD-7, R-INV-5"""
        credit("100")

        with pytest.raises(Forbidden):
            apply(issued("100"), by=member_ctx(ctx, rights=("manage_invoices",)))


class TestByTheClient:
    def test_the_client_pays_from_credit(self, issued, credit, own, session, ctx, account_id):
        """R-CRD-2"""
        credit("100")

        assert own(issued("100")).status == "paid"
        entry = lists.list_credits(session, ctx, payments.ListCredits(account_id=account_id)).items[0]
        assert (entry.kind, entry.author.kind, entry.author.name) == ("applied", "portal", "Clara Client")

    def test_a_draft_is_not_there_for_the_client(self, draft, credit, own, session, client_ctx, account_id):
        credit("100")
        made = draft()

        with pytest.raises(invoices.InvoiceNotFound):
            own(made)
        with pytest.raises(invoices.InvoiceNotFound):
            items.get_own_invoice(session, client_ctx, invoices.InvoiceRef(account_id=account_id, invoice_id=made.id))

    def test_neither_is_what_was_voided(self, issued, credit, own, session, ctx, client_ctx, account_id):
        credit("100")
        made = issued("100")
        void = invoices.VoidInvoice(account_id=account_id, invoice_id=made.id, version=made.version, reason="A slip")
        voiding.void_invoice(session, ctx, void)

        with pytest.raises(invoices.InvoiceNotFound):
            own(made)
        with pytest.raises(invoices.InvoiceNotFound):
            items.get_own_invoice(session, client_ctx, invoices.InvoiceRef(account_id=account_id, invoice_id=made.id))
        listed = lists.list_own_invoices(session, client_ctx, invoices.ListOwnInvoices(account_id=account_id))
        assert (listed.items, listed.total) == ((), 0)

    def test_the_client_lists_what_was_issued(self, session, client_ctx, account_id, draft, issued, later, ctx):
        draft()
        first, second = issued("10"), issued("20", by=later(ctx, minutes=1))

        def listed(limit=50, cursor=None):
            asked = invoices.ListOwnInvoices(account_id=account_id, limit=limit, cursor=cursor)
            return lists.list_own_invoices(session, client_ctx, asked)

        page = listed(limit=1)
        assert ([one.number for one in page.items], page.total) == ([second.number], 2)
        (last,) = listed(limit=1, cursor=page.next_cursor).items
        assert (last.number, last.status, str(last.remaining)) == (first.number, "unpaid", "10.00")

    def test_the_client_sees_the_balance(self, session, client_ctx, account_id, issued, credit):
        issued("100")
        credit("30")

        (euros,) = items.get_own_balances(session, client_ctx, payments.AccountRef(account_id=account_id)).items

        assert (str(euros.due), str(euros.credit), str(euros.net_due)) == ("100.00", "30.00", "70.00")

    def test_the_firm_does_not_act_as_the_client(self, ctx, issued, credit, own):
        credit("100")

        with pytest.raises(Forbidden):
            own(issued("100"), by=ctx)

    def test_the_client_does_not_act_as_the_firm(self, client_ctx, issued, credit, apply, section, now_of):
        credit("100")
        made = issued("100")

        with pytest.raises(Forbidden):
            apply(made, by=replace(client_ctx, actor=replace(client_ctx.actor, role="owner")))
        with pytest.raises(Forbidden):
            now_of(made, by=client_ctx)


class TestLedger:
    def test_every_movement_is_an_entry_with_what_was_after_it(
        self, session, ctx, account_id, issued, credit, apply, pay, told
    ):
        credit("30")
        pay("20")
        apply(issued("40"))
        operations.expire_credit(session, ctx, payments.ExpireCredit(account_id=account_id, amount=Decimal(4)))

        found = lists.list_credits(session, ctx, payments.ListCredits(account_id=account_id))

        assert [(one.kind, str(one.amount), str(one.balance)) for one in found.items] == [
            ("expired", "-4.00", "6.00"),
            ("applied", "-40.00", "10.00"),
            ("excess", "20.00", "50.00"),
            ("credit_note", "30.00", "30.00"),
        ]
        assert [event.entry for event in told(CreditChanged)] == list(reversed(found.items))

    def test_it_is_listed_by_page_and_filter(self, session, ctx, account_id, credit):
        for amount in ("1", "2", "3"):
            credit(amount)
        credit("4", "USD")

        def listed(limit=50, cursor=None, **filters):
            asked = {"account_id": account_id, "filters": filters, "limit": limit, "cursor": cursor}
            return lists.list_credits(session, ctx, payments.ListCredits(**asked))

        page = listed(limit=2, currency="EUR")
        assert ([str(one.amount) for one in page.items], page.total) == (["3.00", "2.00"], 3)
        assert [str(one.amount) for one in listed(cursor=page.next_cursor, currency="EUR").items] == ["1.00"]
        with pytest.raises(Invalid):
            listed(kind="gift")

    def test_more_than_there_is_does_not_expire(self, session, ctx, account_id, credit):
        credit("3")

        with pytest.raises(payments.CreditNotEnough):
            operations.expire_credit(session, ctx, payments.ExpireCredit(account_id=account_id, amount=Decimal(4)))


def test_another_account_has_other_credit(session, ctx, credit, issued, client_ctx):
    credit("100")
    stranger = replace(client_ctx, actor=Actor(kind="portal", id=new_id(), name="Otto Other"))

    asked = payments.AccountRef(account_id=new_id())
    assert items.get_own_balances(session, stranger, asked).items == ()
