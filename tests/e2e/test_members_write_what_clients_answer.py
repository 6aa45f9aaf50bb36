"""Members write proposals and questions, ask for signatures and approvals, by forms that work without any script."""

import re
import secrets

import pytest

from tests.firms import PASSWORD, Firm
from tests.pdfs import blank_pdf
from tests.sections import client_of
from tests.visiting import Browser, Filled, text_of

WORKING = "writing"  # the id of every form here


@pytest.fixture(scope="module")
def firm(stack):
    return Firm(stack.url, stack.env)


@pytest.fixture(scope="module")
def browser(stack, firm):
    with Browser(stack.url) as browser:
        browser.send_form("/sign-in", email=firm.email, password=PASSWORD)
        yield browser


@pytest.fixture(scope="module")
def account(firm):
    return firm.account("Ada Ltd")


@pytest.fixture(scope="module")
def at(account):
    return f"/clients/{account['id']}"


@pytest.fixture(scope="module")
def client(firm, account):
    return client_of(firm, account["id"])


def written(browser, page, path, *, do=None, **fields):
    """The answer to a form as it was shown, with some of its fields filled in and a button pressed."""
    shown = dict(Filled(page, WORKING).fields)
    shown |= {name.replace("__", "."): value for name, value in fields.items()}
    return browser.send_form(path, **shown, **({"do": do} if do else {}))


def of(page, name):
    """What a field holds."""
    return dict(Filled(page, WORKING).fields).get(name)


def opened(browser, response):
    assert response.status_code == 303, text_of(response)
    page = browser.get(response.headers["location"])
    assert page.status_code == 200
    return page, response.headers["location"]


def uploaded(firm, account, name):
    sent = firm.owner.post(
        f"/accounts/{account['id']}/documents",
        params={"name": name},
        content=blank_pdf(),
        headers={"Content-Type": "application/pdf"},
    )
    assert sent.is_success, sent.text
    return sent.json()["id"]


def test_a_proposal_is_written_line_by_line_sent_and_signed(browser, firm, account, at, client):
    """R-PRP-2, R-PRP-4"""
    new = f"{at}/proposals/new"
    first = "packages__0__lines__0__"
    page = browser.get(new)
    page = written(
        browser,
        page,
        new,
        do="add packages.0.lines",
        name="Yearly accounts",
        terms__0__title="Fees",
        terms__0__text="Payable within ten days.",
        **{f"{first}service": "Bookkeeping", f"{first}unit_price": "1 250,50", f"{first}tax_rate": "20"},
    )
    assert page.status_code == 200
    assert 'id="packages.0.lines.1.service"' in page.text
    second = {"packages__0__lines__1__service": "Tax return", "packages__0__lines__1__unit_price": "300"}
    page = written(browser, page, new, do="up packages.0.lines.1", **second)
    assert of(page, "packages.0.lines.0.service") == "Tax return"
    assert of(page, "packages.0.lines.1.unit_price") == "1 250,50"

    page, path = opened(browser, written(browser, page, new))
    assert "1 entry" not in text_of(browser.get(f"{at}/proposals"))  # drafts are no section's
    assert "€1,800.60" in text_of(page)  # 300 + 1250.50 and its tax
    page, _ = opened(browser, written(browser, browser.get(f"{path}/change"), f"{path}/change", name="Accounts 2026"))
    assert "Accounts 2026" in text_of(page)
    assert account["id"] in path
    version = re.search(r'name="version" value="(\d+)"', page.text)[1]
    page, _ = opened(browser, browser.send_form(f"{path}/send", version=version))
    assert "Pending" in text_of(page)

    (mine,) = client.made("GET", f"/accounts/{account['id']}/proposals")["items"]
    package = mine["packages"][0]["id"]
    sign = f"/accounts/{account['id']}/proposals/{mine['id']}/sign"
    client.made("POST", sign, version=mine["version"], package_id=package)

    signed = browser.get(path)
    assert "1 of 1 signed" in text_of(signed)
    assert f'href="{path}/change"' not in signed.text
    copied, other = opened(browser, browser.send_form(f"{path}/copy"))
    assert of(copied, "packages.0.lines.1.service") == "Bookkeeping"
    assert other != f"{path}/change"


def test_what_is_wrong_stands_beside_its_line_and_nothing_is_lost(browser, at):
    new = f"{at}/proposals/new"
    fields = {"packages__0__lines__0__service": "Advice", "packages__0__lines__0__unit_price": "a lot"}

    refused = written(browser, browser.get(new), new, introduction="As agreed.", expires_on="2020-01-01", **fields)

    assert refused.status_code == 422
    assert 'id="packages.0.lines.0.unit_price-error"' in refused.text
    assert 'href="#name"' in refused.text
    assert (of(refused, "introduction"), of(refused, "packages.0.lines.0.service")) == ("As agreed.", "Advice")


