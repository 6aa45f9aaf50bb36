"""A client does in the portal all that the firm asks, over HTTP, and the firm's overview tells of each step."""

import pytest

from tests.firms import person
from tests.pdfs import blank_pdf, text_of
from tests.stack import until

FILE = {"Content-Type": "application/octet-stream"}
ONCE = {"service": "Tax return", "unit_price": "250.00", "tax_rate": "20"}
MONTHLY = {"service": "Bookkeeping", "unit_price": "80.00"}


class Household:
    """An account of two people with LOGIN, both signed in; `anna` and `bert` call below the account's path."""

    def __init__(self, firm):
        self.firm, self.owner = firm, firm.owner
        people = [person(first_name=name) for name in ("Anna", "Bert")]
        self.account = firm.account("Roy Family", contacts=[{"new": one} for one in people])
        self.at = f"/accounts/{self.account['id']}"
        self.anna, self.bert = (firm.portal(self.account, one["email"]) for one in people)
        linked = self.owner.made("GET", f"{self.at}/contacts")["items"]
        self.contacts = [one["contact"] for one in linked]

    def section(self, name):
        (found,) = self.owner.made("GET", f"{self.at}/overview?sections={name}")["sections"]
        return found

    def row(self, section, /, **expected):
        """The section's only row, as soon as it says what is expected."""

        def told():
            rows = self.section(section)["rows"]
            return rows and expected.items() <= rows[0].items() and rows[0]

        return until(told)

    def upload(self, name, content=None, **query):
        content = content or blank_pdf()
        response = self.owner.post(f"{self.at}/documents", params={"name": name, **query}, content=content)
        assert response.status_code == 201, response.text
        return response.json()

    def ask_to_approve(self, name):
        return self.owner.made("POST", f"{self.at}/approvals", document_id=self.upload(name)["id"])


@pytest.fixture
def home(firm):
    made = Household(firm)
    yield made
    made.anna.close()
    made.bert.close()


def test_files_go_both_ways(home):
    """R-DOC-1, R-DOC-2, R-DOC-8"""
    (folder,) = home.anna.made("GET", f"{home.at}/folders")["items"]
    place = {"name": "Bank statement.pdf", "folder_id": folder["id"]}

    sent = home.anna.post(f"{home.at}/documents", params=place, content=blank_pdf(), headers=FILE)

    assert (sent.status_code, folder["may_upload"]) == (201, True)
    assert (sent.json()["mine"], sent.json()["by"], sent.json()["media_type"]) == (True, "client", "application/pdf")
    assert sent.headers["location"] == f"/v1/portal{home.at}/documents/{sent.json()['id']}"
    row = home.row("documents", is_new=True, name="Bank statement.pdf")
    assert row["uploader"]["name"] == home.contacts[0]["display_name"]
    again = home.anna.post(f"{home.at}/documents/{sent.json()['id']}/versions", content=b"corrected", headers=FILE)
    assert (again.status_code, again.json()["size"]) == (201, 9)
    shared = home.upload("Return 2026.pdf", blank_pdf() + b"\n")
    listed = home.bert.made("GET", f"{home.at}/documents?sort=name")["items"]
    assert [(one["name"], one["mine"]) for one in listed] == [("Bank statement.pdf", False), ("Return 2026.pdf", False)]
    assert home.bert.made("GET", f"{home.at}/documents?q=RETURN")["total"] == 1
    got = home.anna.get(f"{home.at}/documents/{shared['id']}/file")
    assert (got.content, got.headers["content-type"]) == (blank_pdf() + b"\n", "application/pdf")
    assert home.section("documents")["rows"][0]["is_new"]  # clients see nothing for the firm (R-DOC-4)


