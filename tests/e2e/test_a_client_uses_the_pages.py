"""A client's person does by pages, as a browser without script does, all that the portal offers on an account."""

import http.client
import re
from html import unescape

import psycopg
import pytest
from PIL import Image

from tests.firms import PORTAL_PASSWORD, Firm, person
from tests.pdfs import blank_pdf
from tests.stack import until
from tests.visiting import OUR_FORM, Browser, Reading, text_of

FRESH = "Calm-harbour-31-quill"
HIGH = 10_000_000_000  # bytes that nobody takes
QUESTIONS = [
    {
        "title": "Household",
        "questions": [
            {"key": "married", "label": "Are you married?", "kind": "yes_no", "is_required": True},
            {
                "key": "spouse",
                "label": "Name of your spouse",
                "kind": "short_text",
                "is_required": True,
                "shown_if": {"question": "married", "answer": "yes"},
            },
            {"key": "children", "label": "How many children?", "kind": "number"},
        ],
    },
    {
        "title": "Income",
        "questions": [
            {"key": "kinds", "label": "Which income?", "kind": "multiple_choice", "choices": ["Wages", "Rents"]},
            {"key": "rents", "label": "Rents", "kind": "amount"},
            {"key": "slip", "label": "Pay slip", "kind": "file"},
            {"key": "since", "label": "Since when?", "kind": "date"},
        ],
    },
]


class Home:
    """A household's account with two people; Anna is signed in by the page."""

    def __init__(self, firm):
        self.firm, self.owner = firm, firm.owner
        self.people = [person(first_name=name) for name in ("Anna", "Bert")]
        self.account = firm.account("Roy Family", contacts=[{"new": one} for one in self.people])
        self.at = f"/accounts/{self.account['id']}"
        self.pages = f"/portal{self.at}"
        self.clients = [firm.portal(self.account, one["email"]) for one in self.people]
        self.browser = self.signed_in()

    def signed_in(self, language="en", client=0):
        browser = Browser(self.firm.url, language)
        token = self.clients[client].headers["Authorization"].removeprefix("Bearer ")
        browser.cookies.set("dossier_portal", token)
        return browser

    def document(self, name="Return.pdf", **query):
        made = self.owner.post(f"{self.at}/documents", params={"name": name, **query}, content=blank_pdf())
        assert made.status_code == 201, made.text
        return made.json()["id"]

    def invoice(self, price="100.00"):
        lines = [{"name": "Advice", "unit_price": price}]
        made = self.owner.made("POST", f"{self.at}/invoices", lines=lines, currency="EUR")
        return self.owner.made("POST", f"{self.at}/invoices/{made['id']}/issue", version=made["version"])

    def proposal(self):
        packages = [
            {"name": name, "lines": [{"service": "Accounts", "unit_price": price}]}
            for name, price in (("Small", "80"), ("Large", "110"))
        ]
        made = self.owner.made("POST", f"{self.at}/proposals", name="Advice 2027", packages=packages, currency="EUR")
        return self.owner.made("POST", f"{self.at}/proposals/{made['id']}/send", version=made["version"])

    def organizer(self):
        made = self.owner.made("POST", "/organizer-templates", name="Income 2026", sections=QUESTIONS)
        sent = self.owner.made("POST", f"{self.at}/organizers", template_ids=[made["id"]])
        return sent["items"][0]["id"]

    def get(self, path=""):
        shown = self.browser.get(f"{self.pages}{path}")
        assert shown.status_code == 200, f"{path}: {shown.status_code} {text_of(shown)}"
        return shown

    def send(self, path, files=None, **fields):
        """Send a form; with `files` as a form of files is sent."""
        if files is None:
            return self.browser.send_form(f"{self.pages}{path}", **fields)
        chosen = files or [("files", ("", b""))]
        return self.browser.post(f"{self.pages}{path}", data=fields, files=chosen, headers=OUR_FORM)

    def done(self, answer):
        """Where a form led to, read there."""
        assert answer.status_code == 303, text_of(answer)
        return text_of(self.browser.get(answer.headers["location"]))


