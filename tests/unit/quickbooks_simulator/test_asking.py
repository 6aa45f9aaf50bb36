"""Queries, changes since a moment, and batches."""

import datetime as dt

import pytest
from quickbooks.batch import batch_create
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import ValidationException
from quickbooks.objects.customer import Customer
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item

from tests.unit.quickbooks_simulator.conftest import new_name


def found(intuit, text):
    answer = intuit.query(text)
    assert answer.status_code == 200, answer.text
    return answer.json()["QueryResponse"]


def named(name):
    made = Customer()
    made.DisplayName = name
    return made


class TestQueries:
    def test_of_the_library_find_by_name_with_a_quote_in_it(self, qb):
        name = f"O'Brien {new_name()}"
        made = named(name).save(qb=qb)

        assert [each.Id for each in Customer.filter(DisplayName=name, Active=True, qb=qb)] == [made.Id]
        assert Customer.count(f"Id = '{made.Id}'", qb=qb) == 1
        assert [each.Id for each in Customer.choose([made.Id], qb=qb)] == [made.Id]

    def test_come_by_get_or_post(self, intuit):
        name = intuit.customer()["DisplayName"]
        text = f"select * from Customer where DisplayName = '{name}'"

        by_post = intuit.http.post(
            f"company/{intuit.sim.realm}/query", content=text, headers={"content-type": "application/text"}
        )

        assert by_post.json()["QueryResponse"] == found(intuit, text)

    def test_leave_inactive_ones_out_unless_asked(self, intuit):
        customer = intuit.customer()
        intuit.sim.edit("Customer", customer["Id"], Active=False)
        one = f"SELECT * FROM Customer WHERE Id = '{customer['Id']}'"

        assert found(intuit, one) == {}
        assert found(intuit, f"{one} AND Active IN (true, false)")["Customer"][0]["Active"] is False

    def test_page(self, intuit):
        first = [intuit.customer(CompanyName="Paged")["Id"] for _ in range(3)]
        like = "SELECT * FROM Customer WHERE CompanyName LIKE 'pag%'"

        page = found(intuit, f"{like} ORDERBY Id DESC STARTPOSITION 2 MAXRESULTS 1")

        assert [each["Id"] for each in page["Customer"]] == [first[1]]
        assert (page["startPosition"], page["maxResults"], page["totalCount"]) == (2, 1, 3)
        assert found(intuit, f"{like} STARTPOSITION 4") == {}
        assert found(intuit, "SELECT COUNT(*) FROM Customer WHERE CompanyName = 'Paged'") == {"totalCount": 3}

    def test_compare_amounts_dates_and_times(self, intuit):
        customer = intuit.customer()
        invoice = intuit.invoice(customer, 9.5, TxnDate="2026-02-03")
        mine = f"SELECT * FROM Invoice WHERE CustomerRef = '{customer['Id']}'"

        for holds in ("Balance > '9.4'", "Balance <= 9.50", "TxnDate >= '2026-02-03'", "TxnDate < '2026-02-04'"):
            assert found(intuit, f"{mine} AND {holds}")["Invoice"][0]["Id"] == invoice["Id"]
        assert found(intuit, f"{mine} AND MetaData.LastUpdatedTime > '2099-01-01T00:00:00Z'") == {}
        assert found(intuit, f"{mine} AND MetaData.LastUpdatedTime > '2026-01-01'")["maxResults"] == 1

    def test_of_items_ask_for_their_sku_as_the_library_does(self, qb):
        assert "Services" in {each.Name for each in Item.all(qb=qb)}

    @pytest.mark.parametrize(
        ("code", "text"),
        [
            (4000, ""),
            (4000, "SELECT Id FROM Customer"),
            (4000, "SELECT * FROM Customer WHERE Id = '1' OR Id = '2'"),
            (4000, "SELECT * FROM Customer GROUP BY Id"),
            (4000, "SELECT * FROM Customer WHERE DisplayName = 'O'Brien'"),
            (4000, "SELECT * FROM Customer WHERE DisplayName = %27Ada%27"),
            (4000, "SELECT * FROM Customer MAXRESULTS 10 STARTPOSITION 1"),
            (4000, "DELETE FROM Customer"),
            (4001, "SELECT * FROM customer"),
            (4001, "SELECT * FROM Nothing"),
            (4001, "SELECT * FROM Customer WHERE Nickname = 'Ada'"),
            (4001, "SELECT * FROM Invoice WHERE Line.Amount > '1'"),
            (4001, "SELECT * FROM Customer MAXRESULTS 1001"),
            (4001, "SELECT * FROM Customer STARTPOSITION 0"),
        ],
    )
    def test_are_refused(self, intuit, code, text):
        answer = intuit.query(text)

        assert answer.status_code == 400
        assert answer.json()["Fault"]["Error"][0]["code"] == str(code)

    def test_give_a_hundred_unless_asked_for_more(self, own):
        intuit = own()
        for start in range(0, 110, 30):
            items = [
                {"bId": str(number), "operation": "create", "Customer": {"DisplayName": f"Client {number}"}}
                for number in range(start, min(start + 30, 110))
            ]
            assert intuit.post("batch", {"BatchItemRequest": items}).status_code == 200

        assert found(intuit, "SELECT * FROM Customer")["maxResults"] == 100
        assert found(intuit, "SELECT * FROM Customer MAXRESULTS 1000")["maxResults"] == 110


