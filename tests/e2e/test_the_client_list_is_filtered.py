"""The client list by custom fields and by what switches come to, over HTTP (R-CF-5, R-STAT-1 to R-STAT-3)."""

import csv
import io

import pytest

from tests.firms import person
from tests.stack import until


def rows(firm, **filters):
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return firm.owner.made("GET", f"/accounts?{query}")["items"]


def names(firm, **filters):
    return [row["name"] for row in rows(firm, **filters)]


def text(row):
    (field,) = row["custom_fields"]
    return field["text"]


def becomes(firm, expected, **filters):
    """The list comes to say that: the directory hears of changes a moment later."""
    until(lambda: names(firm, **filters) == expected)


@pytest.fixture
def risk(firm):
    choices = [{"name": "Low"}, {"name": "High"}]
    return firm.owner.made("POST", "/custom-fields/accounts", name="Risk", type="single_choice", choices=choices)


def test_by_a_custom_field_whose_choice_is_renamed_at_once(firm, risk):
    """R-CF-4, R-CF-5"""
    owner = firm.owner
    low, high = risk["choices"]
    firm.account("Careful", custom_fields={risk["id"]: low["id"]})
    firm.account("Daring", custom_fields={risk["id"]: "high"})
    firm.account("Unknown")

    becomes(firm, ["Daring"], custom_field=f"{risk['id']}:high")
    becomes(firm, ["Careful"], custom_field=f"{risk['id']}:{low['id']}")
    becomes(firm, ["Unknown"], custom_field=f"{risk['id']}:")

    renamed = [{"id": low["id"], "name": "Low"}, {"id": high["id"], "name": "Très élevé"}]
    owner.made("PATCH", f"/custom-fields/accounts/{risk['id']}", choices=renamed, version=risk["version"])
    until(lambda: [text(row) for row in rows(firm, custom_field=f"{risk['id']}:{high['id']}")] == ["Très élevé"])
    assert names(firm, custom_field=f"{risk['id']}:tres eleve") == ["Daring"]


def test_by_who_may_sign_in_and_who_is_told(firm):
    """R-STAT-1, R-STAT-3"""
    owner = firm.owner
    account = firm.account("Let in")
    firm.account("Left out")
    at = f"/accounts/{account['id']}"
    there = owner.made("GET", f"{at}/contacts")
    contact = there["items"][0]["contact"]
    address = f"{at}/contacts/{contact['id']}/addresses/{contact['addresses'][0]['id']}"
    owner.made("PATCH", address, is_login_on=True, is_synced=True, version=there["version"])

    becomes(firm, ["Let in"], portal_status="pending")
    becomes(firm, ["Let in"], is_notified="true")
    becomes(firm, ["Let in"], is_synced="true")
    becomes(firm, ["Left out"], portal_status="off")
    until(lambda: owner.made("GET", at)["portal_status"] == "pending")
    assert owner.made("GET", at)["version"] == account["version"], "a switch is no change of the account"


def test_an_unknown_field_is_told_apart_from_one_that_nobody_filled(firm, risk):
    unknown = firm.owner.get(f"/accounts?custom_field={firm.id}:high")

    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["field"].startswith("custom_field")
    assert names(firm, custom_field=f"{risk['id']}:high") == []


def test_the_list_leaves_as_a_file_with_a_column_for_each_field(firm, risk):
    """R-EXP-1, R-CF-5"""
    firm.account("=HYPERLINK(1)", custom_fields={risk["id"]: "low"}, contacts=[{"new": person(last_name="Lee")}])
    becomes(firm, ["=HYPERLINK(1)"], custom_field=f"{risk['id']}:low")

    answer = firm.owner.get("/exports/accounts.csv")

    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["Account name"], row["Risk"]) == ("'=HYPERLINK(1)", "Low")
    assert "Lee" in row["Linked contact #1"]
