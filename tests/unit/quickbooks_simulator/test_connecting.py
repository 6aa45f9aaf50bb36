"""How an app is connected, and all the ways in which a connection ends."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks.exceptions import AuthorizationException
from quickbooks.objects.customer import Customer

from tests.unit.quickbooks_simulator.conftest import REDIRECT, auth_client, library


def consented(auth, **more):
    address = auth.get_authorization_url([Scopes.ACCOUNTING])
    answer = httpx.get(address, params={**dict(parse_qs(urlsplit(address).query)), **more})
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(REDIRECT)
    return {name: value for name, (value,) in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def connect(auth):
    back = consented(auth)
    auth.get_bearer_token(back["code"], realm_id=back["realmId"])
    return auth


class TestConsent:
    def test_comes_back_with_code_state_and_company(self, shared):
        auth = auth_client(shared)

        back = consented(auth)

        assert (back["state"], back["realmId"]) == (auth.state_token, shared.realm)
        auth.get_bearer_token(back["code"], realm_id=back["realmId"])
        assert (auth.expires_in, auth.x_refresh_token_expires_in) == (3600, 8_726_400)

    def test_may_be_denied(self, shared):
        assert consented(auth_client(shared), deny="1")["error"] == "access_denied"

    @pytest.mark.parametrize("wrong", [{"client_id": "another"}, {"redirect_uri": "nowhere"}])
    def test_tells_a_wrong_app_to_the_person_alone(self, shared, wrong):
        given = {"client_id": "client", "redirect_uri": REDIRECT, "response_type": "code", "state": "s"}

        answer = httpx.get(f"{shared.url}/connect/oauth2", params={**given, **wrong})

        assert (answer.status_code, "location" in answer.headers) == (400, False)

    def test_wants_https_in_production(self, own):
        sim = own(is_production=True).sim
        address = auth_client(sim).get_authorization_url([Scopes.ACCOUNTING])

        assert httpx.get(address).status_code == 400
        assert httpx.get(address.replace("http%3A", "https%3A")).status_code == 302

    def test_gives_tokens_once(self, shared):
        auth = auth_client(shared)
        code = consented(auth)["code"]
        auth.get_bearer_token(code)

        with pytest.raises(AuthClientError, match="invalid_grant"):
            auth.get_bearer_token(code)

    def test_gives_no_tokens_to_whoever_has_another_secret(self, shared):
        auth = auth_client(shared)
        code = consented(auth)["code"]
        auth.client_secret = "guessed"

        with pytest.raises(AuthClientError, match="invalid_client"):
            auth.get_bearer_token(code)

    def test_chooses_the_company_that_the_person_has_chosen(self, own):
        sim = own().sim
        sim.control("company", realm="42", name="Another Firm")
        sim.knobs(authorizes="42")

        assert consented(auth_client(sim))["realmId"] == "42"


class TestRefreshTokens:
    def test_change_with_each_refresh_and_stay_good_for_a_while(self, own):
        auth = connect(auth_client(own(rotation="grace", grace_seconds=60).sim))
        former = auth.refresh_token

        auth.refresh()
        newest = auth.refresh_token
        auth.refresh(refresh_token=former)

        assert former != newest
        assert auth.refresh_token == newest

    def test_are_refused_after_that_while(self, own):
        sim = own(rotation="grace", grace_seconds=60).sim
        auth = connect(auth_client(sim))
        former = auth.refresh_token
        auth.refresh()
        sim.control("clock", advance=61)

        with pytest.raises(AuthClientError, match="invalid_grant"):
            auth.refresh(refresh_token=former)
        auth.refresh()

    def test_are_refused_at_once_in_the_strict_mode(self, own):
        auth = connect(auth_client(own(rotation="at_once").sim))
        former = auth.refresh_token
        auth.refresh()

        with pytest.raises(AuthClientError, match="invalid_grant"):
            auth.refresh(refresh_token=former)

    def test_may_change_once_a_day_only(self, own):
        sim = own(rotation="daily").sim
        auth = connect(auth_client(sim))
        first = auth.refresh_token
        auth.refresh()
        same_day = auth.refresh_token
        sim.control("clock", advance=86_400)
        auth.refresh()

        assert same_day == first
        assert auth.refresh_token != first

    def test_end_unused_after_a_hundred_days(self, own):
        sim = own().sim
        auth = connect(auth_client(sim))
        sim.control("clock", advance=8_726_401)

        with pytest.raises(AuthClientError, match="invalid_grant"):
            auth.refresh()

    def test_end_after_five_years_however_often_they_were_used(self, own):
        sim = own(refresh_seconds=2 * 365 * 86400).sim
        auth = connect(auth_client(sim))
        for _ in range(4):
            sim.control("clock", advance=365 * 86400)
            auth.refresh()
        assert auth.x_refresh_token_expires_in < 2 * 365 * 86400
        sim.control("clock", advance=366.5 * 86400)

        with pytest.raises(AuthClientError, match="invalid_grant"):
            auth.refresh()

    def test_tell_the_five_years_to_whoever_asks(self, shared):
        tokens = shared.connect()

        answer = httpx.post(
            f"{shared.url}/oauth2/v1/tokens/bearer",
            data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
            auth=("client", "secret"),
            headers={"x-include-refresh-token-hard-expires-in": "true"},
        )

        assert 4.9 * 365 * 86400 < answer.json()["x_refresh_token_hard_expires_in"] < 5.1 * 365 * 86400


class TestAnAnswerOfTheTokenEndpointThatIsLost:
    def test_is_had_by_coming_again_with_the_former_token_in_time(self, own):
        sim = own(rotation="grace").sim
        auth = connect(auth_client(sim))
        former = auth.refresh_token
        sim.plan("drop", "bearer")

        with pytest.raises(requests.ConnectionError):
            auth.refresh()
        auth.refresh()

        assert auth.refresh_token != former

    def test_is_the_end_of_the_connection_where_tokens_change_at_once(self, own):
        sim = own(rotation="at_once").sim
        auth = connect(auth_client(sim))
        sim.plan("drop", "bearer")

        with pytest.raises(requests.ConnectionError):
            auth.refresh()
        with pytest.raises(AuthClientError, match="invalid_grant"):
            auth.refresh()

    def test_before_anything_was_renewed_does_no_harm(self, own):
        sim = own(rotation="at_once").sim
        auth = connect(auth_client(sim))
        sim.plan("error", "bearer")

        with pytest.raises(AuthClientError, match="503"):
            auth.refresh()
        auth.refresh()


class TestAccessTokens:
    def test_end_after_an_hour(self, own):
        intuit = own()
        assert intuit.get("companyinfo/1").status_code == 200
        intuit.sim.control("clock", advance=3601)

        answer = intuit.get("companyinfo/1")

        assert answer.status_code == 401
        assert answer.json()["fault"]["error"][0]["code"] == "3200"

    def test_that_ended_are_an_authorization_exception_of_the_library(self, own):
        sim = own().sim
        qb = library(sim)
        sim.control("expire", which="access")

        with pytest.raises(AuthorizationException) as refused:
            Customer.all(qb=qb)
        assert refused.value.error_code == 401

    def test_are_good_for_one_company(self, own):
        intuit = own()
        intuit.sim.control("company", realm="42", name="Another Firm")

        answer = intuit.http.get("company/42/companyinfo/42")

        assert (answer.status_code, answer.json()["fault"]["error"][0]["code"]) == (403, "3100")

    def test_end_with_their_connection(self, own):
        sim = own().sim
        auth = connect(auth_client(sim))
        auth.revoke()

        answer = httpx.get(
            f"{sim.api}/company/{sim.realm}/companyinfo/1", headers={"authorization": f"Bearer {auth.access_token}"}
        )
        assert answer.status_code == 401
        with pytest.raises(AuthClientError, match="invalid_grant"):
            auth.refresh()


class TestACompany:
    def test_that_was_disconnected_is_3100_until_somebody_connects_it_again(self, own):
        intuit = own()
        sim = intuit.sim
        auth = connect(auth_client(sim))
        sim.control("settings", is_disconnected=True)

        answer = intuit.get("companyinfo/1")

        assert (answer.status_code, answer.json()["fault"]["error"][0]["code"]) == (403, "3100")
        with pytest.raises(AuthClientError, match="invalid_grant"):
            auth.refresh()
        qb = library(sim)
        assert Customer.all(qb=qb) == []

    def test_whose_person_lost_their_rights_is_120(self, own):
        intuit = own()
        intuit.sim.control("settings", has_lost_admin=True)

        answer = intuit.get("companyinfo/1")

        assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (401, "120")

    def test_whose_subscription_ended_takes_no_writes(self, own):
        intuit = own()
        intuit.sim.control("settings", is_over=True)

        assert intuit.refused("customer", {"DisplayName": "Ada Ltd"}) == 6190
        assert intuit.get("companyinfo/1").status_code == 200
