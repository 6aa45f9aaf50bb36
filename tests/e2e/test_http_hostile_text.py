"""Names that hide what they say: refused by field, nothing half-written; letters of every script are welcome."""

import json

import pytest

from tests.firms import person
from tests.stack import until

HOSTILE = {
    "right-to-left override": "Invoice\u202efdp.exe",
    "right-to-left mark": "Ada\u200f Ltd",
    "isolate": "Ada\u2066 Ltd",
    "bell": "Ada\x07 Ltd",
    "escape": "\x1b[31mAda",
    "nul": "Ada\x00",
    "half a surrogate pair": "Ada \ud83d",
}
WELCOME = ["Ἀθηνᾶ Νίκη", "عائشة بنت أبي بكر", "שרה כהן", "山田 太郎", "Zoë Ångström-Øst", "👩‍👩‍👧 Family"]


@pytest.fixture
def known(firm):
    owner = firm.owner
    account = firm.account("Ada Ltd")
    at = f"/accounts/{account['id']}"
    linked = owner.made("GET", f"{at}/contacts")
    contact = linked["items"][0]["contact"]
    field = owner.made("POST", "/custom-fields/accounts", name="Note", type="text")
    until(lambda: [row["contacts"] for row in owner.made("GET", "/accounts")["items"]] == [[contact["display_name"]]])
    until(lambda: len(owner.made("GET", "/contacts")["items"]) == 1)
    return {
        "at": at, "version": account["version"], "contact": contact, "links": linked["version"], "field": field["id"],
    }  # fmt: skip


def requests(known, text):
    """Every place where a name or a line may be written, each with the field that is to be blamed."""
    at, contact, field = known["at"], known["contact"]["id"], known["field"]
    new = {"type": "individual", "contacts": [{"new": person()}]}
    return [
        ("POST", "/accounts", new | {"name": text}, "name"),
        ("POST", "/accounts", new | {"tags": [text]}, "tags.0"),
        ("POST", "/accounts", new | {"custom_fields": {field: text}}, f"custom_fields.{field}"),
        ("POST", "/accounts", new | {"contacts": [{"new": person(last_name=text)}]}, "contacts.0.new.last_name"),
        ("PATCH", at, {"name": text, "version": known["version"]}, "name"),
        ("PATCH", at, {"company_name": text, "version": known["version"]}, "company_name"),
        ("PATCH", at, {"company_address": {"street": text}, "version": known["version"]}, "company_address.street"),
        ("PUT", f"{at}/tags", {"tags": [text], "version": known["version"]}, "tags.0"),
        ("PATCH", f"{at}/contacts/{contact}", {"description": text, "version": known["links"]}, "description"),
        ("POST", "/contacts", person(first_name=text), "first_name"),
        ("POST", "/tags", {"name": text}, "name"),
        ("POST", "/account-roles", {"name": text}, "name"),
        ("POST", "/custom-fields/contacts", {"name": text, "type": "text"}, "name"),
        ("POST", f"{at}/tasks", {"title": text}, "title"),
    ]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused_by_field_and_leaves_nothing_behind(firm, known, text):
    before = [firm.owner.get(path).json() for path in ("/accounts", "/contacts", "/tags", known["at"])]

    for verb, path, body, field in requests(known, text):
        # JSON may spell half a surrogate pair, which no encoder of ours would write.
        raw = json.dumps(body).encode()
        answer = firm.owner.request(verb, path, content=raw, headers={"Content-Type": "application/json"})

        assert answer.status_code in (400, 422), f"{verb} {path}: {answer.status_code} {answer.text}"
        if answer.status_code == 422:
            assert [error["field"] for error in answer.json()["errors"]] == [field]

    after = [firm.owner.get(path).json() for path in ("/accounts", "/contacts", "/tags", known["at"])]
    assert after == before


@pytest.mark.parametrize("text", WELCOME)
def test_every_script_is_welcome(firm, known, text):
    for verb, path, body, _ in requests(known, text):
        answer = firm.owner.request(verb, path, json=body)

        assert answer.is_success or answer.status_code == 409, f"{verb} {path}: {answer.text}"
