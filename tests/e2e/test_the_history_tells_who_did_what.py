"""An account's history over HTTP: every change of it and of its links, by whom, through which door (R-CF-6, R-CF-7)."""

import httpx

from tests.firms import PASSWORD, person


def history(client, at, **asked):
    return client.made("GET", f"{at}/history?" + "&".join(f"{name}={value}" for name, value in asked.items()))


def test_one_list_tells_of_account_and_links(firm):
    account = firm.account("Before")
    at = f"/accounts/{account['id']}"
    firm.owner.made("PATCH", at, name="After", version=account["version"])
    linked = firm.owner.made("POST", f"{at}/contacts", contact={"new": person(last_name="Lee")})
    lee = next(each["contact"] for each in linked["items"] if "Lee" in each["contact"]["display_name"])
    firm.owner.made("DELETE", f"{at}/contacts/{lee['id']}")

    told = history(firm.owner, at)["items"]

    unlinked, came, renamed, *_ = [each for each in told if each["what"] in {"account", "link"}]
    assert (unlinked["action"], unlinked["subject"]) == ("removed", {"id": lee["id"], "name": lee["display_name"]})
    assert (came["action"], came["subject"]["id"]) == ("added", lee["id"])
    assert renamed["fields"] == [
        {"name": "name", "was": "Before", "is_now": "After"},
    ]
    assert {each["by"]["name"] for each in told} == {"Olga Owner"}
    assert {each["door"] for each in told} == {"api"}


def test_what_a_page_did_is_told_apart_from_what_a_program_did(firm):
    account = firm.account("Before")
    at = f"/accounts/{account['id']}"
    with httpx.Client(base_url=f"{firm.url}/v1") as browser:
        browser.post("/auth/login", json={"email": firm.email, "password": PASSWORD}).raise_for_status()
        changed = browser.patch(
            at, json={"name": "After", "version": account["version"]}, headers={"Sec-Fetch-Site": "same-origin"}
        )
    assert changed.status_code == 200, changed.text

    newest = history(firm.owner, at, what="account", limit=1)["items"][0]

    assert newest["door"] == "page"


def test_history_pages_to_its_beginning(firm):
    account = firm.account("N")
    at = f"/accounts/{account['id']}"
    for number in range(4):
        account = firm.owner.made("PATCH", at, name=f"N{number}", version=account["version"])
    whole = history(firm.owner, at, limit=100)["items"]

    cursor, walked = "", []
    while cursor is not None:
        page = history(firm.owner, at, limit=2, **({"cursor": cursor} if cursor else {}))
        walked += page["items"]
        cursor = page["next_cursor"]

    assert walked == whole
    assert whole[0]["fields"][0]["is_now"] == "N3"


def test_who_does_not_see_the_account_sees_no_history(firm):
    """R-ACC-5"""
    account = firm.account("Hidden")
    outsider = firm.member()

    answer = outsider.get(f"/accounts/{account['id']}/history")

    assert answer.status_code == 404
    assert "Hidden" not in answer.text


def test_a_contact_has_a_history_of_its_own(firm):
    """R-C-1"""
    account = firm.account("Ada Ltd")
    contact = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"][0]["contact"]
    at = f"/contacts/{contact['id']}"
    firm.owner.made("PATCH", at, email="anna.new@example.com", phones=["+33 1 42 68 53 00"], version=contact["version"])

    told = firm.owner.made("GET", f"{at}/history")["items"]

    fields = {
        (each["what"], each["action"], field["name"]): field["is_now"]
        for each in reversed(told)
        for field in each["fields"]
    }
    assert fields["contact", "changed", "phones"] == ["+33 1 42 68 53 00"]
    assert fields["address", "added", "email"] == "anna.new@example.com"
