"""`python -m bench.faults.check URL LEDGER`: whether a system agrees with a ledger and with itself, by HTTP alone.

The owner's token is taken from the variable DOSSIER_TOKEN. It knows neither tables nor code of any service.
"""

import json
import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.firms import Client, everything

ASKING = 4  # accounts at once
# The list of the owner of each kind, beside its section of the overview; unpaid invoices alone are in a section.
SECTIONS = {"tasks": "tasks", "notes": "notes", "chats": "chats", "time-entries": "time", "documents": "documents"}
Row = dict[str, Any]


def check(client: Client, ledger: Row) -> list[str]:
    """Every difference, a sentence each; none where all is well."""
    faults = _directory(client, ledger)
    accounts = sorted({*ledger["links"], *(home for kind in ledger["items"].values() for home in kind)})
    with ThreadPoolExecutor(ASKING) as pool:
        for found in pool.map(lambda home: _home(client, ledger, home), accounts):
            faults += found
        for found in pool.map(lambda one: _account(client, ledger, *one), sorted(ledger["accounts"].items())):
            faults += found
    return faults


def _directory(client: Client, ledger: Row) -> list[str]:
    """Each account is listed once, and none that nobody was told of beyond those with other names."""
    rows = everything(client, "/accounts")
    twice = [name for name, count in Counter(row["name"] for row in rows).items() if count > 1]
    faults = [f"the client list has {name} twice" for name in twice]
    listed = {row["id"]: row for row in rows}
    for account_id, name in ledger["accounts"].items():
        row = listed.get(account_id)
        if row is None:
            faults.append(f"{name} was acknowledged and is not listed")
        elif row["name"] != name:
            faults.append(f"{account_id} was last named {name} and is listed as {row['name']}")
    strangers = {row["name"] for row in rows if row["name"].startswith("Client")} - set(ledger["accounts"].values())
    return faults + [f"{name} is listed, and nobody was told of it" for name in sorted(strangers)]


def _account(client: Client, ledger: Row, account_id: str, name: str) -> list[str]:
    """The owner of the account, of its contacts and the search agree."""
    found = client.made("GET", f"/accounts/{account_id}")
    linked = client.made("GET", f"/accounts/{account_id}/contacts")
    hits = [hit["name"] for hit in client.made("GET", f"/search?q={name.replace(' ', '+')}")["items"]]
    expected = "pending" if account_id in ledger["let_in"] else "off"
    told = {
        "name": (found["name"], name),
        "portal status": (found["portal_status"], expected),
        "portal status at its contacts": (linked["portal_status"], expected),
        "search": (hits, [name]),
    }
    faults = [f"{name}: {what} is {has!r}, not {wanted!r}" for what, (has, wanted) in told.items() if has != wanted]
    return faults if linked["items"] else [*faults, f"{name} has no contact"]


def _home(client: Client, ledger: Row, home: str) -> list[str]:
    """Everything acknowledged for an account is there once, in its owner's list, its section, and the profile."""
    faults: list[str] = []
    profile = {one["name"]: one for one in client.made("GET", f"/accounts/{home}/overview")["sections"]}
    for section, one in profile.items():
        if one["state"] != "fresh":
            faults.append(f"{home}: {section} is {one['state']}")
    for kind, by_account in ledger["items"].items():
        acknowledged = by_account.get(home, [])
        faults += _once(f"{home}: {kind}", everything(client, f"/accounts/{home}/{kind}"), acknowledged)
        section = SECTIONS.get(kind)
        if section is not None:
            rows = everything(client, f"/accounts/{home}/overview/{section}")
            faults += _once(f"{home}: {kind} in the section", rows, acknowledged)
            if section in profile and profile[section]["total"] != len(acknowledged):
                faults.append(f"{home}: the profile counts {profile[section]['total']} {kind} of {len(acknowledged)}")
    names = [item["contact"]["last_name"] for item in client.made("GET", f"/accounts/{home}/contacts")["items"]]
    linked = [name for name in names if name.startswith("Roy ")]
    if sorted(linked) != sorted(ledger["links"].get(home, [])):
        faults.append(f"{home}: {len(linked)} contacts are linked, {len(ledger['links'].get(home, []))} acknowledged")
    return faults


def _once(what: str, rows: list[Row], acknowledged: list[str]) -> list[str]:
    found = Counter(str(row["id"]) for row in rows)
    lost, made = set(acknowledged) - found.keys(), found.keys() - set(acknowledged)
    faults = [f"{what}: {one} was acknowledged and is lost" for one in sorted(lost)]
    faults += [f"{what}: {one} is there, and nobody was told of it" for one in sorted(made)]
    return faults + [f"{what}: {one} is there {count} times" for one, count in found.items() if count > 1]


def main(arguments: list[str]) -> int:
    """Print the differences; 1 where there are any."""
    if len(arguments) != 2:
        print(f"usage: {(__doc__ or '').partition(':')[0]}", file=sys.stderr)
        return 2
    url, path = arguments
    with Client(url, os.environ["DOSSIER_TOKEN"]) as client:
        faults = check(client, json.loads(Path(path).read_text(encoding="utf-8")))
    print("\n".join(faults) or "all agree")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
