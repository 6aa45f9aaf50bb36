"""What is measured, and by which requests."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, cycle

import orjson
import psycopg

from bench import http
from bench.cpu import Parts
from bench.system import WARM, Limits, System

QUERIES = 200  # different parts of addresses asked for in turn
LETTERS = 8  # of a part of an address: what somebody remembers of one

LIMIT_CASES = ("HTTP alone", "HTTP + SQL", "HTTP + 1 raw RPC", "HTTP + 1 raw RPC + SQL")
BASE = LIMIT_CASES[-1]
WARM_CASE = "warm profile"


@dataclass
class Case:
    """`lap` is sent, unmeasured, before each round; `has_echo`: the work goes on after the answer."""

    name: str
    address: str
    parts: Parts
    requests: Iterable[bytes]
    lap: tuple[bytes, ...] = ()
    has_echo: bool = False


def limit_cases(limits: Limits) -> list[Case]:
    paths = zip(LIMIT_CASES, ("/http", "/sql", "/rpc", "/chain"), strict=True)
    return [
        Case(name, limits.url, limits.parts, cycle([http.request(path)]), lap=(http.request(path),) * 20)
        for name, path in paths
    ]


def system_cases(small: System, large: System) -> list[Case]:
    views = [_get(large, f"/v1/accounts/{account}/overview") for account in large.warm]
    listed = _get(large, "/v1/accounts?limit=50")
    accounts = [_get(large, f"/v1/accounts/{account}") for account in large.warm]
    contacts = [_get(large, f"/v1/accounts/{account}/contacts") for account in large.warm]
    return [
        Case(WARM_CASE, large.stack.url, large.parts, cycle(views), lap=tuple(views)),
        Case("cold profile", large.stack.url, large.parts, _cold(large), lap=(listed,)),
        *(_search(system) for system in (small, large)),
        Case(f"client list, 50 of {large.accounts:,}", large.stack.url, large.parts, cycle([listed]), lap=(listed,)),
        Case("Info: the account", large.stack.url, large.parts, cycle(accounts), lap=tuple(accounts)),
        Case("Info: its contacts", large.stack.url, large.parts, cycle(contacts), lap=tuple(contacts)),
        Case(
            "follow an account", large.stack.url, large.parts, cycle(_follows(large)), lap=tuple(views), has_echo=True
        ),
        Case("create a task", large.stack.url, large.parts, cycle(_tasks(large)), lap=tuple(views), has_echo=True),
    ]


def _headers(system: System) -> dict[str, str]:
    return {"Authorization": f"Bearer {system.firm.token}"}


def _get(system: System, path: str) -> bytes:
    return http.request(path, headers=_headers(system))


def _cold(system: System) -> Iterator[bytes]:
    """Accounts nobody has looked at, one after the other."""
    for number in count(WARM):
        if number >= system.accounts:
            return
        yield _get(system, f"/v1/accounts/{system.firm.account(number)}/overview")


def _tasks(system: System) -> list[bytes]:
    headers = _headers(system) | {"Content-Type": "application/json"}
    body = orjson.dumps({"title": "Ask for bank statements", "priority": "high", "due_on": "2026-12-31"})
    return [
        http.request(f"/v1/accounts/{account}/tasks", method="POST", headers=headers, body=body)
        for account in system.warm
    ]


def _follows(system: System) -> list[bytes]:
    """A change of an account with its event and its history: the owner stops following, and follows again."""
    headers = _headers(system) | {"Content-Type": "application/json"}
    return [
        http.request(
            f"/v1/accounts/{account}/following",
            method="PUT",
            headers=headers,
            body=orjson.dumps({"is_following": is_following}),
        )
        for is_following in (False, True)
        for account in system.warm
    ]


def search_case_name(system: System) -> str:
    return f"search by part of an address, {system.accounts:,} accounts"


def _search(system: System) -> Case:
    wanted = [_get(system, f"/v1/search?q={part}") for part in parts_of_addresses(system)]
    return Case(search_case_name(system), system.stack.url, system.parts, cycle(wanted), lap=tuple(wanted[:5]))


def parts_of_addresses(system: System) -> list[str]:
    """The last letters before the @ of some addresses, from all over the firm's clients."""
    url = system.stack.env["DATABASE_URL"]
    database = f"{url.rpartition('/')[0]}/{system.stack.namespace}_contacts"
    with psycopg.connect(database, connect_timeout=5) as connection:
        connection.execute("SELECT set_config('app.firm_id', %s, true)", [str(system.firm.id)])
        query = "SELECT folded FROM contact_address WHERE firm_id = %s ORDER BY id LIMIT %s"
        found = connection.execute(query, [system.firm.id, QUERIES]).fetchall()
    return [address.partition("@")[0][-LETTERS:] for (address,) in found]