@pytest.fixture
def home(firm):
    made = Home(firm)
    yield made
    for one in (made.browser, *made.clients):
        one.close()


def files(*pairs, name="files"):
    return [(name, (file, content, "application/octet-stream")) for file, content in pairs]


def announced(home, path, size):
    """The answer to a form of files that says how large it is, before any of it is sent."""
    connection = http.client.HTTPConnection(home.browser.base_url.netloc.decode(), timeout=30)
    connection.putrequest("POST", f"{home.pages}{path}")
    cookie = f"dossier_portal={home.browser.cookies['dossier_portal']}"
    kind = "multipart/form-data; boundary=x"
    for name, text in {**OUR_FORM, "Cookie": cookie, "Content-Type": kind, "Content-Length": str(size)}.items():
        connection.putheader(name, text)
    connection.endheaders()
    return connection.getresponse()


def hidden(page, name):
    """What a page's form says of itself under a name."""
    return unescape(re.findall(rf'name="{name}" value="([^"]*)"', page.text)[0])


class TestHome:
    def test_what_waits_is_listed_and_counted_in_each_part(self, home):
        """R-POR-2"""
        quiet = text_of(home.get())
        home.owner.made("POST", f"{home.at}/signatures", document_id=home.document("Letter.pdf"))
        home.owner.made("POST", f"{home.at}/approvals", document_id=home.document("Return.pdf"))
        home.owner.made("POST", f"{home.at}/chats", subject="Receipts", text="Please.", tasks=["Send the receipts"])
        home.invoice()

        page = until(lambda: "to sign" in text_of(got := home.get()) and got)

        said = text_of(page)
        assert "Nothing waits for you." in quiet
        assert all(name in said for name in ("Letter.pdf", "Return.pdf", "Receipts", "Send the receipts", "€100.00"))
        assert all(line in said for line in ("1 document to sign", "1 document to approve", "1 task to do"))
        assert re.search(r"Sign and approve To sign 2 2 things wait", said)

    def test_an_account_is_chosen_among_several_and_that_counts_as_coming_in(self, stack, firm, home):
        """R-POR-2, R-LA-2"""
        contact = home.owner.made("GET", f"{home.at}/contacts")["items"][0]["contact"]
        mill = firm.account("Roy Mill", contacts=[{"id": contact["id"]}])
        link = f"/portal/invitations/{firm.invite(mill['id'], home.people[0]['email'])}"
        home.browser.send_form(link)
        listed = until(lambda: "Roy Mill" in text_of(got := home.browser.get("/portal")) and got)
        with psycopg.connect(stack.database_of("identity")) as connection:
            connection.execute("SELECT set_config('app.firm_id', %s, false)", [firm.id])
            connection.execute("UPDATE portal_sign_in SET at = at - interval '1 day'")

        entered = home.browser.send_form(f"/portal/accounts/{mill['id']}/enter")

        assert "Roy Family" in text_of(listed)
        assert entered.headers["location"] == f"/portal/accounts/{mill['id']}"
        assert "Roy Mill" in text_of(home.browser.get(entered.headers["location"]))
        assert home.owner.made("GET", "/client-sign-ins")["items"][0]["how"] == "switched"


