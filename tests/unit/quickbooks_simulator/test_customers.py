"""Names, versions, and what people do to customers in QuickBooks itself."""

import pytest
from quickbooks.exceptions import ObjectNotFoundException, QuickbooksException, ValidationException
from quickbooks.objects.customer import Customer
from quickbooks.objects.vendor import Vendor

from tests.unit.quickbooks_simulator.conftest import new_name


def named(name):
    made = Customer()
    made.DisplayName = name
    return made


class TestNames:
    def test_are_unique_over_customers_and_vendors_whatever_their_case(self, qb):
        """Code 6240, which the library has no class of its own for."""
        name = new_name()
        vendor = Vendor()
        vendor.DisplayName = name
        vendor.save(qb=qb)

        with pytest.raises(QuickbooksException) as refused:
            named(name.upper()).save(qb=qb)
        assert refused.value.error_code == 6240
        assert "customer, vendor or employee" in refused.value.detail

    def test_are_composed_of_their_parts(self, intuit):
        last = new_name()

        made = intuit.made("Customer", {"GivenName": "Ada", "FamilyName": last, "Suffix": "Jr"})

        assert (made["DisplayName"], made["FullyQualifiedName"]) == (f"Ada {last} Jr", f"Ada {last} Jr")

    def test_are_needed(self, intuit):
        assert intuit.refused("customer", {"CompanyName": "Ada Ltd"}) == 2020

    @pytest.mark.parametrize("mark", [":", "\t", "\n"])
    def test_have_no_colon_tab_or_newline(self, intuit, mark):
        assert intuit.refused("customer", {"DisplayName": f"Ada{mark}Ltd"}) == 2040

    @pytest.mark.parametrize(
        ("code", "wrong"),
        [
            (2050, {"DisplayName": "a" * 501}),
            (2050, {"CompanyName": "a" * 101}),
            (2050, {"PrimaryEmailAddr": {"Address": f"{'a' * 89}@example.com"}}),
            (2050, {"PrimaryPhone": {"FreeFormNumber": "1" * 31}}),
            (2050, {"BillAddr": {"PostalCode": "1" * 31}}),
            (2210, {"PrimaryEmailAddr": {"Address": "nobody"}}),
            (2010, {"Nickname": "Ada"}),
            (2010, {"PrimaryPhone": "1"}),
            (2010, {"ParentRef": "1"}),
            (2500, {"ParentRef": {"value": "99999"}, "Job": True}),
            (6000, {"CurrencyRef": {"value": "EUR"}}),
        ],
    )
    def test_and_their_neighbours_have_limits(self, intuit, code, wrong):
        assert intuit.refused("customer", {"DisplayName": new_name(), **wrong}) == code

    def test_say_how_long_they_may_be(self, qb):
        with pytest.raises(ValidationException) as refused:
            named("a" * 501).save(qb=qb)
        assert "Max:500 supported. Supplied length:501" in refused.value.detail

    def test_of_a_sub_customer_show_its_parent(self, intuit):
        parent = intuit.customer()

        child = intuit.customer(Job=True, ParentRef={"value": parent["Id"]})

        assert child["FullyQualifiedName"] == f"{parent['DisplayName']}:{child['DisplayName']}"
        assert child["Level"] == 1

    def test_do_not_differ_by_spaces_around_them(self, intuit):
        name = new_name()
        assert intuit.made("Customer", {"DisplayName": name})["Id"]

        assert intuit.refused("customer", {"DisplayName": f" {name} "}) == 6240


