"""Documents that are refused, whose answers are lost, whose worker dies: each is told, solved, or pushed once."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from chassis.context import new_id
from contracts.common import Done
from contracts.invoices import LineEntry
from contracts.quickbooks_documents import DocumentNotKnown, DocumentNotReady, DocumentSyncChanged, EntityTaken
from services.quickbooks import model
from services.quickbooks.company import Company
from services.quickbooks.documents import preparing, rules, sending, telling
from services.quickbooks.queries import documents
from tests.unit.quickbooks_service.books import Books

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


@pytest.fixture
def seven(books, account):
    """More documents than are sent one by one."""
    return [books.invoice(account, str(10 * number)) for number in range(1, 8)]


def totals(books):
    return [one["TotalAmt"] for one in books.there("Invoice")]


class TestWhatIsRefused:
    """§6.5: each with its sentence, solved by its action (R-QB-20)."""

    def test_a_number_that_is_there_already_is_renumbered(self, firm, intuit, books, account):
        invoice = books.draft(account, "100")
        entity = {
            "CustomerRef": {"value": "1"}, "DocNumber": "INV-2026-0001", "TxnDate": "2026-01-01",
            "Line": [{"Amount": 5, "DetailType": "SalesItemLineDetail"}],
        }  # fmt: skip
        intuit.control("create", kind="Invoice", entity=entity)
        invoice = books.invoice(account, "100")
        firm.work()
        shown = books.sync("invoice", invoice)
        assert (shown.status, shown.problem.case, shown.problem.code) == ("failed", "duplicate_number", "6140")
        assert shown.remedies == ("renumber", "link_existing", "compare", "do_not_sync", "retry")
        assert shown.problem.intuit_tid

        books.renumber("invoice", invoice, "INV-2026-0001A")
        firm.work()

        assert books.sync("invoice", invoice).status == "synced"
        assert sorted(one["DocNumber"] for one in books.there("Invoice")) == ["INV-2026-0001", "INV-2026-0001A"]

    def test_a_number_that_is_there_already_is_linked_and_brought_to_ours(self, firm, intuit, books, account):
        entity = {
            "CustomerRef": {"value": "1"}, "DocNumber": "INV-2026-0001", "TxnDate": "2026-01-01",
            "Line": [{"Amount": 5, "DetailType": "SalesItemLineDetail"}],
        }  # fmt: skip
        made = intuit.control("create", kind="Invoice", entity=entity)
        invoice = books.invoice(account, "100")
        firm.work()

        books.link("invoice", invoice, made.get("Invoice", made)["Id"])
        firm.work()

        assert (totals(books), books.sync("invoice", invoice).status) == ([100.0], "synced")
        with pytest.raises(EntityTaken):
            books.link("invoice", books.invoice(account, "1"), made.get("Invoice", made)["Id"])

    def test_what_is_another_customers_is_not_overwritten(self, firm, intuit, books, account):
        other = intuit.customer("Byron Ltd")
        line = {"Amount": 5, "DetailType": "SalesItemLineDetail"}
        made = intuit.control("create", kind="Invoice", entity={"CustomerRef": {"value": other}, "Line": [line]})
        invoice = books.invoice(account, "100")

        books.link("invoice", invoice, made.get("Invoice", made)["Id"])
        firm.work()

        assert (totals(books), books.sync("invoice", invoice).problem.case) == ([5.0], "business_rule")

    def test_an_item_that_was_made_inactive_is_mapped_anew(self, firm, intuit, books, account):
        service = books.service("Advice")
        first = books.invoice(account, line(service))
        firm.work()
        item = next(one for one in books.there("Item") if one["Name"] == "Advice")
        intuit.control("edit", kind="Item", id=item["Id"], changes={"Active": False})
        second = books.invoice(account, line(service))
        firm.work()
        shown = books.sync("invoice", second)
        assert (shown.problem.case, shown.remedies[0]) == ("invalid_reference", "map_service")

        mapped = books.map(service.id, "2")
        firm.work()

        assert (mapped.item_name, mapped.status, mapped.is_chosen) == ("Hours", "synced", True)
        assert [books.sync("invoice", one).status for one in (first, second)] == ["synced", "synced"]

    def test_an_items_name_that_is_anothers_is_mapped(self, firm, intuit, books, account):
        """A category of that name can't be sold, and no other item may have it."""
        intuit.control("create", kind="Item", entity={"Name": "Advice", "Type": "Category"})
        service = books.service("Advice")
        invoice = books.invoice(account, line(service))
        firm.work()
        (failed,) = [one for one in services(firm) if one.service_id == service.id]
        assert (failed.problem.case, failed.remedies[0]) == ("duplicate_name", "map_service")
        shown = books.sync("invoice", invoice)
        assert (shown.status, shown.waits_for) == ("skipped", "service")

        books.map(service.id, "1")
        firm.work()

        assert books.sync("invoice", invoice).status == "synced"

    def test_no_ledger_account_for_refunds_is_chosen(self, firm, intuit, books, account):
        for one in intuit.control("entities", kind="Account")["Account"]:
            if one["AccountType"] == "Bank":
                intuit.control("edit", kind="Account", id=one["Id"], changes={"Active": False})
        with firm.tools.db.transaction(firm.ctx) as session:
            for row in session.scalars(select(model.LedgerAccount)):
                row.is_active = row.type != "Bank"
        books.refund(books.pay(account, "10"), "10")
        firm.work()

        (refund,) = books.syncs(account, "refund")
        assert (refund.status, refund.problem.case) == ("failed", "wrong_ledger_account")
        assert "choose_ledger_account" in refund.remedies

    def test_an_invoice_that_was_deleted_there_is_made_anew_when_somebody_wants_it(self, firm, intuit, books, account):
        invoice = books.invoice(account, "100")
        firm.work()
        intuit.control("remove", kind="Invoice", id=books.there("Invoice")[0]["Id"])
        books.change(invoice, memo="Thanks")
        firm.work()
        shown = books.sync("invoice", invoice)
        assert (shown.status, shown.problem.case) == ("changed_in_quickbooks", "document_gone")

        books.again("invoice", invoice)
        firm.work()

        assert (totals(books), books.sync("invoice", invoice).status) == ([100.0], "synced")

    def test_closed_books_are_told(self, firm, intuit, books, account):
        intuit.control("settings", closed_on="2026-03-31")
        invoice = books.invoice(account, "100")
        firm.work()

        assert books.sync("invoice", invoice).problem.case == "period_closed"
        told = [one for one in firm.told(DocumentSyncChanged) if one.kind == "invoice"]
        assert (told[-1].document_id, told[-1].status) == (invoice.id, "failed")

    def test_a_document_changed_at_the_same_time_is_read_again_and_merged(self, firm, intuit, books, account):
        """5010: between our reading and our writing somebody writes."""
        invoice = books.invoice(account, "100")
        firm.work()
        books.change(invoice, memo="Thanks")
        company = Company(firm.tools, firm.ctx.firm)
        preparing.prepare(firm.tools, firm.neighbours.billing, company, firm.ctx.firm, new_id())
        there = books.there("Invoice")[0]["Id"]
        intuit.control("edit", kind="Invoice", id=there, changes={"PrivateNote": "Ask Bea"})
        company.close()
        firm.work()

        (there,) = books.there("Invoice")
        assert (there["PrivateNote"], there["CustomerMemo"]["value"]) == ("Ask Bea", "Thanks")
        assert books.sync("invoice", invoice).status == "synced"


