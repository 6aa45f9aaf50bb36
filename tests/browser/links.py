"""Following every link there is, without a browser: what is offered to somebody has to open for them."""

import re
from html import unescape

import httpx

from tests.firms import PATIENCE, Client

LINK = re.compile(r'(?:href|hx-get|src)="(/[^"#]*)')
ELSEWHERE = re.compile(r"/static/|/sign-out|.*[?&]lang=")


def reader(url: str, cookie: str, who: Client) -> httpx.Client:
    """Somebody's browser, signed in already."""
    token = who.headers["Authorization"].removeprefix("Bearer ")
    return httpx.Client(base_url=url, cookies={cookie: token}, timeout=PATIENCE, follow_redirects=True)


def follow(reader: httpx.Client, start: str) -> tuple[set[str], list[str]]:
    """What is reached by links from a page, each address once whatever it asks for, and what of it does not open."""
    seen, waiting, refused = {start}, [start], []
    while waiting:
        path = waiting.pop()
        shown = reader.get(path)
        if shown.is_error:
            refused.append(f"{shown.status_code} {path}")
        if "text/html" not in shown.headers.get("content-type", ""):
            continue
        for link in LINK.findall(shown.text):
            bare = link.partition("?")[0]
            if bare not in seen and not ELSEWHERE.match(link):
                seen.add(bare)
                waiting.append(unescape(link))
    return seen, refused
