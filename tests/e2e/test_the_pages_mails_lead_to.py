"""Clients' people follow the links of mails and use forms as a browser does, without any script."""

import re
import secrets
from html import unescape
from uuid import UUID

import httpx
import psycopg
import pytest

from chassis.context import Context
from contracts.portal import PortalResetRef
from tests.firms import PORTAL_PASSWORD, Firm, on_the_bus, person
from tests.pdfs import blank_pdf
from tests.stack import until
from tests.visiting import OUR_FORM, Browser, Reading, text_of

FRESH = "Calm-harbour-31-quill"
WRONG = "Wrong-harbour-31-quill"
PLACES = [
    {"kind": "signature", "page": 1, "x": 0.1, "y": 0.8, "width": 0.3, "height": 0.05},
    {"kind": "text", "page": 1, "x": 0.5, "y": 0.8, "width": 0.3, "height": 0.05, "label": "Place"},
]


@pytest.fixture
def browser(stack):
    with Browser(stack.url) as browser:
        yield browser


@pytest.fixture
def french(stack):
    with Browser(stack.url, "fr-CA,fr;q=0.9,en;q=0.5") as browser:
        yield browser


@pytest.fixture
def anna():
    return person(first_name="Anna")


@pytest.fixture
def account(firm, anna):
    return firm.account(name="Roy Bakery", contacts=[{"new": anna}])


@pytest.fixture
def link(firm, account, anna):
    return f"/portal/invitations/{firm.invite(account['id'], anna['email'])}"


@pytest.fixture
def member(firm, account, anna):
    """Anna, with a password, signed in elsewhere."""
    with firm.portal(account, anna["email"]) as client:
        yield client


@pytest.fixture
def reset_link(firm, stack, anna, member):
    """The link that would be mailed to her."""

    def make():
        with Browser(stack.url) as anybody:
            assert anybody.send_form("/portal/reset", email=anna["email"]).status_code == 303
        with psycopg.connect(stack.database_of("identity")) as connection:
            connection.execute("SELECT set_config('app.firm_id', %s, false)", [firm.id])
            ((reset_id,),) = connection.execute("SELECT id FROM portal_reset").fetchall()
        ctx, ref = Context(firm_id=UUID(firm.id)), PortalResetRef(reset_id=reset_id)
        made = on_the_bus(stack.env, lambda bus: bus.call(ctx, "identity", "make_reset_link", ref))
        return f"/portal/resets/{made['token']}"

    return make


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
    asked = firm.owner.made(
        "POST", f"{at}/signatures", document_id=document["id"], signers=signers, message="Please <b>read</b> it."
    )
    signer = asked["signers"][0]["id"]
    made = firm.owner.made("POST", f"{at}/signatures/{asked['id']}/signers/{signer}/link")
    return f"/portal/signing/{made['token']}", f"{at}/signatures/{asked['id']}"


def is_entered(browser):
    return browser.get("/portal").status_code == 200