class TestChanges:
    def test_are_whole_and_deleted_ones_an_id(self, qb, intuit):
        since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        customer = intuit.customer()
        kept, gone = intuit.invoice(customer), intuit.invoice(customer)
        intuit.sim.control("remove", kind="Invoice", id=gone["Id"])

        changed = change_data_capture([Customer, Invoice], since, qb=qb)

        invoices = {each.Id: each for each in changed.Invoice}
        assert invoices[kept["Id"]].TotalAmt == 100
        assert invoices[gone["Id"]].status == "Deleted"
        assert customer["Id"] in {each.Id for each in changed.Customer}

    def test_tell_of_inactive_ones_as_of_others(self, intuit):
        since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        customer = intuit.customer()
        intuit.sim.edit("Customer", customer["Id"], Active=False)

        answer = intuit.get("cdc", entities="Customer", changedSince=since).json()

        told = answer["CDCResponse"][0]["QueryResponse"][0]["Customer"]
        assert [each["Active"] for each in told if each["Id"] == customer["Id"]] == [False]

    def test_since_an_answer_are_those_after_it(self, own):
        intuit = own()
        intuit.customer()
        intuit.sim.control("clock", advance=5)
        mark = intuit.get("companyinfo/1").json()["time"]
        intuit.sim.control("clock", advance=5)
        second = intuit.customer()

        answer = intuit.get("cdc", entities="Customer,Vendor", changedSince=mark).json()

        told, nothing = answer["CDCResponse"][0]["QueryResponse"]
        assert ([each["Id"] for each in told["Customer"]], nothing) == ([second["Id"]], {})

    def test_go_thirty_days_back(self, intuit):
        now = dt.datetime.now(dt.UTC)

        inside = intuit.get("cdc", entities="Customer", changedSince=(now - dt.timedelta(days=29)).isoformat())
        outside = intuit.get("cdc", entities="Customer", changedSince=(now - dt.timedelta(days=31)).isoformat())

        assert (inside.status_code, outside.status_code) == (200, 400)

    @pytest.mark.parametrize("wrong", [{"entities": "TaxCode"}, {"entities": ""}, {"changedSince": "soon"}])
    def test_are_refused(self, intuit, wrong):
        asked = {"entities": "Customer", "changedSince": dt.datetime.now(dt.UTC).isoformat(), **wrong}

        assert intuit.get("cdc", **asked).status_code == 400

    def test_are_a_thousand_at_most_the_newest_first(self, own):
        intuit = own()
        since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        for start in range(0, 1020, 30):
            items = [
                {"bId": str(number), "operation": "create", "Vendor": {"DisplayName": f"Vendor {number}"}}
                for number in range(start, start + 30)
            ]
            assert intuit.post("batch", {"BatchItemRequest": items}).status_code == 200
        intuit.sim.control("clock", advance=5)
        newest = intuit.made("Vendor", {"DisplayName": "The newest"})

        answer = intuit.get("cdc", entities="Vendor", changedSince=since).json()

        told = answer["CDCResponse"][0]["QueryResponse"][0]["Vendor"]
        assert (len(told), told[0]["Id"]) == (1000, newest["Id"])


