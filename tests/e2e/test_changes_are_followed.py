"""Whoever has an account open hears which sections change, once what they fetch then is not old."""

import json
import threading
from contextlib import contextmanager

import httpx
import pytest

from tests.firms import Firm, somewhere
from tests.stack import until

STREAM = {"Accept": "text/event-stream"}


class Heard:
    """A stream, read by a thread until it ends."""

    def __init__(self, response):
        self.events, self.is_over = [], False
        self._response = response
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        kind = None
        try:
            for line in self._response.iter_lines():
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self.events.append((kind, json.loads(line.removeprefix("data: "))))
        except (httpx.HTTPError, RuntimeError):
            pass
        self.is_over = True

    def of(self, kind):
        return [data for known, data in self.events if known == kind]

    def changed(self):
        return {name for data in self.of("changed") for name in data["sections"]}


@contextmanager
def following(client, account):
    with client.stream("GET", f"/accounts/{account['id']}/changes", headers=STREAM, timeout=60) as response:
        assert response.status_code == 200, response.read()
        heard = Heard(response)
        until(lambda: heard.of("generations"))
        yield heard


@pytest.fixture
def account(firm):
    return firm.account("Ada Ltd")


def generations(client, account):
    answer = client.made("GET", f"/accounts/{account['id']}/changes")
    return {one["name"]: one["generation"] for one in answer["sections"]}


def test_a_change_is_told_when_the_overview_knows_it(firm, account):
    """R-OV-7: what is fetched upon it is what there is."""
    overview = f"/accounts/{account['id']}/overview?sections=tasks"
    firm.owner.made("GET", overview)

    with following(firm.owner, account) as heard:
        firm.owner.made("POST", f"/accounts/{account['id']}/tasks", title="File the return")
        until(lambda: "tasks" in heard.changed())
        (tasks,) = firm.owner.made("GET", overview)["sections"]

    assert [row["title"] for row in tasks["rows"]] == ["File the return"]
    assert heard.changed() == {"tasks"}
    assert tasks["generation"] == generations(firm.owner, account)["tasks"]


def test_a_stream_begins_with_how_it_is(firm, account):
    with following(firm.owner, account) as heard:
        (first,) = heard.of("generations")

    assert {one["name"]: one["generation"] for one in first["sections"]} == generations(firm.owner, account)
    assert "invoices" in generations(firm.owner, account)


def test_who_lacks_a_right_does_not_hear_of_its_section(firm, account):
    """R-OV-5"""
    employee = firm.member("view_all_accounts")

    with following(employee, account) as heard:
        firm.owner.made("POST", f"/accounts/{account['id']}/invoices", lines=[{"name": "Advice", "unit_price": "9"}])
        firm.owner.made("POST", f"/accounts/{account['id']}/notes", body="Called.")
        until(lambda: "notes" in heard.changed())

    assert "invoices" not in {one["name"] for one in heard.of("generations")[0]["sections"]}
    assert "invoices" not in heard.changed()


def test_a_stream_ends_with_its_readers_session(firm, account):
    """R-LOG-5, for members"""
    employee = firm.member("view_all_accounts")

    with following(employee, account) as heard:
        firm.owner.made("POST", f"/members/{employee.member['id']}/deactivate")
        until(lambda: heard.is_over)

    assert heard.of("ended") == [{"reason": "unauthenticated"}]


def test_a_stranger_follows_nothing(stack, firm, account):
    """R-ACC-5"""
    other = Firm(stack.url, stack.env)
    path = f"/accounts/{account['id']}/changes"

    assert other.owner.get(path, headers=STREAM).status_code == 404
    assert firm.member().get(path, headers=STREAM).status_code == 404
    assert httpx.get(f"{stack.url}/v1{path}", headers=STREAM | {"X-Forwarded-For": somewhere()}).status_code == 401


def test_nobody_keeps_more_streams_than_a_person_has_tabs(firm, account):
    from gateway.changes import MOST_OF_ONE

    opened = []
    try:
        for _ in range(MOST_OF_ONE):
            request = firm.owner.build_request("GET", f"/accounts/{account['id']}/changes", headers=STREAM)
            opened.append(firm.owner.send(request, stream=True))
        refused = firm.owner.get(f"/accounts/{account['id']}/changes", headers=STREAM)
    finally:
        for one in opened:
            one.close()

    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    until(lambda: firm.owner.get(f"/accounts/{account['id']}").is_success)
