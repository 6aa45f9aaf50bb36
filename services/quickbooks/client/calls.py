"""One HTTP request at a time, bounded in time and size; green where the process is."""

import time
from collections.abc import Mapping
from typing import Any

import orjson
import requests

from services.quickbooks.client.answers import Unreachable

CONNECT_SECONDS = 5.0
READ_SECONDS = 25.0  # between two pieces of an answer; Intuit itself gives up after 120
WHOLE_SECONDS = 30.0  # for an answer, however many pieces it comes in
LARGEST = 20_000_000  # bytes; a page of a thousand customers has three million
PIECE = 65_536


class Session:
    """Connections that are kept for the next request; belongs to one thread at a time."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, no .netrc of whoever started us

    def send(
        self,
        verb: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str],
    ) -> tuple[int, Any, str]:
        """Give the status, the JSON (None where it is none) and the intuit_tid of an answer. Raises Unreachable."""
        began = time.monotonic()
        try:
            with self._session.request(
                verb,
                url,
                params=params,
                data=body,
                headers={"Accept": "application/json", **headers},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = bytearray()
                for piece in response.iter_content(PIECE):
                    content += piece
                    if len(content) > LARGEST or time.monotonic() - began > WHOLE_SECONDS:
                        raise Unreachable("QuickBooks answered with too much, or too slowly.")
                return response.status_code, _json(bytes(content)), response.headers.get("intuit_tid", "")
        except requests.RequestException as exc:
            raise Unreachable(f"QuickBooks did not answer ({type(exc).__name__}).") from exc

    def close(self) -> None:
        self._session.close()


def _json(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
