"""Each section of the table, for each kind of viewer of §2.4: shown, counted, paged and found is what rights allow.

The walk goes by `contracts.overview.SECTIONS` and `contracts.rights.ACCOUNT`, so a row that joins either is walked too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, get_args
from uuid import UUID

import httpx
import pytest

from chassis.context import Actor, Context
from chassis.errors import NotFound
from contracts import rights
from contracts.identity import Right
from contracts.overview import SECTIONS, GetProfile
from contracts.sections import ListSection
from tests.firms import Client, Firm, on_the_bus
from tests.sections import MAKERS, Maker, equip, missing
from tests.stack import until

OWNERS_ROWS = 4  # of each section, that are the owner's
PAGE = 3  # rows of a page, so that there are several
WALKED = [name for name in SECTIONS if name in MAKERS]


def _staff(*held: str, role: str = "employee") -> Actor:
    return Actor(kind="member", id=UUID(int=1), role=role, rights=frozenset(held))


def _may(actor: Actor, action: rights.Action) -> bool:
    return rights.allows(rights.ACCOUNT[action], actor)


def relevant() -> list[Right]:
    """The rights that any section's row, scope, word or quick action turns on."""
    actions = {
        action
        for section in SECTIONS.values()
        for action in (
            section.needs,
            section.own_unless,
            *([section.more[1]] if section.more else []),
            *(action for _, action in section.quick),
        )
    }
    wanted = {right for action in actions for right in rights.ACCOUNT[action].rights}
    return [right for right in get_args(Right) if right in wanted]


# Who sees the account, as the table of rights knows them; the first two and the last are on no team.
VIEWERS: dict[str, Actor] = {
    "owner": _staff(role="owner"),
    "admin": _staff(role="admin"),
    "assigned, no rights": _staff(),
    **{right: _staff(right) for right in relevant()},
    "view-all": _staff("view_all_accounts"),
}
SEEN = [
    (name, section) for name, actor in VIEWERS.items() for section in WALKED if _may(actor, SECTIONS[section].needs)
]
WITH_MORE = [(name, section) for name, section in SEEN if SECTIONS[section].more]


@dataclass
class Viewer:
    """Somebody signed in, and what the table of rights knows of them."""

    client: Client
    actor: Actor

    @property
    def id(self) -> str:
        return str(self.actor.id)

    def may(self, action: rights.Action) -> bool:
        return _may(self.actor, action)


@dataclass
class House:
    """One account with rows of every section that belong to the owner and to each viewer."""

    firm: Firm
    account: str
    viewers: dict[str, Viewer]
    intruders: dict[str, Client]
    rows: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)  # section -> row id -> (whose, text)

    def expected(self, viewer: Viewer, section: str) -> set[str] | None:
        """The ids of the rows that the viewer is to see; None: there is no such section for them."""
        row = SECTIONS[section]
        if not viewer.may(row.needs):
            return None
        sees_all = viewer.may(row.own_unless)
        return {key for key, (whose, _) in self.rows[section].items() if sees_all or whose == viewer.id}

    def words(self, section: str) -> dict[str, str]:
        """What finds each row, by its id."""
        maker = MAKERS[section]
        rows, _ = view_all(self.firm.owner, self.account, section)
        return {maker.id_of(row): maker.word(row, self.rows[section][maker.id_of(row)][1]) for row in rows}


@pytest.fixture(scope="module")
def house(stack, request) -> Iterator[House]:
    assert missing() == [], "\n".join(missing())
    firm = Firm(stack.url, stack.env)
    equip(firm, request)
    employees = {"assigned, no rights": firm.member(), **{right: firm.member(right) for right in relevant()}}
    team = [employee.member["id"] for employee in employees.values()]
    account = firm.account("Everybody's", team=team)["id"]
    firm.owner.member = firm.signed_in["member"]
    members = {
        "owner": firm.owner,
        "admin": firm.member(role="admin"),
        **employees,
        "view-all": firm.member("view_all_accounts"),
    }
    other = Firm(stack.url, stack.env)
    intruders = {"unassigned employee": firm.member(), "another firm's owner": other.owner}
    made = House(firm, account, {name: viewer(client) for name, client in members.items()}, intruders)
    elsewhere = firm.account("Another account", team=team)["id"]
    for section in WALKED:
        made.rows[section] = dict(_fill(made, section))
        MAKERS[section].make(firm, elsewhere, f"{section} Elsewhere", made.viewers["owner"].id)
    yield made
    for client in (*members.values(), *intruders.values()):
        client.close()


