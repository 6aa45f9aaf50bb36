"""Members list, make, change and bring in clients by pages, without any script."""

import re
from html import unescape

import pytest

from tests.firms import PASSWORD, Firm, person
from tests.stack import until
from tests.visiting import OUR_FORM, Browser, text_of

PART = {"HX-Request": "true"}


@pytest.fixture
def firm(stack):
    return Firm(stack.url, stack.env)


@pytest.fixture
def browser(stack, firm):
    with Browser(stack.url) as browser:
        browser.send_form("/sign-in", email=firm.email, password=PASSWORD)
        yield browser


@pytest.fixture
def limited(stack, firm):
    """The browser of somebody with one client and no right."""
    colleague = firm.member()
    with Browser(stack.url) as browser:
        browser.send_form("/sign-in", email=colleague.member["email"], password=PASSWORD)
        browser.member = colleague.member
        yield browser


def names(response):
    return [
        unescape(one) for one in re.findall(r'<td class="name"><a href="/clients/[^"]*">([^<]*)</a>', response.text)
    ]


def listed(browser, path, wanted):
    """The list once it knows what was done."""
    return until(lambda: (found := browser.get(path)) and names(found) == wanted and found)


def test_the_list_is_narrowed_sorted_and_paged_by_its_address(browser, firm):
    """R-LST-1, R-LST-2, R-LST-4"""
    for name, tags in (("Ada Ltd", ["VIP"]), ("Byron", []), ("Zuse & Co", ["VIP"])):
        firm.account(name, type="company" if tags else "individual", tags=tags)
    listed(browser, "/clients", ["Ada Ltd", "Byron", "Zuse & Co"])
    tag = firm.owner.made("GET", "/tags")["items"][0]["id"]

    narrowed = browser.get(f"/clients?tag_id={tag}&type=company&sort=-name&q=&member_id=")
    part = browser.get("/clients?q=byr", headers=PART)

    assert names(narrowed) == ["Zuse & Co", "Ada Ltd"]
    assert 'href="/clients?type=company&amp;sort=-name"' in narrowed.text  # the chip of the tag, taken off
    assert f"/v1/exports/accounts.csv?tag_id={tag}&amp;type=company" in narrowed.text
    assert names(part) == ["Byron"]
    assert part.headers["HX-Replace-Url"] == "/clients?q=byr"
    assert "<html" not in part.text


def test_a_filter_that_is_wrong_is_told_beside_the_list(browser):
    refused = browser.get("/clients?signed_in_from=yesterday")

    assert refused.status_code == 422
    assert "Write a day, such as 2026-01-31." in text_of(refused)


def test_columns_are_the_readers_choice(browser, firm):
    """R-LST-1"""
    firm.account("Ada Ltd")
    listed(browser, "/clients", ["Ada Ltd"])

    kept = browser.post("/clients/columns", data={"column": ["created"], "back": "/clients?q=ada"}, headers=OUR_FORM)
    shown = browser.get("/clients")

    assert kept.headers["location"] == "/clients?q=ada"
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', shown.text, re.DOTALL)
    assert [" ".join(re.sub(r"<[^>]*>", " ", head).split()) for head in heads] == ["", "Name ↑", "Created"]


def test_lists_are_kept_by_name_and_let_go(browser, firm):
    """R-LST-2"""
    firm.account("Ada Ltd")
    listed(browser, "/clients", ["Ada Ltd"])
    name = 'Été; "x"=&, <b>'

    kept = browser.send_form("/clients/views", name=name, back="/clients?type=company&q=ada")
    elsewhere = browser.send_form("/clients/views", name="Elsewhere", back="https://example.com/?x=1")
    shown = browser.get("/clients?type=company&q=ada")
    browser.send_form("/clients/views/forget", name=name)

    assert kept.headers["location"] == "/clients?type=company&q=ada"
    assert elsewhere.headers["location"] == "/clients"
    assert name in text_of(shown)
    assert "Elsewhere" not in text_of(shown)
    assert name not in text_of(browser.get("/clients?type=company&q=ada"))


def test_members_see_their_own_clients_and_no_way_to_make_more(limited, firm):
    """R-LST-3, R-ACC-5"""
    firm.account("Hidden Ltd")
    firm.account("Theirs Ltd", team=[limited.member["id"]])

    page = listed(limited, "/clients", ["Theirs Ltd"])

    assert "Hidden" not in page.text
    assert "/clients/new" not in page.text
    assert "/clients/import" not in page.text
    assert limited.get("/clients/new").status_code == 403
    assert limited.send_form("/clients/new", type="individual").status_code == 403
    assert limited.get("/clients/import").status_code == 403


