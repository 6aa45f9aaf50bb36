"""The mailbox of `make run`: takes every mail, shows it as it was sent, and lets nothing in it act."""

import os
import smtplib
import stat
from email.message import EmailMessage

import httpx
import pytest

from deploy.local import ports
from deploy.local.home import Home
from deploy.local.mailbox import PORT, SENDER, Mailbox
from deploy.mailbox import keeping
from deploy.mailbox.keeping import Shelf
from tests.stack import until

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / ".run")


@pytest.fixture
def mailbox(home, monkeypatch):
    monkeypatch.setattr("deploy.local.mailbox.PORT", ports.free_ports(1)[0])
    return Mailbox(home)


@pytest.fixture
def running(mailbox, tmp_path):
    child = mailbox.child(os.environ, tmp_path / "logs")
    child.start()
    until(child.is_ready, 20)
    yield child
    child.kill()


def send(mailbox, to="anna@example.com", subject="Welcome", html=None, text="See https://dossier.example.com/portal."):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Roy <roy@example.com>", to, subject
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    url = mailbox.settings({})["DOSSIER_SMTP_URL"].removeprefix("smtp://")
    host, _, port = url.partition(":")
    with smtplib.SMTP(host, int(port), timeout=20) as client:
        client.sendmail("back@example.com", [to, "copy@example.com"], message.as_bytes())


def mails(home):
    return Shelf(home.mails).newest(50)


def test_shows_what_came_newest_first_with_envelope_links_and_source(mailbox, running, home):
    send(mailbox, subject="First")
    send(mailbox, subject="Second")

    listed = httpx.get(mailbox.address).text
    newest, _ = mails(home)
    shown = httpx.get(f"{mailbox.address}/mails/{newest.id}").text
    source = httpx.get(f"{mailbox.address}/mails/{newest.id}/source")

    assert listed.index("Second") < listed.index("First")
    assert "anna@example.com, copy@example.com" in shown
    assert 'href="https://dossier.example.com/portal"' in shown
    assert source.text.startswith("Return-Path: <back@example.com>\r\nDelivered-To: anna@example.com\r\n")


def test_is_searched_by_recipient_and_subject(mailbox, running):
    send(mailbox, to="emil@example.com", subject="Invoice")
    send(mailbox, subject="Welcome")

    assert "Invoice" in httpx.get(mailbox.address, params={"q": "EMIL@"}).text
    assert "Invoice" not in httpx.get(mailbox.address, params={"q": "welcome"}).text


def test_nothing_in_a_mail_can_act(mailbox, running, home):
    send(mailbox, subject=HOSTILE, html=f"<html><head></head><body>{HOSTILE}</body></html>", text=HOSTILE)
    (mail,) = mails(home)

    pages = [httpx.get(f"{mailbox.address}{path}") for path in ("/", f"/mails/{mail.id}")]
    html = httpx.get(f"{mailbox.address}/mails/{mail.id}/html")

    assert [HOSTILE in page.text for page in pages] == [False, False]
    assert all(
        page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'") for page in pages
    )
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in pages[1].text
    policy = html.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';")
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert '<head><base target="_blank">' in html.text


@pytest.mark.parametrize("mail_id", ["nothing", "..%2F..%2Fsecret", "20261126T120000000000-abcdef01"])
@pytest.mark.parametrize("page", ["", "/html", "/source"])
def test_knows_only_its_own_files(mailbox, running, mail_id, page):
    assert httpx.get(f"{mailbox.address}/mails/{mail_id}{page}").status_code == 404


def test_answers_to_this_machine_by_name_alone(mailbox, running):
    """A page elsewhere whose name leads here reads nothing: links in mails let people in."""
    assert httpx.get(mailbox.address, headers={"Host": "evil.example.com"}).status_code == 400


def test_mails_survive_a_restart_and_only_we_read_them(mailbox, running, home):
    send(mailbox)

    running.kill()
    running.start()
    until(running.is_ready, 20)

    assert "Welcome" in httpx.get(mailbox.address).text
    assert stat.S_IMODE(home.mails.stat().st_mode) == 0o700


def test_the_oldest_go(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "KEPT", 3)
    shelf = Shelf(tmp_path / "mails")

    ids = [shelf.put("a@example.com", ["b@example.com"], b"Subject: x\r\n\r\n") for _ in range(5)]

    assert [mail.id for mail in shelf.newest(9)] == ids[:1:-1]


def test_a_message_that_is_none_is_shown_too(tmp_path):
    shelf = Shelf(tmp_path / "mails")
    head = b"Content-Type: text/plain; charset=nothing\r\nFrom: =?x?q?=\r\nDelivered-To: forged@example.com\r\n"

    mail = shelf.get(shelf.put("", ["b@example.com"], head + b"\r\n\xff"))

    assert (mail.subject, mail.recipients, mail.links) == ("(no subject)", "b@example.com", [])
    assert mail.html == ""


def test_gives_the_services_what_they_need_and_makes_way_where_its_port_is_taken(home):
    mailbox = Mailbox(home)

    told = mailbox.settings({"DOSSIER_MAIL_FROM": "firm@example.com"})

    assert told["DOSSIER_SMTP_URL"].startswith("smtp://127.0.0.1:")
    assert (told["DOSSIER_MAIL_FROM"], mailbox.settings({})["DOSSIER_MAIL_FROM"]) == ("firm@example.com", SENDER)
    if not ports.is_free(PORT):
        assert not mailbox.address.endswith(f":{PORT}")