class TestInvitations:
    def test_from_the_mail_into_the_portal(self, firm, browser, account, anna, link):
        """R-LOG-3, R-LOG-7: who invites, a password field by field, in; and the link opens nothing after that."""
        shown = browser.get(link)
        weak = browser.send_form(link, password="toosimple")
        accepted = browser.send_form(link, password=PORTAL_PASSWORD)

        assert shown.status_code == 200
        assert all(word in text_of(shown) for word in (firm.signed_in["firm"]["name"], "Roy Bakery", "Anna"))
        assert f'value="{anna["email"]}"' in shown.text
        assert weak.status_code == 422
        assert 'aria-describedby="password-hint password-error"' in weak.text
        assert "Take at least 1 capital letter" in text_of(weak)
        assert "toosimple" not in weak.text
        assert (accepted.status_code, accepted.headers["location"]) == (303, "/portal")
        home = browser.get("/portal")
        assert (home.status_code, "Roy Bakery" in text_of(home)) == (200, True)
        assert firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["portal_status"] == "active"
        again = browser.get(link)
        assert (again.status_code, "sign in" in text_of(again)) == (404, True)

    def test_to_look_changes_nothing(self, browser, link):
        """Mail scanners open links before people do."""
        assert {browser.get(link).status_code for _ in range(3)} == {browser.head(link).status_code} == {200}
        assert browser.send_form(link, password=PORTAL_PASSWORD).status_code == 303

    def test_who_has_a_password_just_accepts(self, firm, browser, account, anna, member):
        """R-LOG-3, R-POR-2"""
        contact = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"][0]["contact"]
        mill = firm.account("Roy Mill", contacts=[{"id": contact["id"]}])
        link = f"/portal/invitations/{firm.invite(mill['id'], anna['email'])}"

        (form, fields), *_ = Reading(browser.get(link).text).forms
        accepted = browser.send_form(link)

        assert "password" not in fields
        assert (form["method"], form["action"]) == ("post", link)
        assert accepted.status_code == 303
        assert all(name in text_of(browser.get("/portal")) for name in ("Roy Bakery", "Roy Mill"))

    def test_links_that_open_nothing_look_alike(self, firm, browser, account, anna, link):
        """R-LOG-7: replaced, used, made up, of another kind: kind words, and nothing a stranger may not know."""
        replacing = f"/portal/invitations/{firm.invite(account['id'], anna['email'])}"
        replaced = browser.get(link)
        browser.send_form(replacing, password=PORTAL_PASSWORD)
        browser.cookies.clear()
        forged = replacing[:-43] + secrets.token_urlsafe(32)
        dead = [replaced, browser.get(replacing), browser.get(forged), browser.send_form(forged, password="x")]
        dead += [browser.get(f"/portal/invitations/{token}") for token in ("x", "x" * 300, "%C3%A9", "a.b")]

        assert {one.status_code for one in dead} == {404}
        assert len({text_of(one) for one in dead}) == 1
        assert not any("Roy Bakery" in one.text or anna["email"] in one.text for one in dead)
        assert not any("set-cookie" in one.headers for one in dead)

    def test_in_french(self, firm, french, link):
        """R-POR-5, said in the reader's language, field by field."""
        shown = french.get(link)
        weak = [french.send_form(link, password=text) for text in ("toosimple", "Aa12!!", "Password-12!!")]

        assert '<html lang="fr">' in shown.text
        assert "vous invite à rejoindre l’espace client" in text_of(shown)
        assert ["majuscule" in text_of(weak[0]), "entre 12 et 200" in text_of(weak[1])] == [True, True]
        assert "premiers que l’on essaie" in text_of(weak[2])
        assert not any("Take " in one.text for one in weak)
        english = french.get(f"{link}?lang=en")
        assert ('<html lang="en">' in english.text, '<html lang="en">' in french.get(link).text) == (True, True)


