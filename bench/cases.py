"""What is measured, and by which requests."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count, cycle
from typing import Any, NamedTuple

import orjson
import psycopg

from bench import http
from bench.cpu import Parts
from bench.generate.firm import Firm
from bench.generate.portal import client_token
from bench.generate.requests import template_id
from bench.generate.source import FULL, WARM
from bench.system import Limits, System
from bench.visible import Write
from deploy.sample.papers import pdf

QUERIES = 200  # different parts of addresses asked for in turn
LETTERS = 8  # of a part of an address: what somebody remembers of one

LIMIT_CASES = ("HTTP alone", "HTTP + SQL", "HTTP + 1 raw RPC", "HTTP + 1 raw RPC + SQL")
BASE = LIMIT_CASES[-1]
WARM_CASE = "warm profile"
SEARCH_CASE = "search by part of an address"
MIXED_CASE = "95 warm profiles, 5 writes"
WRITES = 5  # of a hundred requests of the mixed case

Body = dict[str, object]
Answer = dict[str, Any]


class Add(NamedTuple):
    """What adds a row to a section: a path below the account, and a body, or what makes one for the firm.

    Bytes are a file. With `then` the first request only prepares, and a second one, made of its answer, adds the row.
    `by_client`: somebody of the account's makes it in the portal.
    """

    path: str
    body: Body | bytes | Callable[[Firm], Body]
    then: Callable[[Answer], tuple[str, Body]] | None = None
    by_client: bool = False

    def path_of(self, account: str, path: str = "") -> str:
        """The whole path for an account; without one, that of the first request."""
        return f"/v1/{'portal/' if self.by_client else ''}accounts/{account}/{path or self.path}"


def _uploaded(path: str, more: Body) -> Add:
    """What is asked about a document of its own."""
    return Add(f"documents?name={path}.pdf", pdf("Draft"), lambda made: (path, {"document_id": made["id"], **more}))


# A section joins by its line. E-mail comes from mailboxes, of which there are none here; sign-ins add no second row.
ADDS: dict[str, Add] = {
    "documents": Add("documents?name=Receipt.pdf", pdf("Receipt"), by_client=True),
    "tasks": Add("tasks", {"title": "Ask for bank statements", "priority": "high", "due_on": "2026-12-31"}),
    "notes": Add("notes", {"body": "Prefers to be called in the morning."}),
    "time": Add("time-entries", {"on": "2026-03-02", "minutes": 30, "service": "Bookkeeping"}),
    "chats": Add("chats", {"subject": "Missing receipts", "text": "Could you send us those of the last quarter?"}),
    "organizers": Add("organizers", lambda firm: {"template_ids": [template_id(firm)]}),
    "approvals": _uploaded("approvals", {}),
    "signatures": _uploaded("signatures", {"remind_after_days": 0}),
    "invoices": Add(
        "invoices",
        {"lines": [{"name": "Advice", "unit_price": "180"}]},
        lambda made: (f"invoices/{made['id']}/issue", {"version": made["version"]}),
    ),
    "proposals": Add(
        "proposals",
        {"name": "Advice", "packages": [{"name": "Basic", "lines": [{"service": "Advice", "unit_price": "180"}]}]},
        lambda made: (f"proposals/{made['id']}/send", {"version": made["version"]}),
    ),
}


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
    """Those of the large system, and the search of the small one before its own."""
    found = cases_of(large)
    at = next(place for place, case in enumerate(found) if case.name == SEARCH_CASE)
    searches = [replace(_search(system), name=search_case_name(system)) for system in (small, large)]
    return [*found[:at], *searches, *found[at + 1 :]]


def cases_of(system: System) -> list[Case]:
    """What is asked of any system, in this order."""
    views = [_view(system, account) for account in system.warm]
    listed = _get(system, "/v1/accounts?limit=50")
    accounts = [_get(system, f"/v1/accounts/{account}") for account in system.warm]
    contacts = [_get(system, f"/v1/accounts/{account}/contacts") for account in system.warm]
    url, parts, lap = system.stack.url, system.parts, tuple(views)
    return [
        Case(WARM_CASE, url, parts, cycle(views), lap=lap),
        Case("cold profile", url, parts, _cold(system), lap=(listed,)),
        _search(system),
        Case("client list, the first 50", url, parts, cycle([listed]), lap=(listed,)),
        Case("Info: the account", url, parts, cycle(accounts), lap=tuple(accounts)),
        Case("Info: its contacts", url, parts, cycle(contacts), lap=tuple(contacts)),
        Case("follow an account", url, parts, cycle(_follows(system)), lap=lap, has_echo=True),
        Case("create a task", url, parts, cycle(_tasks(system)), lap=lap, has_echo=True),
        Case(MIXED_CASE, url, parts, _mixed(system, views), lap=lap, has_echo=True),
    ]


def writes(system: System) -> list[Write]:
    """A write of each section in ADDS for each of the warm accounts, and the view that shows it."""
    return [
        Write(section, _add(system, account, add), _view(system, account), _then(system, account, add))
        for section, add in ADDS.items()
        for account in system.warm
    ]


def _add(system: System, account: str, add: Add) -> bytes:
    body = add.body(system.firm) if callable(add.body) else add.body
    return _post(add.path_of(account), body, _token(system, account, add))


def _then(system: System, account: str, add: Add) -> Callable[[bytes], bytes] | None:
    then = add.then
    if then is None:
        return None

    def following(answer: bytes) -> bytes:
        path, body = then(orjson.loads(answer))
        return _post(add.path_of(account, path), body, _token(system, account, add))

    return following


def _token(system: System, account: str, add: Add) -> str:
    return client_token(system.firm, account) if add.by_client else system.firm.token


def _mixed(system: System, views: list[bytes]) -> Iterator[bytes]:
    """Ninety-five views of a hundred requests, the writes spread evenly among them, over sections and accounts.

    Writes of one request alone: each is sent by itself here.
    """
    adding = cycle([one.write for one in turns_of(writes(system)) if one.then is None])
    viewing = cycle(views)
    every = 100 // WRITES
    return (next(adding) if number % every == 0 else next(viewing) for number in count(1))


def turns_of(found: list[Write]) -> list[Write]:
    """The same writes, section by section in turn."""
    rows = len(found) // len(ADDS)
    return [found[section * rows + row] for row in range(rows) for section in range(len(ADDS))]


def _headers(system: System) -> dict[str, str]:
    return {"Authorization": f"Bearer {system.firm.token}"}


def _get(system: System, path: str) -> bytes:
    return http.request(path, headers=_headers(system))


def _view(system: System, account: str) -> bytes:
    return _get(system, f"/v1/accounts/{account}/overview")


def _post(path: str, body: Body | bytes, token: str) -> bytes:
    kind, content = ("pdf", body) if isinstance(body, bytes) else ("json", orjson.dumps(body))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": f"application/{kind}"}
    return http.request(path, method="POST", headers=headers, body=content)


def _cold(system: System) -> Iterator[bytes]:
    """Full accounts nobody has looked at, one after the other; the last is left for `whole`."""
    for number in range(WARM, _full(system) - 1):
        yield _view(system, system.firm.account(number))


def whole(system: System) -> list[bytes]:
    """Views whose every section must have come from its owner: those of the warm accounts, and a cold one."""
    return [_view(system, account) for account in (*system.warm, system.firm.account(_full(system) - 1))]


def _full(system: System) -> int:
    return min(FULL, system.accounts)


def _tasks(system: System) -> list[bytes]:
    return [_add(system, account, ADDS["tasks"]) for account in system.warm]


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
    return f"{SEARCH_CASE}, {system.accounts:,} accounts"


def _search(system: System) -> Case:
    wanted = [_get(system, f"/v1/search?q={part}") for part in parts_of_addresses(system)]
    return Case(SEARCH_CASE, system.stack.url, system.parts, cycle(wanted), lap=tuple(wanted[:5]))


def parts_of_addresses(system: System) -> list[str]:
    """The last letters before the @ of some addresses, from all over the firm's clients."""
    url = system.stack.env["DATABASE_URL"]
    database = f"{url.rpartition('/')[0]}/{system.stack.namespace}_contacts"
    with psycopg.connect(database, connect_timeout=5) as connection:
        connection.execute("SELECT set_config('app.firm_id', %s, true)", [str(system.firm.id)])
        query = "SELECT folded FROM contact_address WHERE firm_id = %s ORDER BY id LIMIT %s"
        found = connection.execute(query, [system.firm.id, QUERIES]).fetchall()
    return [address.partition("@")[0][-LETTERS:] for (address,) in found]
