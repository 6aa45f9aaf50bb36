"""What of a request becomes which column of a contact, tidied (domain.md §4.1)."""

from collections.abc import Mapping
from typing import Any

from services.contacts.rules.text import tidy, tidy_body

NAMES = ("first_name", "middle_name", "last_name")
ADDRESS = ("street", "city", "state", "zip")


def columns(given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the columns that the fields of a request set; addresses and tags need the database."""
    made: dict[str, Any] = {name: tidy(given[name]) for name in (*NAMES, "company_name") if name in given}
    if "address" in given:
        made |= {name: tidy(getattr(given["address"], name)) for name in ADDRESS}
        made["country"] = given["address"].country
    if "phones" in given:
        made["phones"] = list(dict.fromkeys(filter(None, map(tidy, given["phones"]))))
    if "notes" in given:
        made["notes"] = tidy_body(given["notes"])
    if "timezone" in given:
        made["timezone"] = given["timezone"]
    if "display_name" in given:
        typed = tidy(given["display_name"])
        made |= {"is_name_typed": True, "display_name": typed} if typed else {"is_name_typed": False}
    return made