def test_one_document_is_approved_and_another_is_not(home):
    """R-APR-2, R-APR-4"""
    approved = home.ask_to_approve("Return.pdf")
    home.row("approvals", status="pending")
    (asked,) = home.anna.made("GET", f"{home.at}/approvals")["items"]
    assert (asked["id"], asked["document_name"]) == (approved["id"], "Return.pdf")

    home.anna.made("POST", f"{home.at}/approvals/{approved['id']}/approve")

    row = home.row("approvals", status="approved")
    assert row["answered_by"] == home.contacts[0]["display_name"]
    late = home.bert.post(f"{home.at}/approvals/{approved['id']}/disapprove", json={"reason": "I would not."})
    assert (late.status_code, late.json()["type"], late.json()["state"]) == (
        409,
        "/problems/approval_answered",
        "approved",
    )
    known = home.owner.made("GET", f"{home.at}/approvals/{approved['id']}")
    assert known["address"] == "127.0.0.1"
    assert home.anna.made("GET", f"{home.at}/approvals")["items"][0]["address"] == ""

    other = home.ask_to_approve("Balance.pdf")
    mute = home.bert.post(f"{home.at}/approvals/{other['id']}/disapprove", json={"reason": " "})
    home.bert.made("POST", f"{home.at}/approvals/{other['id']}/disapprove", reason="May is missing.")

    assert (mute.status_code, mute.json()["errors"][0]["field"]) == (422, "reason")
    rows = until(lambda: [one for one in home.section("approvals")["rows"] if one["status"] == "disapproved"])
    assert (rows[0]["id"], rows[0]["reason"]) == (other["id"], "May is missing.")


def place(kind, y):
    return {"kind": kind, "page": 1, "x": 0.1, "y": y, "width": 0.3, "height": 0.05}


def test_two_sign_one_after_the_other_each_in_their_own_places(home):
    """R-SGN-4, R-SGN-5, R-POR-3, R-DOC-7"""
    document = home.upload("Engagement letter.pdf")
    anna, bert = ({"contact_id": one["id"]} for one in home.contacts)
    anna["fields"] = [place("signature", 0.6), {**place("text", 0.7), "label": "Town"}]
    bert["fields"] = [place("signature", 0.8)]
    request = home.owner.made(
        "POST", f"{home.at}/signatures", document_id=document["id"], order="sequential", signers=[anna, bert]
    )
    names = [one["display_name"] for one in home.contacts]
    row = home.row("signatures", signed=0)
    assert (row["total"], row["missing"]) == (2, names)
    one = f"{home.at}/signatures/{request['id']}"
    (hers,), (his,) = (who.made("GET", f"{home.at}/signatures")["items"] for who in (home.anna, home.bert))
    assert [[field["kind"] for field in seen["fields"]] for seen in (hers, his)] == [
        ["signature", "text"],
        ["signature"],
    ]
    assert (hers["is_my_turn"], his["is_my_turn"]) == (True, False)
    assert names[1] not in str(hers)
    consent = {"signed_name": names[0], "has_consented": True}
    early = home.bert.post(f"{one}/sign", json=consent | {"signed_name": names[1]})
    assert (early.status_code, early.json()["type"]) == (409, "/problems/not_your_turn")
    assert home.anna.get(f"{home.at}/documents/{document['id']}/file").content == blank_pdf()

    (town,) = (field["id"] for field in hers["fields"] if field["kind"] == "text")
    first = home.anna.made("POST", f"{one}/sign", **consent, values={str(town): "Linz"})

    assert (first["my_status"], first["status"], first["signed"]) == ("signed", "partially_signed", 1)
    assert home.row("signatures", signed=1)["missing"] == [names[1]]
    twice = home.anna.post(f"{one}/sign", json=consent | {"values": {str(town): "Linz"}})
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/already_signed")
    second = home.bert.made("POST", f"{one}/sign", signed_name=names[1], has_consented=True)
    assert second["status"] == "signed"
    home.row("signatures", status="signed", signed=2, missing=[])
    signed = until(lambda: (got := home.bert.get(f"{one}/file")).is_success and got)
    assert all(word in text_of(signed.content) for word in (*names, "Linz"))
    evidence = home.owner.made("GET", f"{one}/evidence")["signatures"]
    assert [(each["way"], each["address"]) for each in evidence] == [("portal", "127.0.0.1")] * 2
    assert home.anna.get(f"{home.at}/documents/{document['id']}/file").content == signed.content