class TestWhatDies:
    """R-QB-21: whatever becomes of an answer, a document is there once."""

    @pytest.mark.parametrize("how", ["drop", "error_after", "lost", "throttle"])
    def test_a_batch_whose_answer_was_lost_is_done_once(self, firm, intuit, books, account, seven, how):
        firm.work()
        more = [books.invoice(account, str(number)) for number in range(101, 106)]
        intuit.plan(how, "batch", is_write=True, times=2)

        for _ in range(5):
            firm.work(after=100)

        assert sorted(totals(books)) == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 101.0, 102.0, 103.0, 104.0, 105.0]
        assert {books.sync("invoice", one).status for one in (*seven, *more)} == {"synced"}
        assert firm.rows(model.Push) == []

    def test_a_lost_answer_and_then_a_throttled_request_make_one(self, firm, intuit, books, account, seven):
        """What was throttled was not looked at: the batch keeps the id under which it was done already."""
        intuit.plan("drop", "batch", is_write=True)
        intuit.plan("throttle", "batch", is_write=True)
        for _ in range(5):
            firm.work(after=100)

        assert len(totals(books)) == len(seven)

    def test_a_worker_killed_after_the_write_loses_nothing(self, firm, intuit, books, seven):
        firm.tools.do(firm.ctx.firm, telling_items)
        firm.work()
        books.invoice(seven[0].account_id, "999")
        company = Company(firm.tools, firm.ctx.firm)
        preparing.prepare(firm.tools, firm.neighbours.billing, company, firm.ctx.firm, new_id())
        push = firm.tools.do(firm.ctx.firm, sending.take)
        company.push(push.path, {**push.params, "requestid": push.id.hex}, push.body)  # and dies here
        company.close()
        firm.work()
        assert totals(books).count(999.0) == 1
        assert books.statuses(seven[0].account_id).count(("invoice", "syncing")) == 1

        firm.work(after=sending.SENDING_SECONDS + 1)

        assert totals(books).count(999.0) == 1
        assert {status for _, status in books.statuses(seven[0].account_id)} == {"synced"}

    def test_a_worker_killed_while_preparing_loses_nothing(self, firm, books, account):
        invoice = books.invoice(account, "100")
        firm.tools.do(firm.ctx.firm, preparing.claim, new_id())
        firm.work()
        assert totals(books) == []

        firm.work(after=preparing.CLAIM_SECONDS + 1)

        assert books.sync("invoice", invoice).status == "synced"

    def test_a_change_made_while_it_is_pushed_follows(self, firm, books, account):
        invoice = books.invoice(account, "100")
        firm.work()
        books.change(invoice, memo="One")
        company = Company(firm.tools, firm.ctx.firm)
        preparing.prepare(firm.tools, firm.neighbours.billing, company, firm.ctx.firm, new_id())
        company.close()
        books.change(invoice, memo="Two")
        firm.work()

        assert books.there("Invoice")[0]["CustomerMemo"]["value"] == "Two"

    def test_an_event_told_twice_or_late_changes_nothing(self, firm, books, account):
        books.is_deaf = True
        draft = books.draft(account, "100")
        books.is_deaf = False
        invoice = books.invoice(account, "100")
        firm.work()
        written = firm.intuit.requests
        told = books.told_again(invoice)
        books.hear(told)
        books.hear(replace(told, invoice=replace(told.invoice, version=1, total=told.invoice.total + 1)))
        firm.work()

        assert (firm.intuit.requests, len(totals(books)), draft.number) == (written, 1, None)


class TestWhoMay:
    def test_employees_see_labels_of_what_they_may_read(self, firm, ctx, books, account):
        """R-INV-5, R-QB-1"""
        invoice = books.invoice(account, "100")
        books.pay(account, "100", invoice)
        firm.work()
        actor = replace(ctx.actor, role="employee", rights=frozenset({"manage_invoices"}))
        seen = books.syncs(account, by=replace(ctx, actor=actor))

        assert [(one.kind, one.label, one.quickbooks_id, one.remedies) for one in seen] == [
            ("invoice", "Synced", None, ())
        ]

    def test_documents_of_others_are_not_known(self, firm, books, account):
        invoice = books.invoice(account, "100")
        with pytest.raises(DocumentNotKnown):
            books.again("invoice", replace(invoice, account_id=new_id()))
        waiting = books.invoice(firm.account("Byron Ltd"), "1")
        with pytest.raises(DocumentNotReady):
            books.again("invoice", waiting)


def line(service):
    return LineEntry(service_id=service.id, unit_price=Decimal(100))


def services(firm):
    return firm.does(documents.list_service_syncs, Done()).items


def telling_items(session, ctx):
    telling.service(session, ctx, rules.OTHER, rules.NAMES[rules.OTHER])
