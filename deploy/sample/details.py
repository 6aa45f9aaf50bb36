"""What the sample firm writes down of its clients and their people, and who does what for them."""

import datetime as dt
import re
from random import Random
from typing import Any

from deploy.sample.clients import SEED, Client
from deploy.sample.people import Person, latin
from deploy.sample.words import words

YEAR_ENDS = ((12, 31), (3, 31), (6, 30), (9, 30))
LIKELY = {"company": 0.9, "other": 0.7, "individual": 0.8}  # how sure a field that fits the client is filled


def of_account(client: Client, today: dt.date, seed: int = SEED) -> dict[str, Any]:
    """The values of the client's custom fields by name, as a request takes them."""
    random = _random(seed, "details", client.key)
    culture = client.contacts[0].person.culture
    month, day = random.choices(YEAR_ENDS, (60, 20, 12, 8))[0]
    services = next(entry["choices"] for entry in words()["account_fields"] if entry["name"] == "Services")
    said: dict[str, Any] = {
        "Tax number": _digits(random, _of(words()["tax_numbers"], culture.country)),
        "Risk": random.choices(("Low", "Medium", "High"), (60, 30, 10))[0],
        "Services": sorted(random.sample(services, random.choices((1, 2, 3), (50, 35, 15))[0]), key=services.index),
    }
    if client.type != "individual":
        turnover = f"{random.choice((48, 120, 310, 760, 1900, 4200)) * random.randrange(900, 1100)}.00"
        said["Fiscal year end"] = dt.date(today.year, month, day).isoformat()
        said["Turnover"] = {"amount": turnover, "currency": _of(words()["currencies"], culture.country)}
        said["VAT liable"] = random.random() < 0.8  # noqa: PLR2004
    if (domain := _domain(client)) is not None:
        said["Website"] = f"https://{domain}"
    return {name: value for name, value in said.items() if random.random() < LIKELY[client.type]}


def of_contact(person: Person, today: dt.date, seed: int = SEED) -> dict[str, Any]:
    """The values of the contact's custom fields by name; who reads no e-mail has no private address either."""
    random = _random(seed, "details", person.key)
    born_on = dt.date(today.year, 1, 1) - dt.timedelta(days=random.randrange(22 * 365, 80 * 365))
    said: dict[str, Any] = {
        "Birthday": born_on.isoformat(),
        "Preferred language": _of(words()["languages"], person.culture.country),
    }
    found = {name: value for name, value in said.items() if random.random() < 0.8}  # noqa: PLR2004
    if person.contact.email is not None and random.random() < 0.25:  # noqa: PLR2004
        number = int(person.key.rpartition("-")[2])  # nobody else's address has it behind one such name
        initial, family = latin(person.given.latin)[:1], latin(person.family.latin).replace(".", "")
        found["Private e-mail"] = f"{initial}{family}{number}@example.net"
    return found


def roles(client: Client, seed: int = SEED) -> dict[str, tuple[str, ...]]:
    """Who fills which account role for the client: those of the role who see it; for a client in two, nobody."""
    random = _random(seed, "roles", client.key)
    if random.random() < 0.55:  # noqa: PLR2004
        return {}
    found = {}
    for entry in words()["account_roles"]:
        able = [member for member in entry["members"] if member != "few" or client.is_shared_out]
        if random.random() < 0.75:  # noqa: PLR2004
            found[entry["name"]] = tuple(random.sample(able, min(len(able), random.choices((1, 2), (80, 20))[0])))
    return found


def _random(seed: int, what: str, key: str) -> Random:
    return Random(f"{seed} {what} {key}")  # noqa: S311 (a sample, not a secret)


def _of(table: dict[str, str], country: str) -> str:
    return table.get(country, table["other"])


def _digits(random: Random, pattern: str) -> str:
    return re.sub("#", lambda _: str(random.randrange(10)), pattern)


def _domain(client: Client) -> str | None:
    """The company's own, where somebody has an address at it."""
    emails = [linked.person.contact.email for linked in client.contacts]
    return next((email.rpartition("@")[2] for email in emails if email and email.endswith(".example.com")), None)