class TestSigningIn:
    def test_in_and_out_again(self, browser, member, anna):
        """R-POR-2"""
        outside = browser.get("/portal")
        signed_in = browser.send_form("/portal/sign-in", email=anna["email"], password=PORTAL_PASSWORD)
        home = browser.get("/portal")
        token = browser.cookies["dossier_portal"]
        out = browser.send_form("/portal/sign-out")

        assert (outside.status_code, outside.headers["location"]) == (303, "/portal/sign-in")
        assert (signed_in.status_code, home.status_code) == (303, 200)
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(signed_in.headers["set-cookie"].split("; "))
        assert (out.status_code, out.headers["location"]) == (303, "/portal/sign-in?done=signed-out")
        assert "dossier_portal" not in browser.cookies
        browser.cookies.set("dossier_portal", token)
        assert until(lambda: not is_entered(browser))
        assert member.get("/me").status_code == 200  # whoever is in elsewhere stays in

    def test_who_has_an_account_cannot_be_found_out(self, browser, member, anna, firm):
        """The same status and words for an address nobody has, a wrong password, and one of the firm's people."""
        emails = (anna["email"], person()["email"], firm.email)
        refused = [browser.send_form("/portal/sign-in", email=email, password=WRONG) for email in emails]

        said = {(one.status_code, one.text.replace(email, "")) for one, email in zip(refused, emails, strict=True)}
        assert len(said) == 1
        assert {one.status_code for one in refused} == {401}
        assert not any(WRONG in one.text for one in refused)

    def test_what_is_left_empty_is_named(self, browser):
        refused = browser.send_form("/portal/sign-in", email="anna@example.com", password="")

        assert (refused.status_code, 'id="password-error"' in refused.text) == (422, True)
        assert 'id="email-error"' not in refused.text
        assert 'value="anna@example.com"' in refused.text

    def test_guessing_is_slowed_down_as_by_the_api(self, browser, member, anna, stack):
        """One count for page and API: ten wrong ones by either, and the right password waits too."""
        with httpx.Client(base_url=stack.url, headers=dict(browser.headers)) as api:
            for _ in range(5):
                wrong = {"email": anna["email"], "password": WRONG}
                assert api.post("/v1/portal/auth/login", json=wrong).status_code == 401
        tried = [browser.send_form("/portal/sign-in", email=anna["email"], password=WRONG) for _ in range(5)]

        right = browser.send_form("/portal/sign-in", email=anna["email"], password=PORTAL_PASSWORD)

        assert {one.status_code for one in tried} == {401}
        assert (right.status_code, "Too many attempts" in text_of(right)) == (429, True)
        assert int(right.headers["retry-after"]) > 0

    def test_guessing_by_one_caller_is_slowed_down_whatever_the_address(self, browser):
        tried = [
            browser.send_form("/portal/sign-in", email=f"{number}@example.com", password=WRONG).status_code
            for number in range(51)
        ]

        assert (set(tried[:50]), tried[50]) == ({401}, 429)

    def test_a_session_set_by_another_is_worth_nothing_after_signing_in(self, browser, member, anna):
        """Session fixation: what came along ends, and the new session is another."""
        planted = member.headers["Authorization"].removeprefix("Bearer ")
        browser.cookies.set("dossier_portal", planted)

        answer = browser.send_form("/portal/sign-in", email=anna["email"], password=PORTAL_PASSWORD)

        assert answer.status_code == 303
        assert planted not in answer.headers["set-cookie"]
        assert until(lambda: member.get("/me").status_code == 401)

    @pytest.mark.parametrize(
        "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://x.example"}, {"Origin": "null"}, {}]
    )
    def test_another_sites_form_signs_nobody_in_or_out(self, browser, member, anna, headers):
        """Cross-site request forgery: not into the attacker's account either."""
        fields = {"email": anna["email"], "password": PORTAL_PASSWORD}
        refused = browser.post("/portal/sign-in", data=fields, headers=headers)
        browser.cookies.set("dossier_portal", member.headers["Authorization"].removeprefix("Bearer "))
        out = browser.post("/portal/sign-out", headers=headers)

        assert [one.status_code for one in (refused, out)] == [403, 403]
        assert not any("set-cookie" in one.headers for one in (refused, out))
        assert is_entered(browser)

    @pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://x.example"}])
    def test_another_sites_form_accepts_no_invitation(self, browser, link, headers):
        refused = browser.post(link, data={"password": PORTAL_PASSWORD}, headers=headers)

        assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)
        assert browser.get(link).status_code == 200

    def test_a_page_that_hides_where_it_was_may_send_its_form_over_plain_http(self, browser, link):
        """Without HTTPS a browser says no more than `Origin: null` of a page with `no-referrer`."""
        sent = browser.post(link, data={"password": PORTAL_PASSWORD}, headers={"Origin": "null"})

        assert sent.status_code == 303

    def test_who_is_with_several_firms_chooses(self, stack, browser, member, anna):
        """R-POR-2: one password at two firms, and the form asks which."""
        other = Firm(stack.url, stack.env, name="Abel Accounting")
        with other.portal(other.account(name="Roy Travel", contacts=[{"new": anna}]), anna["email"]):
            asked = browser.send_form("/portal/sign-in", email=anna["email"], password=PORTAL_PASSWORD)
        fields = {"email": anna["email"], "password": PORTAL_PASSWORD, "firm_id": other.id}
        chosen = browser.send_form("/portal/sign-in", **fields)

        assert (asked.status_code, "Abel Accounting" in text_of(asked)) == (409, True)
        assert f'value="{other.id}"' in asked.text
        assert chosen.status_code == 303
        home = text_of(browser.get("/portal"))
        assert ("Roy Travel" in home, "Roy Bakery" in home) == (True, False)


