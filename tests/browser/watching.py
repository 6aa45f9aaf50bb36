"""What goes wrong in a page without anybody seeing it: errors, refused and failed requests, requests to elsewhere."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request

LEFT = "net::ERR_ABORTED"  # a request that nobody waits for once the reader has gone on
OWN_SCHEMES = frozenset({"data", "blob", "about", "chrome", "chrome-extension"})  # the last two: Chromium shows a PDF


@dataclass
class Watch:
    """`faults` of all pages of a context, but those that a test says it causes."""

    origin: str
    faults: list[str] = field(default_factory=list)
    _caused: list[re.Pattern[str]] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)

    def causes(self, pattern: str) -> None:
        """Say that faults like this are what a test is about."""
        self._caused.append(re.compile(pattern))

    @property
    def unforeseen(self) -> list[str]:
        return [fault for fault in self.faults if not any(one.search(fault) for one in self._caused)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning", "assert"}:
            self.faults.append(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in OWN_SCHEMES and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.faults.append(f"request to elsewhere: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT:
            self.faults.append(f"request failed: {request.url}: {request.failure}")
