"""The pages behind mailed links, in a real browser: by mouse, by keyboard, in both languages, on a phone at night."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.keys import tab_to
from tests.browser.looking import LOOKS, good
from tests.firms import PORTAL_PASSWORD, person
from tests.pdfs import blank_pdf

WORDS = {
    "en": {
        "password": "Choose a password",
        "accept": "Accept and enter",
        "out": "Sign out",
        "in": "Sign in",
        "sign": "Sign",
        "name": "Your full name",
        "signed": "you have signed",
    },
    "fr": {
        "password": "Choisissez un mot de passe",
        "accept": "Accepter et entrer",
        "out": "Se déconnecter",
        "in": "Se connecter",
        "sign": "Signer",
        "name": "Vos prénom et nom",
        "signed": "vous avez signé",
    },
}
PLACES = [{"kind": "signature", "page": 1, "x": 0.1, "y": 0.8, "width": 0.3, "height": 0.05}]


@pytest.fixture
def anna():
    return person(first_name="Anna")


@pytest.fixture
def account(firm, anna):
    return firm.account(name="Roy Bakery", contacts=[{"new": anna}])


@pytest.fixture
def invitation(firm, account, anna):
    return f"/portal/invitations/{firm.invite(account['id'], anna['email'])}"


@pytest.fixture
def to_sign(firm, account):
    """The link by which Theo, who is nobody's contact, is asked to sign a letter."""
    at = f"/accounts/{account['id']}"
    document = firm.owner.post(
        f"{at}/documents",
        params={"name": "Engagement letter.pdf"},
        content=blank_pdf(),
        headers={"Content-Type": "application/pdf"},
    ).json()
    signers = [{"name": "Theo Third", "email": "theo@example.com", "fields": PLACES}]
    asked = firm.owner.made("POST", f"{at}/signatures", document_id=document["id"], signers=signers)
    path = f"{at}/signatures/{asked['id']}/signers/{asked['signers'][0]['id']}/link"
    return f"/portal/signing/{firm.owner.made('POST', path)['token']}"


@pytest.mark.parametrize(("language", "width", "theme"), LOOKS)
def test_from_an_invitation_into_the_portal_and_out(open_page, watch, invitation, language, width, theme):
    """R-LOG-3, R-POR-2: each page on the way is one that everybody can use."""
    words = WORDS[language]
    page = open_page(language, width, color_scheme=theme)
    watch.causes("status of 422")  # a weak password is refused

    page.goto(invitation)
    expect(page.locator("html")).to_have_attribute("lang", language)
    good(page)
    page.get_by_label(words["password"]).fill("toosimple")
    page.get_by_role("button", name=words["accept"]).click()
    expect(page.get_by_role("alert")).to_be_visible()
    good(page)
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.get_by_label(words["password"])).to_be_focused()
    page.keyboard.type(PORTAL_PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/portal(/accounts/[0-9a-f-]+)?$"))
    expect(page.get_by_role("heading", name="Roy Bakery")).to_be_visible()
    good(page)
    page.get_by_role("banner").locator("summary").click()
    page.get_by_role("banner").get_by_role("button", name=words["out"]).click()
    expect(page.get_by_role("button", name=words["in"])).to_be_visible()
    good(page)


@pytest.mark.parametrize(("language", "width", "theme"), LOOKS)
def test_a_third_party_signs_without_a_mouse(open_page, to_sign, language, width, theme):
    """R-SGN-4: from the first key to the thanks."""
    words = WORDS[language]
    page = open_page(language, width, color_scheme=theme)
    page.goto(to_sign)
    good(page)

    tab_to(page, page.get_by_label(words["name"]))
    page.keyboard.type("Theo Third")
    tab_to(page, page.get_by_role("checkbox"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name=words["sign"], exact=True))
    page.keyboard.press("Enter")

    expect(page.get_by_role("main")).to_contain_text(words["signed"])
    good(page)


def test_the_language_is_chosen_and_kept(page, invitation):
    page.goto(invitation)
    page.get_by_role("link", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.goto("/portal/sign-in")

    expect(page.locator("html")).to_have_attribute("lang", "fr")


@pytest.mark.parametrize("path", ["/portal/invitations/x", "/portal/signing/x", "/unsubscribe/x", "/portal/nothing"])
def test_a_link_that_opens_nothing_is_a_page_too(page, watch, path):
    watch.causes("status of 404")
    page.goto(path)

    good(page)


def test_what_goes_wrong_in_a_page_is_seen(open_page, watch):
    """The watch itself: a refused style, an error, a request to elsewhere, and what axe finds."""
    page = open_page()
    page.goto("/portal/sign-in")
    page.evaluate("""() => {
        document.body.insertAdjacentHTML('beforeend', '<p style="color: red">x</p><img src="http://elsewhere.example/x">');
        setTimeout(() => { throw new Error('broken on purpose'); });
    }""")
    with page.expect_event("console"):
        page.evaluate("() => console.error('said on purpose')")
    with pytest.raises(AssertionError, match="image-alt"):
        good(page)

    faults = "\n".join(watch.faults)
    for fault in ("inline style", "request to elsewhere: http://elsewhere", "broken on purpose", "said on purpose"):
        assert fault in faults
    watch.causes("")
