"""The Info tab by forms, without any script, and its parts as a script asks for them."""

import re
from contextlib import contextmanager
from io import BytesIO

import pytest

from tests.firms import PASSWORD, Firm, person
from tests.pictures import plain
from tests.stack import until
from tests.visiting import OUR_FORM, Browser, text_of

PART = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def firm(stack):
    return Firm(stack.url, stack.env)


@pytest.fixture
def browser(firm):
    with browsing(firm, firm.email) as browser:
        yield browser


@contextmanager
def browsing(firm, email):
    with Browser(firm.url) as browser:
        assert browser.send_form("/sign-in", email=email, password=PASSWORD).status_code == 303
        yield browser


def made(firm, **fields):
    """An account of one contact, that the directory knows."""
    entry = person()
    account = firm.account(contacts=[{"new": entry}], **fields)
    (link,) = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"]
    return account, link["contact"], link["addresses"][0]["address"]["id"]


def info(account, *steps):
    return "/".join([f"/clients/{account['id']}/info", *steps])


def seen(response):
    return re.search(r'name="seen" value="([^"]*)"', response.text)[1]


def now(firm, account):
    return firm.owner.made("GET", f"/accounts/{account['id']}")


def settings(firm, account):
    linked = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")
    return linked["items"][0]["addresses"][0]


def test_a_name_is_typed_and_given_back_to_the_automatic(browser, firm):
    """R-NAME-1, R-NAME-4, R-NAME-6"""
    account, contact, _ = made(firm, name="Ada Ltd")
    form = browser.get(info(account, "name"))
    typed = browser.send_form(info(account, "name"), seen=seen(form), name="Ada: Grand Tour")
    shown = browser.get(info(account))

    assert typed.headers["location"] == f"{info(account)}#part-name"
    assert "Ada: Grand Tour" in text_of(shown)
    assert "do not take a colon" in text_of(shown)

    browser.send_form(info(account, "name"), seen=seen(browser.get(info(account, "name"))), name="")

    assert now(firm, account)["name"] == contact["display_name"]


def test_changes_of_other_things_pass_and_of_the_same_are_shown(browser, firm):
    """R-NAME-1: nobody's change is lost unseen."""
    account, _, _ = made(firm, name="Ada Ltd")
    mine = seen(browser.get(info(account, "name"), headers=PART))
    version = now(firm, account)["version"]
    firm.owner.made("PATCH", f"/accounts/{account['id']}", version=version, timezone="Europe/Paris")

    passed = browser.post(info(account, "name"), data={"seen": mine, "name": "Mine"}, headers=PART | OUR_FORM)
    refused = browser.post(info(account, "name"), data={"seen": mine, "name": "Mine too"}, headers=PART | OUR_FORM)
    again = browser.send_form(info(account, "name"), seen=seen(refused), name="Mine too")

    assert (passed.status_code, refused.status_code, again.status_code) == (200, 409, 303)
    assert "<html" not in passed.text
    assert "Mine" in text_of(passed)
    assert 'value="Mine too"' in refused.text  # what was typed is still there
    assert "It is now: Mine" in text_of(refused)
    assert now(firm, account)["name"] == "Mine too"


def test_what_is_wrong_stands_beside_its_field(browser, firm):
    account, _, _ = made(firm, name="Ada Ltd")
    form = browser.get(info(account, "timezone"))

    refused = browser.send_form(info(account, "timezone"), seen=seen(form), timezone="Atlantis/Centre")

    assert refused.status_code == 422
    assert re.search(r'id="timezone-error">\s*Must be a time zone', refused.text)
    assert 'value="Atlantis/Centre"' in refused.text
    assert 'href="#timezone"' in refused.text