class TestDocuments:
    def test_files_are_sent_read_and_replaced(self, home):
        """R-DOC-1, R-DOC-8"""
        page = home.get("/documents")
        fields = {"key": hidden(page, "key")}
        fields["folder_id"] = hidden(page, "folder_id")
        both = files(("Bank.pdf", blank_pdf()), ("Relevé d’été.txt", b"caf\xc3\xa9" * 50_000))

        shown = home.done(home.send("/documents", both, **fields))
        again = home.send("/documents", both, **fields)

        assert "your files have arrived" in shown
        assert all(name in shown for name in ("Bank.pdf", "Relevé d’été.txt", "from you", "250 kB"))
        assert again.status_code == 303
        listed = home.clients[0].made("GET", f"{home.at}/documents")["items"]
        assert sorted(one["name"] for one in listed) == ["Bank.pdf", "Relevé d’été.txt"]  # sent twice, kept once
        bank = next(one for one in listed if one["name"] == "Bank.pdf")
        assert "Bank.pdf" in text_of(home.get(f"/documents/{bank['id']}"))
        file, inline = (home.get(f"/documents/{bank['id']}/file{more}") for more in ("", "?inline"))
        assert (file.content, file.headers["content-disposition"][:10]) == (blank_pdf(), "attachment")
        assert inline.headers["content-disposition"].startswith("inline")
        newer = home.send(f"/documents/{bank['id']}", files(("x.pdf", blank_pdf() + b"\n")), key="")
        assert "the new version has arrived" in home.done(newer)
        assert home.get(f"/documents/{bank['id']}/file").content == blank_pdf() + b"\n"

    def test_what_is_wrong_with_files_is_said_beside_them(self, home):
        none = home.send("/documents", files(("", b"")), key="")
        large = announced(home, "/documents", HIGH)
        broken = home.browser.post(
            f"{home.pages}/documents",
            content=b"no form at all",
            headers={**OUR_FORM, "Content-Type": "multipart/form-data; boundary=x"},
        )
        nameless = home.send("/documents", files(("a" * 300 + ".pdf", b"x"), ("Kept.txt", b"kept")), key="")

        assert (none.status_code, 'id="files-error"' in none.text) == (422, True)
        assert (large.status, "at most 501 MB" in large.read().decode()) == (413, True)
        assert broken.status_code == 422
        assert (nameless.status_code, "These have arrived: Kept.txt" in text_of(nameless)) == (422, True)
        assert "at most 255 characters" in text_of(nameless)

    def test_what_is_not_theirs_to_see_is_not_there(self, home):
        """R-DOC-8, R-ACC-7"""
        private = home.owner.made("POST", f"{home.at}/folders", name="Secret papers", client_access="private")
        hidden_id = home.document("Secret.pdf", folder_id=private["id"])

        said = text_of(home.get("/documents"))

        assert "Secret" not in said
        paths = [f"/documents/{hidden_id}{more}" for more in ("", "/file", "/file?inline")]
        paths.append(f"/documents?folder={private['id']}")
        assert {home.browser.get(f"{home.pages}{path}").status_code for path in paths} == {404}


class TestAnswers:
    def test_a_document_is_approved_and_another_is_not(self, home):
        """R-APR-2, R-APR-4"""
        first, second = (
            home.owner.made("POST", f"{home.at}/approvals", document_id=home.document(name), note="Page 3, please.")
            for name in ("Return.pdf", "Balance.pdf")
        )
        page = until(lambda: "Balance.pdf" in text_of(got := home.get("/requests")) and got)
        assert "Return.pdf" in text_of(page)
        assert "Page 3, please." in text_of(home.get(f"/approvals/{first['id']}"))

        approved = home.send(f"/approvals/{first['id']}", do="approve")
        mute = home.send(f"/approvals/{second['id']}", do="disapprove", reason=" ")
        refused = home.send(f"/approvals/{second['id']}", do="disapprove", reason="May is missing.")
        late = home.send(f"/approvals/{second['id']}", do="approve")

        assert "you have approved" in home.done(approved)
        assert (mute.status_code, 'id="reason-error"' in mute.text) == (422, True)
        assert "You have not approved" in home.done(refused)
        assert (late.status_code, "answered this request already" in text_of(late)) == (409, True)
        known = [home.owner.made("GET", f"{home.at}/approvals/{one['id']}") for one in (first, second)]
        assert [one["status"] for one in known] == ["approved", "disapproved"]
        assert known[0]["address"] == home.browser.headers["X-Forwarded-For"]

    def test_a_document_is_signed_with_its_evidence(self, home):
        """R-SGN-4, R-POR-3"""
        made = home.owner.made("POST", f"{home.at}/signatures", document_id=home.document("Letter.pdf"))
        path = f"/signatures/{made['id']}"
        page = home.get(path)

        without = home.send(path, do="sign", signed_name="")
        signed = home.send(path, do="sign", signed_name="Anna Roy", has_consented="yes")

        assert "Signed so far: 0 of 2" in text_of(page)
        assert {'id="signed_name-error"', 'id="has_consented-error"'} <= set(re.findall(r'id="[^"]*"', without.text))
        assert without.status_code == 422
        assert "you have signed" in home.done(signed)
        (evidence,) = home.owner.made("GET", f"{home.at}{path}/evidence")["signatures"]
        assert (evidence["signed_name"], evidence["way"]) == ("Anna Roy", "portal")
        assert (evidence["address"], bool(evidence["agent"])) == (home.browser.headers["X-Forwarded-For"], True)
        with home.signed_in("fr", client=1) as bert:
            declined = bert.send_form(f"{home.pages}{path}", do="decline", reason="Pas mon nom")
            assert (declined.status_code, "refusé de signer" in text_of(bert.get(declined.headers["location"]))) == (
                303,
                True,
            )
        assert home.owner.made("GET", f"{home.at}{path}")["status"] == "declined"