def test_another_firm_finds_nothing(stack, browser, firm):
    firm.account("Ada Ltd")
    listed(browser, "/clients", ["Ada Ltd"])
    other = Firm(stack.url, stack.env)
    with Browser(stack.url) as stranger:
        stranger.send_form("/sign-in", email=other.email, password=PASSWORD)

        assert names(stranger.get("/clients?q=Ada")) == []
        assert "Your firm has no client here yet." in text_of(stranger.get("/clients"))


def test_a_client_is_made_of_somebody_new_and_somebody_known(browser, firm):
    """R-LNK-1, R-NAME-2, R-TAG-1"""
    known = firm.owner.made("POST", "/contacts", **person(first_name="Grace", last_name="Hopper"))
    form = {
        "type": "company",
        "company_name": "Ada Ltd",
        "contacts.0.new.first_name": "Ada",
        "contacts.0.new.email": "nonsense",
        "contacts.0.description": "Director",
        "new_tags": "VIP, Audit",
    }

    found = browser.get("/clients/new/contacts?find=hopp", headers=PART)
    taken = browser.send_form("/clients/new", **form, do=f"take.{known['id']}")
    refused = browser.send_form("/clients/new", **form | {"contacts.1.id": known["id"]})
    form |= {"contacts.1.id": known["id"], "contacts.0.new.email": "ada@example.com"}
    made = browser.send_form("/clients/new", **form, key="0" * 32)
    again = browser.send_form("/clients/new", **form, key="0" * 32)

    assert f"take.{known['id']}" in found.text
    assert "Grace Hopper" in text_of(taken)
    assert 'value="Director"' in taken.text
    assert refused.status_code == 422
    assert 'id="contacts.0.new.email-error"' in refused.text
    assert made.status_code == 303
    assert again.headers["location"] == made.headers["location"]
    account = firm.owner.made("GET", f"/accounts/{made.headers['location'].rpartition('/')[2]}")
    assert account["name"] == "Ada Ltd"
    assert {tag["name"] for tag in account["tags"]} == {"VIP", "Audit"}
    linked = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"]
    assert {one["contact"]["first_name"] for one in linked} == {"Ada", "Grace"}


def test_who_is_there_already_is_told_while_typing(browser, firm):
    """R-C-4"""
    firm.account("Ada Ltd", contacts=[{"new": person(email="ada@example.com", first_name="Ada", last_name="Byron")}])
    listed(browser, "/clients", ["Ada Ltd"])

    by_name = browser.get("/clients/new/twins?name=ada%20ltd", headers=PART)
    by_email = browser.get("/clients/new/twins?contacts.0.new.email=ADA@example.com", headers=PART)

    assert "There is a client of this name already: Ada Ltd" in text_of(by_name)
    assert "Ada Byron has this address already." in text_of(by_email)


def test_contacts_are_listed_with_their_clients(browser, limited, firm):
    """R-LST-5, R-C-2"""
    firm.account("Ada Ltd", contacts=[{"new": person(first_name="Ada", last_name="Byron", email="ada@example.com")}])
    form = {"first_name": "Grace", "last_name": "Hopper", "email": "grace@example.com", "phones": "+1 555 0100\r\nnone"}

    refused = browser.send_form("/contacts/new", **form)
    made = browser.send_form("/contacts/new", **form | {"phones": "+1 555 0100"})
    page = browser.get("/contacts?q=example.com")

    assert 'id="phones-error"' in refused.text
    assert made.status_code == 303
    assert re.search(r"Ada Byron.*ada@example.com.*Ada Ltd.*Grace Hopper.*grace@example.com", text_of(page))
    assert "Ada Byron" not in limited.get("/contacts").text
    assert limited.send_form("/contacts/new", **form).status_code == 403


LIST = """Account name,First name,Last name,Email,Tags
Ada Ltd,Ada,Lovelace,ada@example.com,VIP
Byron & Co,George,Byron,not an address,
Ada Ltd,Anne,Byron,anne@example.com,VIP
"""


def send_list(browser, content, name="clients.csv", **fields):
    files = {"upload": (name, content, "text/csv")}
    return browser.post("/clients/import", data=fields, files=files, headers=OUR_FORM)


