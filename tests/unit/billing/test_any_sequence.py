"""Cents never appear or vanish, whatever is billed, paid, given back, credited and applied in whatever order."""

from decimal import Decimal

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select, text

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Conflict, Invalid
from contracts import invoices, payments
from contracts.billing import BalanceChanged
from services.billing import model
from services.billing.operations import credits as credit_operations
from services.billing.operations import invoices as invoice_operations
from services.billing.operations import payments as payment_operations
from services.billing.operations import refunds
from services.billing.queries import items

# Few and of like size, so that one often fits into another; some are odd.
AMOUNTS = st.sampled_from(["0.01", "5", "10", "20", "33.33", "50", "100.05", "250"]).map(Decimal)
CURRENCIES = st.sampled_from(["EUR"] * 7 + ["USD"])
CHOICE = st.integers(min_value=0, max_value=7)
PARTS = st.lists(st.tuples(CHOICE, st.sampled_from([None, None, None, Decimal(5)])), max_size=2)
ZERO = Decimal(0)
STEPS = {
    "bill": {"amount": AMOUNTS, "currency": CURRENCIES, "tax": st.sampled_from(["0", "5.5", "20"])},
    "pay": {
        "amount": AMOUNTS,
        "currency": CURRENCIES,
        "is_pending": st.booleans(),
        "paid": PARTS,
        "credited": PARTS,
        "rest": st.sampled_from(["excess", "prepayment", "deposit"]),
    },
    "settle": {"choice": CHOICE, "outcome": st.sampled_from(["cleared", "failed"])},
    "refund": {"choice": CHOICE, "amount": AMOUNTS, "to": st.sampled_from(["money", "credit"])},
    "delete": {"choice": CHOICE},
    "credit": {"amount": AMOUNTS, "currency": CURRENCIES},
    "expire": {"amount": AMOUNTS, "currency": CURRENCIES},
    "apply": {"choice": CHOICE, "amount": st.none() | AMOUNTS},
    "detach": {"choice": CHOICE, "which": CHOICE},
    "void": {"choice": CHOICE},
    "edit": {"choice": CHOICE, "amount": AMOUNTS},
}


