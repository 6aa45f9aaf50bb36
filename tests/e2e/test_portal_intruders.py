"""Whoever should not be in the portal, or in the office by way of it, walks every route (R-ACC-5, R-LOG-*, R-POR-*)."""

import secrets
from uuid import uuid4

import pytest

from gateway.routes import ROUTES
from tests.firms import PASSWORD, PORTAL_PASSWORD, Client, Firm, person
from tests.stack import until

PORTAL = "/v1/portal"
FIRM_ENDS = len("dsr_i_") + 22  # where the firm in a token ends
LOGIN = "/auth/login"
OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}
NOWHERE = "0196f0f0-0000-7000-8000-00000000dead"
OF_STAFF = [route for route in ROUTES if not route.is_portal and not route.is_public]
OF_CLIENTS = [route for route in ROUTES if route.is_portal and not route.is_public]
OF_ACCOUNTS = [route for route in OF_CLIENTS if route.action]


def names(route):
    return f"{route.verb} {route.path}"


class Place:
    """A firm, an account with a client in it, and another whose client knows nothing of the first."""

    def __init__(self, stack):
        self.firm = Firm(stack.url, stack.env)
        self.word = f"Roy{secrets.token_hex(5)}"
        self.anna, self.bob = person(first_name="Anna"), person(first_name="Bob")
        self.account = self.firm.account(self.word, contacts=[{"new": self.anna}])
        self.other = self.firm.account(contacts=[{"new": self.bob}])
        self.client = self.firm.portal(self.account, self.anna["email"])
        self.neighbour = self.firm.portal(self.other, self.bob["email"])


@pytest.fixture(scope="module")
def place(stack):
    return Place(stack)


@pytest.fixture
def nobody(stack):
    with Client(stack.url, None, base=PORTAL) as client:
        yield client


@pytest.fixture
def fresh(firm):
    """`fresh.email` may enter `fresh.account`; `fresh.client` is signed in."""

    class Fresh:
        someone = person(first_name="Anna")
        email = someone["email"]
        account = firm.account(contacts=[{"new": someone}])
        client = firm.portal(account, email)
        photo = f"/accounts/{account['id']}/photo"

    return Fresh


def fill(route, account_id):
    ids = {name: str(uuid4()) for name in route.path_fields} | {"account_id": account_id, "name": "tasks"}
    return route.path.format_map(ids)


def knock(client, route, account_id, **headers):
    body = {"content": b"{}", "headers": {"Content-Type": "application/json", **headers}}
    return client.request(route.verb, f"{client.base_url.copy_with(path=fill(route, account_id))}", **body)


def said(response):
    """All of an answer but for what names the request."""
    document = response.json() if response.content else {}
    return response.status_code, {**document, "instance": ""}, sorted(set(response.headers) - {"content-length"})


class TestTwoDoors:
    @pytest.mark.parametrize("route", OF_STAFF, ids=names)
    def test_a_client_is_nobody_in_the_office(self, place, nobody, route):
        """Neither as a Bearer token nor in either cookie."""
        token = place.client.headers["Authorization"].removeprefix("Bearer ")

        answers = [
            knock(place.client, route, place.account["id"]),
            knock(nobody, route, place.account["id"], Cookie=f"dossier_session={token}", **OUR_PAGE),
            knock(nobody, route, place.account["id"], Cookie=f"dossier_portal={token}", **OUR_PAGE),
        ]

        assert [answer.status_code for answer in answers] == [401, 401, 401]
        assert not any(place.word in answer.text for answer in answers)

    @pytest.mark.parametrize("route", OF_CLIENTS, ids=names)
    def test_a_member_is_nobody_in_the_portal(self, place, nobody, route):
        """Not even the owner: they look into the account by their own door."""
        owner = place.firm.owner
        token = owner.headers["Authorization"].removeprefix("Bearer ")
        api = owner.made("POST", "/me/tokens", name="Robot", scopes=["accounts:read"])["secret"]

        answers = [
            knock(owner, route, place.account["id"]),
            knock(nobody, route, place.account["id"], Authorization=f"Bearer {api}"),
            knock(nobody, route, place.account["id"], Cookie=f"dossier_portal={token}", **OUR_PAGE),
            knock(nobody, route, place.account["id"], Cookie=f"dossier_session={token}", **OUR_PAGE),
        ]

        assert [answer.status_code for answer in answers] == [401] * 4

    @pytest.mark.parametrize("route", OF_ACCOUNTS, ids=names)
    def test_a_client_of_another_account_or_firm_finds_nothing(self, place, stack, route):
        """R-ACC-5: whether it is there or not, the answer is one."""
        strangers = Firm(stack.url, stack.env)
        someone = person()
        stranger = strangers.portal(strangers.account(contacts=[{"new": someone}]), someone["email"])

        for who in (place.neighbour, stranger):
            there, nowhere = (knock(who, route, account_id) for account_id in (place.account["id"], NOWHERE))
            assert there.status_code == nowhere.status_code == 404
            one = there.json() | {"instance": "", "account_id": NOWHERE}
            assert one == nowhere.json() | {"instance": ""}
            assert place.word not in there.text


