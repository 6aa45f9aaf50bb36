"""A mail arrives, its link is followed, and the page behind it does what the mail says: real mail, real pages."""

import email
import email.policy
import re
from urllib.parse import urlsplit

import httpx
import pytest

from tests.firms import PORTAL_PASSWORD, Firm, person
from tests.listening import Listener
from tests.mail import PASSWORD
from tests.pdfs import blank_pdf
from tests.stack import Stack, until
from tests.visiting import Browser, text_of

SITE = "https://portal.example.com"
FRESH = "Calm-harbour-31-quill"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(scope="module")
def mailing(servers, folder, smtp_server):
    """The whole system with a mail server to send by."""
    smtp_server.forget()
    settings = {
        "DOSSIER_SMTP_URL": f"smtp://portal:{PASSWORD}@127.0.0.1:{smtp_server.port}",
        "DOSSIER_MAIL_FROM": "portal@example.com",
        "DOSSIER_PUBLIC_URL": SITE,
    }
    with Stack(servers, folder / "mailing", settings) as running:
        with Listener(running.env) as listener:
            yield running
        assert listener.faults() == []


@pytest.fixture
def firm(mailing):
    firm = Firm(mailing.url, mailing.env)
    yield firm
    firm.owner.close()


@pytest.fixture
def browser(mailing):
    with Browser(mailing.url) as browser:
        yield browser


@pytest.fixture
def mails(smtp_server):
    """`mails(to)`: what arrived at an address, oldest first; `mails(to, 2)` waits until there are two."""

    def arrived(to, number=1):
        def look():
            every = [email.message_from_bytes(raw, policy=email.policy.default) for raw in smtp_server.accepted()]
            mine = [one for one in every if to in one["To"]]
            return len(mine) >= number and mine

        return until(look)

    return arrived


class Place:
    """An account with a contact whose LOGIN is on, and who was invited."""

    def __init__(self, firm):
        self.firm, self.person = firm, person(first_name="Anna")
        self.email = self.person["email"]
        self.account = firm.account("Roy Bakery", contacts=[{"new": self.person}])
        self.at = f"/accounts/{self.account['id']}"
        linked = firm.owner.made("GET", f"{self.at}/contacts")
        contact = linked["items"][0]["contact"]
        path = f"{self.at}/contacts/{contact['id']}/addresses/{contact['addresses'][0]['id']}"
        firm.owner.made("PATCH", path, version=linked["version"], is_login_on=True)
        firm.owner.made("POST", f"{path}/invitation", message="")

    def write(self, text):
        """A message of the firm's, of which the client is told by mail."""
        self.firm.owner.made("POST", f"{self.at}/chats", subject=text, text=text)


@pytest.fixture
def place(firm):
    return Place(firm)


@pytest.fixture
def anna(place, browser, mails):
    """Who has followed her invitation, and signed out again."""
    assert browser.send_form(link(mails(place.email)[0], "invitations"), password=PORTAL_PASSWORD).status_code == 303
    browser.cookies.clear()
    return place


def link(mail, kind):
    """The path of the mail's link of a kind, the same in its text and its HTML."""
    found = [
        set(re.findall(rf"{SITE}(/portal/{kind}/[\w-]+)", mail.get_body((form,)).get_content()))
        for form in ("plain", "html")
    ]
    assert found[0] == found[1]
    (path,) = found[0]
    return path


