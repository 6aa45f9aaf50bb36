"""Versions and keys: no change is lost, nothing is done twice, whoever repeats what."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.firms import person


@pytest.fixture
def account(firm):
    return firm.account("Ada Ltd")


@pytest.fixture
def at(account):
    return f"/accounts/{account['id']}"


class TestVersions:
    def test_the_etag_is_the_version(self, firm, account, at):
        response = firm.owner.get(at)

        assert response.headers["etag"] == f'"{account["version"]}"'

    def test_two_people_rename_the_same_account(self, firm, account, at):
        rename = {"name": "Byron Ltd", "version": account["version"]}

        first = firm.owner.patch(at, json=rename)
        second = firm.owner.patch(at, json=rename | {"name": "Lovelace Ltd"})

        assert first.status_code == 200
        assert (second.status_code, second.json()["type"]) == (409, "/problems/account_changed")
        assert (second.json()["current"]["name"], second.json()["current"]["version"]) == (
            "Byron Ltd",
            first.json()["version"],
        )

    def test_if_match_says_the_same_with_412(self, firm, at):
        seen = firm.owner.get(at).headers["etag"]

        first = firm.owner.patch(at, json={"name": "Byron Ltd"}, headers={"If-Match": seen})
        second = firm.owner.patch(at, json={"name": "Lovelace Ltd"}, headers={"If-Match": seen})

        assert first.status_code == 200
        assert (second.status_code, second.json()["type"]) == (412, "/problems/version_mismatch")
        assert second.headers["etag"] == first.headers["etag"] != seen
        assert firm.owner.get(at).json()["name"] == "Byron Ltd"

    def test_a_change_without_a_version_is_told_what_to_do(self, firm, at):
        response = firm.owner.patch(at, json={"name": "Byron Ltd"})

        assert (response.status_code, response.json()["type"]) == (428, "/problems/version_required")
        assert "If-Match" in response.json()["detail"]
        assert firm.owner.get(at).json()["name"] == "Ada Ltd"

    def test_of_ten_at_once_one_wins(self, firm, account, at):
        def rename(number):
            return firm.owner.patch(at, json={"name": f"Name {number}", "version": account["version"]}).status_code

        with ThreadPoolExecutor(10) as pool:
            statuses = sorted(pool.map(rename, range(10)))

        assert statuses == [200] + [409] * 9
        assert firm.owner.get(at).json()["version"] == account["version"] + 1


class TestKeys:
    def test_the_same_request_with_the_same_key_is_done_once(self, firm, at):
        key = {"Idempotency-Key": secrets.token_hex(8)}

        first = firm.owner.post(f"{at}/tasks", json={"title": "Once"}, headers=key)
        second = firm.owner.post(f"{at}/tasks", json={"title": "Once"}, headers=key)

        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert first.headers["location"] == second.headers["location"]
        assert firm.owner.made("GET", f"{at}/tasks")["total"] == 1

    def test_ten_at_once_create_one(self, firm, at):
        key = {"Idempotency-Key": secrets.token_hex(8)}

        def create(_):
            return firm.owner.post(f"{at}/tasks", json={"title": "Once"}, headers=key)

        with ThreadPoolExecutor(10) as pool:
            responses = list(pool.map(create, range(10)))

        assert {response.status_code for response in responses} == {201}
        assert len({response.json()["id"] for response in responses}) == 1
        assert firm.owner.made("GET", f"{at}/tasks")["total"] == 1

    def test_an_account_is_created_once(self, firm):
        """R-LNK-1: it takes two services, and is still one account with one contact."""
        key = {"Idempotency-Key": secrets.token_hex(8)}
        body = {"type": "individual", "contacts": [{"new": person(last_name="Twice")}]}

        answers = [firm.owner.post("/accounts", json=body, headers=key) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json()["id"] == answers[1].json()["id"]
        assert firm.owner.made("GET", "/contacts?q=Twice")["total"] == 1

    def test_the_key_of_another_request_is_refused(self, firm, at):
        key = {"Idempotency-Key": secrets.token_hex(8)}
        firm.owner.post(f"{at}/tasks", json={"title": "First"}, headers=key)

        response = firm.owner.post(f"{at}/tasks", json={"title": "Second"}, headers=key)

        assert (response.status_code, response.json()["type"]) == (409, "/problems/idempotency_key_reused")
        assert firm.owner.made("GET", f"{at}/tasks")["total"] == 1

    def test_a_change_repeated_with_its_key_is_no_conflict(self, firm, account, at):
        """The answer to the first may have been lost: the second gets it, though the version has moved on."""
        key = {"Idempotency-Key": secrets.token_hex(8)}
        change = {"name": "Byron Ltd", "version": account["version"]}

        answers = [firm.owner.patch(at, json=change, headers=key) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()

    def test_a_key_is_its_members_own(self, firm, at):
        key = {"Idempotency-Key": "monday"}
        admin = firm.member(role="admin")

        made = [who.post(f"{at}/tasks", json={"title": "Mine"}, headers=key) for who in (firm.owner, admin)]

        assert [response.status_code for response in made] == [201, 201]
        assert made[0].json()["id"] != made[1].json()["id"]

    @pytest.mark.parametrize("key", ["", "x" * 201, "tab\there"])
    def test_a_key_that_is_none_is_refused(self, firm, at, key):
        response = firm.owner.post(f"{at}/tasks", json={"title": "x"}, headers={"Idempotency-Key": key})

        assert response.status_code == 422
        assert response.json()["errors"][0]["field"] == "Idempotency-Key"


def test_what_is_created_is_where_it_says(firm, at):
    for path, body in (
        ("/accounts", {"type": "other", "name": "Trust", "contacts": [{"new": person()}]}),
        ("/contacts", person()),
        (f"{at}/tasks", {"title": "x"}),
        (f"{at}/notes", {"body": "x"}),
        (f"{at}/time-entries", {"on": "2026-01-31", "minutes": 5}),
    ):
        made = firm.owner.post(path, json=body)

        assert made.status_code == 201, made.text
        there = firm.owner.get(made.headers["location"].removeprefix("/v1"))
        assert there.json()["id"] == made.json()["id"]