class TestSigningIn:
    def test_who_has_an_account_cannot_be_found_out(self, place, nobody):
        """The same status, words and headers for an address nobody has and for a wrong password."""
        wrong = nobody.post(LOGIN, json={"email": place.anna["email"], "password": "Wrong-harbour-31-quill"})
        unknown = nobody.post(LOGIN, json={"email": person()["email"], "password": "Wrong-harbour-31-quill"})
        members = nobody.post(LOGIN, json={"email": place.firm.email, "password": PASSWORD})

        assert said(wrong) == said(unknown) == said(members)
        assert wrong.status_code == 401

    def test_nor_by_asking_for_a_new_password(self, place, nobody):
        answers = [
            nobody.post("/auth/reset", json={"email": email})
            for email in (place.anna["email"], person()["email"], place.firm.email, "no address")
        ]

        assert {(answer.status_code, answer.content) for answer in answers} == {(204, b"")}

    def test_guessing_is_slowed_down(self, fresh, nobody):
        wrong = {"email": fresh.email, "password": "Wrong-harbour-31-quill"}
        tried = [nobody.post(LOGIN, json=wrong).status_code for _ in range(10)]

        right = nobody.post(LOGIN, json={"email": fresh.email, "password": PORTAL_PASSWORD})

        assert (set(tried), right.status_code) == ({401}, 429)
        assert int(right.headers["Retry-After"]) > 0
        assert fresh.client.get("/me").status_code == 200  # who is in stays in

    @pytest.mark.parametrize("token", ["x", "dsr_i_" + "A" * 66, "dsr_p_" + "A" * 66, "é"])
    def test_a_forged_link_opens_nothing(self, nobody, token):
        """R-LOG-7"""
        answer = nobody.post("/invitations/accept", json={"token": token, "password": PORTAL_PASSWORD})

        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/invitation_not_found")
        assert "set-cookie" not in answer.headers

    def test_a_link_of_another_firm_opens_nothing_here(self, place, firm, nobody):
        """The firm is in the token: one changed to another firm's is nobody's."""
        someone = person()
        token = firm.invite(firm.account(contacts=[{"new": someone}])["id"], someone["email"])
        mine = place.firm.invite(
            place.firm.account(contacts=[{"new": person(email="x@example.com")}])["id"], "x@example.com"
        )
        mixed = "_".join([*mine.split("_", 3)[:2], mine.removeprefix("dsr_i_")[:22], token.removeprefix("dsr_i_")[23:]])

        answer = nobody.post("/invitations/accept", json={"token": mixed, "password": PORTAL_PASSWORD})

        assert answer.status_code == 404

    def test_a_session_set_by_another_is_worth_nothing_after_signing_in(self, fresh, nobody):
        """Session fixation: the cookie that came along ends, and the new one is another."""
        planted = fresh.client.headers["Authorization"].removeprefix("Bearer ")
        cookie = {"Cookie": f"dossier_portal={planted}", "Sec-Fetch-Site": "same-origin"}

        answer = nobody.post(LOGIN, json={"email": fresh.email, "password": PORTAL_PASSWORD}, headers=cookie)

        assert answer.status_code == 200
        assert planted not in (answer.json()["token"], answer.headers["set-cookie"])
        assert until(lambda: fresh.client.get("/me").status_code == 401)

    def test_the_cookie_is_the_portals_own_and_out_of_reach(self, fresh, nobody):
        answer = nobody.post(LOGIN, json={"email": fresh.email, "password": PORTAL_PASSWORD})

        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("dossier_portal=")
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))

    def test_another_sites_page_changes_nothing_by_the_cookie(self, fresh, nobody):
        """Cross-site request forgery, as for members."""
        token = fresh.client.headers["Authorization"].removeprefix("Bearer ")
        cookie = {"Cookie": f"dossier_portal={token}"}
        own, foreign = {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "cross-site"}

        refused = [
            nobody.delete("/me/sessions", headers=cookie | more)
            for more in (foreign, {}, {"Origin": "https://x.example"})
        ]
        read = nobody.get("/me", headers=cookie | foreign)
        done = nobody.post(f"/accounts/{fresh.account['id']}/enter", headers=cookie | own)

        assert {(one.status_code, one.json()["type"]) for one in refused} == {(403, "/problems/foreign_origin")}
        assert (read.status_code, done.status_code) == (200, 200)

    def test_signing_out_ends_this_session_and_no_other(self, fresh, nobody):
        signed_in = nobody.made("POST", LOGIN, email=fresh.email, password=PORTAL_PASSWORD)
        second = Client(str(nobody.base_url).removesuffix("/v1/portal/"), signed_in["token"], base=PORTAL)

        assert fresh.client.post("/auth/logout").status_code == 204

        assert until(lambda: fresh.client.get("/me").status_code == 401)
        assert second.get("/me").status_code == 200
        (session,) = second.made("GET", "/me/sessions")["items"]
        assert second.delete(f"/me/sessions/{session['id']}").status_code == 204
        assert until(lambda: second.get("/me").status_code == 401)


