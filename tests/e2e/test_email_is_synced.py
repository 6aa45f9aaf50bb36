"""From a client's mail in a member's mailbox to the page, an answer and back, over HTTP and real mail servers."""

import email as parser
import secrets

import pytest

from tests.firms import Firm
from tests.mail import PASSWORD, written
from tests.stack import until


@pytest.fixture(scope="module")
def firm(stack):
    return Firm(stack.url, stack.env)


@pytest.fixture
def mark():
    return secrets.token_hex(4)


def connect(client, dovecot, smtp, address):
    made = {"email": address, "imap": dovecot.server, "smtp": smtp.server, "user": address, "password": PASSWORD}
    return client.made("POST", "/mailboxes", **made)


def client_of(firm, address, name="Anna Roy"):
    first, last = name.split()
    return firm.account(contacts=[{"new": {"first_name": first, "last_name": last, "email": address}}])["id"]


def switch_sync(firm, account_id, address, *, is_on=True):
    linked = firm.owner.made("GET", f"/accounts/{account_id}/contacts")
    contact, settings = next(
        (item["contact"], one)
        for item in linked["items"]
        for one in item["addresses"]
        if one["address"]["email"] == address
    )
    path = f"/accounts/{account_id}/contacts/{contact['id']}/addresses/{settings['address']['id']}"
    firm.owner.made("PATCH", path, version=linked["version"], is_synced=is_on)


def look(client, mailbox):
    client.made("POST", f"/mailboxes/{mailbox['id']}/sync")


def section(client, account_id):
    profile = client.made("GET", f"/accounts/{account_id}/overview?sections=emails")
    (found,) = profile["sections"]
    return found


def test_a_client_writes_a_member_answers_and_the_page_shows_it(firm, dovecot, smtp, mark):
    """R-SYN-1, R-SYN-2, R-EML-1, R-EML-2, R-EML-4, R-EML-6"""
    zoe, anna = f"zoe.{mark}@example.com", f"anna.{mark}@example.com"
    account = client_of(firm, anna)
    box, mailbox = dovecot.mailbox(zoe), connect(firm.owner, dovecot, smtp, zoe)
    box.put(written(f"Anna Roy <{anna}>", zoe, "My return", "When is it ready?"))
    assert section(firm.owner, account)["footer"] == {"is_synced": False}

    switch_sync(firm, account, anna)
    until(lambda: section(firm.owner, account)["footer"] == {"is_synced": True})
    until(lambda: section(firm.owner, account)["total"] == 1, timeout=60)
    (row,) = section(firm.owner, account)["rows"]
    assert (row["subject"], row["status"], row["correspondent"]["name"]) == ("My return", "unread", "Anna Roy")

    path = f"/accounts/{account}/emails"
    assert firm.owner.made("GET", f"{path}/{row['id']}")["text"] == "When is it ready?"
    assert firm.owner.made("PUT", f"{path}/{row['id']}/read", is_read=True)["status"] == "read"
    sent = firm.owner.made("POST", path, to=[anna], text="On Friday.", answers=row["id"])
    assert (sent["subject"], sent["status"]) == ("Re: My return", "queued")

    until(lambda: section(firm.owner, account)["rows"][0]["status"] == "sent", timeout=60)
    raw = until(smtp.accepted)[0]
    assert parser.message_from_bytes(raw)["To"] == anna
    until(lambda: len(box.all("Verzonden")) == 1)
    thread = firm.owner.made("GET", f"{path}/{row['id']}/thread")
    assert [one["status"] for one in thread["items"]] == ["answered", "sent"]
    assert firm.owner.made("GET", f"{path}?direction=sent&q=my%20return")["total"] == 1

    look(firm.owner, mailbox)
    (known,) = [one for one in firm.owner.made("GET", "/mailboxes")["items"] if one["id"] == mailbox["id"]]
    assert PASSWORD not in str(known)


def test_an_attachment_is_downloaded_as_it_came(firm, dovecot, smtp, mark):
    zoe, anna = f"zoe.{mark}@example.com", f"anna.{mark}@example.com"
    account = client_of(firm, anna)
    content = bytes(range(256)) * 4096
    mail = written(anna, zoe, "Scan")
    mail.add_attachment(content, maintype="text", subtype="html", filename="page.html")
    dovecot.mailbox(zoe).put(mail)
    connect(firm.owner, dovecot, smtp, zoe)
    switch_sync(firm, account, anna)
    until(lambda: section(firm.owner, account)["total"] == 1, timeout=60)
    (row,) = section(firm.owner, account)["rows"]

    given = firm.owner.get(f"/accounts/{account}/emails/{row['id']}/attachment?number=1")

    assert row["has_attachments"]
    assert (given.status_code, given.content) == (200, content)
    assert given.headers["content-type"] == "application/octet-stream"
    assert "page.html" in given.headers["content-disposition"]


