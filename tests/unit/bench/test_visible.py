"""A write is timed until the page that shows it, and what never shows is no measurement."""

import asyncio
import contextlib
import json
import re
from collections import Counter
from types import SimpleNamespace

import pytest

from bench import cases, http
from bench.generate.firm import new_firm
from bench.generate.source import FULL, WARM
from bench.visible import Write, watch
from contracts.overview import SECTIONS
from gateway.routes import ROUTES


@contextlib.asynccontextmanager
async def overview(views_until_seen, status=201):
    """A server that counts a written row from the so manieth view on."""
    shown, waiting, seen = Counter(), Counter(), Counter()

    async def serve(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                verb, path = head.split()[:2]
                seen[verb.decode()] += 1
                if verb == b"POST":
                    waiting[path] = views_until_seen
                    body = b"{}"
                else:
                    for written in list(waiting):
                        waiting[written] -= 1
                        if waiting[written] == 0:
                            shown[written.rpartition(b"/")[2].decode()] += 1
                            del waiting[written]
                    sections = [{"name": name, "total": shown[name]} for name in ("tasks", "notes")]
                    body = json.dumps({"sections": sections}).encode()
                code = status if verb == b"POST" else 200
                writer.write(b"HTTP/1.1 %d OK\r\ncontent-length: %d\r\n\r\n" % (code, len(body)) + body)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", seen
    finally:
        listening.close()


def named(path):
    """A path whatever its parameters are called."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def write(section):
    return Write(section, http.request(f"/{section}", method="POST"), http.request("/overview"))


def watched(views_until_seen, writes, status=201, **bounds):
    async def run():
        async with overview(views_until_seen, status) as (address, seen):
            return await watch(address, writes, **({"seconds": 20.0, "most": 10} | bounds)), seen

    return asyncio.run(run())


def test_each_write_is_watched_until_its_own_section_counts_it():
    found, asked = watched(3, [write("tasks"), write("notes"), write("tasks")])

    assert {section: len(times) for section, times in found.times.items()} == {"tasks": 2, "notes": 1}
    assert (found.views, found.views_each) == (9, 3)
    assert asked == {"POST": 3, "GET": 3 + 9}
    assert all(0 < one < 20 for one in found.all.times)


def test_no_more_writes_are_made_than_wanted():
    found, asked = watched(1, [write("tasks")] * 5, most=2)

    assert (len(found.all.times), asked["POST"]) == (2, 2)


def test_none_is_made_once_the_time_is_over():
    found, asked = watched(1, [write("tasks")] * 5, seconds=0.0)

    assert (found.views_each, asked["POST"]) == (0, 0)


def test_a_write_of_two_requests_is_watched_after_the_second():
    answers = []

    def then(answer):
        answers.append(answer)
        return http.request("/tasks", method="POST")

    first = Write("tasks", http.request("/notes", method="POST"), http.request("/overview"), then)
    found, asked = watched(2, [first])

    assert (answers, asked["POST"], len(found.times["tasks"])) == ([b"{}"], 2, 1)


def test_a_refused_write_is_no_measurement():
    with pytest.raises(ValueError, match="answered 422"):
        watched(1, [write("tasks")], status=422)


def test_a_write_that_never_shows_is_no_measurement(monkeypatch):
    monkeypatch.setattr("bench.visible.PATIENCE_SECONDS", 0.05)

    with pytest.raises(TimeoutError, match="a write of tasks was not seen"):
        watched(10**9, [write("tasks")])


class TestCases:
    @pytest.fixture
    def system(self):
        firm = new_firm(1, "seed", "2024-01-01T00:00:00+00:00")
        return SimpleNamespace(firm=firm, warm=["one", "two"], accounts=2)

    def test_writes_make_rows_of_sections_by_routes_that_there_are(self):
        posts = {route.path for route in ROUTES if route.verb == "POST"}

        assert cases.ADDS.keys() <= SECTIONS.keys()
        made = {"id": "{id}", "version": 1}
        paths = [add.path_of("{account}") for add in cases.ADDS.values()]
        paths += [add.path_of("{account}", add.then(made)[0]) for add in cases.ADDS.values() if add.then]
        assert {named(path.partition("?")[0]) for path in paths} <= {named(path) for path in posts}

    def test_writes_go_round_sections_and_accounts(self, system):
        found = cases.turns_of(cases.writes(system))

        assert [one.section for one in found] == [*cases.ADDS, *cases.ADDS]
        assert len({one.write for one in found}) == len(found) == 2 * len(cases.ADDS)

    def test_a_second_request_is_made_of_the_answer_to_the_first(self, system):
        (first, *_) = [one for one in cases.writes(system) if one.section == "invoices"]

        request = first.then(b'{"id": "its-id", "version": 3}')

        assert request.startswith(b"POST /v1/accounts/one/invoices/its-id/issue ")
        assert json.loads(request.partition(b"\r\n\r\n")[2]) == {"version": 3}

    def test_cold_accounts_are_full_and_not_those_that_are_checked(self, system):
        large = SimpleNamespace(firm=system.firm, warm=system.warm, accounts=2 * FULL)

        cold = list(cases._cold(large))

        assert len(cold) == FULL - WARM - 1
        assert not set(cold) & set(cases.whole(large))

    def test_five_of_a_hundred_requests_are_writes(self, system):
        views = [http.request("/a"), http.request("/b")]
        requests = cases._mixed(system, views)

        hundred = [next(requests) for _ in range(100)]

        assert Counter(one.partition(b" ")[0] for one in hundred) == {b"GET": 95, b"POST": 5}
