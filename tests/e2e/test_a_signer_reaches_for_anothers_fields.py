"""A signer in the portal reaches for what is another's: their fields, their request, their turn."""

import pytest

from tests.firms import person
from tests.pdfs import blank_pdf


class Letter:
    """A letter that Anna and Bert of one account sign, each in places of their own; Carl is of another account."""

    def __init__(self, firm):
        anna, bert, carl = (person(first_name=name) for name in ("Anna", "Bert", "Carl"))
        account = firm.account("Roy Family", contacts=[{"new": anna}, {"new": bert}])
        elsewhere = firm.account("Carl's", contacts=[{"new": carl}])
        self.at, self.owner = f"/accounts/{account['id']}", firm.owner
        self.elsewhere = f"/accounts/{elsewhere['id']}"
        self.anna, self.bert = (firm.portal(account, one["email"]) for one in (anna, bert))
        self.carl = firm.portal(elsewhere, carl["email"])
        linked = self.owner.made("GET", f"{self.at}/contacts")["items"]
        self.contacts = [one["contact"] for one in linked]
        sent = self.owner.post(f"{self.at}/documents", params={"name": "Letter.pdf"}, content=blank_pdf())
        signers = [
            {"contact_id": one["id"], "fields": [place("signature", top), place("text", top + 0.1)]}
            for one, top in zip(self.contacts, (0.2, 0.6), strict=True)
        ]
        self.request = self.owner.made("POST", f"{self.at}/signatures", document_id=sent.json()["id"], signers=signers)

    def fields(self, number):
        return {one["kind"]: one["id"] for one in self.request["signers"][number]["fields"]}

    def consent(self, number):
        return {"signed_name": self.contacts[number]["display_name"], "has_consented": True}


def place(kind, top):
    return {"kind": kind, "page": 1, "x": 0.1, "y": top, "width": 0.3, "height": 0.05}


@pytest.fixture
def letter(firm):
    made = Letter(firm)
    yield made
    for client in (made.anna, made.bert, made.carl):
        client.close()


def test_neither_seen_nor_filled_in(letter):
    """R-POR-3"""
    hers, his = letter.fields(0)["text"], letter.fields(1)["text"]
    one = f"{letter.at}/signatures/{letter.request['id']}"

    seen = letter.anna.made("GET", f"{letter.at}/signatures")["items"][0]
    both = letter.anna.post(f"{one}/sign", json=letter.consent(0) | {"values": {str(hers): "Linz", str(his): "Graz"}})
    instead = letter.anna.post(f"{one}/sign", json=letter.consent(0) | {"values": {str(his): "Graz"}})

    assert {field["id"] for field in seen["fields"]} == set(letter.fields(0).values())
    assert letter.contacts[1]["display_name"] not in str(seen)
    assert [(answer.status_code, answer.json()["type"]) for answer in (both, instead)] == [
        (422, "/problems/invalid")
    ] * 2
    known = letter.owner.made("GET", one)
    assert [signer["status"] for signer in known["signers"]] == ["pending", "pending"]


def test_a_request_of_another_account_is_not_there(letter):
    """R-ACC-5, R-POR-1: neither by the path of that account nor by that of one's own."""
    for at in (letter.at, letter.elsewhere):
        answer = letter.carl.post(f"{at}/signatures/{letter.request['id']}/sign", json=letter.consent(0))
        assert answer.status_code == 404
        assert "Letter" not in answer.text
    assert letter.carl.made("GET", f"{letter.elsewhere}/signatures")["items"] == []
