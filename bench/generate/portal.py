"""Who of a client's people may enter the portal and sign, and when they came: rows of contacts and identity."""

import datetime as dt
import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from random import Random

from bench.generate.firm import Firm, Rows
from bench.generate.source import PLENTY, STEP, WARM, YEARS, Account

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
ADDRESS = "192.0.2.17"
LIFE = dt.timedelta(days=30)
OWNER, SECRET = 22, 43  # characters of a token, either of which may hold the `_` that stands between them
NO_PASSWORD = "none"  # noqa: S105 (no hash of any password, so nobody signs in with one)


def client_token(firm: Firm, account: str) -> str:
    """Let the first contact of an account into its portal, for some hours after the firm was made.

    It follows from the secret of the owner's token, of which it has the form.
    """
    owner, secret = firm.token[len("dsr_s_") :][:OWNER], firm.token[-SECRET:]
    own = urlsafe_b64encode(hashlib.sha256(f"{secret} {account}".encode()).digest()).decode().rstrip("=")
    return f"dsr_p_{owner}_{own}"


class Portal:
    """The first contact of a full account has LOGIN and is a signatory."""

    def __init__(self, firm: Firm, random: Random) -> None:
        self._firm = firm
        self._users: dict[str, str] = {}  # by address; one may serve several accounts
        del random  # nothing here is left to chance

    @staticmethod
    def of_firm(firm: Firm) -> Rows:
        """Give nothing: it is all about accounts."""
        del firm
        return {}

    def add(self, rows: Rows, account: Account) -> Iterator[tuple[str, int]]:
        """Add a full account's switches and sign-ins; the section shows the last of these alone (R-LA-3)."""
        own, one = self._firm.own, account.people[0]
        if not account.is_full or not one.addresses:
            return
        at, (contact, name, email) = account.made.isoformat(), account.first
        rows["contacts", "address_switch"].append(
            (own, account.id, one.addresses[0], contact, "active", at, at, True, True, True)
        )
        if account.number < WARM:
            self._session(rows, account, email)
        rows["identity", "portal_sign_in"].extend(
            (
                own, self._firm.made(f"sign-in {account.id} {place}"), (account.made + place * STEP).isoformat(),
                "signed_in", account.id, account.name, contact, name, email, email, ADDRESS, AGENT, "page",
            )
            for place in range(PLENTY)
        )  # fmt: skip
        yield "logins", PLENTY

    def _session(self, rows: Rows, account: Account, email: str) -> None:
        own, at = self._firm.own, account.made.isoformat()
        if email not in self._users:
            user = self._users[email] = self._firm.made(f"portal user {email}")
            rows["identity", "portal_user"].append((own, user, email, email, NO_PASSWORD, at, at))
            rows["identity", "portal_login"].append((own, user, email))
        made = dt.datetime.fromisoformat(self._firm.born_at) + dt.timedelta(days=365 * YEARS)
        digest = hashlib.sha256(client_token(self._firm, account.id).encode()).digest()
        session, ends = self._firm.made(f"portal session {account.id}"), (made + LIFE).isoformat()
        rows["identity", "portal_session"].append(
            (own, session, self._users[email], digest, at, made.isoformat(), ends, ADDRESS, AGENT)
        )
