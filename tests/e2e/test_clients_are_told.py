"""What the firm does reaches its clients as mails, by their switches and types; intruders learn and change nothing."""

import pytest

from tests.firms import Client, Firm, person
from tests.pdfs import blank_pdf
from tests.stack import until

ALL = {
    "documents_uploaded": "documents",
    "signature_requested": "signatures",
    "approval_requested": "approvals",
    "chat_message": "messages",
    "client_tasks": "messages",
    "proposal_sent": "proposals",
    "organizer_sent": "organizers",
    "invoice_issued": "invoices",
    "payment_received": "invoices",
}


@pytest.fixture
def account(firm):
    """An account whose contact Anna has two addresses, told of all at the first; `anna` is signed in at it."""
    contact = person(other_addresses=[{"label": "Work", "email": "work@example.com"}])
    made = firm.account("Roy Ltd", contacts=[{"new": contact}])
    made["anna"] = firm.portal(made, contact["email"])
    linked = firm.owner.made("GET", f"/accounts/{made['id']}/contacts")
    (item,) = linked["items"]
    made["first"], made["work"] = (one["address"]["id"] for one in item["addresses"])
    made["email"], made["contact"] = contact["email"], item["contact"]["id"]
    return made


def at(account, address="first"):
    return f"/accounts/{account['id']}/contacts/{account['contact']}/addresses/{account[address]}/notifications"


def say(firm, account):
    return firm.owner.made("POST", f"/accounts/{account['id']}/chats", subject="Tax return", text="Please look.")


def do_everything(firm, account):
    """What a firm does that its client is told of, once each."""
    owner, path = firm.owner, f"/accounts/{account['id']}"

    def upload(name, content):
        headers = {"Content-Type": "application/octet-stream"}
        sent = owner.post(f"{path}/documents", params={"name": name}, content=content, headers=headers)
        assert sent.is_success, sent.text
        return sent.json()["id"]

    owner.made("POST", f"{path}/approvals", document_id=upload("accounts.txt", b"Draft accounts"))
    lease, signer = upload("lease.pdf", blank_pdf()), {"contact_id": account["contact"]}
    owner.made("POST", f"{path}/signatures", document_id=lease, signers=[signer])
    thread = say(firm, account)
    owner.made("POST", f"{path}/chats/{thread['id']}/tasks", title="Upload the statements")
    lines = [{"service": "Bookkeeping", "unit_price": "120.00"}]
    offer = owner.made("POST", f"{path}/proposals", name="Offer", packages=[{"name": "All", "lines": lines}])
    owner.made("POST", f"{path}/proposals/{offer['id']}/send", version=offer["version"])
    question = {"key": "name", "label": "Your name", "kind": "short_text"}
    sections = [{"title": "You", "questions": [question]}]
    template = owner.made("POST", "/organizer-templates", name="Tax organizer", sections=sections)
    owner.made("POST", f"{path}/organizers", template_ids=[template["id"]])
    invoice = owner.made("POST", f"{path}/invoices", lines=[{"name": "Tax return", "unit_price": "120.00"}])
    owner.made("POST", f"{path}/invoices/{invoice['id']}/issue", version=invoice["version"])
    owner.made("POST", f"{path}/payments", amount="50.00", method="transfer", received_on="2026-03-02")


def mails(client, account, **query):
    return client.get(f"/accounts/{account['id']}/mails", params={"limit": 100, **query}).raise_for_status().json()


def test_each_thing_that_happens_becomes_a_mail_of_its_type(firm, account):
    """R-NOT-1, R-NOT-3: whoever NOTIFY is on for, and for nobody else."""
    firm.owner.made("PUT", at(account), types=[one for one in set(ALL.values()) if one != "organizers"])

    do_everything(firm, account)

    def told(email):
        return {one["kind"]: (one["type"], one["reason"]) for one in mails(firm.owner, account, email=email)["items"]}

    wanted = {kind: (type_, "type_off" if type_ == "organizers" else None) for kind, type_ in ALL.items()}
    until(lambda: len(told("work@example.com")) == len(ALL), timeout=60)
    first = told(account["email"])
    assert first.pop("invitation")[0] is None  # accepted by the fixture, before it went out or after
    assert first == wanted
    assert told("work@example.com") == {kind: (type_, "notify_off") for kind, type_ in ALL.items()}