def test_custom_fields_have_a_form_each_and_a_history(browser, firm):
    """R-CF-1, R-CF-6, R-CF-8"""
    amount = firm.owner.made("POST", "/custom-fields/accounts", name="Turnover", type="currency")["id"]
    risk = firm.owner.made("POST", "/custom-fields/accounts", name="Risk", type="checkbox")["id"]
    account, _, _ = made(firm, name="Ada Ltd")
    assert "Turnover" not in text_of(browser.get(info(account)))
    assert "Turnover" in text_of(browser.get(f"{info(account)}?empty"))

    for number in ("1 250,5", "99"):
        form = browser.get(info(account, "fields", amount))
        typed = {f"custom_fields.{amount}": number, f"custom_fields.{amount}.currency": "EUR"}
        assert browser.send_form(info(account, "fields", amount), seen=seen(form), **typed).status_code == 303
    form = browser.get(info(account, "fields", amount))
    wrong = {f"custom_fields.{amount}": "much", f"custom_fields.{amount}.currency": "EUR"}
    refused = browser.send_form(info(account, "fields", amount), seen=seen(form), **wrong)
    form = browser.get(info(account, "fields", risk))
    browser.send_form(info(account, "fields", risk), seen=seen(form), **{f"custom_fields.{risk}": "no"})

    assert f'id="custom_fields.{amount}-error"' in refused.text
    assert "€99.00" in text_of(browser.get(info(account)))
    past = text_of(browser.get(f"{info(account, 'history')}?what=custom_field&subject_id={amount}", headers=PART))
    assert "€1,250.50 → €99.00" in past
    assert "Risk" not in past


def test_tags_team_and_following_are_changed(browser, firm):
    """R-TAG-1, R-TEAM-1, R-FOL-1"""
    member = firm.member()
    account, _, _ = made(firm, name="Ada Ltd")
    browser.send_form(info(account, "tags"), tag="VIP")
    browser.send_form(info(account, "tags"), tag="Payroll")
    browser.send_form(info(account, "tags"), remove="VIP")
    form = browser.get(info(account, "team"))
    browser.send_form(info(account, "team"), seen=seen(form), members=member.member["id"])
    browser.send_form(info(account, "following"), is_following="yes")

    account = now(firm, account)
    assert [tag["name"] for tag in account["tags"]] == ["Payroll"]
    assert [one["id"] for one in account["team"]] == [member.member["id"]]
    assert {one["name"] for one in account["followers"]} == {member.member["name"], "Olga Owner"}
    access = text_of(browser.get(info(account, "access")))
    assert f"{member.member['name']} is on the client's team" in access
    assert "Olga Owner owns the firm" in access


def test_a_photo_is_chosen_in_a_form_and_removed(browser, firm):
    """R-PHOTO-1, R-PHOTO-2"""
    account, _, _ = made(firm, name="Ada Ltd")
    at = info(account, "photo")
    text = browser.post(at, files={"photo": ("a.png", BytesIO(b"no picture"), "image/png")}, headers=OUR_FORM)
    assert text.status_code == 422
    assert 'id="photo-error"' in text.text

    square, photo = {"x": "1", "y": "2", "size": "9"}, ("a.png", BytesIO(plain()), "image/png")
    beside = browser.post(at, data=square | {"x": "99999"}, files={"photo": photo}, headers=OUR_FORM)
    assert beside.status_code == 422
    assert 'id="photo-error"' in beside.text

    photo[1].seek(0)
    put = browser.post(at, data=square, files={"photo": photo}, headers=OUR_FORM)

    assert put.status_code == 303
    (address,) = set(re.findall(r'<img class="avatar" src="([^"]*)"', browser.get(info(account)).text))
    shown = browser.get(address)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    browser.send_form(f"{at}/removal")
    assert now(firm, account)["photo"] is None


def test_switches_act_at_once_and_offer_the_invitation(browser, firm):
    """R-EM-2, R-LOG-1, R-LOG-2, R-NOT-2, R-NOT-4"""
    account, contact, address = made(firm, name="Ada Ltd")
    at = info(account, "contacts", contact["id"], "addresses", address)

    on = browser.post(at, data={"is_login_on": "on"}, headers=PART | OUR_FORM)

    assert "A personal line in the invitation" in text_of(on)
    assert 'id="portal-status" hx-swap-oob="true"' in on.text
    assert settings(firm, account)["login"] == "granted"
    invited = browser.post(f"{at}/invitation", data={"message": "Hello"}, headers=PART | OUR_FORM)
    assert "is on its way" in text_of(invited)
    assert "Send again" in text_of(invited)
    browser.send_form(f"{at}/notifications", types="documents")
    told = browser.get(f"{at}/notifications", headers=PART)
    assert re.findall(r'value="(\w+)" checked', told.text) == ["documents"]
    off = browser.send_form(at, is_login_on="off")
    assert off.headers["location"] == f"{info(account)}#contact-{contact['id']}"
    assert settings(firm, account)["login"] == "revoked"