def test_an_organizer_is_filled_in_bit_by_bit_and_handed_in(home):
    """R-ORG-1, R-ORG-2, R-ORG-3, R-ORG-4"""
    questions = [
        {"key": "name", "label": "Your name", "kind": "short_text", "is_required": True},
        {"key": "rent", "label": "Rent", "kind": "amount", "is_required": True},
    ]
    sections = [{"title": "You", "questions": questions}]
    fields = {"name": "Tax 2026", "sections": sections, "is_startable": True}
    template = home.owner.made("POST", "/organizer-templates", **fields)
    (sent,) = home.owner.made("POST", f"{home.at}/organizers", template_ids=[template["id"]])["items"]
    one = f"{home.at}/organizers/{sent['id']}"
    home.row("organizers", status="not_opened")

    opened = home.anna.made("POST", f"{one}/open")
    home.row("organizers", status="opened")
    saved = home.anna.made("PUT", f"{one}/answers", answers={"name": "Anna Roy"})
    home.row("organizers", status="in_progress", progress=50)
    missing = home.anna.post(f"{one}/submit")
    wrong = home.bert.put(f"{one}/answers", json={"answers": {"rent": "a lot", "street": "?"}})
    both = home.bert.made("PUT", f"{one}/answers", answers={"rent": {"amount": "900.00", "currency": "EUR"}})
    done = home.anna.made("POST", f"{one}/submit")

    assert (opened["answers"], saved["answers"]) == ({}, {"name": "Anna Roy"})
    assert [each["field"] for each in missing.json()["errors"]] == ["answers.rent"]
    assert {each["field"] for each in wrong.json()["errors"]} == {"answers.rent", "answers.street"}
    assert both["answers"]["name"] == "Anna Roy"
    assert (done["status"], done["progress"]) == ("submitted", 100)
    closed = home.anna.put(f"{one}/answers", json={"answers": {"name": "Anna"}})
    assert (closed.status_code, closed.json()["type"]) == (409, "/problems/organizer_closed")
    home.row("organizers", status="submitted")
    seen = home.owner.made("GET", one)
    assert (seen["answers"]["rent"]["amount"], seen["submitted_by"]["name"]) == (
        "900.00",
        home.contacts[0]["display_name"],
    )
    (startable,) = home.bert.made("GET", f"{home.at}/startable-organizers")["items"]
    own = home.bert.made("POST", f"{home.at}/organizers", template_id=startable["id"])
    assert {each["id"] for each in home.anna.made("GET", f"{home.at}/organizers")["items"]} == {own["id"], sent["id"]}


def test_a_chat_is_answered_with_a_file_and_a_task_ticked(home):
    """R-CHT-1 to R-CHT-5"""
    thread = home.owner.made(
        "POST",
        f"{home.at}/chats",
        subject="Tax return",
        text="What is missing, please?",
        participant_ids=[home.contacts[0]["id"]],
        tasks=["Upload the bank statements"],
    )
    one = f"{home.at}/chats/{thread['id']}"
    (mine,) = home.anna.made("GET", f"{home.at}/chats?is_unread=true")["items"]
    (task,) = mine["tasks"]
    newest = home.anna.made("GET", f"{one}/messages")["items"][0]

    home.anna.made("PUT", f"{one}/read", message_id=newest["id"])
    home.anna.made("POST", f"{one}/tasks/{task['id']}/tick")
    upload = {"params": {"name": "January.pdf"}, "content": blank_pdf(), "headers": {"Content-Type": "application/pdf"}}
    file = home.anna.post(f"{home.at}/chat-attachments", **upload).json()
    said = home.anna.made("POST", f"{one}/messages", text="Only January.", attachment_ids=[file["id"]])
    better = {"text": "Only January, here it is.", "version": said["version"]}
    home.anna.made("PATCH", f"{one}/messages/{said['id']}", **better)

    row = home.row("chats", is_unread=True, tasks_done=1, attachments=1)
    assert (row["answered_by"]["name"], row["last_message"]["text"]) == (
        home.contacts[0]["display_name"],
        better["text"],
    )
    assert [each["id"] for each in row["read_by"]] == [home.contacts[0]["id"]]
    got = home.owner.get(f"{home.at}/chat-attachments/{file['id']}")
    assert got.content == home.anna.get(f"{home.at}/chat-attachments/{file['id']}").content == blank_pdf()
    assert home.anna.made("GET", f"{home.at}/chats?is_unread=true")["total"] == 0
    own = home.bert.made("POST", f"{home.at}/chats", subject="A question", text="How long does it take?")
    assert until(lambda: own["id"] in {each["id"] for each in home.section("chats")["rows"]})
    assert home.bert.delete(f"{home.at}/chats/{own['id']}/messages/{own['id']}").status_code == 404