class TestOrganizers:
    def test_one_is_filled_in_step_by_step_and_handed_in(self, home):
        """R-ORG-2, R-ORG-5: what was answered is kept at each step, and brings up what hangs on it."""
        path = f"/organizers/{home.organizer()}"
        first = home.get(path)
        assert ("Are you married?" in text_of(first), "spouse" in text_of(first)) == (True, False)
        assert home.owner.made("GET", f"{home.at}{path}")["status"] == "opened"

        wrong = home.send(path, (), section="0", do="next", **{"answers.children": "two"})
        more = home.send(path, (), section="0", do="next", **{"answers.married": "yes", "answers.children": "2"})
        on = home.send(
            path,
            (),
            section="0",
            do="next",
            **{"answers.married": "yes", "answers.spouse": "Bert", "answers.children": ""},
        )

        assert (wrong.status_code, 'id="answers.children-error"' in wrong.text, 'value="two"' in wrong.text) == (
            422,
            True,
            True,
        )
        assert "more questions" in home.done(more)
        assert on.headers["location"].endswith(f"{path}?section=1")
        with home.signed_in("fr") as french:
            fields = {
                "section": "1",
                "answers.kinds.1": "yes",
                "answers.rents": "1 250,50",
                "answers.since": "2026-02-01",
            }
            fields["answers.rents.currency"] = "EUR"
            sent = french.post(
                f"{home.pages}{path}",
                data=fields,
                files=files(("Bulletin.pdf", blank_pdf()), name="answers.slip"),
                headers=OUR_FORM,
            )
            assert sent.status_code == 303, text_of(sent)
            review = french.get(sent.headers["location"])
            assert "1\u202f250,50\u00a0€" in unescape(review.text)
            assert "Bulletin.pdf" in text_of(review)
        known = home.owner.made("GET", f"{home.at}{path}")["answers"]
        assert (known["spouse"], known["kinds"], known["since"]) == ("Bert", ["Rents"], "2026-02-01")
        assert (known["rents"], "children" in known) == ({"amount": "1250.50", "currency": "EUR"}, False)
        handed_in = home.send(f"{path}/review")
        assert "your questionnaire is handed in" in home.done(handed_in)
        assert home.send(f"{path}/review").status_code == 409
        closed = home.send(path, (), section="0", **{"answers.married": "no"})
        assert closed.status_code == 409
        assert home.owner.made("GET", f"{home.at}{path}")["status"] == "submitted"

    def test_what_is_missing_is_named(self, home):
        path = f"/organizers/{home.organizer()}"

        refused = home.send(f"{path}/review")

        assert refused.status_code == 422
        assert "Are you married?: Answer this question." in text_of(refused)
        assert 'href="#answers.married"' in refused.text


