"""Invoices, payments and what goes with them: what QuickBooks computes, and what it refuses."""

import random

import pytest
from quickbooks.exceptions import ObjectNotFoundException, QuickbooksException, ValidationException
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.payment import Payment

from tests.unit.quickbooks_simulator.conftest import new_name, payment, sale


def read(intuit, kind, record):
    return intuit.get(f"{kind.lower()}/{record['Id']}").json()[kind]


def line(amount, **detail):
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


class TestInvoices:
    def test_made_by_the_library_are_totalled(self, qb, intuit):
        sold = SalesItemLine()
        sold.Amount = 250.5
        sold.SalesItemLineDetail = SalesItemLineDetail()
        invoice = Invoice()
        invoice.CustomerRef = {"value": intuit.customer()["Id"]}
        invoice.Line = [sold]

        made = invoice.save(qb=qb)

        assert (made.TotalAmt, made.Balance) == (250.5, 250.5)
        assert made.DocNumber in {None, ""}
        assert [each.DetailType for each in made.Line] == ["SalesItemLineDetail", "SubTotalLineDetail"]

    def test_add_tax_and_take_discounts_off(self, intuit):
        discount = {"Amount": 10, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": False}}
        note = {"DetailType": "DescriptionOnly", "Description": "Return 2025"}
        lines = [line(99.99, Qty=3, UnitPrice=33.33), discount, note]

        made = intuit.invoice(intuit.customer(), Line=lines, TxnTaxDetail={"TotalTax": 7.2})

        assert made["TotalAmt"] == 97.19
        assert [each["LineNum"] for each in made["Line"][:3]] == [1, 2, 3]

    @pytest.mark.parametrize(
        ("code", "wrong"),
        [
            (2020, {"CustomerRef": None}),
            (2500, {"CustomerRef": {"value": "99999"}}),
            (2020, {"Line": []}),
            (2500, {"Line": [line(1, ItemRef={"value": "99999"})]}),
            (2500, {"Line": [line(1, TaxCodeRef={"value": "99"})]}),
            (2170, {"Line": [{"Amount": 1, "DetailType": "Nothing"}]}),
            (6070, {"Line": [line(100, Qty=3, UnitPrice=33)]}),
            (2010, {"Line": [line("a lot")]}),
            (2050, {"DocNumber": "1" * 22}),
            (2500, {"DepartmentRef": {"value": "99999"}}),
            (2010, {"TxnDate": "yesterday"}),
            (2010, {"Reminder": "soon"}),
        ],
    )
    def test_are_refused_with_a_code_for_each_mistake(self, intuit, code, wrong):
        assert intuit.refused("invoice", {**sale(intuit.customer()), **wrong}) == code

    def test_of_an_inactive_customer_are_610(self, qb, intuit):
        customer = intuit.customer()
        intuit.sim.edit("Customer", customer["Id"], Active=False)

        with pytest.raises(ObjectNotFoundException) as refused:
            Invoice.from_json(sale(customer)).save(qb=qb)
        assert "made inactive" in refused.value.detail

    def test_of_an_inactive_item_are_2500(self, qb, intuit):
        item = intuit.made("Item", {"Name": new_name(), "Type": "Service", "IncomeAccountRef": {"value": "1"}})
        intuit.sim.edit("Item", item["Id"], Active=False)
        wrong = {**sale(intuit.customer()), "Line": [line(1, ItemRef={"value": item["Id"]})]}

        with pytest.raises(ValidationException) as refused:
            Invoice.from_json(wrong).save(qb=qb)
        assert (refused.value.error_code, "made inactive" in refused.value.detail) == (2500, True)

    def test_have_numbers_of_their_own_unless_the_request_says_otherwise(self, qb, intuit):
        first = intuit.invoice(intuit.customer(), DocNumber=new_name()[-8:])
        again = {**sale(intuit.customer()), "DocNumber": first["DocNumber"]}

        with pytest.raises(QuickbooksException) as refused:
            Invoice.from_json(again).save(qb=qb)
        assert refused.value.error_code == 6140
        assert f"TxnId={first['Id']}" in refused.value.detail
        assert intuit.made("Invoice", again, include="allowduplicatedocnum")["DocNumber"] == first["DocNumber"]

    def test_are_numbered_by_the_company_where_it_is_set_so(self, own):
        intuit = own()
        assert "DocNumber" not in intuit.invoice(intuit.customer())
        intuit.sim.control("settings", numbers_itself=True)

        numbers = [intuit.invoice(intuit.customer(), **more)["DocNumber"] for more in ({}, {"DocNumber": "2041"}, {})]

        assert numbers == ["1001", "2041", "2042"]
        prefs = intuit.get("preferences").json()["Preferences"]
        assert prefs["SalesFormsPrefs"]["CustomTxnNumbers"] is False

    def test_are_due_as_their_term_says(self, intuit):
        given = {"TxnDate": "2026-03-01"}

        usual = intuit.invoice(intuit.customer(), **given)
        sooner = intuit.invoice(intuit.customer(), SalesTermRef={"value": "2"}, **given)

        assert (usual["DueDate"], sooner["DueDate"]) == ("2026-03-31", "2026-03-16")

    def test_that_are_voided_owe_nothing_and_keep_their_number(self, qb, intuit):
        customer = intuit.customer()
        made = intuit.invoice(customer, DocNumber=new_name()[-8:])
        paid = intuit.made("Payment", payment(customer, 40, ("Invoice", made, 40)))
        current = Invoice.get(made["Id"], qb=qb)

        current.void(qb=qb)

        voided = read(intuit, "Invoice", made)
        assert (voided["TotalAmt"], voided["Balance"], voided["DocNumber"]) == (0, 0, made["DocNumber"])
        assert voided["PrivateNote"].startswith("Voided")
        assert read(intuit, "Payment", paid)["UnappliedAmt"] == 40

    def test_that_are_deleted_are_gone(self, qb, intuit):
        made = Invoice.get(intuit.invoice(intuit.customer())["Id"], qb=qb)

        answer = made.delete(qb=qb)

        assert answer["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": made.Id}
        with pytest.raises(ObjectNotFoundException) as refused:
            Invoice.get(made.Id, qb=qb)
        assert "Another user has deleted this transaction" in refused.value.detail

    def test_of_a_closed_period_stay_as_they_are(self, own):
        intuit = own()
        customer = intuit.customer()
        made = intuit.invoice(customer, TxnDate="2025-12-31")
        intuit.sim.control("settings", closed_on="2025-12-31")

        assert intuit.refused("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete") == 6210
        assert intuit.refused("invoice", {**sale(customer), "TxnDate": "2025-12-31"}) == 6210
        moved = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "TxnDate": "2026-01-01"}
        assert intuit.refused("invoice", moved) == 6210
        assert intuit.invoice(customer, TxnDate="2026-01-01")["TotalAmt"] == 100


