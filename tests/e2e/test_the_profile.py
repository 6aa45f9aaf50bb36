"""The profile is composed once, remembered, and served when its owners are not there."""

import os
import re
import signal

import httpx
import pytest

from tests.firms import Firm, person
from tests.stack import until

# R-OV-2, the order of the seed
SECTIONS = [
    "documents", "tasks", "emails", "jobs", "chats", "invoices", "approvals", "signatures", "organizers", "logins",
    "notes", "time", "proposals",
]  # fmt: skip
OF_WORK = ["tasks", "jobs", "notes", "time"]


def metric(text, name, **labels):
    """The sum of a metric over its series that carry these labels."""
    total = 0.0
    for line in text.splitlines():
        found = re.fullmatch(rf"{name}(?:{{(.*)}})? ([0-9.e+]+)", line)
        if found and all(f'{key}="{value}"' in (found[1] or "") for key, value in labels.items()):
            total += float(found[2])
    return total


def measured(stack):
    """(calls the gateway made, calls overview made, SQL statements of overview) so far."""
    gateway = httpx.get(f"{stack.url}/metrics").text
    overview = httpx.get(f"{stack.ops_url('overview')}/metrics").text
    return (
        metric(gateway, "dossier_rpc_calls_total"),
        metric(overview, "dossier_rpc_calls_total"),
        metric(overview, "dossier_sql_statements_total"),
    )


def sections_of(client, account_id):
    return {section["name"]: section for section in client.made("GET", f"/accounts/{account_id}/overview")["sections"]}


def is_warm(stack, client, account_id, tasks):
    """Whether every section comes from memory, with that many tasks: fresh, and nobody was asked for it."""
    _, before, _ = measured(stack)
    found = sections_of(client, account_id)
    _, after, _ = measured(stack)
    states = {section["state"] for section in found.values()}
    return states == {"fresh"} and found["tasks"]["total"] == tasks and before == after


def test_sections_come_in_the_seeds_order_with_their_rows(firm):
    """R-OV-1, R-OV-2, R-OV-6"""
    account = firm.account()["id"]
    firm.owner.made("POST", f"/accounts/{account}/tasks", title="Call Anna")
    firm.owner.made("POST", f"/accounts/{account}/notes", body="Prefers the phone.")

    profile = firm.owner.made("GET", f"/accounts/{account}/overview")

    assert [section["name"] for section in profile["sections"]] == SECTIONS
    assert [row["title"] for row in profile["sections"][1]["rows"]] == ["Call Anna"]
    filled = {section["name"]: section["total"] for section in profile["sections"] if section["total"]}
    assert filled == {"tasks": 1, "notes": 1}


def test_a_write_shows_in_the_next_profile(firm):
    account = firm.account()["id"]
    assert sections_of(firm.owner, account)["tasks"]["total"] == 0

    firm.owner.made("POST", f"/accounts/{account}/tasks", title="Call Anna")

    assert until(lambda: sections_of(firm.owner, account)["tasks"]["total"]) == 1


def test_a_profile_is_reached_by_search_and_from_the_list(firm):
    """R-SRC-1, R-SRC-6, R-ID-3: by the name, part of an address, the code, or the row of the list."""
    account = firm.account("Vogel Family", contacts=[{"new": person(email="otto.vogel@clients.example")}])
    listed = until(lambda: firm.owner.made("GET", "/accounts")["items"])
    found = [firm.owner.made("GET", f"/search?q={q}")["items"] for q in ("vogel fam", "tto.vogel@cli", account["code"])]

    profiles = [firm.owner.made("GET", f"/accounts/{row['id']}/overview") for (row,) in (listed, *found)]

    assert {profile["account_id"] for profile in profiles} == {account["id"]}


def said(client, account):
    """What the profile says, whenever each section was put together."""
    return {
        name: (section["title"], section["rows"], section["total"])
        for name, section in sections_of(client, account).items()
    }