class Money(RuleBasedStateMachine):
    """Keeps its own account of the money, from what was asked for and granted."""

    session, ctx = None, None

    def __init__(self):
        super().__init__()
        self.account_id = new_id()
        self.put_in = dict.fromkeys(("EUR", "USD"), ZERO)  # by payments that cleared, and credit notes
        self.taken_out = dict.fromkeys(("EUR", "USD"), ZERO)  # refunded, deleted, expired
        self.invoice_ids, self.payment_ids = [], []

    @initialize(amounts=st.tuples(AMOUNTS, AMOUNTS, AMOUNTS))
    def begin(self, amounts):
        """Money to move, so that no step is spent on asking for what can't be there."""
        for amount in amounts:
            self.bill(amount, "EUR", "20")
        self.credit(amounts[0], "EUR")
        for choice, amount in enumerate(amounts[:2]):
            self.pay(amount, "EUR", bool(choice), [(choice, None)], [(2, None)] * choice, "excess")

    @rule(kind=st.sampled_from(sorted(STEPS)), data=st.data())
    def step(self, kind, data):
        """One of all steps: a rule for each would leave most of an example to a few of them."""
        getattr(self, kind)(**{name: data.draw(values) for name, values in STEPS[kind].items()})

    def run(self, operation, request):
        """The answer, or None where it was refused, which by itself is fine."""
        try:
            with self.session.begin_nested():
                return operation(self.session, self.ctx, request)
        except (Conflict, Invalid):
            self.session.expire_all()
            return None

    def pick(self, ids, choice):
        return ids[choice % len(ids)]

    def invoice(self, choice):
        ref = invoices.InvoiceRef(account_id=self.account_id, invoice_id=self.pick(self.invoice_ids, choice))
        return items.get_invoice(self.session, self.ctx, ref)

    def payment(self, choice, status=None):
        """One of the payments, of that status if there is any."""
        refs = [payments.PaymentRef(account_id=self.account_id, payment_id=one) for one in self.payment_ids]
        found = [items.get_payment(self.session, self.ctx, ref) for ref in refs]
        return self.pick([one for one in found if one.status == status] or found, choice)

    def parts(self, chosen):
        if not self.invoice_ids:
            return ()
        ids = {self.pick(self.invoice_ids, choice): amount for choice, amount in chosen}
        return tuple(payments.PayInvoice(invoice_id=key, amount=amount) for key, amount in ids.items())

    def bill(self, amount, currency, tax):
        line = invoices.LineEntry(name="Tax return", unit_price=amount, tax_rate=Decimal(tax))
        asked = invoices.CreateInvoice(account_id=self.account_id, lines=(line,), currency=currency)
        draft = self.run(invoice_operations.create_invoice, asked)
        where = {"account_id": self.account_id, "invoice_id": draft.id, "version": draft.version}
        issued = self.run(invoice_operations.issue_invoice, invoices.IssueInvoice(**where))
        assert issued.total == sum(one.net for one in issued.lines) + sum(one.tax for one in issued.taxes)
        self.invoice_ids.append(issued.id)

    def pay(self, amount, currency, is_pending, paid, credited, rest):
        asked = payments.RecordPayment(
            account_id=self.account_id,
            amount=amount,
            currency=currency,
            method="bank_debit",
            received_on=self.ctx.now.date(),
            is_pending=is_pending,
            invoices=self.parts(paid),
            credits=self.parts(credited),
            rest=rest,
        )
        made = self.run(payment_operations.record_payment, asked)
        if made is not None:
            self.payment_ids.append(made.id)
            self.put_in[currency] += ZERO if is_pending else amount

    def settle(self, choice, outcome):
        one = self.payment(choice, "pending")
        where = {"account_id": self.account_id, "payment_id": one.id, "version": one.version}
        done = self.run(payment_operations.settle_payment, payments.SettlePayment(**where, outcome=outcome))
        if done is not None and outcome == "cleared":
            self.put_in[one.currency] += one.amount

    def refund(self, choice, amount, to):
        one = self.payment(choice, "cleared")
        where = {"account_id": self.account_id, "payment_id": one.id, "version": one.version}
        done = self.run(refunds.refund_payment, payments.RefundPayment(**where, amount=amount, to=to))
        if done is not None and to == "money":
            self.taken_out[one.currency] += amount

    def delete(self, choice):
        if len(self.payment_ids) == 1:
            return
        one = self.payment(choice, "cleared")
        ref = payments.PaymentRef(account_id=self.account_id, payment_id=one.id)
        if self.run(refunds.delete_payment, ref) is not None:
            self.payment_ids.remove(one.id)
            self.taken_out[one.currency] += one.amount if one.status == "cleared" else ZERO

    def credit(self, amount, currency):
        asked = payments.AddCredit(account_id=self.account_id, amount=amount, currency=currency)
        assert self.run(credit_operations.add_credit, asked) is not None
        self.put_in[currency] += amount

    def expire(self, amount, currency):
        asked = payments.ExpireCredit(account_id=self.account_id, amount=amount, currency=currency)
        if self.run(credit_operations.expire_credit, asked) is not None:
            self.taken_out[currency] += amount

    def apply(self, choice, amount):
        one = self.invoice(choice)
        asked = payments.ApplyCredit(account_id=self.account_id, invoice_id=one.id, amount=amount)
        paid = self.run(credit_operations.apply_credit, asked)
        assert paid is None or paid.paid > one.paid

    def detach(self, choice, which):
        bills = [self.invoice(index) for index in range(len(self.invoice_ids))]
        one = self.pick([bill for bill in bills if bill.applications] or bills, choice)
        if one.applications:
            picked = one.applications[which % len(one.applications)]
            ref = payments.ApplicationRef(account_id=self.account_id, application_id=picked.id)
            self.run(refunds.detach_application, ref)

    def void(self, choice):
        one = self.invoice(choice)
        where = {"account_id": self.account_id, "invoice_id": one.id, "version": one.version}
        done = self.run(invoice_operations.void_invoice, invoices.VoidInvoice(**where))
        assert (done is not None) == (one.status in {"unpaid", "overdue"} and not one.clearing)

    def edit(self, choice, amount):
        one = self.invoice(choice)
        line = invoices.LineEntry(name="Other", unit_price=amount)
        where = {"account_id": self.account_id, "invoice_id": one.id, "version": one.version}
        done = self.run(invoice_operations.change_invoice, invoices.ChangeInvoice(**where, lines=(line,)))
        assert (done is not None) == (one.status == "unpaid" and not one.clearing)

    @invariant()
    def every_cent_is_somewhere(self):
        bills = [self.invoice(choice) for choice in range(len(self.invoice_ids))]
        for one in bills:
            assert one.paid == sum(part.amount for part in one.applications if not part.is_pending)
            assert one.clearing == sum(part.amount for part in one.applications if part.is_pending)
            assert one.remaining == one.total - one.paid - one.clearing >= 0
        for choice in range(len(self.payment_ids)):
            one = self.payment(choice)
            assert one.applied == sum(part.amount for part in one.applications if not part.is_credit)
            if one.status == "cleared":
                assert one.amount == one.applied + one.credit + one.refunded
        found = {one.currency: one for one in self.balances()}
        for currency, put_in in self.put_in.items():
            mine = [one for one in bills if one.currency == currency]
            self.check_balance(found.get(currency), currency, put_in, mine)

    def check_balance(self, kept, currency, put_in, bills):
        """What went in is applied, or is credit, or went out; the credit is the sum of its movements."""
        entry = model.CreditEntry
        moved = self.session.scalar(
            select(func.coalesce(func.sum(entry.amount), 0)).where(
                entry.account_id == self.account_id, entry.currency == currency
            )
        )
        assert put_in == sum((one.paid for one in bills), ZERO) + moved + self.taken_out[currency]
        if kept is None:
            assert not bills
            assert not moved
            return
        reserved = [part.amount for one in bills for part in one.applications if part.is_credit and part.is_pending]
        due = [one for one in bills if one.status != "voided"]
        assert kept.credit + kept.reserved == moved
        assert kept.reserved == sum(reserved)
        assert kept.credit >= 0
        assert (kept.due, kept.clearing) == (sum(one.remaining for one in due), sum(one.clearing for one in due))
        assert kept.net_due == max(kept.due - kept.credit, ZERO)

    def balances(self):
        return items.get_balances(self.session, self.ctx, payments.AccountRef(account_id=self.account_id)).items

    def teardown(self):
        """Who listens knows the balances, in order."""
        told = [one for one in outbox.pending(self.session) if isinstance(one, BalanceChanged)]
        mine = [one.balances for one in told if one.account_id == self.account_id]
        ref = payments.AccountRef(account_id=self.account_id)
        assert [one.version for one in mine] == list(range(1, len(mine) + 1))
        assert not mine or mine[-1] == items.get_balances(self.session, self.ctx, ref)
        self.session.execute(text("DELETE FROM outbox"))
        self.session.expunge_all()


def test_cents_never_appear_or_vanish(session, ctx):
    """R-CRD-1, R-CRD-3, R-CRD-4, R-CRD-6, R-INV-3"""

    class Machine(Money):
        pass

    Machine.session, Machine.ctx = session, ctx
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.generate],  # shrinking twenty-five steps takes minutes and tells little more
            suppress_health_check=list(HealthCheck),
            database=None,
            print_blob=True,
        ),
    )