class TestPayments:
    def test_lower_what_is_owed(self, intuit):
        customer = intuit.customer()
        invoice = intuit.invoice(customer, 100)

        paid = intuit.made("Payment", payment(customer, 60, ("Invoice", invoice, 40)))

        assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (60, 20)
        assert paid["DepositToAccountRef"]["name"] == "Undeposited Funds"
        now = read(intuit, "Invoice", invoice)
        assert (now["Balance"], now["LinkedTxn"]) == (60, [{"TxnId": paid["Id"], "TxnType": "Payment"}])
        assert read(intuit, "Customer", customer)["Balance"] == 40

    def test_make_whoever_read_the_invoice_before_stale(self, intuit):
        customer = intuit.customer()
        invoice = intuit.invoice(customer)
        intuit.made("Payment", payment(customer, 100, ("Invoice", invoice, 100)))

        change = {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"], "sparse": True, "PrivateNote": "x"}
        assert intuit.refused("invoice", change) == 5010

    def test_apply_no_more_than_is_open(self, qb, intuit):
        customer = intuit.customer()
        invoice = intuit.invoice(customer, 100)
        intuit.made("Payment", payment(customer, 60, ("Invoice", invoice, 60)))

        with pytest.raises(QuickbooksException) as refused:
            Payment.from_json(payment(customer, 50, ("Invoice", invoice, 50))).save(qb=qb)
        assert refused.value.error_code == 6000
        assert "received plus the credits" in refused.value.detail

    def test_apply_no_more_than_was_received(self, intuit):
        customer = intuit.customer()
        invoice = intuit.invoice(customer, 100)

        assert intuit.refused("payment", payment(customer, 50, ("Invoice", invoice, 60))) == 6000

    @pytest.mark.parametrize(
        ("code", "wrong"),
        [
            (2020, {"TotalAmt": None}),
            (6000, {"TotalAmt": -1}),
            (2010, {"TotalAmt": "much"}),
            (6000, {"DepositToAccountRef": {"value": "1"}}),
            (2500, {"DepositToAccountRef": {"value": "99999"}}),
            (2500, {"PaymentMethodRef": {"value": "99999"}}),
            (2500, {"Line": [{"Amount": 1, "LinkedTxn": [{"TxnId": "99999", "TxnType": "Invoice"}]}]}),
            (2170, {"Line": [{"Amount": 1, "LinkedTxn": [{"TxnId": "1", "TxnType": "Bill"}]}]}),
            (2020, {"Line": [{"Amount": 1}]}),
            (2050, {"PaymentRefNum": "1" * 22}),
        ],
    )
    def test_are_refused_with_a_code_for_each_mistake(self, intuit, code, wrong):
        assert intuit.refused("payment", {**payment(intuit.customer(), 10), **wrong}) == code

    def test_pay_no_deleted_invoice(self, intuit):
        customer = intuit.customer()
        invoice = intuit.invoice(customer)
        intuit.sim.control("remove", kind="Invoice", id=invoice["Id"])

        assert intuit.refused("payment", payment(customer, 100, ("Invoice", invoice, 100))) == 610

    def test_pay_no_invoice_of_somebody_else(self, intuit):
        invoice = intuit.invoice(intuit.customer())

        assert intuit.refused("payment", payment(intuit.customer(), 100, ("Invoice", invoice, 100))) == 6000

    def test_of_a_parent_pay_its_sub_customers_invoices(self, intuit):
        parent = intuit.customer()
        invoice = intuit.invoice(intuit.customer(Job=True, ParentRef={"value": parent["Id"]}))

        assert intuit.made("Payment", payment(parent, 100, ("Invoice", invoice, 100)))["UnappliedAmt"] == 0

    def test_that_are_deleted_open_the_invoice_again(self, qb, intuit):
        customer = intuit.customer()
        invoice = intuit.invoice(customer)
        paid = intuit.made("Payment", payment(customer, 100, ("Invoice", invoice, 100)))
        assert read(intuit, "Invoice", invoice)["Balance"] == 0

        Payment.get(paid["Id"], qb=qb).delete(qb=qb)

        assert read(intuit, "Invoice", invoice)["Balance"] == 100

    def test_that_are_voided_pay_nothing(self, qb, intuit):
        customer = intuit.customer()
        invoice = intuit.invoice(customer)
        paid = intuit.made("Payment", payment(customer, 100, ("Invoice", invoice, 100)))

        Payment.get(paid["Id"], qb=qb).void(qb=qb)

        assert read(intuit, "Payment", paid)["TotalAmt"] == 0
        assert read(intuit, "Invoice", invoice)["Balance"] == 100

    def test_may_be_changed_within_what_they_paid_before(self, intuit):
        customer = intuit.customer()
        invoice = intuit.invoice(customer)
        paid = intuit.made("Payment", payment(customer, 100, ("Invoice", invoice, 100)))

        change = {**payment(customer, 80, ("Invoice", invoice, 80)), "Id": paid["Id"], "SyncToken": "0"}
        assert intuit.made("Payment", change)["UnappliedAmt"] == 0
        assert read(intuit, "Invoice", invoice)["Balance"] == 20

    def test_keep_an_invoice_from_getting_smaller_than_they_are(self, intuit):
        customer = intuit.customer()
        invoice = intuit.invoice(customer, 100)
        intuit.made("Payment", payment(customer, 100, ("Invoice", invoice, 100)))

        smaller = {**sale(customer, 90), "Id": invoice["Id"], "SyncToken": "1", "sparse": True}
        assert intuit.refused("invoice", smaller) == 6000


class TestCredit:
    def test_pays_an_invoice_without_money(self, intuit):
        customer = intuit.customer()
        invoice, credit = intuit.invoice(customer, 100), intuit.made("CreditMemo", sale(customer, 30))
        assert (credit["RemainingCredit"], read(intuit, "Customer", customer)["Balance"]) == (30, 70)

        applied = payment(customer, 0, ("Invoice", invoice, 30), ("CreditMemo", credit, 30))
        paid = intuit.made("Payment", applied)

        assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (0, 0)
        assert read(intuit, "Invoice", invoice)["Balance"] == 70
        assert read(intuit, "CreditMemo", credit)["RemainingCredit"] == 0
        assert read(intuit, "Customer", customer)["Balance"] == 70

    def test_is_not_used_twice(self, intuit):
        customer = intuit.customer()
        invoice, credit = intuit.invoice(customer, 100), intuit.made("CreditMemo", sale(customer, 30))
        applied = payment(customer, 0, ("Invoice", invoice, 30), ("CreditMemo", credit, 30))
        intuit.made("Payment", applied)

        assert intuit.refused("payment", applied) == 6000

    def test_that_is_deleted_opens_the_invoice_again(self, intuit):
        customer = intuit.customer()
        invoice, credit = intuit.invoice(customer, 100), intuit.made("CreditMemo", sale(customer, 30))
        applied = payment(customer, 20, ("Invoice", invoice, 50), ("CreditMemo", credit, 30))
        paid = intuit.made("Payment", applied)

        intuit.sim.control("remove", kind="CreditMemo", id=credit["Id"])

        assert read(intuit, "Invoice", invoice)["Balance"] == 80
        assert read(intuit, "Payment", paid)["UnappliedAmt"] == 0


class TestAnySequence:
    def test_leaves_books_that_add_up(self, own):
        intuit, chance = own(), random.Random(11)
        customers = [intuit.customer() for _ in range(3)]
        for _ in range(250):
            self.do_something(intuit, chance, chance.choice(customers))

        invoices, payments = intuit.sim.entities("Invoice"), intuit.sim.entities("Payment")
        memos = intuit.sim.entities("CreditMemo")
        assert all(0 <= each["Balance"] <= each["TotalAmt"] for each in invoices)
        assert all(0 <= each["RemainingCredit"] <= each["TotalAmt"] for each in memos)
        assert all(each["UnappliedAmt"] >= 0 for each in payments)
        for customer in intuit.sim.entities("Customer"):

            def mine(rows, amount, its_id=customer["Id"]):
                return sum(row[amount] for row in rows if row["CustomerRef"]["value"] == its_id)

            owed = mine(invoices, "Balance") - mine(memos, "RemainingCredit") - mine(payments, "UnappliedAmt")
            assert customer["Balance"] == pytest.approx(owed)
        sold = sum(each["TotalAmt"] for each in invoices) - sum(each["TotalAmt"] for each in memos)
        received = sum(each["TotalAmt"] for each in payments)
        assert sum(each["Balance"] for each in intuit.sim.entities("Customer")) == pytest.approx(sold - received)
        assert min(len(invoices), len(memos), len(payments)) > 5

    @staticmethod
    def do_something(intuit, chance, customer):
        amount = chance.randint(1, 9000) / 100
        invoices, memos, payments = (
            [row for row in intuit.sim.entities(kind) if row["CustomerRef"]["value"] == customer["Id"]]
            for kind in ("Invoice", "CreditMemo", "Payment")
        )
        match chance.randrange(7):
            case 0 | 1:
                intuit.invoice(customer, amount)
            case 2:
                intuit.made("CreditMemo", sale(customer, amount))
            case 3 | 4:
                paid = [("Invoice", row, chance.choice([amount, row["Balance"]])) for row in invoices[-2:]]
                used = [("CreditMemo", row, row["RemainingCredit"]) for row in memos[-1:] if row["RemainingCredit"]]
                intuit.post("payment", payment(customer, round(amount * 2, 2), *paid, *used))
            case 5:
                kind, rows = chance.choice([("Invoice", invoices), ("CreditMemo", memos), ("Payment", payments)])
                if rows:
                    intuit.sim.control("remove", kind=kind, id=chance.choice(rows)["Id"])
            case 6 if invoices:
                intuit.sim.control("remove", kind="Invoice", id=chance.choice(invoices)["Id"], operation="void")


class TestOtherEntries:
    def test_a_refund_says_where_the_money_comes_from(self, intuit):
        customer = intuit.customer()

        assert intuit.refused("refundreceipt", sale(customer)) == 2020
        made = intuit.made("RefundReceipt", {**sale(customer, 25), "DepositToAccountRef": {"value": "6"}})
        assert (made["TotalAmt"], made["DepositToAccountRef"]["name"]) == (25, "Checking")

    def test_an_expense_has_an_account_at_both_ends(self, intuit):
        spent = {"Amount": 2.9, "DetailType": "AccountBasedExpenseLineDetail"}
        detail = {"AccountBasedExpenseLineDetail": {"AccountRef": {"value": "7"}}}
        fee = {"PaymentType": "Cash", "AccountRef": {"value": "6"}, "Line": [{**spent, **detail}]}

        assert intuit.made("Purchase", fee)["TotalAmt"] == 2.9
        assert intuit.refused("purchase", {**fee, "Line": [spent]}) == 2020
        assert intuit.refused("purchase", {**fee, "AccountRef": {"value": "1"}}) == 6000

    def test_an_item_sells_into_an_income_account(self, intuit):
        item = {"Name": new_name(), "Type": "Service", "UnitPrice": 120}

        assert intuit.refused("item", item) == 2020
        assert intuit.refused("item", {**item, "IncomeAccountRef": {"value": "6"}}) == 6000
        assert intuit.refused("item", {**item, "IncomeAccountRef": {"value": "99999"}}) == 2500
        assert intuit.made("Item", {**item, "IncomeAccountRef": {"value": "1"}})["UnitPrice"] == 120
        assert intuit.refused("item", {**item, "IncomeAccountRef": {"value": "1"}}) == 6240

    def test_an_account_is_of_a_type_that_there_is(self, intuit):
        assert intuit.refused("account", {"Name": new_name()}) == 2020
        assert intuit.refused("account", {"Name": new_name(), "AccountType": "Piggy Bank"}) == 2170
        assert intuit.made("Account", {"Name": new_name(), "AccountType": "Bank"})["Classification"] == "Asset"

    def test_what_is_read_only_is_not_written(self, intuit):
        assert intuit.refused("taxcode", {"Name": "VAT"}) == 500
        assert intuit.refused("Customer", {"DisplayName": "Ada"}) == 500

    def test_classes_and_locations_are_on_invoices_by_id(self, intuit):
        tax = intuit.made("Class", {"Name": new_name()})
        lyon = intuit.made("Department", {"Name": new_name()})
        lines = [line(10, ClassRef={"value": tax["Id"]})]

        made = intuit.invoice(intuit.customer(), Line=lines, DepartmentRef={"value": lyon["Id"]})

        assert made["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": tax["Id"], "name": tax["Name"]}
        assert made["DepartmentRef"]["name"] == lyon["Name"]
        intuit.sim.edit("Class", tax["Id"], Active=False)
        assert intuit.refused("invoice", {**sale(intuit.customer()), "Line": lines}) == 2500

    @pytest.mark.parametrize(
        ("kind", "names"),
        [
            ("TaxCode", ["TAX", "NON"]),
            ("PaymentMethod", ["Cash", "Check", "Credit Card"]),
            ("Term", ["Due on receipt", "Net 15", "Net 30"]),
        ],
    )
    def test_lists_are_there_from_the_first_day(self, own, kind, names):
        rows = own().query(f"SELECT * FROM {kind}").json()["QueryResponse"][kind]

        assert [each["Name"] for each in rows] == names

    def test_the_day_the_books_were_closed_is_in_the_settings(self, own):
        intuit = own()
        intuit.sim.control("settings", closed_on="2025-12-31")

        settings = intuit.query("SELECT * FROM Preferences").json()["QueryResponse"]["Preferences"][0]

        assert settings["AccountingInfoPrefs"]["BookCloseDate"] == "2025-12-31"
