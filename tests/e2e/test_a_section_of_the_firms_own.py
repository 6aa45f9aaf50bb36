"""A fourteenth section, from a program outside Dossier that joins by configuration alone (docs/sections.md)."""

import json
import time
from pathlib import Path
from uuid import UUID

import pytest
from kombu.connection import Connection

from chassis import topology
from chassis.config import load_settings
from chassis.context import Actor, Context, new_id
from contracts.overview import SECTIONS
from contracts.sections import GetSections, SectionAsk
from tests.broker import user
from tests.firms import Firm, on_the_bus
from tests.programs import Program
from tests.stack import until

EXTRA = {
    "name": "tax_returns",
    "title": "Tax returns",
    "source": "tax_returns",
    "needs": "edit_details",
    "own_unless": "see_all_jobs",
    "invalidated_by": ["tax_returns.return_filed.v1", "accounts.account_changed.v1"],
}
SOURCE_SECONDS = 1.0  # the default of DOSSIER_SOURCE_SECONDS
WORK_SECONDS = 4.0  # what is left of a request's deadline; a machine under test may be slow

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stack(module_private_stack):
    return module_private_stack(DOSSIER_EXTRA_SECTIONS=json.dumps([EXTRA]))


@pytest.fixture(scope="module")
def uri(stack):
    """What docs/sections.md grants: its own queues, replies, and events under its own name."""
    settings = load_settings(stack.env)
    rpc, events = topology.rpc_exchange(settings), topology.events_exchange(settings)
    own = rf"^{stack.namespace}\.tax_returns\."
    both = rf"({rpc}|{events})".replace(".", r"\.")
    topics = {rpc: rf"^([0-9a-f]{{32}}|{stack.namespace}\.reply\..+)$", events: r"^tax_returns\."}
    write = rf"({own}|^{both}$)"
    with user(stack.servers, configure=own, write=write, read=write, topics=topics) as made:
        yield made


@pytest.fixture(scope="module")
def source(stack, uri, folder):
    """The program, started; every test leaves it running."""
    env = {
        "AMQP_URI": uri,
        "DOSSIER_NAMESPACE": stack.namespace,
        "TAX_RETURNS_FILE": str(Path(folder) / "tax_returns.sqlite"),
    }
    with Program("tax_returns/tax_returns.py", env, Path(folder) / "tax_returns.log", "serve") as program:
        until(lambda: is_served(stack))
        yield program


def is_served(stack):
    settings = load_settings(stack.env)
    with Connection(settings.amqp_uri) as connection:
        try:
            queue = connection.channel().queue_declare(f"{stack.namespace}.tax_returns.rpc", passive=True)
        except connection.channel_errors:
            return False
        return queue.consumer_count == 1


@pytest.fixture
def firm(stack):
    made = Firm(stack.url, stack.env)
    yield made
    made.owner.close()


def file(source, firm, account, year, *, preparer=None, status="filed"):
    """File a return with the program's own command, as the firm's tax people do."""
    preparer = preparer or firm.signed_in["member"]["id"]
    asked = {"firm": firm.id, "account": account, "year": year, "preparer": preparer, "status": status}
    return source.run("file", *[f"--{name}={value}" for name, value in asked.items()])


def page(client, account):
    return {section["name"]: section for section in client.made("GET", f"/accounts/{account}/overview")["sections"]}


def years(client, account):
    return [row["year"] for row in page(client, account)["tax_returns"]["rows"]]


def test_it_stands_behind_ours_with_its_rows(source, firm):
    """R-OV-2"""
    account = firm.account()["id"]
    key = file(source, firm, account, 2025)

    found = until(lambda: page(firm.owner, account)["tax_returns"]["total"] and page(firm.owner, account))

    assert list(found) == [*SECTIONS, "tax_returns"]
    section = found["tax_returns"]
    assert (section["title"], section["state"], section["total"], section["actions"]) == ("Tax returns", "fresh", 1, [])
    assert [(row["id"], row["year"], row["status"]) for row in section["rows"]] == [(key, 2025, "filed")]


