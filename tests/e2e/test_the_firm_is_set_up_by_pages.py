"""Members set up their firm, and what is theirs, by forms that work without any script."""

import re
import secrets
from contextlib import contextmanager
from html import unescape

import pytest

from tests.firms import PASSWORD, Firm
from tests.stack import until
from tests.visiting import Browser, text_of

PLACES = [
    *("me", "mailboxes", "team", "audit", "sign-ins", "client-sign-ins", "exports", "tags", "roles", "account-fields"),
    *("contact-fields", "name-format", "pipelines", "task-statuses", "organizers", "services", "billing"),
    *("quickbooks", "quickbooks/errors", "quickbooks/services", "notifications", "suppressions"),
]
OPEN_TO_ALL = {"me", "mailboxes", "team", "sign-ins"}
FRESH = "Quiet-harbour-58-copper"


@pytest.fixture(scope="module")
def firm(stack):
    return Firm(stack.url, stack.env)


@contextmanager
def entered(stack, email, password=PASSWORD):
    with Browser(stack.url) as browser:
        assert browser.send_form("/sign-in", email=email, password=password).status_code == 303
        yield browser


@pytest.fixture(scope="module")
def owner(stack, firm):
    with entered(stack, firm.email) as browser:
        yield browser


@pytest.fixture(scope="module")
def employee(stack, firm):
    with entered(stack, firm.member().member["email"]) as browser:
        yield browser


def saved(browser, path, **fields):
    response = browser.send_form(path, **fields)
    assert response.status_code == 303, text_of(response)
    shown = browser.get(response.headers["location"])
    assert "Saved." in text_of(shown)
    return shown


def values(response, name):
    """What fields of a name hold on a page."""
    tags = re.findall(r"<input[^>]*>", response.text)
    found = [re.search(r'value="([^"]*)"', tag) for tag in tags if f'name="{name}"' in tag]
    return [unescape(one[1]) for one in found if one]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_of_the_settings_opens_for_the_owner(owner, place, language):
    response = owner.get(f"/settings/{place}", headers={"Accept-Language": language})

    assert response.status_code == 200
    assert response.headers["content-language"] == language


@pytest.mark.parametrize("place", PLACES)
def test_an_employee_without_rights_sees_their_own_alone(employee, place):
    """§2.1: what somebody may not change, they neither find nor open."""
    response = employee.get(f"/settings/{place}")

    assert response.status_code == (200 if place in OPEN_TO_ALL else 403)
    if place == "me":
        assert set(re.findall(r'href="/settings/([a-z/-]+)"', response.text)) <= OPEN_TO_ALL


def test_an_employee_can_take_nobody_in(employee, firm):
    before = len(firm.owner.made("GET", "/members")["items"])

    refused = employee.send_form("/settings/team", name="Eve", email="eve@example.com", role="admin")

    assert refused.status_code == 403
    assert len(firm.owner.made("GET", "/members")["items"]) == before


def test_a_member_is_taken_in_with_rights_and_signs_in_with_the_password_shown_once(stack, owner):
    email = f"nina-{secrets.token_hex(4)}@example.com"
    key = re.search(r'name="key" value="([0-9a-f]{32})"', owner.get("/settings/team").text)[1]
    form = {"name": "Nina New", "email": email, "role": "employee", "rights": "manage_tags", "key": key}

    made = owner.send_form("/settings/team", **form)
    again = owner.send_form("/settings/team", **form)

    password = re.search(r'class="secret">([^<]+)<', made.text)
    assert 'class="secret"' not in again.text
    assert owner.get("/settings/team").text.count(email) == 1
    with entered(stack, email, unescape(password[1])) as nina:
        assert nina.get("/settings/tags").status_code == 200
        assert nina.get("/settings/pipelines").status_code == 403


def test_a_wrong_address_is_told_beside_its_field_and_nothing_typed_is_lost(owner):
    refused = owner.send_form("/settings/team", name="Nina New", email="nina at example", role="employee")

    assert refused.status_code == 422
    assert 'id="email-error"' in refused.text
    assert values(refused, "email") == ["nina at example"]


def test_a_refused_member_keeps_the_rights_that_were_ticked(owner):
    refused = owner.send_form("/settings/team", name="Nina New", email="nina", role="employee", rights="manage_tags")

    (ticked,) = [tag for tag in re.findall(r"<input[^>]*>", refused.text) if 'value="manage_tags"' in tag]
    assert refused.status_code == 422
    assert "checked" in ticked


def test_a_refused_service_or_tag_keeps_what_was_typed(owner, firm):
    service = {"name": "Payslips", "price": "a lot", "tax_rate": "20", "unit": "payslip"}
    known = firm.owner.made("POST", "/services", name="Year-end accounts", price="900.00")

    refused = owner.send_form("/settings/services", **service)
    changed = {"name": "Accounts", "price": "much", "version": str(known["version"])}
    unchanged = owner.send_form(f"/settings/services/{known['id']}", **changed)
    tag = owner.send_form("/settings/tags", name=" ", colour="#123456")

    assert (refused.status_code, unchanged.status_code, tag.status_code) == (422, 422, 422)
    assert [values(refused, name)[-1] for name in service] == list(service.values())
    assert values(refused, "price")[0] == "900"
    assert values(unchanged, "name")[0] == "Accounts"
    assert values(unchanged, "price") == ["much", ""]
    assert values(tag, "colour")[-1] == "#123456"