def test_an_invoice_is_paid_from_credit(home):
    """R-INV-2, R-CRD-2, R-CRD-3, R-CRD-8: which opens the document that waited for it."""
    lines = [{"name": "Tax return", "unit_price": "120.00"}]
    draft = home.owner.made("POST", f"{home.at}/invoices", lines=lines, memo="With thanks")
    assert home.anna.made("GET", f"{home.at}/invoices")["total"] == 0
    home.owner.made("POST", f"{home.at}/invoices/{draft['id']}/issue", version=draft["version"])
    home.owner.made("POST", f"{home.at}/credits", amount="150.00", note="Goodwill")
    document = home.upload("Return.pdf")
    lock, file = f"{home.at}/documents/{document['id']}/lock", f"{home.at}/documents/{document['id']}/file"
    until(lambda: home.owner.put(lock, json={"invoice_id": draft["id"]}).is_success)
    home.row("invoices", id=draft["id"])
    (invoice,) = home.anna.made("GET", f"{home.at}/invoices")["items"]
    (balance,) = home.anna.made("GET", f"{home.at}/balance")["items"]
    shut = home.anna.get(file)

    paid = home.anna.made("POST", f"{home.at}/invoices/{invoice['id']}/credit")

    assert (invoice["status"], invoice["remaining"], balance["credit"]) == ("unpaid", "120.00", "150.00")
    assert (shut.status_code, shut.json()["type"]) == (409, "/problems/document_locked")
    assert (paid["status"], paid["remaining"]) == ("paid", "0.00")
    assert home.bert.made("GET", f"{home.at}/balance")["items"][0]["credit"] == "30.00"
    assert until(lambda: home.section("invoices")["total"] == 0)
    assert until(lambda: home.anna.get(file).content == blank_pdf())
    assert home.anna.made("GET", f"{home.at}/invoices/{invoice['id']}")["memo"] == "With thanks"
    (entry, _) = home.owner.made("GET", f"{home.at}/credits")["items"]
    assert (entry["author"]["kind"], entry["author"]["name"]) == ("portal", home.contacts[0]["display_name"])
    again = home.anna.post(f"{home.at}/invoices/{invoice['id']}/credit")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/more_than_due")


def test_a_proposal_is_signed_with_the_package_of_their_choice(home):
    """R-PRP-1 to R-PRP-5, R-SIG-3"""
    packages = [{"name": "Basic", "lines": [ONCE]}, {"name": "Full", "lines": [ONCE, MONTHLY]}]
    draft = home.owner.made(
        "POST",
        f"{home.at}/proposals",
        name="Tax 2026",
        packages=packages,
        invoicing="on_signature",
        issues_invoices=True,
    )
    assert home.anna.made("GET", f"{home.at}/proposals")["items"] == []
    home.owner.made("POST", f"{home.at}/proposals/{draft['id']}/send", version=draft["version"])
    home.row("proposals", status="pending")
    (offered,) = home.anna.made("GET", f"{home.at}/proposals")["items"]
    one = f"{home.at}/proposals/{offered['id']}"
    basic, full = ({"version": offered["version"], "package_id": each["id"]} for each in offered["packages"])

    home.bert.made("POST", f"{one}/decline", version=offered["version"], reason="Too dear.")
    first = home.anna.made("POST", f"{one}/sign", **full)
    row = home.row("proposals", status="partially_signed")
    other = home.bert.post(f"{one}/sign", json=basic)
    last = home.bert.made("POST", f"{one}/sign", **full)

    assert (offered["can_sign"], first["status"], first["signed"], row["signed"]) == (True, "partially_signed", 1, 1)
    assert (other.status_code, other.json()["package_id"]) == (409, full["package_id"])
    assert (last["status"], last["state"]) == ("signed", "signed")
    home.row("proposals", status="signed")
    invoice = until(lambda: home.bert.made("GET", f"{home.at}/invoices")["items"])[0]
    assert invoice["total"] == "380.00"  # the month's bookkeeping too, without tax
    home.row("invoices", id=invoice["id"])
    signature = home.owner.made("GET", one)["signers"][0]["signature"]
    assert (signature["ip"], signature["agent"]) == ("127.0.0.1", home.anna.headers["user-agent"])