class TestMessages:
    def test_a_client_writes_answers_ticks_and_takes_back(self, home):
        """R-CHT-1, R-CHT-4"""
        thread = home.owner.made(
            "POST", f"{home.at}/chats", subject="Receipts", text="Two are missing.", tasks=["Send them"]
        )
        home.owner.made("POST", f"{home.at}/chats/{thread['id']}/messages", text="Slow payer.", is_internal=True)
        path, task = f"/chats/{thread['id']}", thread["tasks"][0]["id"]
        page = home.get(path)
        assert ("Two are missing." in text_of(page), "Slow payer" in page.text) == (True, False)
        assert until(lambda: "Unread" not in text_of(home.get("/chats")))

        empty = home.send(path, (), text=" ")
        sent = home.send(path, files(("Receipt.txt", b"12.50")), text="Here it is.", key=hidden(page, "key"))
        ticked = home.send(f"{path}/tasks/{task}")

        assert (empty.status_code, "Write something" in text_of(empty)) == (422, True)
        said = home.done(sent)
        assert ("Here it is." in said, "Receipt.txt" in said) == (True, True)
        assert "this task is done" in home.done(ticked)
        page = home.get(path)
        (link,) = re.findall(r'href="[^"]*(/chat-files/[^"]*)"', page.text)
        assert home.get(link).content == b"12.50"
        (change,) = set(re.findall(rf'action="[^"]*({path}/messages/[^"]*)"', page.text))
        changed = home.send(change, do="change", version=hidden(page, "version"), text="Here they are.")
        assert "Here they are." in home.done(changed)
        assert "This message was deleted." in home.done(home.send(change, do="delete"))

    def test_a_thread_of_ones_own_is_nobody_elses(self, home):
        page = home.get("/chats/new")
        fields = {"key": hidden(page, "key"), "subject": "A question", "text": "In private."}

        nameless = home.send("/chats", (), **fields | {"subject": ""})
        started, again = (home.send("/chats", (), **fields) for _ in range(2))

        assert (nameless.status_code, 'id="subject-error"' in nameless.text) == (422, True)
        assert "In private." in nameless.text
        assert started.headers["location"] == again.headers["location"]  # a second click
        path = started.headers["location"].partition("?")[0]
        with home.signed_in(client=1) as bert:
            assert bert.get(path).status_code == 404
            assert "A question" not in bert.get(f"{home.pages}/chats").text


class TestMoney:
    def test_credit_pays_an_invoice(self, home):
        """R-CRD-2, R-CRD-3"""
        invoice = home.invoice()
        home.owner.made("POST", f"{home.at}/invoices", lines=[{"name": "A draft", "unit_price": "7"}])
        home.owner.made("POST", f"{home.at}/credits", amount="60.00", currency="EUR")
        path = f"/invoices/{invoice['id']}"
        listed = text_of(home.get("/invoices"))
        assert all(text in listed for text in (invoice["number"], "€100.00", "€60.00", "€40.00"))
        assert "A draft" not in text_of(home.get(path))

        wrong = home.send(path, amount="much")
        too_much = home.send(path, amount="75")
        with home.signed_in("fr") as french:
            part = french.send_form(f"{home.pages}{path}", amount="12,50")
            assert "87,50\u00a0€" in unescape(french.get(part.headers["location"]).text)
        rest = home.send(path)

        assert (wrong.status_code, 'id="amount-error"' in wrong.text) == (422, True)
        assert (too_much.status_code, "less credit" in text_of(too_much)) == (409, True)
        assert "Your credit is applied" in home.done(rest)
        assert home.owner.made("GET", f"{home.at}{path}")["remaining"] == "40.00"

    def test_a_proposal_is_signed_with_the_package_that_was_chosen(self, home):
        """R-PRP-2, R-SIG-2"""
        made = home.proposal()
        path = f"/proposals/{made['id']}"
        page = until(lambda: (got := home.browser.get(f"{home.pages}{path}")).status_code == 200 and got)
        large = made["packages"][1]["id"]
        version = hidden(page, "version")

        none = home.send(path, do="sign", version=version)
        stale = home.send(path, do="sign", version="99", package_id=large, has_consented="yes")
        declined = home.send(path, do="decline", version=version, reason="Too dear")
        version = hidden(home.get(path), "version")
        signed = home.send(path, do="sign", version=version, package_id=large, has_consented="yes")

        assert (none.status_code, 'id="package_id-error"' in none.text) == (422, True)
        assert (stale.status_code, "read it again" in text_of(stale)) == (409, True)
        assert "You have declined" in home.done(declined)
        assert "you have signed" in home.done(signed)
        known = home.owner.made("GET", f"{home.at}{path}")
        mine = next(one for one in known["signers"] if one["state"] == "signed")
        assert (known["package_id"], mine["signature"]["ip"]) == (large, home.browser.headers["X-Forwarded-For"])


