"""OAuth 2 with Intuit: where to send the owner, and how tokens are got, renewed and given back (R-QB-4)."""

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from services.quickbooks.client.answers import Unreachable
from services.quickbooks.client.calls import Session

SCOPE = "com.intuit.quickbooks.accounting"
FORM = "application/x-www-form-urlencoded"


class TokensRefused(Exception):
    """Intuit refuses the code or the token (`invalid_grant`), or the app's keys; `error` is its word for it."""

    def __init__(self, error: str, said: str) -> None:
        super().__init__(said or error)
        self.error = error


@dataclass(frozen=True)
class Keys:
    """Of the firm's own Intuit app."""

    client_id: str
    client_secret: str
    redirect_url: str


@dataclass(frozen=True)
class Tokens:
    """Seconds are from when they were asked for."""

    access: str
    access_seconds: int
    refresh: str
    refresh_seconds: int


@dataclass(frozen=True)
class Endpoints:
    """Intuit's addresses, as its discovery document tells them."""

    authorization: str
    token: str
    revocation: str

    @classmethod
    def discovered(cls, session: Session, url: str) -> "Endpoints":
        """Read the discovery document. Raises Unreachable."""
        _, document, _ = session.send("GET", url, headers={})
        try:
            return cls(
                str(document["authorization_endpoint"]),
                str(document["token_endpoint"]),
                str(document["revocation_endpoint"]),
            )
        except (KeyError, TypeError) as exc:
            raise Unreachable("Intuit's discovery document can't be read.") from exc

    def authorization_url(self, keys: Keys, state: str) -> str:
        """Where the owner lets us in."""
        asked = {
            "client_id": keys.client_id,
            "response_type": "code",
            "scope": SCOPE,
            "redirect_uri": keys.redirect_url,
            "state": state,
        }
        return f"{self.authorization}?{urlencode(asked)}"

    def exchanged(self, session: Session, keys: Keys, code: str) -> Tokens:
        """Turn the code that the owner brought back into tokens. Raises TokensRefused, Unreachable."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": keys.redirect_url}
        return self._tokens(session, keys, form)

    def renewed(self, session: Session, keys: Keys, refresh_token: str) -> Tokens:
        """Renew a pair of tokens; the former may be dead from then on. Raises TokensRefused, Unreachable."""
        return self._tokens(session, keys, {"grant_type": "refresh_token", "refresh_token": refresh_token})

    def revoked(self, session: Session, keys: Keys, refresh_token: str) -> None:
        """Give the permission back. Raises Unreachable."""
        body = urlencode({"token": refresh_token}).encode()
        session.send("POST", self.revocation, body=body, headers=_headers(keys))

    def _tokens(self, session: Session, keys: Keys, form: dict[str, str]) -> Tokens:
        status, document, _ = session.send("POST", self.token, body=urlencode(form).encode(), headers=_headers(keys))
        if status >= 500 or status == 429 or not isinstance(document, dict):  # noqa: PLR2004
            raise Unreachable(f"Intuit answered with {status}.")
        if "access_token" not in document:
            raise TokensRefused(str(document.get("error") or status), str(document.get("error_description") or ""))
        return _read(document)


def _read(document: dict[str, Any]) -> Tokens:
    try:
        return Tokens(
            str(document["access_token"]),
            int(document["expires_in"]),
            str(document["refresh_token"]),
            int(document["x_refresh_token_expires_in"]),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise Unreachable("Intuit's tokens can't be read.") from exc


def _headers(keys: Keys) -> dict[str, str]:
    basic = base64.b64encode(f"{keys.client_id}:{keys.client_secret}".encode()).decode()
    return {"Authorization": f"Basic {basic}", "Content-Type": FORM}
