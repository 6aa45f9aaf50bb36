"""An account is deleted, out of sight everywhere, and restored as it was (R-ARC-4, R-ARC-5)."""

import pytest

from tests.firms import person
from tests.stack import until

TRASH = "/trash/accounts"


@pytest.fixture
def byron(firm):
    """An archived account with one contact."""
    someone = person(last_name="Byron")
    account = firm.account("Byron", contacts=[{"new": someone}])
    until(lambda: names(firm.owner, "/search?q=Byron") == ["Byron"])
    return firm.owner.made("POST", f"/accounts/{account['id']}/archive")


def names(client, path):
    return [item["name"] for item in client.made("GET", path)["items"]]


def delete(client, account, name="Byron"):
    return client.post(f"/accounts/{account['id']}/delete", json={"name": name})


def test_what_was_deleted_is_nowhere_and_comes_back_whole(firm, byron):
    owner, at = firm.owner, f"/accounts/{byron['id']}"
    contact = owner.made("GET", f"{at}/contacts")["items"][0]["contact"]
    before = owner.made("GET", at)

    gone = delete(owner, byron)

    assert gone.status_code == 200, gone.text
    assert names(owner, TRASH) == ["Byron"]
    until(lambda: names(owner, "/search?q=Byron") == names(owner, "/accounts?state=all") == [])
    until(lambda: names(owner, f"/contacts/{contact['id']}/accounts") == [])
    for page in ("", "/contacts", "/overview", "/tasks", "/access", "/related"):
        until(lambda page=page: owner.get(f"{at}{page}").status_code == 404)
    last = owner.delete(f"/contacts/{contact['id']}")
    assert (last.status_code, last.json()["type"], last.json()["accounts"]) == (409, "/problems/last_contact", [])

    back = owner.made("POST", f"{TRASH}/{byron['id']}/restore")

    assert back == {**before, "version": before["version"] + 2, "updated_at": back["updated_at"]}
    assert names(owner, TRASH) == []
    until(lambda: names(owner, "/search?q=Byron") == ["Byron"])
    until(lambda: owner.get(f"{at}/contacts").is_success)
    assert [item["contact"]["id"] for item in owner.made("GET", f"{at}/contacts")["items"]] == [contact["id"]]


def test_only_an_archived_account_whose_name_is_typed(firm, byron):
    wrong = delete(firm.owner, byron, "byron")
    firm.owner.made("POST", f"/accounts/{byron['id']}/reactivate")
    active = delete(firm.owner, byron)

    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "name")
    assert (active.status_code, active.json()["type"]) == (409, "/problems/account_not_archived")
    assert names(firm.owner, TRASH) == []


def test_the_trash_shows_each_what_they_would_see(firm, byron):
    """R-ACC-5: the same predicate as anywhere, and the right to delete."""
    outside, plain, boss = firm.member("manage_accounts"), firm.member("view_all_accounts"), firm.member(role="admin")
    delete(firm.owner, byron)

    assert names(boss, TRASH) == ["Byron"]
    assert names(outside, TRASH) == []
    assert plain.get(TRASH).status_code == 403
    assert outside.post(f"{TRASH}/{byron['id']}/restore").status_code == 404
    assert plain.post(f"{TRASH}/{byron['id']}/restore").status_code == 403
    assert boss.post(f"{TRASH}/{byron['id']}/restore").status_code == 200
    assert boss.post(f"{TRASH}/{byron['id']}/restore").status_code == 404