def unsubscribe_link(mail):
    """As a mail program takes it from the header (RFC 8058)."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = urlsplit(mail["List-Unsubscribe"].strip("<>"))
    assert f"{address.scheme}://{address.netloc}" == SITE
    assert address.path in mail.get_body(("plain",)).get_content()
    return address.path


def types_of(place):
    """What the client is told of, as the firm sees it."""
    contact = place.firm.owner.made("GET", f"{place.at}/contacts")["items"][0]["contact"]
    address = contact["addresses"][0]["id"]
    path = f"{place.at}/contacts/{contact['id']}/addresses/{address}/notifications"
    return place.firm.owner.made("GET", path)["types"]


def test_an_invitation_arrives_and_lets_in(place, browser, mails):
    """R-LOG-1, R-LOG-3"""
    (mail, *_) = mails(place.email)
    path = link(mail, "invitations")

    shown = browser.get(path)
    accepted = browser.send_form(path, password=PORTAL_PASSWORD)

    assert (shown.status_code, "Roy Bakery" in text_of(shown)) == (200, True)
    assert (accepted.status_code, browser.get("/portal").status_code) == (303, 200)


def test_a_forgotten_password_is_replaced_by_mail(anna, browser, mails):
    """R-POR-5, R-NOT-7: a security mail has no unsubscribe link."""
    browser.send_form("/portal/reset", email=anna.email)
    mail = mails(anna.email, 2)[-1]

    changed = browser.send_form(link(mail, "resets"), password=FRESH)
    signed_in = browser.send_form("/portal/sign-in", email=anna.email, password=FRESH)

    assert mail["List-Unsubscribe"] is None
    assert (changed.status_code, signed_in.status_code) == (303, 303)


def test_a_third_party_is_mailed_a_document_and_signs(place, browser, mails):
    """R-SGN-4"""
    document = place.firm.owner.post(
        f"{place.at}/documents",
        params={"name": "Letter.pdf"},
        content=blank_pdf(),
        headers={"Content-Type": "application/pdf"},
    ).json()
    theo = person(first_name="Theo")["email"]
    signers = [{"name": "Theo Third", "email": theo}]
    place.firm.owner.made("POST", f"{place.at}/signatures", document_id=document["id"], signers=signers)

    path = link(mails(theo)[0], "signing")
    shown = browser.get(path)
    signed = browser.send_form(path, do="sign", signed_name="Theo Third", has_consented="yes")

    assert "Letter.pdf" in text_of(shown)
    assert "you have signed" in text_of(signed)


def test_a_client_stops_one_type_of_mail_and_starts_it_again(anna, browser, mails):
    """R-NOT-8: opening the link changes nothing; the button stops this type for this address on this account."""
    anna.write("First")
    path = unsubscribe_link(mails(anna.email, 2)[-1])
    before = types_of(anna)

    opened = [browser.get(path), browser.head(path), browser.get(path)]
    assert types_of(anna) == before
    stopped = browser.send_form(path, do="unsubscribe")
    after = types_of(anna)
    again = browser.send_form(path, do="resubscribe")

    assert all(one.status_code == 200 for one in (*opened, stopped, again))
    assert all(word in text_of(opened[0]) for word in ("messages and tasks", anna.email, "Stop these e-mails?"))
    assert "You get no more of these e-mails" in text_of(stopped)
    assert "Stop these e-mails?" in text_of(again)
    assert set(before) - set(after) == {"messages"}
    assert types_of(anna) == before
    anna.write("Second")
    assert "Second" in mails(anna.email, 3)[-1].as_string()


@pytest.mark.parametrize(
    "form", [{"data": ONE_CLICK}, {"files": {name: (None, text) for name, text in ONE_CLICK.items()}}]
)
def test_a_mail_program_stops_it_with_one_click(anna, mailing, mails, form):
    """R-NOT-8, RFC 8058: from another site, with no cookie, as either kind of form, once or twice, not redirected."""
    anna.write("First")
    path = unsubscribe_link(mails(anna.email, 2)[-1])

    with httpx.Client(base_url=mailing.url, headers={"Sec-Fetch-Site": "cross-site"}) as program:
        answers = [program.post(path, **form) for _ in range(2)]

    assert {one.status_code for one in answers} == {200}
    assert not any(one.headers.get_list("set-cookie") for one in answers)
    assert "messages" not in types_of(anna)


def test_a_forged_unsubscribe_link_tells_nothing(anna, browser, mails):
    anna.write("First")
    path = unsubscribe_link(mails(anna.email, 2)[-1])
    forged = [f"{path[:-1]}{'A' if path[-1] != 'A' else 'B'}", "/unsubscribe/x", f"/unsubscribe/{'x' * 300}"]

    answers = [browser.request(verb, one) for one in forged for verb in ("GET", "POST")]

    assert {one.status_code for one in answers} == {404}
    assert len({text_of(one) for one in answers}) == 1
    assert "messages" in types_of(anna)
