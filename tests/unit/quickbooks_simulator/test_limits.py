"""The documented limits: refused beyond them, and remembered whether anybody ever passed them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from quickbooks.exceptions import QuickbooksException
from quickbooks.objects.customer import Customer

from tests.unit.quickbooks_simulator.conftest import library


def limits(intuit):
    return intuit.sim.state()["limits"][intuit.sim.realm]


def ask(intuit):
    return intuit.get("companyinfo/1")


def ask_together(intuit, count):
    with ThreadPoolExecutor(count) as threads:
        return [each.status_code for each in threads.map(lambda _: ask(intuit), range(count))]


def test_beyond_the_limit_of_a_minute_is_429_in_the_gateways_words(own):
    """The limit is lowered, so that the test needn't ask 500 times."""
    intuit = own(per_minute=5)
    assert [ask(intuit).status_code for _ in range(5)] == [200] * 5

    answer = ask(intuit)

    assert answer.status_code == 429
    (error,) = answer.json()["fault"]["error"]
    assert (error["code"], error["message"]) == ("3001", "message=ThrottleExceeded; errorCode=003001; statusCode=429")
    assert "retry-after" not in answer.headers
    assert "Fault" not in answer.json()


def test_five_hundred_a_minute_are_let_in_and_no_more(own):
    intuit = own(per_minute=500)

    statuses = [ask(intuit).status_code for _ in range(501)]

    assert statuses == [200] * 500 + [429]
    assert limits(intuit)["exceeded"]["per_minute"] == 501


def test_of_many_in_one_second_ten_are_let_in(own):
    intuit = own(per_second=10)

    statuses = ask_together(intuit, 40)

    assert statuses.count(429) == limits(intuit)["refused"] > 0
    assert limits(intuit)["peaks"]["per_second"] > 10


def test_of_many_at_once_ten_are_let_in(own):
    intuit = own(at_once=10, slow_rate=1, slow_seconds=4)

    statuses = ask_together(intuit, 14)

    assert (statuses.count(200), statuses.count(429)) == (10, 4)
    assert limits(intuit)["exceeded"]["at_once"] == 11


def test_beyond_forty_batches_a_minute_is_429(own):
    intuit = own(batches_per_minute=40)
    batch = {"BatchItemRequest": [{"bId": "1", "Query": "select * from Term"}]}

    statuses = [intuit.post("batch", batch).status_code for _ in range(41)]

    assert statuses == [200] * 40 + [429]
    assert ask(intuit).status_code == 200


def test_a_refused_request_has_done_nothing(own):
    intuit = own(per_minute=1)
    ask(intuit)

    assert intuit.post("customer", {"DisplayName": "Ada Ltd"}).status_code == 429
    assert intuit.sim.entities("Customer") == []


def test_whoever_keeps_within_the_limits_has_passed_none(own):
    intuit = own(per_minute=500)
    ask(intuit)

    assert limits(intuit) == {
        "requests": 1,
        "refused": 0,
        "peaks": {"per_second": 1, "per_minute": 1, "at_once": 1, "batches_per_minute": 0},
        "exceeded": {},
    }


def test_the_limits_of_one_company_are_not_anothers(own):
    intuit = own(per_minute=1)
    ask(intuit)
    intuit.sim.control("company", realm="42", name="Another Firm")
    token = intuit.sim.control("connect", realm="42")["access_token"]

    other = intuit.http.get("company/42/companyinfo/42", headers={"authorization": f"Bearer {token}"})

    assert (ask(intuit).status_code, other.status_code) == (429, 200)


def test_when_to_come_again_is_told_where_a_test_wants_it(own):
    intuit = own(per_minute=0, retry_after=True)

    assert ask(intuit).headers["retry-after"] == "60"


def test_the_library_knows_throttling_by_the_status_alone(own):
    """Its body isn't read, because its `fault` is lower-case: code 10000."""
    sim = own(per_minute=0).sim

    with pytest.raises(QuickbooksException) as refused:
        Customer.all(qb=library(sim))
    assert (refused.value.error_code, "429" in str(refused.value)) == (10000, True)