def test_the_profile_of_an_archived_account_is_the_same(firm):
    """R-OV-8, R-ARC-1: with the label of the account, still written to, and with its view all (R-OV-1)"""
    account = firm.account()["id"]
    firm.owner.made("POST", f"/accounts/{account}/tasks", title="Call Anna")
    until(lambda: sections_of(firm.owner, account)["tasks"]["total"] == 1)
    before = said(firm.owner, account)
    firm.owner.made("POST", f"/accounts/{account}/archive")

    assert said(firm.owner, account) == before
    assert firm.owner.made("GET", f"/accounts/{account}")["state"] == "archived"
    firm.owner.made("POST", f"/accounts/{account}/tasks", title="Call Boris")
    assert until(lambda: sections_of(firm.owner, account)["tasks"]["total"] == 2)
    rows = firm.owner.made("GET", f"/accounts/{account}/overview/tasks")["rows"]
    assert [row["title"] for row in rows] == ["Call Boris", "Call Anna"]


def test_a_warm_profile_is_one_call_and_one_statement(stack, firm):
    """Counted, not timed. The counters belong to whole processes, so other work may add to them; it can't take away:
    of several attempts the least is what a warm profile costs."""
    account = firm.account()["id"]
    until(lambda: firm.owner.made("GET", "/accounts")["total"] == 1)
    sections_of(firm.owner, account)
    costs = []
    for _ in range(10):
        before = measured(stack)
        assert {section["state"] for section in sections_of(firm.owner, account).values()} == {"fresh"}
        costs.append(tuple(after - was for after, was in zip(measured(stack), before, strict=True)))

    assert min(costs) == (1, 0, 1)


@pytest.fixture(scope="module")
def lonely(module_private_stack):
    """A system of its own, for others need its parts alive."""
    return module_private_stack()


@pytest.mark.slow
class TestWithoutWork:
    """R-OV-7: a dead owner costs its own sections and nothing else."""

    def test_a_warm_profile_is_served_from_memory_and_a_cold_one_marked(self, lonely):
        firm = Firm(lonely.url, lonely.env)
        warm, cold = firm.account()["id"], firm.account()["id"]
        firm.owner.made("POST", f"/accounts/{warm}/tasks", title="Call Anna")
        until(lambda: is_warm(lonely, firm.owner, warm, tasks=1))
        lonely.kill("work")

        remembered, missing = sections_of(firm.owner, warm), sections_of(firm.owner, cold)

        assert {section["state"] for section in remembered.values()} == {"fresh"}  # nothing changed since
        assert [row["title"] for row in remembered["tasks"]["rows"]] == ["Call Anna"]
        assert {missing[name]["state"] for name in OF_WORK} == {"unavailable"}
        assert all(missing[name]["rows"] == [] for name in OF_WORK)
        lonely.start("work")
        assert until(lambda: {s["state"] for s in sections_of(firm.owner, cold).values()} == {"fresh"})

    def test_what_changed_meanwhile_is_marked_stale_with_its_time(self, lonely):
        firm = Firm(lonely.url, lonely.env)
        account = firm.account()["id"]
        firm.owner.made("POST", f"/accounts/{account}/tasks", title="Call Anna")
        until(lambda: is_warm(lonely, firm.owner, account, tasks=1))
        before = sections_of(firm.owner, account)["tasks"]
        lonely.stop("overview")
        firm.owner.made("POST", f"/accounts/{account}/tasks", title="Call Boris")
        until(lambda: lonely.has_told_all("work"))
        lonely.kill("work")
        lonely.start("overview")

        tasks = until(
            lambda: (found := sections_of(firm.owner, account)["tasks"])["state"] == "stale" and found, timeout=20
        )

        assert [row["title"] for row in tasks["rows"]] == ["Call Anna"]
        assert tasks["as_of"] == before["as_of"]
        lonely.start("work")
        assert until(lambda: sections_of(firm.owner, account)["tasks"]["total"] == 2)

    def test_a_hanging_owner_costs_a_second_at_the_most_and_its_own_sections(self, lonely):
        firm = Firm(lonely.url, lonely.env)
        account = firm.account()["id"]
        work = lonely.child("work").pid
        os.kill(work, signal.SIGSTOP)
        try:
            response = firm.owner.get(f"/accounts/{account}/overview")
        finally:
            os.kill(work, signal.SIGCONT)

        assert response.status_code == 200
        states = {section["name"]: section["state"] for section in response.json()["sections"]}
        assert {states[name] for name in OF_WORK} == {"unavailable"}
        assert response.elapsed.total_seconds() < 5  # the deadline of a request