class TestSettings:
    def test_mails_are_chosen(self, home):
        """R-NOT-2"""
        page = until(lambda: 'name="address_id"' in (got := home.get("/settings")).text and got)

        saved = home.send("/settings", address_id=hidden(page, "address_id"), invoices="yes", messages="yes")

        assert "is saved" in home.done(saved)
        (mine,) = home.clients[0].made("GET", f"{home.at}/notifications")["items"]
        assert set(mine["types"]) == {"invoices", "messages"}

    def test_the_picture_is_changed(self, home, tmp_path):
        """R-PHOTO-1, R-PHOTO-2"""
        Image.new("RGB", (80, 80), "teal").save(tmp_path / "a.png")
        picture = (tmp_path / "a.png").read_bytes()
        before = home.get("/photo")

        wrong = home.send("/settings/photo", files(("a.png", b"no picture"), name="photo"))
        taken = home.send("/settings/photo", files(("a.png", picture), name="photo"))

        assert (wrong.status_code, 'id="photo-error"' in wrong.text) == (422, True)
        assert "The picture is changed" in home.done(taken)
        assert (before.headers["content-type"], home.get("/photo").headers["content-type"]) == (
            "image/svg+xml",
            "image/webp",
        )
        assert home.done(home.send("/settings/no-photo"))
        assert home.get("/photo").headers["content-type"] == "image/svg+xml"

    def test_password_devices_and_time_zone(self, home):
        """R-POR-5"""
        browser = home.browser
        elsewhere = Browser(home.firm.url)
        elsewhere.send_form("/portal/sign-in", email=home.people[0]["email"], password=PORTAL_PASSWORD)
        wrong = browser.send_form("/portal/me/password", current_password="x", new_password=FRESH)
        weak = browser.send_form("/portal/me/password", current_password=PORTAL_PASSWORD, new_password="short")
        page = browser.get("/portal/me")
        (other,) = re.findall(r'action="(/portal/me/sessions/[^"]+)"', page.text)

        ended = browser.send_form(other)
        changed = browser.send_form("/portal/me/password", current_password=PORTAL_PASSWORD, new_password=FRESH)
        zone = browser.send_form("/portal/me/zone", zone="Asia/Tokyo")

        assert (wrong.status_code, 'id="current_password-error"' in wrong.text) == (401, True)
        assert (weak.status_code, 'id="new_password-error"' in weak.text) == (422, True)
        assert "That device is signed out" in home.done(ended)
        assert until(lambda: elsewhere.get("/portal").status_code == 303)
        assert "Your password is changed" in home.done(changed)
        assert "Times are those of Tokyo" in home.done(zone)
        assert browser.send_form("/portal/me/zone", zone="Mars/Base").status_code == 422
        assert browser.send_form("/portal/me/sessions").status_code == 303
        assert until(lambda: browser.get("/portal").status_code == 303)
        elsewhere.close()