class TestShutOut:
    """R-LOG-5: at once, though the session lives on and the gateway remembers whom it let in."""

    def shut(self, fresh):
        return until(lambda: fresh.client.get(fresh.photo).status_code == 404)

    def test_an_archived_account_is_closed_and_opens_again(self, firm, fresh):
        """R-ARC-1, R-ARC-3"""
        assert fresh.client.get(fresh.photo).status_code == 200

        firm.owner.made("POST", f"/accounts/{fresh.account['id']}/archive")

        assert self.shut(fresh)
        assert until(lambda: fresh.client.made("GET", "/me")["accounts"] == [])
        firm.owner.made("POST", f"/accounts/{fresh.account['id']}/reactivate")
        assert until(lambda: fresh.client.get(fresh.photo).status_code == 200)

    def test_a_contact_that_is_unlinked_is_out(self, firm, fresh):
        at = f"/accounts/{fresh.account['id']}/contacts"
        (anna,) = firm.owner.made("GET", at)["items"]
        firm.owner.made("POST", at, contact={"new": person()})
        assert fresh.client.get(fresh.photo).status_code == 200

        firm.owner.made("DELETE", f"{at}/{anna['contact']['id']}")

        assert self.shut(fresh)

    def test_every_session_of_the_address_is_out_of_this_account_and_stays_in_others(self, firm, fresh, nobody):
        """R-POR-2, R-EM-2"""
        at = f"/accounts/{fresh.account['id']}/contacts"
        contact = firm.owner.made("GET", at)["items"][0]["contact"]
        other = firm.account("Other", contacts=[{"id": contact["id"]}])
        token = firm.invite(other["id"], fresh.email)
        joined = nobody.made("POST", "/invitations/accept", token=token)
        assert len(joined["accounts"]) == 2
        assert fresh.client.get(f"/accounts/{other['id']}/photo").status_code == 200
        linked = firm.owner.made("GET", at)
        path = f"{at}/{contact['id']}/addresses/{contact['addresses'][0]['id']}"

        firm.owner.made("PATCH", path, version=linked["version"], is_login_on=False)

        assert self.shut(fresh)
        assert [one["name"] for one in fresh.client.made("GET", "/me")["accounts"]] == ["Other"]
        assert fresh.client.get(f"/accounts/{other['id']}/photo").status_code == 200