def test_what_somebody_else_has_saved_meanwhile_is_told_first(browser, firm, account, at):
    lines = [{"service": "Advice", "unit_price": "100"}]
    api = f"/accounts/{account['id']}/proposals"
    made = firm.owner.made("POST", api, name="Advice", packages=[{"name": "All", "lines": lines}])
    path = f"{at}/proposals/{made['id']}/change"
    page = browser.get(path)
    firm.owner.made("PATCH", f"{api}/{made['id']}", version=made["version"], name="Good advice")

    refused = written(browser, page, path, introduction="Dear client")
    saved = written(browser, refused, path)

    assert refused.status_code == 422
    assert "changed this in the meantime" in text_of(refused)
    assert of(refused, "introduction") == "Dear client"
    assert saved.status_code == 303


def test_questions_are_written_sent_answered_and_read(browser, firm, account, at, client):
    """R-ORG-2, R-ORG-3, R-ORG-5"""
    name, new = f"Taxes {secrets.token_hex(3)}", "/settings/organizers/new"
    owned = {"label": "Do you own a house?", "kind": "yes_no"}
    first = {f"sections__0__questions__0__{key}": value for key, value in owned.items()}
    page = written(browser, browser.get(new), new, do="add sections.0.questions", name=name, **first)
    second = {"label": "Where?", "kind": "short_text", "is_required": "on", "shown_if": "do_you_own_a_house=yes"}
    fields = {f"sections__0__questions__1__{key}": value for key, value in second.items()}
    assert 'value="do_you_own_a_house=yes"' in page.text
    page, _ = opened(browser, written(browser, page, new, **fields))
    assert f"{name} 2 questions" in text_of(page)
    (template,) = [one for one in firm.owner.made("GET", "/organizer-templates")["items"] if one["name"] == name]
    condition = template["sections"][0]["questions"][1]["shown_if"]
    assert condition == {"question": "do_you_own_a_house", "answer": "yes"}

    change = f"/settings/organizers/{template['id']}"
    page = written(browser, browser.get(change), change, do="up sections.0.questions.1")
    refused = written(browser, page, change)
    assert refused.status_code == 422  # what it depends on comes later
    assert 'id="sections.0.questions.0.shown_if-error"' in refused.text

    sent = browser.send_form(f"{at}/organizers/new", template_ids=template["id"])
    assert sent.status_code == 303
    api = f"/accounts/{account['id']}/organizers"
    (mine,) = [one for one in client.made("GET", api)["items"] if one["name"] == name]
    answers = {"do_you_own_a_house": True, "where": "12 Mill Lane"}
    path = f"{at}/organizers/{mine['id']}"
    assert browser.send_form(f"{path}/resend").status_code == 303
    client.made("PUT", f"{api}/{mine['id']}/answers", answers=answers)
    client.made("POST", f"{api}/{mine['id']}/submit")
    shown = browser.get(path)
    assert "12 Mill Lane" in text_of(shown)
    assert "Sent again" in text_of(shown)
    late = browser.send_form(f"{path}/resend")
    assert (late.status_code, "submitted, sealed or archived" in text_of(late)) == (422, True)
    for act, said in (("reopen", "Reopened"), ("seal", "Sealed"), ("archive", "Archived"), ("restore", "Bring")):
        page, _ = opened(browser, browser.send_form(f"{path}/{act}"))
        assert (said in text_of(page)) is (act != "restore")


def test_signatures_are_prepared_changed_sent_and_withdrawn(browser, firm, account, at, client):
    """R-SGN-2, R-SGN-4, R-SP-1"""
    document = uploaded(firm, account, "Mandate.pdf")
    new = f"{at}/signatures/new"
    page = browser.get(f"{new}?document={document}")
    assert of(page, "document_id") == document
    page = written(browser, page, new, do="add signers")
    third = {"signers__1__name": "Theo Third", "signers__1__place": "lower_left", "signers__1__page": "1"}
    refused = written(browser, page, new, do="prepare", order="sequential", **third)
    assert refused.status_code == 422, text_of(refused)
    assert 'id="signers.1.email-error"' in refused.text
    page, path = opened(
        browser, written(browser, refused, new, do="prepare", order="sequential", signers__1__email="theo@example.com")
    )
    assert "Prepared" in text_of(page)
    change = written(browser, browser.get(f"{path}/change"), f"{path}/change", do="up signers.1")
    page, _ = opened(browser, written(browser, change, f"{path}/change", message="Please sign."))
    api = f"/accounts/{account['id']}/signatures/{path.rpartition('/')[2]}"
    prepared = firm.owner.made("GET", api)
    assert prepared["signers"][0]["name"] == "Theo Third"
    assert (prepared["message"], len(prepared["signers"][0]["fields"])) == ("Please sign.", 1)

    page, _ = opened(browser, browser.send_form(f"{path}/send"))
    assert "0 of 2 signed" in text_of(page)
    link = re.search(r'action="([^"]+/signers/[^"]+/link)"', page.text)[1]
    made = browser.send_form(link)
    url = re.search(r'value="(http[^"]+/portal/signing/[^"]+)"', made.text)[1]
    assert browser.get(url).status_code == 200
    assert browser.send_form(f"{path}/remind").status_code == 303
    empty = browser.send_form(f"{path}/void", reason="")
    page, _ = opened(browser, browser.send_form(f"{path}/void", reason="Signed on paper."))
    assert 'id="reason-error"' in empty.text
    assert "Signed on paper." in text_of(page)


