"""What a reader asks of the list of clients again and again, kept under a name of theirs, in a cookie (R-LST-2)."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from gateway.web.firm.clients.asking import CLIENTS
from gateway.web.page import Page, Visit

COOKIE, COOKIE_SECONDS = "dossier_views", 365 * 86_400
MOST = 12
LONGEST_NAME = 40  # characters
LONGEST = 3000  # bytes of all of them; browsers keep cookies of four thousand


class View(NamedTuple):
    """A list by its name; `query` is what its address asks for."""

    name: str
    query: str

    @property
    def path(self) -> str:
        return f"{CLIENTS}?{self.query}"


def views(visit: Visit) -> Sequence[View]:
    """The lists that the reader keeps, in the order in which they were kept."""
    kept = parse_qsl(visit.request.cookies.get(COOKIE, "")[:LONGEST])
    return [View(name[:LONGEST_NAME], query) for name, query in kept][:MOST]


async def keep(visit: Visit) -> Response:
    """Keep the list as it is under a name; one of the same name gives way."""
    await visit.member()
    name = " ".join(visit.form.get("name", "").split())[:LONGEST_NAME]
    path, _, query = visit.form.get("back", "").partition("?")
    if path != CLIENTS or not query or not name:
        return visit.go(CLIENTS)
    return _back(visit, query, [*(one for one in views(visit) if one.name != name), View(name, query)])


async def forget(visit: Visit) -> Response:
    """Keep a list no longer."""
    await visit.member()
    return _back(visit, "", [one for one in views(visit) if one.name != visit.form.get("name", "")])


def _back(visit: Visit, query: str, kept: Sequence[View]) -> Response:
    """Go back to the list; of too many the oldest are forgotten."""
    some = list(kept)[-MOST:]
    while len(urlencode(some)) > LONGEST:
        del some[0]
    secure = "; Secure" if visit.request.url.scheme == "https" else ""
    cookie = f"{COOKIE}={urlencode(some)}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    return visit.go(f"{CLIENTS}?{query}" if query else CLIENTS, cookie)


PAGES = (
    Page("POST", f"{CLIENTS}/views", keep),
    Page("POST", f"{CLIENTS}/views/forget", forget),
)