def test_a_list_is_looked_at_and_then_loaded_while_one_watches(browser, firm):
    """R-IMP-1, R-IMP-4"""
    sent = send_list(browser, LIST, key="1" * 32, encoding="")
    at = sent.headers["location"]
    looked = browser.get(at)

    assert "2 rows can be loaded." in text_of(looked)
    assert "not an address" in text_of(looked)
    assert firm.owner.made("GET", "/accounts")["total"] == 0

    started = browser.send_form(f"{at}/start")
    state = until(lambda: (part := browser.get(at, headers=PART)) and "hx-trigger" not in part.text and part, 60)

    assert started.headers["location"] == at
    assert "3 of 3 rows" in text_of(state)
    listed(browser, "/clients", ["Ada Ltd"])
    report = browser.get(at.replace("/clients/import", "/v1/imports") + "/refused.csv")
    assert "Byron & Co,George,Byron,not an address" in report.text
    assert report.headers["content-disposition"].startswith("attachment")
    account = firm.owner.made("GET", "/accounts")["items"][0]
    history = firm.owner.made("GET", f"/accounts/{account['id']}/history")["items"]
    assert {change["door"] for change in history} == {"import"}


def test_columns_are_chosen_by_hand_and_reasons_told_in_french(browser, limited, firm):
    """R-IMP-5"""
    kunden = (
        "Kunde;Name;Kontakt;Land\nBäckerei Roth;Jonas Roth;jonas@example.com;Deutschland\nX;Y;z@example.com;Atlantis\n"
    )
    at = send_list(browser, kunden.encode(), encoding="").headers["location"]
    looked = browser.get(at)
    fields = {"column.0": "account_name", "column.1": "full_name", "column.2": "email", "column.3": "country"}

    again = browser.send_form(f"{at}/columns", **fields)
    french = browser.get(f"{at}?lang=fr")
    wrong = browser.send_form(f"{at}/columns", **{**fields, "column.3": "account_field:Elsewhere"})
    unknown = browser.send_form(f"{at}/columns", **{**fields, "column.3": "shoe_size"})

    assert "Jonas Roth" in text_of(looked)
    assert again.headers["location"].startswith(at)
    assert "1 ligne peut être importée." in text_of(french)
    assert "Land : ce n’est pas un pays ; indiquez son nom ou son code (« Atlantis »)" in text_of(french)
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert 'id="column.3-error"' in wrong.text
    assert limited.send_form(f"{at}/columns", **fields).status_code == 403
    browser.send_form(f"{at}/start")
    (account,) = until(lambda: firm.owner.made("GET", "/accounts")["items"])
    assert account["name"] == "Bäckerei Roth"
    assert browser.send_form(f"{at}/columns", **fields).status_code == 409


def test_a_file_that_is_no_list_is_told_beside_its_field(browser):
    refused = send_list(browser, b"PK\x03\x04nonsense", name="clients.xlsx")
    none = browser.post("/clients/import", data={"encoding": ""}, files={"upload": ("", b"")}, headers=OUR_FORM)

    assert refused.status_code == 422
    assert 'id="upload-error"' in refused.text
    assert none.status_code == 422


def test_imports_are_the_firms_and_for_who_may_import(stack, browser, limited, firm):
    at = send_list(browser, LIST).headers["location"]
    other = Firm(stack.url, stack.env)
    with Browser(stack.url) as stranger:
        stranger.send_form("/sign-in", email=other.email, password=PASSWORD)

        assert stranger.get(at).status_code == 404
        assert stranger.send_form(f"{at}/start").status_code == 404
    assert limited.get(at).status_code == 403
    assert limited.send_form(f"{at}/start").status_code == 403
    assert send_list(limited, LIST).status_code == 403