def test_an_approval_is_asked_for_withdrawn_and_asked_for_again(browser, firm, account, at):
    """R-APR-2"""
    document = uploaded(firm, account, "Accounts.pdf")
    for _ in range(2):
        asked = browser.send_form(f"{at}/approvals/new", document_id=document, note="Please read page 3.")
        assert asked.status_code == 303, text_of(asked)
        twice = browser.send_form(f"{at}/approvals/new", document_id=document)
        assert "asked to approve this document already" in text_of(twice)
        rows = firm.owner.made("GET", f"/accounts/{account['id']}/approvals?status=pending")["rows"]
        path = f"{at}/approvals/{rows[0]['id']}"
        page, _ = opened(browser, browser.send_form(f"{path}/withdraw"))
        assert "Withdrawn" in text_of(page)
        assert f"/approvals/new?document={document}" in page.text


def test_intruders_write_nothing(stack, firm, account, at, client):
    """R-ACC-5, R-PRP-4, R-POR-1"""
    api = f"/accounts/{account['id']}"
    lines = [{"service": "Advice", "unit_price": "100"}]
    made = firm.owner.made("POST", f"{api}/proposals", name="Secret", packages=[{"name": "All", "lines": lines}])
    document = uploaded(firm, account, "Hidden.pdf")
    asked = firm.owner.made("POST", f"{api}/signatures", document_id=document, is_sent=False)
    question = {"key": "name", "label": "Your name", "kind": "short_text"}
    sections = [{"title": "You", "questions": [question]}]
    template = firm.owner.made("POST", "/organizer-templates", name="Ours", sections=sections)
    doors = [
        f"{at}/proposals/new",
        f"{at}/proposals/{made['id']}/change",
        f"{at}/signatures/new",
        f"{at}/signatures/{asked['id']}/change",
        "/settings/organizers/new",
        f"/settings/organizers/{template['id']}",
        f"/settings/organizers/{template['id']}/copy",
    ]
    deeds = [
        *((path, {"name": "Mine", "version": "1"}) for path in doors if not path.endswith("/copy")),
        *((path, {"do": "add packages", "version": "1"}) for path in doors if not path.endswith("/copy")),
        (f"{at}/proposals/{made['id']}/send", {"version": "1"}),
        (f"{at}/proposals/{made['id']}/delete", {}),
        (f"{at}/signatures/{asked['id']}/send", {}),
        (f"{at}/signatures/{asked['id']}/signers/{asked['signers'][0]['id']}/link", {}),
    ]
    other, employee = Firm(stack.url, stack.env), firm.member("view_all_accounts")
    statuses = {}
    for who, email in (("stranger", other.email), ("colleague", employee.member["email"])):
        with Browser(stack.url) as browser:
            browser.send_form("/sign-in", email=email, password=PASSWORD)
            statuses[who] = {browser.get(path).status_code for path in doors if "organizers" not in path}
            own = {browser.get(path).status_code for path in doors if "organizers" in path}
            theirs = [deed for deed in deeds if who == "colleague" or "organizers/new" not in deed[0]]
            statuses[who] |= {browser.send_form(path, **fields).status_code for path, fields in theirs}
            assert "Secret" not in "".join(browser.get(path).text for path in doors)
            assert who == "stranger" or own == {403}
    with Browser(stack.url) as browser:
        browser.cookies.set("dossier_portal", client.headers["Authorization"].partition(" ")[2])
        for path in doors:
            assert browser.get(path).status_code == 303
        for path, fields in deeds:
            assert browser.send_form(path, **fields).headers["location"].startswith("/sign-in")

    assert statuses["stranger"] <= {403, 404, 422}
    assert statuses["colleague"] <= {403, 404, 422}
    after = firm.owner.made("GET", f"{api}/proposals/{made['id']}")
    assert (after["name"], after["status"]) == ("Secret", "draft")
    assert firm.owner.made("GET", f"{api}/signatures/{asked['id']}")["status"] == "prepared"
    assert "Mine" not in str(firm.owner.made("GET", "/organizer-templates"))
