"""What the system sends arrives in a mailbox, and its links open what they promise (R-LOG-1, R-LOG-7, R-NOT-8)."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.local import ports
from deploy.mailbox.keeping import Kept, Shelf
from tests.firms import PORTAL_PASSWORD, Client, person
from tests.mail import PASSWORD
from tests.stack import Stack, until

SENDER = "dossier@mail.example.com"
BOUNCE = """\
From: Mail Delivery System <MAILER-DAEMON@example.com>
To: dossier@mail.example.com
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: text/plain

I could not deliver your message.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {email}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such person here

--x
Content-Type: text/rfc822-headers

Message-ID: {message_id}

--x--
"""


@dataclass
class Mailbox:
    shelf: Shelf
    url: str
    smtp_url: str

    def to(self, email: str, count: int = 1) -> list[Kept]:
        """The mails to an address, the newest first, once there are so many."""
        return until(lambda: len(found := self.shelf.newest(50, email)) >= count and found, timeout=30)


@pytest.fixture(scope="module")
def mailbox(folder: Path):
    """The mailbox of `make run`, as its own process."""
    smtp_port, port = ports.free_ports(2)
    place = folder / "mails"
    options = [f"--smtp-port={smtp_port}", f"--port={port}", f"--folder={place}"]
    process = subprocess.Popen([sys.executable, "-m", "deploy.mailbox", *options])
    url = f"http://{ports.HOST}:{port}"
    try:
        until(lambda: _answers(f"{url}/readyz"))
        yield Mailbox(Shelf(place), url, f"smtp://{ports.HOST}:{smtp_port}")
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def stack(servers, folder, mailbox, dovecot):
    bounces = f"imap://bounces%40mail.example.com:{PASSWORD}@{ports.HOST}:{dovecot.port}/INBOX"
    extra = {"DOSSIER_SMTP_URL": mailbox.smtp_url, "DOSSIER_MAIL_FROM": SENDER, "DOSSIER_BOUNCES_URL": bounces}
    with Stack(servers, folder / "mail-logs", extra) as running:
        yield running


@pytest.fixture
def anna():
    return person(first_name="Anna")


@pytest.fixture
def account(firm, anna):
    return firm.account(name="Roy Bakery", contacts=[{"new": anna}])


def test_an_invitation_arrives_and_its_link_lets_in_once(firm, account, anna, mailbox):
    invite(firm, account, anna)

    (mail,) = mailbox.to(anna["email"])

    assert mail.sender == f"Whitfield & Sons <{SENDER}>"
    assert "Welcome aboard" in mail.text
    token = link(mail, "portal/invitations")
    stranger = Client(firm.url, None, base="/v1/portal")
    accepted = stranger.made("POST", "/invitations/accept", token=token, password=PORTAL_PASSWORD)
    assert [one["name"] for one in accepted["accounts"]] == ["Roy Bakery"]
    again = stranger.post("/invitations/accept", json={"token": token, "password": PORTAL_PASSWORD})
    assert again.status_code == 404


def test_an_invitation_that_is_sent_again_makes_the_first_link_void(firm, account, anna, mailbox):
    invite(firm, account, anna)
    (first,) = mailbox.to(anna["email"])
    invite(firm, account, anna)
    second, _ = mailbox.to(anna["email"], 2)

    stranger = Client(firm.url, None, base="/v1/portal")

    asked = {"token": link(first, "portal/invitations"), "password": PORTAL_PASSWORD}
    assert stranger.post("/invitations/accept", json=asked).status_code == 404
    stranger.made("POST", "/invitations/accept", token=link(second, "portal/invitations"), password=PORTAL_PASSWORD)


def test_a_forgotten_password_is_replaced_through_the_mail(firm, account, anna, mailbox):
    firm.portal(account, anna["email"])
    stranger = Client(firm.url, None, base="/v1/portal")

    stranger.made("POST", "/auth/reset", email=anna["email"])

    mail = until(lambda: next((one for one in mailbox.to(anna["email"]) if "portal/resets" in one.text), None))
    fresh = f"{PORTAL_PASSWORD}-2"
    stranger.made("POST", "/auth/reset/confirm", token=link(mail, "portal/resets"), password=fresh)
    stranger.made("POST", "/auth/login", email=anna["email"], password=fresh)


def test_the_record_says_that_it_went_out(firm, account, anna, mailbox):
    invite(firm, account, anna)
    mailbox.to(anna["email"])

    mails = until(lambda: [
        one for one in firm.owner.made("GET", f"/accounts/{account['id']}/mails")["items"] if one["state"] == "sent"
    ])  # fmt: skip

    assert [(one["kind"], one["email"], one["detail"]) for one in mails] == [("invitation", anna["email"], "")]


def test_an_address_that_bounces_gets_no_further_mail(firm, account, anna, mailbox, dovecot):
    """R-LOG-8: and whoever looks at its LOGIN sees why."""
    invite(firm, account, anna)
    (mail,) = mailbox.to(anna["email"])

    dovecot.mailbox("bounces@mail.example.com").put(BOUNCE.format(
        email=anna["email"], message_id=mail.message["Message-ID"]
    ).replace("\n", "\r\n").encode())  # fmt: skip

    (suppressed,) = until(lambda: firm.owner.made("GET", "/suppressions")["items"], timeout=90)
    assert (suppressed["email"], suppressed["cause"]) == (anna["email"], "bounce")
    (record,) = firm.owner.made("GET", f"/accounts/{account['id']}/mails")["items"]
    assert (record["state"], "No such person" in record["detail"]) == ("bounced", True)
    at = f"/accounts/{account['id']}/contacts"
    until(lambda: firm.owner.made("GET", at)["items"][0]["addresses"][0]["login"] == "blocked")


def test_r_not_8_the_link_of_a_mail_stops_the_next_of_its_type(firm, account, anna, mailbox):
    firm.portal(account, anna["email"])
    thread = firm.owner.made("POST", f"/accounts/{account['id']}/chats", subject="Your return", text="First")
    mail = until(lambda: next((one for one in mailbox.to(anna["email"]) if one.message["List-Unsubscribe"]), None))
    stranger = Client(firm.url, None)

    path = f"/unsubscriptions/{link(mail, 'unsubscribe')}"
    assert stranger.made("GET", path)["is_on"]
    assert not stranger.made("POST", path)["is_on"]
    firm.owner.made("POST", f"/accounts/{account['id']}/chats/{thread['id']}/messages", text="Second")

    def reasons():
        mails = firm.owner.made("GET", f"/accounts/{account['id']}/mails")["items"]
        return [one["reason"] for one in mails if one["kind"] == "chat_message" and one["state"] == "not_sent"]

    assert until(reasons) == ["type_off"]


def test_a_member_hears_of_a_clients_first_visit_in_the_firms_language(firm, account, anna, mailbox):
    """R-LOG-9: to who follows the account, without a link that would stop it for a client."""
    settings = firm.owner.made("GET", "/notification-settings")
    firm.owner.made("PATCH", "/notification-settings", version=settings["version"], locale="fr")

    firm.portal(account, anna["email"])

    (mail,) = mailbox.to(firm.email)
    assert "Roy Bakery" in mail.subject
    assert "a activé" in mail.subject
    assert anna["email"] in mail.text
    assert "/unsubscribe/" not in mail.text
    assert mail.message["List-Unsubscribe"] is None


def test_a_member_has_a_client_choose_a_new_password_through_the_mail(firm, account, anna, mailbox):
    """R-POR-5"""
    firm.portal(account, anna["email"])
    (item,) = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"]
    contact = item["contact"]
    at = f"/accounts/{account['id']}/contacts/{contact['id']}/addresses/{contact['addresses'][0]['id']}"

    firm.owner.made("POST", f"{at}/password-reset")

    mail = until(lambda: next((one for one in mailbox.to(anna["email"]) if "portal/resets" in one.text), None))
    stranger, fresh = Client(firm.url, None, base="/v1/portal"), f"{PORTAL_PASSWORD}-3"
    stranger.made("POST", "/auth/reset/confirm", token=link(mail, "portal/resets"), password=fresh)
    stranger.made("POST", "/auth/login", email=anna["email"], password=fresh)


def test_the_pages_show_it(firm, account, anna, mailbox):
    invite(firm, account, anna)
    (mail,) = mailbox.to(anna["email"])

    listed = httpx.get(mailbox.url)
    shown = httpx.get(f"{mailbox.url}/mails/{mail.id}")
    html = httpx.get(f"{mailbox.url}/mails/{mail.id}/html")

    assert mail.subject.replace("&", "&amp;") in listed.text
    assert f'href="{mail.links[0]}"' in shown.text
    assert "sandbox" in html.headers["content-security-policy"]
    assert link(mail, "portal/invitations") in html.text


def invite(firm, account, anna):
    """As a member does in the browser."""
    at = f"/accounts/{account['id']}"
    linked = firm.owner.made("GET", f"{at}/contacts")
    (item,) = linked["items"]
    (address,) = item["contact"]["addresses"]
    path = f"{at}/contacts/{item['contact']['id']}/addresses/{address['id']}"
    (settings,) = [one for one in item["addresses"] if one["address"]["id"] == address["id"]]
    if settings["login"] == "none":
        firm.owner.made("PATCH", path, version=linked["version"], is_login_on=True)
    firm.owner.made("POST", f"{path}/invitation", message="Welcome aboard")


def link(mail: Kept, page: str) -> str:
    (token,) = set(re.findall(rf"/{page}/([\w-]+)", mail.text))
    return token


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False