class TestUpdates:
    def test_need_the_current_token(self, qb):
        mine = named(new_name()).save(qb=qb)
        theirs = Customer.get(mine.Id, qb=qb)
        theirs.Notes = "first"
        theirs = theirs.save(qb=qb)
        mine.Notes = "second"

        with pytest.raises(QuickbooksException) as refused:
            mine.save(qb=qb)
        assert refused.value.error_code == 5010
        assert (mine.SyncToken, theirs.SyncToken) == ("0", "1")

    def test_name_who_came_first(self, intuit):
        customer = intuit.customer()
        intuit.sim.edit("Customer", customer["Id"], Notes="by hand")
        stale = {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Notes": "x"}

        answer = intuit.post("customer", stale)

        assert "You and Craig Carlson were working" in answer.json()["Fault"]["Error"][0]["Detail"]

    def test_that_are_sparse_leave_the_rest(self, intuit):
        customer = intuit.customer(Notes="kept", CompanyName="Ada Ltd")
        change = {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "CompanyName": "Byron Ltd"}

        changed = intuit.made("Customer", change)

        assert (changed["Notes"], changed["CompanyName"], changed["SyncToken"]) == ("kept", "Byron Ltd", "1")
        assert changed["sparse"] is False

    def test_that_are_full_clear_the_rest(self, intuit):
        customer = intuit.customer(Notes="gone")
        change = {"Id": customer["Id"], "SyncToken": "0", "DisplayName": customer["DisplayName"]}

        assert "Notes" not in intuit.made("Customer", change)

    def test_that_are_sparse_clear_what_they_send_empty(self, intuit):
        customer = intuit.customer(Notes="gone")

        changed = intuit.made("Customer", {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Notes": ""})

        assert "Notes" not in changed

    def test_can_not_take_the_name_away(self, intuit):
        customer = intuit.customer()
        change = {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "DisplayName": ""}

        assert intuit.refused("customer", change) == 2020

    def test_of_nobody_are_610(self, intuit):
        change = {"Id": "99999", "SyncToken": "0", "sparse": True, "Notes": "x"}

        assert intuit.refused("customer", change) == 610
        assert intuit.refused("customer", {**change, "Id": "abc"}) == 2030

    def test_without_a_token_are_2020(self, intuit):
        assert intuit.refused("customer", {"Id": intuit.customer()["Id"], "Notes": "x"}) == 2020

    def test_that_change_nothing_count_all_the_same(self, intuit):
        customer = intuit.customer()

        changed = intuit.made("Customer", {"Id": customer["Id"], "SyncToken": "0", "sparse": True})

        assert changed["SyncToken"] == "1"


class TestWhatComesBack:
    def test_has_texts_for_ids_and_times_of_the_pacific_coast(self, intuit):
        customer = intuit.customer()

        assert (customer["domain"], customer["SyncToken"], type(customer["Id"])) == ("QBO", "0", str)
        assert customer["MetaData"]["CreateTime"].endswith(("-08:00", "-07:00"))

    @pytest.mark.parametrize("written", ["France", "FR", "fra", "FRA"])
    def test_has_the_country_as_three_letters(self, intuit, written):
        address = intuit.customer(BillAddr={"Line1": "1 rue de la Paix", "Country": written, "Lat": "48.8"})["BillAddr"]

        assert (address["Country"], "Lat" in address) == ("FRA", False)

    def test_has_only_what_has_a_value(self, intuit):
        customer = intuit.customer(Notes="", BillAddr={"Line1": ""}, PrimaryPhone=None)

        assert not {"Notes", "BillAddr", "PrimaryPhone"} & customer.keys()

    def test_carries_a_transaction_id(self, intuit):
        answer = intuit.get("companyinfo/1")

        assert answer.headers["intuit_tid"].startswith("1-")
        assert answer.json()["CompanyInfo"]["CompanyName"] == "Harbor & Pine Accounting"


class TestInactiveOnes:
    def test_free_their_name(self, intuit):
        customer = intuit.customer()

        inactive = intuit.sim.edit("Customer", customer["Id"], Active=False)

        assert inactive["DisplayName"] == f"{customer['DisplayName']} (deleted)"
        assert intuit.made("Customer", {"DisplayName": customer["DisplayName"]})["Id"] != customer["Id"]

    def test_of_one_name_are_told_apart(self, intuit):
        name = new_name()
        for _ in range(2):
            made = intuit.made("Customer", {"DisplayName": name})
            gone = intuit.sim.edit("Customer", made["Id"], Active=False)

        assert gone["DisplayName"] == f"{name} (deleted 1)"

    def test_get_their_name_back(self, intuit):
        customer = intuit.customer()
        intuit.sim.edit("Customer", customer["Id"], Active=False)

        assert intuit.sim.edit("Customer", customer["Id"], Active=True)["DisplayName"] == customer["DisplayName"]

    def test_stay_inactive_where_somebody_took_it(self, intuit):
        customer = intuit.customer()
        gone = intuit.sim.edit("Customer", customer["Id"], Active=False)
        intuit.made("Customer", {"DisplayName": customer["DisplayName"]})

        again = {"Id": gone["Id"], "SyncToken": gone["SyncToken"], "sparse": True, "Active": True}
        assert intuit.refused("customer", again) == 6240

    def test_can_be_read_by_their_id(self, qb):
        made = named(new_name()).save(qb=qb)
        made.Active = False
        made.save(qb=qb)

        assert Customer.get(made.Id, qb=qb).Active is False

    def test_are_never_deleted(self, intuit):
        customer = intuit.customer()

        assert intuit.refused("customer", {"Id": customer["Id"], "SyncToken": "0"}, operation="delete") == 500

    def test_are_not_there_when_they_never_were(self, qb):
        with pytest.raises(ObjectNotFoundException):
            Customer.get("99999", qb=qb)


class TestMerging:
    def test_leaves_one_inactive_and_moves_its_invoices(self, intuit):
        gone, into = intuit.customer(), intuit.customer()
        invoice = intuit.invoice(gone)

        intuit.sim.control("merge", kind="Customer", gone=gone["Id"], into=into["Id"])

        assert intuit.get(f"customer/{gone['Id']}").json()["Customer"]["Active"] is False
        moved = intuit.get(f"invoice/{invoice['Id']}").json()["Invoice"]
        assert moved["CustomerRef"] == {"value": into["Id"], "name": into["DisplayName"]}
        assert intuit.get(f"customer/{into['Id']}").json()["Customer"]["Balance"] == 100


def test_a_company_may_keep_its_books_in_another_currency(own):
    intuit = own(company="Moreau & Whitfield", currency="EUR")

    customer = intuit.customer()

    assert customer["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
    assert intuit.get("preferences").json()["Preferences"]["CurrencyPrefs"]["HomeCurrency"] == {"value": "EUR"}
    info = intuit.get(f"companyinfo/{intuit.sim.realm}").json()["CompanyInfo"]
    assert info["CompanyName"] == "Moreau & Whitfield"
    assert intuit.refused("customer", {"DisplayName": "Ada Ltd", "CurrencyRef": {"value": "USD"}}) == 6000