def test_two_people_changing_one_member_are_told(owner, firm):
    member = firm.member().member
    path = f"/settings/team/{member['id']}"
    form = {"version": str(member["version"]), "email": member["email"], "role": "employee"}
    saved(owner, path, **form, name="First Name")

    refused = owner.send_form(path, **form, name="Second Name")

    assert refused.status_code == 409
    assert "in the meantime" in text_of(refused)
    assert firm.owner.made("GET", f"/members/{member['id']}")["name"] == "First Name"


def test_a_password_is_changed_and_the_old_one_ends(stack, firm):
    member = firm.member().member
    with entered(stack, member["email"]) as browser:
        wrong = browser.send_form("/settings/me/password", current_password="Not-the-one-42", new_password=FRESH)
        saved(browser, "/settings/me/password", current_password=PASSWORD, new_password=FRESH)

        assert wrong.status_code == 401
    with entered(stack, member["email"], FRESH) as browser:
        assert browser.get("/settings/me").status_code == 200


def test_a_token_is_shown_once_and_works_until_revoked(stack, owner, firm):
    form = {"token_name": "Nightly export", "scopes": "accounts:read"}

    made = owner.send_form("/settings/me/tokens", **form)

    secret = unescape(re.search(r'class="secret">([^<]+)<', made.text)[1])
    assert secret not in owner.get("/settings/me").text
    with Browser(stack.url) as program:
        headers = {"Authorization": f"Bearer {secret}"}
        assert program.get("/v1/accounts", headers=headers).status_code == 200
        (token,) = [one for one in firm.owner.made("GET", "/me/tokens")["items"] if one["name"] == "Nightly export"]
        saved(owner, f"/settings/me/tokens/{token['id']}")
        until(lambda: program.get("/v1/accounts", headers=headers).status_code == 401)


def test_tags_fields_and_pipelines_are_made_changed_and_deleted(owner, firm):
    """R-TAG-1, R-CF-4, R-JOB-5"""
    saved(owner, "/settings/tags", name="Priority", colour="#aa3322")
    (tag,) = [one for one in firm.owner.made("GET", "/tags")["items"] if one["name"] == "Priority"]
    saved(owner, f"/settings/tags/{tag['id']}", name="Urgent", colour="#aa3322")
    saved(owner, "/settings/account-fields", name="Sector", type="single_choice", choices="Farming\nTrade")
    (use,) = firm.owner.made("GET", "/custom-fields/accounts")["items"]
    field = use["field"]
    kept = {f"choice.{place}": one["name"] for place, one in enumerate(field["choices"])}
    kept |= {f"choice_id.{place}": one["id"] for place, one in enumerate(field["choices"])}
    form = {"version": str(field["version"]), "name": "Trade sector", "position": "1", "choices": "Services", **kept}
    saved(owner, f"/settings/account-fields/{field['id']}", **form)
    saved(owner, "/settings/pipelines", name="Year end", stages="Collect\nPrepare\nReview")

    tags = [one["name"] for one in firm.owner.made("GET", "/tags")["items"]]
    (changed,) = firm.owner.made("GET", "/custom-fields/accounts")["items"]
    (pipeline,) = [one for one in firm.owner.made("GET", "/pipelines")["items"] if one["name"] == "Year end"]
    assert "Urgent" in tags
    assert "Priority" not in tags
    assert changed["field"]["name"] == "Trade sector"
    assert [one["name"] for one in changed["field"]["choices"]] == ["Farming", "Trade", "Services"]
    assert [one["name"] for one in pipeline["stages"]] == ["Collect", "Prepare", "Review"]
    saved(owner, f"/settings/tags/{tag['id']}/delete")
    assert tag["id"] not in {one["id"] for one in firm.owner.made("GET", "/tags")["items"]}


def test_a_field_with_values_is_deleted_after_its_loss_was_said(owner, firm):
    """R-CF-7"""
    field = firm.owner.made("POST", "/custom-fields/contacts", name="Shoe size", type="text")
    firm.owner.made("POST", "/contacts", first_name="Anna", last_name="Roy", custom_fields={field["id"]: "38"})
    path = f"/settings/contact-fields/{field['id']}/delete"

    asked = owner.send_form(path)

    assert asked.status_code == 409
    assert "1 value would be lost" in text_of(asked)
    saved(owner, path, is_confirmed="on")


def test_a_stranger_changes_nothing_of_another_firm(stack, owner):
    """R-ACC-5"""
    other = Firm(stack.url, stack.env)
    tag = other.owner.made("POST", "/tags", name="Theirs")
    member = other.member().member

    assert owner.send_form(f"/settings/tags/{tag['id']}", name="Ours").status_code == 404
    assert owner.get(f"/settings/team/{member['id']}").status_code == 404
    assert owner.send_form(f"/settings/team/{member['id']}/deactivate").status_code == 404
    assert [one["name"] for one in other.owner.made("GET", "/tags")["items"] if one["id"] == tag["id"]] == ["Theirs"]


def test_notices_are_counted_listed_and_read(stack, owner, firm):
    """R-FOL-2, R-LOG-9"""
    emil = firm.member("view_all_accounts")
    account = firm.account("Ada Ltd")
    emil.made(
        "POST",
        f"/accounts/{account['id']}/notes",
        body="Please look at this.",
        mention_ids=[firm.signed_in["member"]["id"]],
    )
    unread = {"HX-Request": "true"}

    shown = until_shown(owner)

    assert "Ada Ltd" in text_of(shown)
    assert "1" in text_of(owner.get("/notices/unread", headers=unread))
    up_to = values(shown, "up_to")[0]
    assert owner.send_form("/notices/read", up_to=up_to).status_code == 303
    assert text_of(owner.get("/notices/unread", headers=unread)) == ""


def until_shown(owner):
    return until(lambda: (page := owner.get("/notices")) and "Ada Ltd" in page.text and page)
