"""Somebody edits, voids or deletes in QuickBooks what we wrote there; echoes of our own writes change nothing."""

import datetime as dt
from decimal import Decimal

import pytest

from contracts.quickbooks import AttentionNeeded, AttentionSolved
from services.quickbooks import model
from tests.unit.quickbooks_service.books import Books
from tests.unit.quickbooks_service.telling import Sender, event

ENTITIES = {"invoice": "Invoice", "payment": "Payment", "credit": "CreditMemo", "refund": "RefundReceipt"}


@pytest.fixture
def books(firm):
    return Books(firm)


@pytest.fixture
def account(firm, intuit):
    intuit.customer("Ada Ltd")
    account = firm.account("Ada Ltd")
    firm.connect()
    return account


class Told:
    """Changes are heard by webhooks."""

    def __init__(self, firm):
        self.firm, self.sender = firm, Sender(firm)
        self.sender.is_set()

    def hear(self, entity, *ids, what="updated"):
        self.sender.send([event(self.firm.intuit.realm, one, what, kind=entity.lower()) for one in ids])
        self.firm.work()

    def hear_all(self, ids):
        """All of them, twice, the last first."""
        events = [event(self.firm.intuit.realm, one, kind=kind.lower()) for kind in ids for one in ids[kind]]
        for sent in (events, events[::-1]):
            self.sender.send(sent)
        self.firm.work()


class Asked:
    """No webhook comes: we ask what changed."""

    def __init__(self, firm):
        self.firm = firm

    def hear(self, _entity, *_ids, what="updated"):
        self.firm.work(after=1000)

    def hear_all(self, _ids):
        self.firm.work(after=1000)


@pytest.fixture(params=[Told, Asked], ids=["webhooks", "asking"])
def ears(request, firm, account):
    return request.param(firm)


def made(kind, books, account):
    """One document of a kind, synced; it and its id there."""
    if kind == "invoice":
        one = books.invoice(account, "100")
    elif kind == "credit":
        one = books.credit(account, "40")
    else:
        one = books.pay(account, "100")
    if kind == "refund":
        books.refund(one, "30")
    books.firm.work()
    shown = next(each for each in books.syncs(account, kind))
    assert shown.status == "synced"
    return shown


def now(books, shown):
    return next(each for each in books.syncs(shown.account_id, shown.kind) if each.id == shown.id)


@pytest.mark.parametrize("kind", ENTITIES)
def test_what_is_edited_there_says_how_and_is_written_again_on_demand(firm, intuit, books, account, ears, kind):
    """R-QB-20, R-QB-22"""
    shown = made(kind, books, account)
    entity = ENTITIES[kind]
    intuit.control("edit", kind=entity, id=shown.quickbooks_id, changes={"TxnDate": "2020-01-31"})
    ears.hear(entity, shown.quickbooks_id)

    found = now(books, shown)
    assert (found.status, found.problem.case) == ("changed_in_quickbooks", "edited_there")
    assert "Date 2020-01-31 there" in found.problem.said
    assert found.remedies == ("sync", "compare", "open", "do_not_sync")
    assert [one.about_id for one in firm.told(AttentionNeeded)] == [shown.id]
    (error,) = firm.errors().items
    assert (error.document.id, error.group, error.account_name) == (shown.id, error.group, "Ada Ltd")

    firm.does(*again(books, found))
    firm.work()
    ears.hear(entity, shown.quickbooks_id)
    assert now(books, shown).status == "synced"
    assert [one["TxnDate"] for one in books.there(entity) if one["Id"] == shown.quickbooks_id] != ["2020-01-31"]
    assert firm.errors().items == ()
    assert firm.told(AttentionSolved)[-1].about_ids == (shown.id,)


def again(books, shown):
    from services.quickbooks.operations import document_choices

    return document_choices.sync_document, books.ref(shown.kind, shown)


@pytest.mark.parametrize("kind", ENTITIES)
def test_what_is_deleted_there_is_made_anew_on_demand(firm, intuit, books, account, ears, kind):
    """R-QB-20, R-QB-22"""
    shown = made(kind, books, account)
    entity = ENTITIES[kind]
    intuit.control("remove", kind=entity, id=shown.quickbooks_id)
    ears.hear(entity, shown.quickbooks_id, what="deleted")
    found = now(books, shown)
    assert (found.status, found.problem.case) == ("changed_in_quickbooks", "document_gone")

    firm.does(*again(books, found))
    firm.work()
    found = now(books, shown)
    assert found.status == "synced"
    assert found.quickbooks_id != shown.quickbooks_id
    assert found.quickbooks_id in {one["Id"] for one in books.there(entity)}