class TestResetting:
    def test_a_forgotten_password_is_replaced(self, browser, member, anna, reset_link):
        """R-POR-5: the rules field by field, once, and every session ends."""
        link = reset_link()
        shown = browser.get(link)
        weak = browser.send_form(link, password="short")
        done = browser.send_form(link, password=FRESH)

        assert (shown.status_code, anna["email"] in shown.text) == (200, True)
        assert (weak.status_code, "from 12 to 200" in text_of(weak)) == (422, True)
        assert (done.status_code, done.headers["location"]) == (303, "/portal/sign-in?done=password")
        assert "Your password is changed" in text_of(browser.get(done.headers["location"]))
        assert until(lambda: member.get("/me").status_code == 401)
        signed_in = [
            browser.send_form("/portal/sign-in", email=anna["email"], password=password).status_code
            for password in (PORTAL_PASSWORD, FRESH)
        ]
        assert signed_in == [401, 303]

    def test_links_that_open_nothing_look_alike(self, browser, anna, reset_link):
        """Replaced, used, made up."""
        replaced, used = reset_link(), reset_link()
        browser.send_form(used, password=FRESH)
        forged = used[:-43] + secrets.token_urlsafe(32)
        dead = [browser.get(replaced), browser.get(used), browser.send_form(used, password=WRONG), browser.get(forged)]

        assert {one.status_code for one in dead} == {403}
        assert len({text_of(one) for one in dead}) == 1
        assert not any(anna["email"] in one.text for one in dead)
        assert "/portal/reset" in dead[0].text

    def test_nobody_is_told_who_has_an_address(self, browser, member, anna, firm):
        emails = (anna["email"], person()["email"], firm.email, "no address")
        asked = [browser.send_form("/portal/reset", email=email) for email in emails]

        assert {(one.status_code, one.headers["location"], one.text) for one in asked} == {
            (303, "/portal/reset?sent", "")
        }
        assert "If this address may enter" in text_of(browser.get("/portal/reset?sent"))

    def test_asking_again_and_again_is_slowed_down(self, browser, member, anna):
        """As by the API: each is a mail to somebody, known or not."""
        for email in (anna["email"], person()["email"]):
            asked = [browser.send_form("/portal/reset", email=email).status_code for _ in range(6)]
            assert asked == [303] * 5 + [429]


class TestHome:
    def test_it_says_what_waits(self, firm, browser, account, anna, member):
        """R-POR-2"""
        at = f"/accounts/{account['id']}"
        document = firm.owner.post(
            f"{at}/documents",
            params={"name": "Return.pdf"},
            content=blank_pdf(),
            headers={"Content-Type": "application/pdf"},
        ).json()
        firm.account(name="Neighbour Ltd")
        browser.send_form("/portal/sign-in", email=anna["email"], password=PORTAL_PASSWORD)
        home = text_of(browser.get("/portal"))
        assert ("Nothing waits for you." in home, "Neighbour" in home) == (True, False)

        firm.owner.made("POST", f"{at}/signatures", document_id=document["id"])
        firm.owner.made("POST", f"{at}/approvals", document_id=document["id"])
        firm.owner.made("POST", f"{at}/chats", subject="Hello", text="Please answer.")

        home = text_of(until(lambda: "to sign" in text_of(got := browser.get("/portal")) and got))
        assert "1 document to sign" in home
        assert "1 document to approve" in home
        assert "1 conversation with unread messages" in home
        assert "1 document à signer" in text_of(browser.get("/portal?lang=fr"))

    def test_who_is_shut_out_is_told_kindly(self, firm, browser, account, anna, member):
        """R-LOG-5"""
        browser.send_form("/portal/sign-in", email=anna["email"], password=PORTAL_PASSWORD)
        assert is_entered(browser)
        firm.owner.made("POST", f"/accounts/{account['id']}/archive")

        assert until(lambda: "opens no account at present" in text_of(browser.get("/portal")))