def test_many_clients_are_changed_at_once_and_each_is_told_of(browser, limited, firm):
    """R-BULK-1, R-TAG-3"""
    accounts = [firm.account(f"Client {n:02}", tags=["Old"] if n else []) for n in range(12)]
    listed(browser, "/clients", [f"Client {n:02}" for n in range(12)])
    firm.owner.made("POST", f"/accounts/{accounts[0]['id']}/archive")
    tag = firm.owner.made("GET", "/tags")["items"][0]["id"]
    ids = [one["id"] for one in accounts] + ["0196f0f0-0000-7000-8000-000000000001"]
    member = limited.member["id"]
    wanted = {
        f"tag.{tag}": "remove",
        "new_tags": "Fresh",
        f"member.{member}": "add",
        "type": "company",
        "key": "2" * 32,
    }

    form = browser.post("/clients/chosen", data={"account": ids}, headers=OUR_FORM)
    unsure = browser.post("/clients/chosen/change", data={"account": ids, "state": "archive"}, headers=OUR_FORM)
    first = browser.post("/clients/chosen/change", data={"account": ids, **wanted}, headers=OUR_FORM)
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', first.text.partition('id="rest"')[2])
    fields = {}
    for name, value in hidden:
        fields.setdefault(name, []).append(value)
    rest = browser.post("/clients/chosen/change", data=fields, headers=OUR_FORM | PART)

    assert "Change 12 clients" in text_of(form)
    assert "Tick this to archive them." in text_of(unsure)
    assert first.text.count('<span class="chip good">changed</span>') == 10
    assert "10 of 13" in text_of(first)
    assert "not there, or not yours to see" in text_of(rest)
    assert "All 13 clients are done." in text_of(rest)
    for one in accounts:
        account = firm.owner.made("GET", f"/accounts/{one['id']}")
        assert [each["name"] for each in account["tags"]] == ["Fresh"]
        assert member in [each["id"] for each in account["team"]]
        assert account["type"] == "company"


def test_switches_and_invitations_of_many_are_said_before_they_are_made(browser, limited, firm):
    """R-BULK-2"""
    accounts = [firm.account(f"Switched {n}", contacts=[{"new": person()}, {"new": person()}]) for n in range(2)]
    accounts.append(firm.account("No address", contacts=[{"new": {"last_name": "Nobody"}}]))
    form = {
        "account": [one["id"] for one in accounts],
        "login": "on",
        "sync": "on",
        "invite": "yes",
        "message": "See you there",
        "set_types": "yes",
        "types": ["invoices", "documents"],
        "key": "3" * 32,
    }

    def versions():
        return [firm.owner.made("GET", f"/accounts/{one['id']}/contacts")["version"] for one in accounts]

    def invited(account):
        mails = firm.owner.made("GET", f"/accounts/{account['id']}/mails")["items"]
        return [one["kind"] for one in mails].count("invitation")

    before = versions()
    foreseen = browser.post("/clients/chosen/change", data=form, headers=OUR_FORM)
    untouched = versions()
    done = browser.post("/clients/chosen/change", data=form | {"foreseen": "yes"}, headers=OUR_FORM)
    twice = browser.post("/clients/chosen/change", data=form | {"foreseen": "yes", "key": "4" * 32}, headers=OUR_FORM)
    assert until(lambda: [invited(account) for account in accounts] == [2, 2, 0])
    off = browser.post(
        "/clients/chosen/change", data=form | {"login": "off", "foreseen": "yes", "key": "5" * 32}, headers=OUR_FORM
    )
    denied = limited.post("/clients/chosen/change", data=form | {"foreseen": "yes"}, headers=OUR_FORM)

    assert "4 invitations go out." in text_of(foreseen)
    assert untouched == before
    assert done.text.count('<span class="chip good">changed</span>') == 2
    assert twice.text.count("was so already") == 1  # the types are set again, and nobody is invited twice
    assert off.text.count('<span class="chip good">changed</span>') == 2
    assert denied.text.count("not there, or not yours to see") == 3
    for account in accounts[:2]:
        linked = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")
        states = [address for item in linked["items"] for address in item["addresses"]]
        assert {one["login"] for one in states} == {"revoked"}
        assert all(one["is_synced"] and one["is_notified"] for one in states)
        item = linked["items"][0]
        path = f"/accounts/{account['id']}/contacts/{item['contact']['id']}/addresses"
        kept = firm.owner.made("GET", f"{path}/{item['addresses'][0]['address']['id']}/notifications")
        assert sorted(kept["types"]) == ["documents", "invoices"]


def test_who_may_not_change_a_client_is_told_for_each(limited, firm):
    account = firm.account("Theirs Ltd", team=[limited.member["id"]])

    told = limited.post("/clients/chosen/change", data={"account": account["id"], "type": "company"}, headers=OUR_FORM)

    assert "Your rights do not cover this." in text_of(told)
    assert firm.owner.made("GET", f"/accounts/{account['id']}")["type"] == "individual"