def test_its_own_event_renews_what_was_remembered(source, firm):
    """Long before the time to live of ten minutes would."""
    account = firm.account()["id"]
    file(source, firm, account, 2024)
    until(lambda: years(firm.owner, account) == [2024])

    file(source, firm, account, 2025)

    assert until(lambda: years(firm.owner, account) == [2025, 2024])


def test_who_may_not_see_it_has_no_such_section(source, firm):
    """R-OV-5: absent from the page, unknown as a list, and nothing betrays that there is one."""
    emil = firm.member()
    account = firm.account(team=[emil.member["id"]])["id"]
    file(source, firm, account, 2025)
    until(lambda: years(firm.owner, account))

    every = emil.get(f"/accounts/{account}/overview/tax_returns")
    nothing = emil.get(f"/accounts/{account}/overview/nothing")

    assert list(page(emil, account)) == [name for name, row in SECTIONS.items() if row.needs == "view"]
    assert (every.status_code, every.json()["type"]) == (404, "/problems/unknown_section")
    assert (nothing.status_code, nothing.json()["type"]) == (404, "/problems/unknown_section")


def test_who_lacks_the_wider_right_sees_their_own_rows(source, firm):
    emil, erna = firm.member("manage_accounts"), firm.member("manage_accounts", "manage_pipelines")
    account = firm.account(team=[emil.member["id"], erna.member["id"]])["id"]
    file(source, firm, account, 2023)
    file(source, firm, account, 2024, preparer=emil.member["id"])
    until(lambda: years(firm.owner, account) == [2024, 2023])

    assert until(lambda: years(emil, account) == [2024])
    assert page(emil, account)["tax_returns"]["total"] == 1
    assert emil.made("GET", f"/accounts/{account}/overview/tax_returns")["total"] == 1
    assert until(lambda: years(erna, account) == [2024, 2023])


def test_another_firm_gets_nothing_of_it(stack, source, firm):
    """R-ACC-1, R-ACC-5: neither through the gateway, nor from the program itself when asked for another firm."""
    account = firm.account()["id"]
    file(source, firm, account, 2025)
    until(lambda: years(firm.owner, account))
    other = Firm(stack.url, stack.env)
    ctx = Context(firm_id=UUID(other.id), actor=Actor(kind="member", id=new_id(), role="owner"))
    request = GetSections(account_id=UUID(account), sections=(SectionAsk(name="tax_returns"),))

    refused = other.owner.get(f"/accounts/{account}/overview/tax_returns")
    answer = on_the_bus(stack.env, lambda bus: bus.call(ctx, "tax_returns", "get_sections", request))

    assert refused.status_code == 404
    assert [(section["total"], section["rows"]) for section in answer["sections"]] == [(0, [])]


def test_view_all_pages_by_cursor_and_takes_its_filters(source, firm):
    """R-OV-1, R-OV-6"""
    account = firm.account()["id"]
    for year in range(2015, 2022):
        file(source, firm, account, year, status="draft" if year == 2021 else "filed")
    at, found, cursor = f"/accounts/{account}/overview/tax_returns", [], {}
    while True:
        answer = firm.owner.get(at, params={"limit": 3, **cursor}).raise_for_status().json()
        found += [row["year"] for row in answer["rows"]]
        assert answer["total"] == 7
        if answer["next_cursor"] is None:
            break
        cursor = {"cursor": answer["next_cursor"]}

    assert found == [2021, 2020, 2019, 2018, 2017, 2016, 2015]
    drafts = firm.owner.get(at, params={"status": "draft"}).json()
    assert ([row["year"] for row in drafts["rows"]], drafts["total"]) == ([2021], 1)
    assert until(lambda: years(firm.owner, account) == [2021, 2020, 2019, 2018, 2017])
    assert page(firm.owner, account)["tax_returns"]["total"] == 7


@pytest.mark.parametrize(("asked", "field"), [({"colour": "red"}, "colour"), ({"cursor": "x"}, "cursor")])
def test_what_it_refuses_is_refused_field_by_field(source, firm, asked, field):
    account = firm.account()["id"]

    answer = firm.owner.get(f"/accounts/{account}/overview/tax_returns", params=asked)

    assert answer.status_code == 422
    assert [entry["field"] for entry in answer.json()["errors"]] == [field]


