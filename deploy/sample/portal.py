"""Which of the sample's people are let in, told and synced, and who signs first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from deploy.sample.clients import SEED, Client

How = Literal["granted", "invited", "active"]
SHARE, SYNCED = 0.6, 0.3  # of the clients that have somebody with an address; of those who are let in
COUPLE = 2
PASSWORD = "Tidy-ledger-97"  # noqa: S105 (of every client of the sample who was let in)
SHOWN = ("eloise.destrees@example.com", "morag@brewing-obrien.example.com")  # into two accounts, into one
AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 Version/18.2 Mobile Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.2 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
)
ORDERED = 2  # households whose signers have an order of their own (R-SP-1)


@dataclass(frozen=True)
class Entry:
    """A contact whose primary address, `email`, is let in so far (domain.md §4.5)."""

    email: str
    how: How
    is_synced: bool


@dataclass(frozen=True)
class Portal:
    """`is_ordered`: the entries sign in their order. `moved_to`: the first one's address is changed to it (R-EM-3)."""

    entries: tuple[Entry, ...]
    is_ordered: bool = False
    moved_to: str | None = None


def portals(clients: Sequence[Client], seed: int = SEED) -> dict[str, Portal]:
    """By the client's key; nobody is let into an archived account (R-ARC-1)."""
    # Somebody who serves several clients is one contact, with the address that comes last.
    known = {linked.person.key: linked.person.contact.email for client in clients for linked in client.contacts}
    emails = {client.key: [one for each in client.contacts if (one := known[each.person.key])] for client in clients}
    found = {one.key: portal for one in clients if (portal := _portal(one, emails[one.key], seed)) is not None}
    by_key = {client.key: client for client in clients}
    couples = [key for key in found if by_key[key].type == "individual" and len(emails[key]) == COUPLE]
    for key in couples[:ORDERED]:
        first, second = emails[key]
        found[key] = Portal((Entry(second, "granted", False), Entry(first, "invited", False)), is_ordered=True)
    uses = Counter(linked.person.key for client in clients for linked in client.contacts)
    movable = [
        key
        for key, portal in found.items()
        if portal.entries[0].how == "active" and all(uses[one.person.key] == 1 for one in by_key[key].contacts)
    ]
    for moved in movable[:1]:
        found[moved] = replace(found[moved], moved_to=f"new.{found[moved].entries[0].email}")
    return found


def came_by(email: str, seed: int = SEED) -> tuple[str, str]:
    """From which address somebody signs in, and with which browser."""
    random = Random(f"{seed} browser {email}")  # noqa: S311 (a sample, not a secret)
    return f"203.0.113.{random.randint(1, 254)}", random.choice(AGENTS)


def _portal(client: Client, emails: Sequence[str], seed: int) -> Portal | None:
    random = Random(f"{seed} portal {client.key}")  # noqa: S311 (a sample, not a secret)
    if not emails or client.is_archived or random.random() > SHARE:
        return None
    how: How = random.choices(("granted", "invited", "active"), (55, 27, 18))[0]
    return Portal((Entry(emails[0], how, random.random() < SYNCED),))
