"""Accounts and contacts leave the firm as files, and it is written down who took them (R-EXP-1, R-EXP-2)."""

import csv
import io

import pytest

from tests.firms import Client, Firm, person
from tests.stack import until


def rows(client, path, **query):
    """The rows of a file by the names of its columns."""
    response = client.get(f"/exports/{path}", params=query)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    text = response.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.fixture
def clients(firm):
    """Two clients of the firm, one with an odd name and work under way, in the directory."""
    anna = person(first_name="Anna", last_name="Roy", email="anna@roy.example", phones=["+33 1 42 68 53 00"])
    account = firm.account('=HYPERLINK("evil")', contacts=[{"new": anna}], tags=["VIP"])
    contact = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"][0]["contact"]
    firm.account("Shop", contacts=[{"id": contact["id"]}], type="company", company_name="Shop Ltd")
    firm.owner.made("POST", f"/accounts/{account['id']}/tasks", title="File the return")
    until(lambda: firm.owner.made("GET", "/accounts")["total"] == 2)
    return account


def test_the_accounts_as_a_file(firm, clients):
    first, second = rows(firm.owner, "accounts.csv")

    assert (first["Account name"], first["Tags"], first["Open tasks"]) == ('\'=HYPERLINK("evil")', "VIP", "1")
    assert (first["Code"], first["Linked contact #1"], first["Team"]) == (clients["code"], "Anna Roy", "Olga Owner")
    assert (second["Account name"], second["Account type"], second["Open tasks"]) == ("Shop", "company", "0")


def test_the_filters_of_the_list_hold(firm, clients):
    assert [row["Account name"] for row in rows(firm.owner, "accounts.csv", type="company")] == ["Shop"]
    assert rows(firm.owner, "accounts.csv", portal_status="active") == []
    refused = firm.owner.get("/exports/accounts.csv", params={"custom_field": "no-such-field-of-this-firm-at-all:x, y"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "custom_field.0")


def test_the_contacts_as_a_file(firm, clients):
    (row,) = rows(firm.owner, "contacts.csv")

    assert (row["First name"], row["Email"], row["Phone"]) == ("Anna", "anna@roy.example", "'+33 1 42 68 53 00")
    assert [row["Linked account #1"], row["Linked account #2"]] == ['\'=HYPERLINK("evil")', "Shop"]


def test_what_one_firm_exports_another_imports(firm, clients, stack, tmp_path):
    path = tmp_path / "contacts.csv"
    path.write_bytes(firm.owner.get("/exports/contacts.csv").content)
    heir = Firm(stack.url, stack.env, name="Heirs Ltd")

    done = stack.run("deploy.importing", str(path), "--firm", heir.id)

    assert done.returncode == 0, done.stdout + done.stderr
    until(lambda: heir.owner.made("GET", "/accounts")["total"] == 2)
    names = [[row["name"] for row in one.owner.made("GET", "/accounts")["items"]] for one in (firm, heir)]
    people = [one.owner.made("GET", "/contacts")["items"] for one in (firm, heir)]
    assert names[0] == names[1]
    for field in ("first_name", "last_name", "phones", "display_name"):
        assert [one[field] for one in people[0]] == [one[field] for one in people[1]]


def test_it_is_written_down_who_took_what(firm, clients):
    emil = firm.member("manage_contacts", "view_all_contacts")
    rows(firm.owner, "accounts.csv", type="company", state="all")
    rows(emil, "contacts.csv")
    firm.owner.head("/exports/accounts.csv")

    last, first = firm.owner.made("GET", "/exports")["items"]

    assert (first["kind"], first["rows"], first["is_complete"]) == ("accounts", 1, True)
    assert (first["member"]["name"], first["filters"]) == ("Olga Owner", {"type": ["company"], "state": "all"})
    assert (last["kind"], last["member"]["name"]) == ("contacts", emil.member["name"])
    assert emil.get("/exports").status_code == 403


def test_who_may_not_export_gets_a_refusal_and_no_file(firm, clients, stack):
    viewer = firm.member("view_all_accounts", "view_all_contacts")
    token = firm.owner.made("POST", "/me/tokens", name="Robot", scopes=["contacts:read"])["secret"]

    with Client(stack.url, token) as robot:
        refused = [viewer.get("/exports/accounts.csv"), viewer.get("/exports/contacts.csv")]
        refused += [robot.get("/exports/accounts.csv"), robot.get("/exports")]

    assert [response.status_code for response in refused] == [403] * 4
    assert firm.owner.made("GET", "/exports")["items"] == []


def test_an_employee_takes_out_what_they_see_and_a_stranger_nothing(firm, clients, stack):
    """R-LST-3, R-ACC-5"""
    emil = firm.member("manage_accounts", "manage_contacts")
    stranger = Firm(stack.url, stack.env, name="Strangers Ltd")
    mine = firm.account("Mine", by=emil, team=[emil.member["id"]])
    until(lambda: emil.made("GET", "/accounts")["total"] == 1)

    assert [row["Code"] for row in rows(emil, "accounts.csv")] == [mine["code"]]
    assert [row["Linked account #1"] for row in rows(emil, "contacts.csv")] == ["Mine"]
    assert rows(stranger.owner, "accounts.csv") == rows(stranger.owner, "contacts.csv") == []
    assert len(stranger.owner.made("GET", "/exports")["items"]) == 2


def test_an_owner_who_is_away_is_told_before_anything_leaves(firm, clients, stack):
    stack.stop("work")
    try:
        refused = firm.owner.get("/exports/accounts.csv")
    finally:
        stack.start("work")

    assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
    assert firm.owner.made("GET", "/exports")["items"] == []


def test_what_a_member_opened_comes_first_in_their_search(firm):
    """R-SRC-4"""
    made = [firm.account(f"Roy {letter}") for letter in "ABC"]
    emil = firm.member("view_all_accounts")

    def found(client):
        return [hit["name"] for hit in client.made("GET", "/search?q=roy")["items"]]

    until(lambda: found(emil) == ["Roy A", "Roy B", "Roy C"])
    emil.made("GET", f"/accounts/{made[2]['id']}/overview")

    until(lambda: found(emil) == ["Roy C", "Roy A", "Roy B"])
    assert found(firm.owner) == ["Roy A", "Roy B", "Roy C"]