def test_a_client_chooses_what_they_are_told_of(firm, account):
    """R-NOT-2"""
    anna, path = account["anna"], f"/accounts/{account['id']}/notifications"

    before = {one["email"]: one for one in anna.made("GET", path)["items"]}
    anna.made("PUT", path, address_id=account["first"], types=["invoices"])

    assert (len(before[account["email"]]["types"]), before["work@example.com"]["is_notified"]) == (9, False)
    assert firm.owner.made("GET", at(account))["types"] == ["invoices"]
    off = anna.put(path, json={"address_id": account["work"], "types": []})
    assert (off.status_code, off.json()["type"]) == (409, "/problems/notify_is_off")
    say(firm, account)
    until(lambda: "type_off" in {one["reason"] for one in mails(firm.owner, account)["items"]}, timeout=30)


def test_a_suppressed_address_shows_it_and_gets_no_mail(firm, account):
    """R-LOG-8, R-NOT-7"""
    firm.owner.made("POST", "/suppressions", email=account["email"].upper(), detail="Asked by phone")

    def shown():
        (item,) = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"]
        return item["addresses"][0]["suppression"]

    until(lambda: "Asked by phone" in shown(), timeout=30)
    say(firm, account)

    def reasons():
        return [one["reason"] for one in mails(firm.owner, account, email=account["email"])["items"]]

    until(lambda: "suppressed" in reasons(), timeout=30)
    assert [one["cause"] for one in firm.owner.made("GET", "/suppressions")["items"]] == ["by_hand"]

    assert firm.owner.delete(f"/suppressions/{account['email']}").status_code == 204
    assert firm.owner.delete(f"/suppressions/{account['email']}").status_code == 404
    until(lambda: shown() == "", timeout=30)


def test_intruders_learn_and_change_nothing(stack, firm, account):
    """R-ACC-5, R-POR-1: another firm, an employee without the right or the account, a client of another account."""
    other = Firm(stack.url, stack.env)
    hidden = firm.member("manage_accounts")
    mate = firm.member("view_all_accounts")
    neighbour = firm.account("Neighbour")
    email = firm.owner.made("GET", f"/accounts/{neighbour['id']}/contacts")["items"][0]["contact"]["addresses"][0][
        "email"
    ]
    client = firm.portal(neighbour, email)
    own, record = f"/accounts/{account['id']}/notifications", f"/accounts/{account['id']}/mails"
    choose = {"json": {"types": []}}
    mail = "019b0000-0000-7000-8000-000000000000"

    for stranger in (other.owner, hidden):
        assert stranger.get(at(account)).status_code == 404
        assert stranger.put(at(account), **choose).status_code == 404
        assert stranger.get(record).status_code == 404
        assert stranger.post(f"{record}/{mail}/again", json={}).status_code == 404
    assert mate.get(at(account)).status_code == 200
    assert mate.put(at(account), **choose).status_code == 403
    assert mate.post(f"{record}/{mail}/again", json={}).status_code == 403
    assert firm.owner.post(f"{record}/{mail}/again", json={}).status_code == 404
    assert client.get(own).status_code == 404
    assert client.put(own, json={"address_id": account["first"], "types": []}).status_code == 404
    assert Client(stack.url, None).get(at(account)).status_code == 401
    for path in ("/suppressions", "/notification-settings"):
        assert Client(stack.url, None).get(path).status_code == 401
    assert mate.get("/suppressions").status_code == 403
    assert mate.post("/suppressions", json={"email": "a@example.com"}).status_code == 403
    assert mate.patch("/notification-settings", json={"version": 1, "locale": "fr"}).status_code == 403
    assert Client(stack.url, None).post("/unsubscriptions/dsu_AAAAAAAAAAAAAAAAAAAAAA_x").status_code == 404
    assert len(firm.owner.made("GET", at(account))["types"]) == 9


def test_how_mails_look_is_for_owner_and_admins(firm):
    """R-NOT-6"""
    found = until(lambda: (got := firm.owner.get("/notification-settings")).is_success and got.json(), timeout=30)
    assert (found["firm_name"], found["locale"]) == ("Whitfield & Sons", "en")

    changed = firm.owner.made(
        "PATCH", "/notification-settings", version=found["version"], locale="fr", bcc="b@example.com"
    )
    stale = firm.owner.patch("/notification-settings", json={"version": found["version"], "locale": "en"})
    wrong = firm.owner.patch("/notification-settings", json={"version": changed["version"], "reply_to": "nobody"})

    assert (changed["locale"], changed["bcc"], changed["version"]) == ("fr", "b@example.com", found["version"] + 1)
    assert (stale.status_code, wrong.status_code) == (409, 422)
    assert wrong.json()["errors"][0]["field"] == "reply_to"