def test_while_it_is_down_the_page_is_whole_and_heals(stack, source, firm):
    """R-OV-7: its section alone is stale where it was known and unavailable where it was not."""
    warm, cold = firm.account("Warm"), firm.account("Cold")["id"]
    file(source, firm, warm["id"], 2024)
    until(lambda: years(firm.owner, warm["id"]) == [2024])
    source.kill()
    until(lambda: not is_served(stack))
    file(source, firm, warm["id"], 2025)  # kept, and told when it runs again
    firm.owner.made("PATCH", f"/accounts/{warm['id']}", name="Warmer", version=warm["version"])

    def is_stale():
        found = page(firm.owner, warm["id"])
        return found["tax_returns"]["state"] == "stale" and found

    stale = until(is_stale)
    began = time.monotonic()
    missing = page(firm.owner, cold)
    took = time.monotonic() - began

    assert [row["year"] for row in stale["tax_returns"]["rows"]] == [2024]
    assert (missing["tax_returns"]["state"], missing["tax_returns"]["rows"]) == ("unavailable", [])
    for found in (stale, missing):
        assert {section["state"] for name, section in found.items() if name != "tax_returns"} == {"fresh"}
    assert took < WORK_SECONDS
    source.start()
    assert until(lambda: years(firm.owner, warm["id"]) == [2025, 2024])
    assert until(lambda: page(firm.owner, cold)["tax_returns"]["state"] == "fresh")


def test_while_it_hangs_the_page_waits_for_it_a_second_at_most(stack, source, firm):
    """R-OV-7"""
    account = firm.account()["id"]
    warm_up = firm.account()["id"]
    page(firm.owner, warm_up)
    source.pause()
    try:
        began = time.monotonic()
        found = page(firm.owner, account)
        took = time.monotonic() - began
    finally:
        source.go_on()

    assert found["tax_returns"]["state"] == "unavailable"
    assert {section["state"] for name, section in found.items() if name != "tax_returns"} == {"fresh"}
    assert SOURCE_SECONDS - 0.2 < took < WORK_SECONDS
    assert until(lambda: page(firm.owner, account)["tax_returns"]["state"] == "fresh")


def test_it_forgets_a_deleted_account(stack, source, firm):
    """An account is gone for good 30 days after its deletion; here the event of that comes at once."""
    account = firm.account()["id"]
    file(source, firm, account, 2025)
    until(lambda: years(firm.owner, account))
    settings = load_settings(stack.env)
    ctx = Context(firm_id=UUID(firm.id), actor=Actor(kind="member", id=new_id(), role="owner"))
    request = GetSections(account_id=UUID(account), sections=(SectionAsk(name="tax_returns"),))

    with Connection(settings.amqp_uri) as connection:
        connection.Producer().publish(
            {"account_id": account, "version": 9},
            serializer="json",
            exchange="",
            routing_key=f"{stack.namespace}.tax_returns.events",
        )

    def total():
        answer = on_the_bus(stack.env, lambda bus: bus.call(ctx, "tax_returns", "get_sections", request))
        return answer["sections"][0]["total"]

    assert until(lambda: total() == 0)


class TestItsUser:
    """What a source's user may not do: act for others on the exchanges it writes to."""

    @pytest.mark.parametrize(
        ("exchange", "key"),
        [
            (topology.events_exchange, "accounts.account_deleted.v1"),
            (topology.rpc_exchange, "identity.list_firms"),
        ],
    )
    def test_it_speaks_under_no_other_name(self, stack, uri, source, exchange, key):
        settings = load_settings(stack.env)
        with Connection(uri, transport_options={"confirm_publish": True}) as connection:
            producer = connection.Producer()
            with pytest.raises(connection.channel_errors, match="ACCESS_REFUSED"):
                producer.publish("{}", exchange=exchange(settings), routing_key=key, declare=[], retry=False)
