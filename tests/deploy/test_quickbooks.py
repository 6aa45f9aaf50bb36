"""The QuickBooks of `make run`: a simulator beside it unless a real one is named, that keeps what it holds."""

import os

import httpx
import pytest

from deploy.local import ports, quickbooks
from deploy.local.home import Home
from tests.stack import until

HOSTILE = '<script>alert("1")</script> & Sons'


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / ".run")


@pytest.fixture
def start(home, tmp_path, monkeypatch):
    """`start()`: run it, and give an HTTP client of it; once more: the same, stopped and run again."""
    monkeypatch.setattr(quickbooks, "PORT", ports.free_ports(1)[0])
    home.folder.mkdir()
    opened = []

    def run():
        for child, http in opened:
            child.stop()
            http.close()
        books = quickbooks.simulated(home, {})
        child = books.child(os.environ, tmp_path / "logs")
        child.start()
        http = httpx.Client(base_url=books.address, timeout=20)
        opened.append((child, http))
        until(child.is_ready, 20)
        return http

    yield run
    for child, http in opened:
        child.kill()
        http.close()


def control(http, call, **given):
    answer = http.post(f"/_control/{call}", json=given)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("name", ["DOSSIER_QUICKBOOKS_URL", "DOSSIER_QUICKBOOKS_DISCOVERY_URL"])
def test_there_is_none_beside_a_real_one(home, name):
    assert quickbooks.simulated(home, {name: "https://sandbox-quickbooks.api.intuit.com"}) is None


def test_there_is_none_where_no_tests_are(home, monkeypatch, tmp_path):
    monkeypatch.setattr(quickbooks, "PROGRAM", tmp_path / "tests" / "quickbooks")

    assert quickbooks.simulated(home, {}) is None


def test_another_port_is_taken_where_the_usual_one_is(home, monkeypatch):
    monkeypatch.setattr(quickbooks, "PORT", 1)  # which nobody but root may take, and whom root leaves alone here
    monkeypatch.setattr(ports, "is_free", lambda port, host=ports.HOST: port != 1)

    assert quickbooks.simulated(home, {}).address != "http://127.0.0.1:1"


def test_the_next_start_finds_what_was_there(start):
    http = start()
    customer = control(http, "create", kind="Customer", entity={"DisplayName": "Ada Ltd"})
    control(http, "knobs", webhook_url="http://127.0.0.1:9/hooks", webhook_token="ours")

    again = start()

    assert control(again, "entities", kind="Customer")["Customer"][0]["Id"] == customer["Id"]
    knobs = again.get("/_control/state").json()["knobs"]
    assert (knobs["webhook_url"], knobs["webhook_token"]) == ("http://127.0.0.1:9/hooks", "ours")


class TestPages:
    def test_show_what_the_company_holds_and_let_nothing_in_it_act(self, http, customer):
        shown = http.get("/")

        assert HOSTILE not in shown.text
        assert "&lt;script&gt;alert" in shown.text
        assert "A simulator of QuickBooks Online" in shown.text
        assert "default-src 'none'" in shown.headers["content-security-policy"]
        assert "Nothing here of that name" in http.get("/books/Customer", params={"q": "nobody"}).text
        assert http.get("/books/Nothing").status_code == 404

    def test_do_what_a_person_does(self, http, customer):
        at = f"/books/Customer/{customer['Id']}"

        assert http.post(at, data={"do": "rename", "name": "Byron Ltd"}).status_code == 303
        assert http.post(at, data={"do": "inactive"}).status_code == 303

        (changed,) = control(http, "entities", kind="Customer")["Customer"]
        assert (changed["DisplayName"], changed["Active"]) == ("Byron Ltd (deleted)", False)

    def test_say_what_can_not_be_done(self, http, customer):
        control(http, "create", kind="Vendor", entity={"DisplayName": "Byron Ltd"})

        at = f"/books/Customer/{customer['Id']}"
        taken = http.post(at, data={"do": "rename", "name": "byron ltd"})

        assert taken.status_code == 422
        assert 'role="alert"' in taken.text
        for what in ("void", "delete", "fly", ""):
            assert http.post(at, data={"do": what}).status_code == 422
        assert http.post("/books/Customer/999", data={"do": "inactive"}).status_code == 422

    def test_take_no_form_of_another_page(self, http, customer):
        form = {"do": "inactive"}
        answer = http.post(f"/books/Customer/{customer['Id']}", data=form, headers={"Origin": "http://example.com"})

        assert answer.status_code == 403
        assert control(http, "entities", kind="Customer")["Customer"][0]["Active"]

    @pytest.fixture
    def http(self, start):
        return start()

    @pytest.fixture
    def customer(self, http):
        return control(http, "create", kind="Customer", entity={"DisplayName": HOSTILE})