def _fill(house: House, section: str) -> Iterator[tuple[str, tuple[str, str]]]:
    owners = [house.viewers["owner"].id] * OWNERS_ROWS
    whose = [*owners, *(one.id for one in house.viewers.values())][: MAKERS[section].most]
    for number, member_id in enumerate(whose):
        text = f"{section} Zebra{number:03d}"
        yield MAKERS[section].make(house.firm, house.account, text, member_id), (member_id, text)


def viewer(client: Client) -> Viewer:
    known: dict[str, Any] = client.member  # type: ignore[attr-defined]
    held = frozenset(known["rights"])
    return Viewer(client, Actor(kind="member", id=UUID(known["id"]), role=known["role"], rights=held))


def shown(client: Client, account: str) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in client.made("GET", f"/accounts/{account}/overview")["sections"]}


def view_all(client: Client, account: str, section: str, **asked: str) -> tuple[list[dict[str, Any]], set[int]]:
    """All rows of a section, page by page, and the totals the pages told."""
    rows: list[dict[str, Any]] = []
    totals, cursor = set(), None
    while True:
        parameters = {"limit": str(PAGE), **asked} | ({"cursor": cursor} if cursor else {})
        page = client.get(f"/accounts/{account}/overview/{section}", params=parameters).raise_for_status().json()
        assert len(page["rows"]) <= PAGE
        rows += page["rows"]
        totals.add(page["total"])
        cursor = page["next_cursor"]
        if cursor is None:
            return rows, totals


def ids(maker: Maker, rows: list[dict[str, Any]]) -> list[str]:
    return [maker.id_of(row) for row in rows]


def test_every_section_has_a_maker():
    assert missing() == [], "\n".join(missing())


@pytest.mark.parametrize("name", VIEWERS)
def test_the_page_shows_the_sections_that_are_the_viewers(house, name):
    """R-OV-2, R-OV-5, R-ACC-1"""
    one = house.viewers[name]

    page = shown(one.client, house.account)

    assert list(page) == [section for section in SECTIONS if one.may(SECTIONS[section].needs)]
    for absent in SECTIONS.keys() - page:
        every = one.client.get(f"/accounts/{house.account}/overview/{absent}")
        asked = one.client.get(f"/accounts/{house.account}/overview", params={"sections": absent})
        assert (every.status_code, every.json()["type"]) == (404, "/problems/unknown_section")
        assert (asked.status_code, asked.json()["type"]) == (404, "/problems/unknown_section")
    for section, found in page.items():
        assert found["title"] == SECTIONS[section].title
        assert found["state"] == "fresh"
        assert found["actions"] == [call for call, action in SECTIONS[section].quick if one.may(action)]