class TestBatches:
    def test_of_the_library_do_what_they_can(self, qb):
        taken = named(new_name()).save(qb=qb)

        done = batch_create([named(new_name()), named(taken.DisplayName), named(new_name())], qb=qb)

        assert (len(done.successes), len(done.faults)) == (2, 1)
        assert done.faults[0].Error[0].code == "6240"
        assert done.faults[0].original_object.DisplayName == taken.DisplayName

    def test_answer_under_the_id_of_each_item_in_any_order(self, own):
        intuit = own(seed=3)
        items = [
            {"bId": f"b{number}", "operation": "create", "Customer": {"DisplayName": f"Client {number}"}}
            for number in range(10)
        ]

        answers = intuit.post("batch", {"BatchItemRequest": items}).json()["BatchItemResponse"]

        assert {each["bId"]: each["Customer"]["DisplayName"] for each in answers} == {
            f"b{number}": f"Client {number}" for number in range(10)
        }
        assert [each["bId"] for each in answers] != [item["bId"] for item in items]

    def test_items_do_not_see_each_other(self, intuit):
        name = new_name()
        make = {"bId": "make", "operation": "create", "Customer": {"DisplayName": name}}
        ask = {"bId": "ask", "Query": f"select * from Customer where DisplayName = '{name}'"}

        answers = intuit.post("batch", {"BatchItemRequest": [make, ask]}).json()["BatchItemResponse"]

        assert {each["bId"]: each.get("QueryResponse") for each in answers} == {"make": None, "ask": {}}

    def test_have_thirty_items_at_most(self, intuit):
        items = [{"bId": str(number), "Query": "select * from Term"} for number in range(31)]

        assert intuit.refused("batch", {"BatchItemRequest": items}) == 1040
        assert intuit.post("batch", {"BatchItemRequest": items[:30]}).status_code == 200

    def test_take_options_update_and_delete(self, intuit):
        customer = intuit.customer()
        invoice = intuit.invoice(customer)
        rename = {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Notes": "batched"}
        gone = {"Id": invoice["Id"], "SyncToken": "0"}
        items = [
            {"bId": "1", "operation": "update", "Customer": rename},
            {"bId": "2", "operation": "delete", "Invoice": gone},
            {"bId": "3", "operation": "explode", "Invoice": gone},
        ]

        answers = intuit.post("batch", {"BatchItemRequest": items}).json()["BatchItemResponse"]

        by_id = {each["bId"]: each for each in answers}
        assert by_id["1"]["Customer"]["Notes"] == "batched"
        assert by_id["2"]["Invoice"]["status"] == "Deleted"
        assert by_id["3"]["Fault"]["Error"][0]["code"] == "500"


def test_a_validation_exception_of_the_library_is_whatever_lies_between_2000_and_4999(qb):
    with pytest.raises(ValidationException) as refused:
        Customer.query("SELECT * FROM Nothing", qb=qb)
    assert refused.value.error_code == 4001


@pytest.mark.parametrize("version", ["", "1", "75"])
def test_a_minor_version_makes_no_difference(intuit, version):
    customer = intuit.customer()

    assert intuit.get(f"customer/{customer['Id']}", minorversion=version).json()["Customer"] == customer