def test_a_switch_that_is_refused_stays_and_says_why(browser, firm):
    """R-SIG-1, R-ARC-1"""
    account, contact, address = made(firm, name="Ada Ltd")
    at = info(account, "contacts", contact["id"], "addresses", address)

    refused = browser.post(at, data={"is_signatory": "on"}, headers=PART | OUR_FORM)

    assert refused.status_code == 422
    assert "Only who may sign in can sign" in text_of(refused)
    assert settings(firm, account)["is_signatory"] is False


def test_contacts_are_linked_described_ordered_and_unlinked_but_never_the_last(browser, firm):
    """R-LNK-2, R-LNK-4, R-LNK-6, R-SP-1"""
    account, anna, first = made(firm, name="Ada Ltd")
    alone = browser.get(info(account))
    refused = browser.send_form(info(account, "contacts", anna["id"], "unlinking"))
    assert "link another one before you unlink" in text_of(alone)
    assert refused.status_code == 409

    browser.send_form(info(account, "contacts"), first_name="Zoe", last_name="Zorn", email=person()["email"])
    linked = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")
    zoe = next(item for item in linked["items"] if item["contact"]["first_name"] == "Zoe")
    described = info(account, "contacts", zoe["contact"]["id"], "description")
    browser.send_form(described, seen="", description="Accountant")
    late = browser.send_form(described, seen="", description="Cook")
    assert late.status_code == 409
    assert "It is now: Accountant" in text_of(late)

    for contact, address in ((anna["id"], first), (zoe["contact"]["id"], zoe["addresses"][0]["address"]["id"])):
        browser.send_form(info(account, "contacts", contact, "addresses", address), is_login_on="on")
    order = ",".join([anna["id"], zoe["contact"]["id"]])
    browser.send_form(info(account, "signers"), seen=order, contact_id=zoe["contact"]["id"], move="up")
    ranks = {
        item["contact"]["id"]: item["signer_rank"]
        for item in firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"]
    }
    assert ranks == {zoe["contact"]["id"]: 1, anna["id"]: 2}

    gone = browser.send_form(info(account, "contacts", anna["id"], "unlinking"))
    assert gone.status_code == 303
    assert len(firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"]) == 1


def test_an_account_is_archived_and_deleted_by_its_name(browser, firm):
    """R-ARC-1, R-ARC-3, R-ARC-4, R-ARC-5"""
    account, contact, address = made(firm, name="Ada Ltd")
    browser.send_form(info(account, "contacts", contact["id"], "addresses", address), is_login_on="on")
    assert contact["addresses"][0]["email"] in text_of(browser.get(info(account, "state", "archive")))

    early = browser.send_form(info(account, "state", "delete"), name="Ada Ltd")
    browser.send_form(info(account, "state", "archive"))
    wrong = browser.send_form(info(account, "state", "delete"), name="Ada")
    assert (early.status_code, wrong.status_code) == (409, 422)
    assert "paused: the client is archived" in text_of(browser.get(info(account)))

    gone = browser.send_form(info(account, "state", "delete"), name="Ada Ltd")

    assert gone.headers["location"] == "/clients"
    assert browser.get(info(account)).status_code == 404


def test_related_accounts_name_who_is_shared(browser, firm):
    """R-REL-1, R-REL-2"""
    account, contact, _ = made(firm, name="Ada Ltd")
    firm.account("Byron Trust", contacts=[{"id": contact["id"]}])

    until(lambda: "Byron Trust" in text_of(browser.get(info(account))))

    assert f"through {contact['display_name']}" in text_of(browser.get(info(account)))


def test_a_contact_is_edited_for_all_its_accounts(browser, firm):
    """R-C-1, R-CN-1, R-EM-1"""
    account, contact, _ = made(firm)
    at = f"/contacts/{contact['id']}"
    form = browser.get(f"{at}/names")
    browser.send_form(f"{at}/names", seen=seen(form), first_name="Augusta", last_name="King", middle_name="")
    form = browser.get(f"{at}/emails")
    emails = {"email": "augusta@example.org", "other_addresses.0.email": "a.king@example.net"}
    browser.send_form(f"{at}/emails", seen=seen(form), **emails, **{"other_addresses.0.label": "private"})
    form = browser.get(f"{at}/phones")
    refused = browser.send_form(f"{at}/phones", seen=seen(form), **{"phones.0": "call me"})

    shown = text_of(browser.get(at))
    assert "Augusta King" in shown
    assert "a.king@example.net private" in shown
    assert 'id="phones.0-error"' in refused.text
    tab = text_of(browser.get(info(account)))
    assert "augusta@example.org" in tab
    assert "a.king@example.net" in tab
    assert "Augusta" in text_of(browser.get(f"{at}/history"))


def test_contacts_are_merged_and_deleted_but_no_accounts_last_one(browser, firm):
    """R-C-4, R-LNK-7"""
    _, contact, _ = made(firm, name="Ada Ltd")
    other = firm.owner.made("POST", "/contacts", **person(first_name="Twin"))
    kept = browser.send_form(f"/contacts/{contact['id']}/deletion")
    assert kept.status_code == 409
    assert "Ada Ltd" in text_of(kept)

    merged = browser.send_form(f"/contacts/{contact['id']}/merging", other_id=other["id"])

    assert merged.headers["location"] == f"/contacts/{contact['id']}"
    assert browser.get(f"/contacts/{other['id']}").status_code == 404


def test_who_may_only_look_has_no_controls_and_is_refused(firm):
    """R-ACC-1"""
    member = firm.member()
    account, contact, address = made(firm, name="Ada Ltd", team=[member.member["id"]])
    with browsing(firm, member.member["email"]) as browser:
        shown = browser.get(info(account))
        main = shown.text.split('<main id="content"')[1]
        addresses = info(account, "contacts", contact["id"], "addresses", address)
        tries = {
            info(account, "name"): {"seen": "x", "name": "Mine"},
            info(account, "team"): {"seen": "x"},
            info(account, "tags"): {"tag": "Mine"},
            info(account, "contacts"): {"first_name": "Mine"},
            info(account, "signers"): {"seen": "", "contact_id": contact["id"]},
            info(account, "quickbooks"): {"do": "sync"},
            info(account, "state", "archive"): {},
            info(account, "contacts", contact["id"], "unlinking"): {},
            info(account, "contacts", contact["id"], "description"): {"seen": "", "description": "Mine"},
            addresses: {"is_login_on": "on"},
            f"{addresses}/invitation": {},
            f"{addresses}/password": {},
            f"{addresses}/notifications": {"types": "documents"},
            f"/contacts/{contact['id']}/names": {"seen": "x", "first_name": "Mine"},
            f"/contacts/{contact['id']}/deletion": {},
            f"/contacts/{contact['id']}/merging": {"other_id": contact["id"]},
        }
        refused = {path: browser.send_form(path, **fields).status_code for path, fields in tries.items()}
        photo = browser.post(info(account, "photo"), files={"photo": ("a.png", plain())}, headers=OUR_FORM)

    posts = set(re.findall(r'<form method="post" action="([^"]*)"', main))
    assert posts == {info(account, "following")}
    assert "Edit: Name" not in main
    assert set(refused.values()) <= {403, 404}, refused
    assert photo.status_code == 403
    assert now(firm, account)["name"] == "Ada Ltd"
    assert settings(firm, account)["login"] == "none"


def test_a_stranger_finds_neither_tab_nor_contact(stack, firm):
    """R-ACC-5"""
    account, contact, _ = made(firm, name="Ada Ltd")
    other = Firm(stack.url, stack.env)
    unassigned = firm.member("manage_accounts", "manage_contacts")
    for email in (other.email, unassigned.member["email"]):
        with browsing(firm, email) as browser:
            asked = [
                browser.get(info(account)),
                browser.get(info(account, "name"), headers=PART),
                browser.get(info(account, "history")),
                browser.get(info(account, "access")),
                browser.get(f"/clients/{account['id']}/photo/{contact['id']}"),
                browser.get(f"/contacts/{contact['id']}"),
                browser.send_form(info(account, "name"), seen="x", name="Mine"),
                browser.send_form(info(account, "state", "archive")),
                browser.send_form(f"/contacts/{contact['id']}/notes", seen="x", notes="Mine"),
            ]
        assert {response.status_code for response in asked} == {404}
        assert not any("Ada Ltd" in response.text for response in asked)