def test_what_is_voided_there_says_so(firm, intuit, books, account, ears):
    """R-QB-22"""
    shown = made("invoice", books, account)
    intuit.control("remove", kind="Invoice", id=shown.quickbooks_id, operation="void")
    ears.hear("Invoice", shown.quickbooks_id, what="voided")

    assert now(books, shown).problem.said.startswith("It was voided there; Total 0.00 there, 100.00 here")


def test_echoes_of_our_own_writes_change_nothing(firm, books, account, ears):
    """R-QB-22: an invoice, its payment that changes the invoice there too, a credit that goes to it, a refund."""
    invoice = books.invoice(account, "100", "50")
    books.credit(account, "20")
    firm.work()
    books.apply(invoice)
    payment = books.pay(account, "140", invoice)
    firm.work()
    books.refund(payment, "10")
    firm.work()
    before = [(one.kind, one.status, one.since) for one in books.syncs(account)]
    ears.hear_all({kind: [one["Id"] for one in books.there(kind)] for kind in ("Item", *ENTITIES.values())})

    assert {status for _, status, _ in before} == {"synced"}
    assert [(one.kind, one.status, one.since) for one in books.syncs(account)] == before
    assert firm.told(AttentionNeeded) == []


def test_notes_that_people_add_there_are_theirs(firm, intuit, books, account, ears):
    shown = made("invoice", books, account)
    intuit.control("edit", kind="Invoice", id=shown.quickbooks_id, changes={"PrivateNote": "Ask Bea"})
    ears.hear("Invoice", shown.quickbooks_id)

    assert now(books, shown).status == "synced"


def test_what_is_changed_back_there_is_synced_again(firm, intuit, books, account, ears):
    shown = made("invoice", books, account)
    before = books.there("Invoice")[0]["TxnDate"]
    for day in ("2020-01-31", before):
        intuit.control("edit", kind="Invoice", id=shown.quickbooks_id, changes={"TxnDate": day})
        ears.hear("Invoice", shown.quickbooks_id)

    assert [one.status for one in books.syncs(account, "invoice")] == ["synced"]
    assert len(firm.told(AttentionNeeded)) == 1


def test_what_is_told_while_it_is_being_pushed_is_looked_at_afterwards(firm, intuit, books, account):
    """R-QB-22: our write goes over the edit, and nothing is left to be looked into."""
    ears = Told(firm)
    shown = made("invoice", books, account)
    intuit.control("edit", kind="Invoice", id=shown.quickbooks_id, changes={"TxnDate": "2020-01-31"})
    with firm.tools.db.transaction(firm.fresh()) as session:
        row = session.query(model.Document).filter_by(id=shown.id).one()
        row.serial, row.due_at = row.serial + 1, firm.fresh().now + dt.timedelta(days=30_000)
    ears.hear("Invoice", shown.quickbooks_id)
    assert now(books, shown).status == "synced"
    assert [one.is_done for one in firm.rows(model.ToldChange)] == [False]

    with firm.tools.db.transaction(firm.fresh()) as session:
        session.query(model.Document).filter_by(id=shown.id).one().due_at = None
    firm.work(after=10)
    assert now(books, shown).status == "changed_in_quickbooks"
    assert [one.is_done for one in firm.rows(model.ToldChange)] == [True]


def test_who_does_not_sync_a_document_hears_nothing_of_it(firm, intuit, books, account, ears):
    """R-QB-12"""
    invoice = books.invoice(account, "100")
    firm.work()
    books.skip("invoice", invoice)
    there = books.there("Invoice")[0]
    intuit.control("edit", kind="Invoice", id=there["Id"], changes={"TxnDate": "2020-01-31"})
    ears.hear("Invoice", there["Id"])

    assert books.sync("invoice", invoice).status == "do_not_sync"
    assert firm.told(AttentionNeeded) == []


def test_an_item_that_is_made_inactive_there_waits_for_another(firm, intuit, books, account, ears):
    """R-QB-20: the group of services."""
    from contracts.invoices import LineEntry

    service = books.service("Bookkeeping")
    books.invoice(account, LineEntry(service_id=service.id, unit_price=Decimal(10)))
    firm.work()
    item = next(one for one in books.there("Item") if one["Name"] == "Bookkeeping")
    intuit.control("edit", kind="Item", id=item["Id"], changes={"Active": False})
    ears.hear("Item", item["Id"])

    (error,) = firm.errors(group="services").items
    assert (error.document.id, error.account_id, error.problem.case) == (service.id, None, "edited_there")
    assert error.remedies[0] == "map_service"
    assert firm.errors().counts == {"services": 1}

    books.map(service.id, next(one["Id"] for one in books.there("Item") if one["Name"] == "Hours"))
    assert firm.errors().items == ()