@pytest.mark.parametrize(("name", "section"), SEEN)
class TestEachViewer:
    def test_a_section_shows_and_counts_what_view_all_lists(self, house, name, section):
        """R-OV-4, R-OV-6: the same count, and the first rows of the same order."""
        one, maker = house.viewers[name], MAKERS[section]
        expected = house.expected(one, section)

        found = shown(one.client, house.account)[section]
        rows, totals = view_all(one.client, house.account, section)

        listed = ids(maker, rows)
        assert sorted(listed) == sorted(expected)  # every one, each once
        assert totals == {len(expected)} == {found["total"]}
        assert ids(maker, found["rows"]) == listed[: len(found["rows"])]
        assert bool(found["rows"]) == bool(expected)

    def test_search_finds_what_is_theirs(self, house, name, section):
        """R-ACC-5: what is not theirs to see is neither found nor counted."""
        one, maker = house.viewers[name], MAKERS[section]
        expected = house.expected(one, section)
        if maker.search is None:
            refused = one.client.get(f"/accounts/{house.account}/overview/{section}", params={"q": "Zebra"})
            assert refused.status_code == 422, f"tests/sections.py: {section} has a search, say search='q'"
            return
        words = house.words(section)
        for word in words.values():
            rows, totals = view_all(one.client, house.account, section, **{maker.search: word})

            hits = {key for key, text in words.items() if word.casefold() in text.casefold()}
            assert sorted(ids(maker, rows)) == sorted(hits & expected)
            assert totals == {len(rows)}


@pytest.mark.parametrize(("name", "section"), WITH_MORE)
def test_more_is_shown_to_those_it_is_for(house, name, section):
    """C-TIME: money to those who may see rates, and nothing that betrays it to others."""
    one, maker = house.viewers[name], MAKERS[section]
    sees_more = one.may(SECTIONS[section].more[1])

    found = shown(one.client, house.account)[section]
    rows, _ = view_all(one.client, house.account, section)

    told = {*found["rows"][0], *rows[0], *(found["footer"] or {})}
    assert {word for word in maker.more if word in told} == (set(maker.more) if sees_more else set())


@pytest.mark.parametrize("who", ["unassigned employee", "another firm's owner"])
def test_who_may_not_open_the_account_finds_nothing_there(house, who):
    """R-ACC-1, R-ACC-5: in the words of an account that never was."""
    client = house.intruders[who]
    nowhere = "018f0d5e-7c00-7000-8000-00000000dead"
    paths = ["overview", *(f"overview/{section}" for section in SECTIONS)]

    for path in paths:
        refused, unknown = (client.get(f"/accounts/{account}/{path}") for account in (house.account, nowhere))

        assert refused.status_code == 404, path
        assert _words(refused) == _words(unknown)


def _words(response: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in response.json().items() if name not in {"instance", "account_id"}}


def test_a_portal_user_has_no_section_of_the_firms_page(house, stack):
    """R-TSK-5, R-NTE-1 and the last column of §2.4: whatever the gateway lets through, overview gives none."""
    person = Actor(kind="portal", id=UUID(int=7), name="Anna Roy")

    async def ask(bus):
        account = UUID(house.account)
        page = await bus.call(
            Context(firm_id=house.firm.id, actor=person), "overview", "get_profile", GetProfile(account_id=account)
        )
        refused = []
        for section in SECTIONS:
            request = ListSection(account_id=account, name=section)
            try:
                await bus.call(Context(firm_id=house.firm.id, actor=person), "overview", "list_section", request)
            except NotFound as exc:
                refused.append((section, exc.code))
        return page["sections"], refused

    sections, refused = on_the_bus(stack.env, ask)

    assert sections == []
    assert refused == [(section, "unknown_section") for section in SECTIONS]


def test_a_change_shows_to_every_kind_of_viewer(house):
    """One more row of each section, seen by all who see such rows, whatever was remembered for them."""
    owner = house.viewers["owner"]
    for section in WALKED:
        for one in house.viewers.values():
            shown(one.client, house.account)  # remembered under each scope
        if len(house.rows[section]) >= MAKERS[section].most:
            continue
        key = MAKERS[section].make(house.firm, house.account, f"{section} Late", owner.id)
        house.rows[section][key] = (owner.id, f"{section} Late")

    def counted():
        return {
            name: {section: found["total"] for section, found in shown(one.client, house.account).items()}
            for name, one in house.viewers.items()
        }

    expected = {
        name: {
            section: len(house.expected(one, section))
            for section in SECTIONS
            if house.expected(one, section) is not None
        }
        for name, one in house.viewers.items()
    }
    assert until(lambda: counted() == expected)