def test_attachments_become_documents_where_the_account_is_set_so(firm, dovecot, smtp, mark):
    """R-SYN-2"""
    zoe, anna = f"zoe.{mark}@example.com", f"anna.{mark}@example.com"
    account = client_of(firm, anna)
    colleague = firm.member("view_all_accounts")
    options = f"/accounts/{account}/email-options"
    assert colleague.put(options, json={"saves_attachments": True}).status_code == 403
    firm.owner.made("PUT", options, saves_attachments=True)
    assert colleague.made("GET", options)["saves_attachments"] is True
    for name, date in (("earlier.pdf", "Mon, 02 Nov 2020 09:30:00 +0100"), ("later.pdf", "")):
        mail = written(anna, zoe, name, Date=date)
        mail.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename=name)
        dovecot.mailbox(zoe).put(mail)
    connect(firm.owner, dovecot, smtp, zoe)
    switch_sync(firm, account, anna)

    def documents():
        return [
            row["name"]
            for row in firm.owner.made("GET", f"/accounts/{account}/overview?sections=documents")["sections"][0]["rows"]
        ]

    until(lambda: section(firm.owner, account)["total"] == 2, timeout=60)
    assert until(documents, timeout=60) == ["later.pdf"]


def test_what_may_be_of_two_clients_waits_until_a_person_chooses(firm, dovecot, smtp, mark):
    """R-SYN-5: the intruders are a colleague without the account, and one without the mailbox."""
    zoe, anna = f"zoe.{mark}@example.com", f"anna.{mark}@example.com"
    first, second = client_of(firm, anna), client_of(firm, anna)
    for account in (first, second):
        switch_sync(firm, account, anna)
        until(lambda account=account: section(firm.owner, account)["footer"] == {"is_synced": True})
    dovecot.mailbox(zoe).put(written(anna, zoe, f"Which {mark}"))
    connect(firm.owner, dovecot, smtp, zoe)

    def waiting(client):
        return [one for one in client.made("GET", "/emails/unfiled")["items"] if one["subject"] == f"Which {mark}"]

    (email,) = until(lambda: waiting(firm.owner), timeout=60)
    colleague = firm.member("view_all_accounts")
    outsider = firm.member()

    assert {one["id"] for one in email["candidates"]} == {first, second}
    assert waiting(colleague) == []
    assert colleague.get(f"/emails/unfiled/{email['id']}").status_code == 404
    assert colleague.post(f"/emails/unfiled/{email['id']}/file", json={"account_ids": [first]}).status_code == 404
    assert section(firm.owner, first)["total"] == section(firm.owner, second)["total"] == 0

    firm.owner.made("POST", f"/emails/unfiled/{email['id']}/file", account_ids=[second])

    until(lambda: section(colleague, second)["total"] == 1)
    assert section(firm.owner, first)["total"] == 0
    assert colleague.get(f"/accounts/{first}/emails/{email['id']}").status_code == 404
    assert outsider.get(f"/accounts/{second}/emails/{email['id']}").status_code == 404
    assert outsider.get(f"/accounts/{second}/emails").status_code == 404


def test_mailboxes_are_refused_in_words_and_are_their_members_own(firm, dovecot, smtp, mark):
    emil, other = firm.member(), firm.member()
    address = f"emil.{mark}@example.com"
    wrong = {"email": address, "imap": dovecot.server, "smtp": smtp.server, "user": address, "password": "wrong"}

    refused = emil.post("/mailboxes", json=wrong)
    mine = connect(emil, dovecot, smtp, address)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/mailbox_refused")
    assert "password" in refused.json()["detail"]
    assert other.made("GET", "/mailboxes")["items"] == []
    assert other.delete(f"/mailboxes/{mine['id']}").status_code == 404
    assert firm.owner.delete(f"/mailboxes/{mine['id']}").status_code == 204
    assert (
        emil.post(f"/accounts/{client_of(firm, address)}/emails", json={"to": [address], "text": "x"}).status_code
        == 404
    )


def test_what_is_purged_is_gone_and_only_owner_and_admins_purge(firm, dovecot, smtp, mark):
    """R-SYN-4"""
    zoe, anna = f"zoe.{mark}@example.com", f"anna.{mark}@example.com"
    account = client_of(firm, anna)
    dovecot.mailbox(zoe).put(written(anna, zoe, "Private"))
    connect(firm.owner, dovecot, smtp, zoe)
    switch_sync(firm, account, anna)
    until(lambda: section(firm.owner, account)["total"] == 1, timeout=60)
    colleague = firm.member("view_all_accounts", "manage_accounts")
    purge = f"/accounts/{account}/emails/purge"

    assert colleague.post(purge, json={"email": anna}).status_code == 403
    assert firm.owner.post(purge, json={"email": anna}).json()["type"] == "/problems/still_synced"
    switch_sync(firm, account, anna, is_on=False)
    until(lambda: section(firm.owner, account)["footer"] == {"is_synced": False})
    assert section(firm.owner, account)["total"] == 1  # turned off, it hides nothing

    assert firm.owner.made("POST", purge, email=anna) == {"count": 1}
    until(lambda: section(firm.owner, account)["total"] == 0)
