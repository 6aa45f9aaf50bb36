"""OAuth 2.0 of Intuit: what an app was granted, and the tokens that come of it.

An access token is good for 3600 s. A refresh token is good for 100 days and rolls: its value changes, so the newest
must be kept; five years after the connection was made it ends whatever happens (since October 2023).
"""

import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.quickbooks.knobs import Knobs


class InvalidGrant(Exception):
    """The answer is 400 and `{"error": "invalid_grant"}`."""


@dataclass
class Grant:
    client: str
    realm: str
    hard_at: float
    access: dict[str, float] = field(default_factory=dict)  # token: when it ends
    refresh: str = ""
    refresh_at: float = 0  # when its value was made
    refresh_ends: float = 0
    former: dict[str, float] = field(default_factory=dict)  # token: until when it is still taken
    is_revoked: bool = False


class Grants:
    def __init__(self) -> None:
        self.all: list[Grant] = []
        self.codes: dict[str, dict[str, Any]] = {}
        self.refreshes = self.refused = 0

    def make_code(self, client: str, realm: str, redirect: str, ends: float) -> str:
        code = f"XAB{secrets.token_hex(20)}"
        self.codes[code] = {"client": client, "realm": realm, "redirect": redirect, "ends": ends}
        return code

    def exchange(self, code: str, client: str, redirect: str, knobs: Knobs, moment: float) -> Grant:
        """Turn a code into tokens, once. Raises InvalidGrant."""
        made = self.codes.pop(code, None)
        if made is None or made["ends"] < moment or (made["client"], made["redirect"]) != (client, redirect):
            raise InvalidGrant("Invalid authorization code")
        return self.connect(client, made["realm"], knobs, moment)

    def connect(self, client: str, realm: str, knobs: Knobs, moment: float) -> Grant:
        grant = Grant(client, realm, hard_at=moment + knobs.hard_seconds)
        self.all.append(grant)
        self._renew(grant, knobs, moment)
        return grant

    def renew(self, token: str, client: str, knobs: Knobs, moment: float) -> Grant:
        """Refresh. Raises InvalidGrant for what is unknown, used up, past its end, or of an ended connection."""
        grant = next((each for each in self.all if token in {each.refresh, *each.former}), None)
        if grant is None or grant.client != client or grant.is_revoked:
            raise self._refuse()
        ends = min(grant.refresh_ends if token == grant.refresh else grant.former[token], grant.hard_at)
        if ends <= moment:
            raise self._refuse()
        self.refreshes += 1
        self._renew(grant, knobs, moment, is_former=token != grant.refresh)
        return grant

    def _refuse(self) -> InvalidGrant:
        self.refused += 1
        return InvalidGrant("Incorrect or invalid refresh token")

    @staticmethod
    def _renew(grant: Grant, knobs: Knobs, moment: float, *, is_former: bool = False) -> None:
        """This will make an access token, and a refresh token where the mode says so.

        Who comes with a former one in its time is given the one that follows it.
        """
        grant.access = {token: ends for token, ends in grant.access.items() if ends > moment}
        grant.access[f"eyJ{secrets.token_urlsafe(48)}"] = moment + knobs.access_seconds
        keeps = knobs.rotation == "daily" and moment - grant.refresh_at < knobs.rotation_seconds
        if not is_former and not (grant.refresh and keeps):
            if grant.refresh and knobs.rotation != "at_once":
                grant.former[grant.refresh] = moment + knobs.grace_seconds
            grant.refresh, grant.refresh_at = f"RT1-{secrets.token_urlsafe(30)}", moment
        grant.refresh_ends = moment + knobs.refresh_seconds

    def revoke(self, token: str, client: str) -> bool:
        """End a connection by either of its tokens."""
        for grant in self.all:
            if token in {grant.refresh, *grant.former, *grant.access} and grant.client == client:
                grant.is_revoked = True
                return True
        return False

    def end(self, realm: str) -> None:
        """End every connection of a company, as a person does in QuickBooks."""
        for grant in self.all:
            grant.is_revoked |= grant.realm == realm

    def expire(self, realm: str | None, which: str) -> None:
        """End `access`, `refresh` or `hard` at once, of one company or all."""
        for grant in self.all:
            if realm not in {None, grant.realm}:
                continue
            if which == "access":
                grant.access = dict.fromkeys(grant.access, 0.0)
            elif which == "refresh":
                grant.refresh_ends, grant.former = 0.0, {}
            else:
                grant.hard_at = 0.0

    def of_access(self, token: str, moment: float) -> Grant | None:
        for grant in self.all:
            if grant.access.get(token, 0.0) > moment and not grant.is_revoked:
                return grant
        return None

    def to_json(self) -> dict[str, Any]:
        return {"all": [asdict(each) for each in self.all], "codes": self.codes}

    def load(self, kept: dict[str, Any]) -> None:
        self.all = [Grant(**each) for each in kept["all"]]
        self.codes = kept["codes"]


def answer(grant: Grant, moment: float, *, with_hard: bool) -> dict[str, Any]:
    """What the token endpoint says."""
    token, ends = list(grant.access.items())[-1]
    body: dict[str, Any] = {
        "token_type": "bearer",
        "access_token": token,
        "expires_in": round(ends - moment),
        "refresh_token": grant.refresh,
        "x_refresh_token_expires_in": round(min(grant.refresh_ends, grant.hard_at) - moment),
    }
    return {**body, "x_refresh_token_hard_expires_in": round(grant.hard_at - moment)} if with_hard else body