class TestSigningByLink:
    def test_a_third_party_reads_and_signs(self, firm, browser, to_sign):
        """R-SGN-4: without signing in, once."""
        link, request = to_sign
        shown = browser.get(link)
        file = browser.get(f"{link}/file")
        without = browser.send_form(link, do="sign", **{"values.2": ""})
        fields = {name: given for _, form in Reading(shown.text).forms for name, given in form.items()}
        value = next(name for name in fields if name.startswith("values."))
        signed = browser.send_form(link, do="sign", signed_name="Theo Third", has_consented="yes", **{value: "Lyon"})

        assert (shown.status_code, "Engagement letter.pdf" in text_of(shown)) == (200, True)
        assert "Please <b>read</b> it." in unescape(shown.text.replace("<b>", ""))  # shown as typed, not as HTML
        assert (file.content, file.headers["content-type"]) == (blank_pdf(), "application/pdf")
        assert file.headers["content-disposition"].startswith("inline")
        assert without.status_code == 422
        assert {'id="signed_name-error"', 'id="has_consented-error"'} <= set(re.findall(r'id="[^"]*"', without.text))
        assert (signed.status_code, "you have signed" in text_of(signed)) == (200, True)
        assert browser.get(link).status_code == browser.get(f"{link}/file").status_code == 404
        (evidence,) = firm.owner.made("GET", f"{request}/evidence")["signatures"]
        assert (evidence["signed_name"], evidence["values"]) == ("Theo Third", {value.partition(".")[2]: "Lyon"})
        assert evidence["address"] == browser.headers["X-Forwarded-For"]

    def test_declining_ends_it(self, firm, browser, to_sign):
        link, request = to_sign
        without = browser.send_form(link, do="decline", reason=" ")
        declined = browser.send_form(link, do="decline", reason="Not my name")

        assert (without.status_code, 'id="reason-error"' in without.text) == (422, True)
        assert "declined to sign" in text_of(declined)
        assert firm.owner.made("GET", request)["status"] == "declined"

    def test_a_forged_link_shows_nothing(self, browser, to_sign):
        link, _ = to_sign
        forged = link[:-43] + secrets.token_urlsafe(32)
        answers = [browser.get(forged), browser.get(f"{forged}/file"), browser.send_form(forged, do="sign")]

        assert {one.status_code for one in answers} == {404}
        assert not any("Engagement" in one.text for one in answers)

    def test_another_sites_form_signs_nothing(self, firm, browser, to_sign):
        link, request = to_sign
        fields = {"do": "sign", "signed_name": "Theo Third", "has_consented": "yes"}

        assert browser.post(link, data=fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert firm.owner.made("GET", request)["status"] == "pending"


class TestLinksOutOfDate:
    """R-LOG-7: 30 days; R-POR-5: 24 hours; R-SGN-4: 7 days. What time does is done to the rows."""

    @pytest.fixture
    def age(self, stack, firm):
        def age(service, *statements):
            with psycopg.connect(stack.database_of(service)) as connection:
                connection.execute("SELECT set_config('app.firm_id', %s, false)", [firm.id])
                for statement in statements:
                    assert connection.execute(statement).rowcount == 1

        return age

    def test_an_invitation(self, browser, link, age):
        assert browser.get(link).status_code == 200
        earlier = "date_trunc('day', now()) - interval '31 days'"
        age(
            "contacts",
            f"UPDATE address_switch SET invited_at = {earlier} WHERE invited_at IS NOT NULL",
            f"UPDATE invitation_link SET sent_at = {earlier}",
        )

        answers = [browser.get(link), browser.send_form(link, password=PORTAL_PASSWORD)]

        assert [one.status_code for one in answers] == [404, 404]
        assert not any("Roy Bakery" in one.text or "set-cookie" in one.headers for one in answers)

    def test_a_new_password(self, browser, member, anna, reset_link, age):
        link = reset_link()
        assert browser.get(link).status_code == 200
        age("identity", "UPDATE portal_reset SET expires_at = now() - interval '1 second'")

        answers = [browser.get(link), browser.send_form(link, password=FRESH)]

        assert [one.status_code for one in answers] == [403, 403]
        assert browser.send_form("/portal/sign-in", email=anna["email"], password=FRESH).status_code == 401

    def test_a_document_to_sign(self, browser, to_sign, age):
        link, _ = to_sign
        assert browser.get(link).status_code == 200
        age("documents", "UPDATE signer SET link_expires_at = now() - interval '1 second'")

        answers = [browser.get(link), browser.get(f"{link}/file"), browser.send_form(link, do="decline", reason="No")]

        assert [one.status_code for one in answers] == [404, 404, 404]


class TestEveryPage:
    @pytest.fixture
    def pages(self, browser, link, reset_link, to_sign, anna, firm):
        """Every page there is, as its reader gets it."""
        shut = [link, to_sign[0], "/portal/sign-in", "/portal/sign-out", "/portal/reset", "/portal/reset?sent"]
        dead = ["/portal/invitations/x", "/portal/resets/x", "/portal/signing/x", "/portal/nothing"]
        pages = [(path, 200) for path in (*shut, reset_link())] + [(path, None) for path in dead]
        shown = [(browser.get(path), status) for path, status in pages]
        assert all(page.status_code == (status or page.status_code) < 500 for page, status in shown)
        return [page for page, _ in shown]

    @pytest.fixture
    def anna(self, firm):
        """Of another account than the invitation's, so that its link stays open."""
        return person(first_name="Anna")

    @pytest.fixture
    def link(self, firm):
        someone = person()
        return f"/portal/invitations/{firm.invite(firm.account(contacts=[{'new': someone}])['id'], someone['email'])}"

    def test_nothing_but_our_own_files_is_let_in_and_nothing_leaks(self, pages):
        for page in pages:
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert (page.headers["cache-control"], page.headers["x-content-type-options"]) == ("no-store", "nosniff")
            has_token = re.search(r"/(invitations|resets|signing)/", page.request.url.path)
            assert page.headers["referrer-policy"] == ("no-referrer" if has_token else "same-origin")
            assert Reading(page.text).inline == []

    def test_every_field_has_a_label_and_what_it_refers_to_is_there(self, pages):
        for page in pages:
            read = Reading(page.text)
            for _, fields in read.forms:
                named = {
                    given["id"] for given in fields.values() if given.get("type") not in {"radio", "checkbox", "hidden"}
                }
                assert named <= read.labels
            referred = " ".join(re.findall(r'aria-describedby="([^"]*)"', page.text)).split()
            assert set(referred) <= read.ids

    def test_nothing_is_there_in_kind_words(self, browser):
        nowhere, wrong_verb = browser.get("/portal/nothing"), browser.put("/portal/sign-in")

        assert (nowhere.status_code, wrong_verb.status_code) == (404, 405)
        assert wrong_verb.headers["allow"] == "GET, HEAD, POST"
        assert {one.headers["content-type"] for one in (nowhere, wrong_verb)} == {"text/html; charset=utf-8"}

    @pytest.mark.parametrize(
        ("content", "kind", "status"),
        [
            (b"\xff=%ff", "application/x-www-form-urlencoded", 422),
            (b"&".join(b"a=1" for _ in range(500)), "application/x-www-form-urlencoded", 422),
            (b'{"email": "x"}', "application/json", 422),
            (b"x" * 2_000_000, "application/x-www-form-urlencoded", 413),
            (b"email=%00%e2%80%ae&password=%00", "application/x-www-form-urlencoded", 422),
        ],
    )
    def test_what_is_no_form_is_refused(self, browser, content, kind, status):
        answer = browser.post("/portal/sign-in", content=content, headers={"Content-Type": kind, **OUR_FORM})

        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