class TestEveryPage:
    @pytest.fixture
    def paths(self, home):
        """Every page of an account that has one of everything."""
        approval = home.owner.made("POST", f"{home.at}/approvals", document_id=home.document("Return.pdf"))
        letter = home.document("Letter.pdf")
        signature = home.owner.made("POST", f"{home.at}/signatures", document_id=letter)
        thread = home.owner.made("POST", f"{home.at}/chats", subject="Receipts", text="Please.", tasks=["Send them"])
        invoice, proposal, organizer = home.invoice(), home.proposal(), home.organizer()
        return [
            "", "/documents", f"/documents/{letter}", f"/documents/{letter}/file", "/requests",
            f"/approvals/{approval['id']}", f"/signatures/{signature['id']}", "/organizers",
            f"/organizers/{organizer}", f"/organizers/{organizer}/review", "/chats", "/chats/new",
            f"/chats/{thread['id']}", "/invoices", f"/invoices/{invoice['id']}", "/proposals",
            f"/proposals/{proposal['id']}", "/settings", "/photo",
        ]  # fmt: skip

    def test_pages_let_nothing_else_in_and_name_what_they_hold(self, home, paths):
        """No inline script or style, one heading, a label for each field, references that lead somewhere."""
        pages = [home.get(path) for path in paths if not path.endswith(("/file", "/photo"))]
        with home.signed_in("fr") as french:
            pages += [french.get(str(page.request.url.path)) for page in pages]

        for page in [*pages, home.browser.get("/portal/me")]:
            read, where = Reading(page.text), page.request.url.path
            assert "unsafe" not in page.headers["content-security-policy"]
            assert (page.headers["cache-control"], read.inline) == ("no-store", []), where
            assert page.text.count("<h1") == 1, where
            for _, fields in read.forms:
                named = {given["id"] for given in fields.values() if given.get("type", "text") not in UNLABELLED}
                assert named <= read.labels, where
            referred = " ".join(re.findall(r'aria-(?:describedby|labelledby)="([^"]*)"', page.text)).split()
            assert set(referred) <= read.ids, where

    def test_nobody_else_sees_or_does_any_of_it(self, firm, home, paths):
        """R-ACC-5, R-POR-1: another client, another firm's, a member, nobody; a missing account looks the same."""
        other = Home(firm)
        foreign = Home(Firm(firm.url, firm.env))
        with Browser(firm.url) as member, Browser(firm.url) as nobody:
            member.cookies.set("dossier_session", firm.owner.headers["Authorization"].removeprefix("Bearer "))
            posts = [path for path in paths if path] + ["/enter", "/settings/photo", "/settings/no-photo"]
            for stranger in (other.browser, foreign.browser):
                seen = {stranger.get(f"{home.pages}{path}").status_code for path in paths}
                sent = {stranger.send_form(f"{home.pages}{path}", do="approve").status_code for path in posts}
                assert (seen, sent <= {404, 405}) == ({404}, True)
                missing = stranger.get(f"/portal/accounts/{firm.id}")
                closed = stranger.get(home.pages)
                assert len({re.sub("[0-9a-f]{32}", "", text_of(one)) for one in (missing, closed)}) == 1
            for stranger in (member, nobody):
                assert {stranger.get(f"{home.pages}{path}").status_code for path in paths} == {303}
        for path in paths[1:]:
            assert home.browser.get(f"{other.pages}{path}").status_code == 404

    def test_another_sites_form_does_nothing(self, home, paths):
        """Cross-site request forgery, forms with files among them."""
        posts = [path for path in paths if path.count("/") > 1 or path in ("/documents", "/chats", "/settings")]
        for path in posts:
            sent = home.browser.post(
                f"{home.pages}{path}", files=files(("x", b"x")), headers={"Sec-Fetch-Site": "cross-site"}
            )
            assert sent.status_code in (403, 405), path


UNLABELLED = frozenset({"radio", "checkbox", "hidden", "email"})  # boxes stand in their labels
