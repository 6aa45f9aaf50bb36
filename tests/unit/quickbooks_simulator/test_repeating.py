"""What a request does that comes again, and what answers that never arrive leave behind."""

import json
import uuid

import httpx
import pytest
import requests
from quickbooks.exceptions import QuickbooksException
from quickbooks.objects.customer import Customer

from tests.unit.quickbooks_simulator.conftest import connected, library, new_name, sale


def request_id():
    return uuid.uuid4().hex


def called(intuit, name):
    return [each for each in intuit.sim.entities("Customer") if each["DisplayName"] == name]


def named(name):
    made = Customer()
    made.DisplayName = name
    return made


class TestARequestId:
    def test_makes_one_customer_however_often_it_is_sent(self, qb, intuit):
        key, name = request_id(), new_name()

        first = named(name).save(qb=qb, request_id=key)
        second = named(name).save(qb=qb, request_id=key)

        assert (first.Id, len(called(intuit, name))) == (second.Id, 1)
        assert intuit.sim.state()["companies"][intuit.sim.realm]["writes"][key] == 1

    def test_gives_the_first_answer_even_when_things_went_on(self, intuit):
        key, name = request_id(), new_name()
        made = intuit.made("Customer", {"DisplayName": name}, requestid=key)
        intuit.sim.edit("Customer", made["Id"], Notes="later")

        assert intuit.made("Customer", {"DisplayName": name}, requestid=key) == made

    def test_gives_the_first_answer_whatever_comes_with_it(self, intuit):
        key = request_id()
        made = intuit.made("Customer", {"DisplayName": new_name()}, requestid=key)

        assert intuit.made("Customer", {"DisplayName": new_name()}, requestid=key) == made

    def test_may_be_refused_for_another_request(self, own):
        intuit = own(requestid_reuse="600")
        first = {"DisplayName": "Ada Ltd"}
        made = intuit.made("Customer", first, requestid="one")

        assert intuit.refused("customer", {"DisplayName": "Byron Ltd"}, requestid="one") == 600
        assert intuit.made("Customer", first, requestid="one") == made

    def test_gives_the_first_fault_again(self, intuit):
        key, name = request_id(), intuit.customer()["DisplayName"]

        assert intuit.refused("customer", {"DisplayName": name}, requestid=key) == 6240
        assert intuit.refused("customer", {"DisplayName": new_name()}, requestid=key) == 6240

    def test_may_be_tried_again_after_a_fault_where_faults_are_not_kept(self, own):
        intuit = own(replays_faults=False)
        intuit.made("Customer", {"DisplayName": "Ada Ltd"})

        assert intuit.refused("customer", {"DisplayName": "Ada Ltd"}, requestid="one") == 6240
        assert intuit.made("Customer", {"DisplayName": "Byron Ltd"}, requestid="one")["Id"] == "2"

    def test_is_the_companys_own(self, own):
        intuit = own()
        intuit.made("Customer", {"DisplayName": "Ada Ltd"}, requestid="one")
        intuit.sim.control("company", realm="42", name="Another Firm")
        token = intuit.sim.control("connect", realm="42")["access_token"]

        answer = intuit.http.post(
            "company/42/customer?requestid=one",
            json={"DisplayName": "Byron Ltd"},
            headers={"authorization": f"Bearer {token}"},
        )

        assert answer.json()["Customer"]["DisplayName"] == "Byron Ltd"

    def test_has_fifty_characters_at_most_for_a_batch_thirty_six(self, intuit):
        batch = {"BatchItemRequest": [{"bId": "1", "Query": "select * from Term"}]}

        assert intuit.refused("customer", {"DisplayName": new_name()}, requestid="a" * 51) == 2050
        assert intuit.made("Customer", {"DisplayName": new_name()}, requestid=("a" * 18 + request_id()))
        assert intuit.refused("batch", batch, requestid="a" * 37) == 2050
        batch["BatchItemRequest"][0]["bId"] = "a" * 11
        assert intuit.refused("batch", batch, requestid=request_id()) == 2050


class TestAnAnswerThatIsLost:
    def test_after_the_write_is_had_by_asking_again_with_the_same_id(self, own):
        intuit = own()
        intuit.sim.plan("drop", "customer", is_write=True)
        key = request_id()

        with pytest.raises(httpx.HTTPError):
            intuit.post("customer", {"DisplayName": "Ada Ltd"}, requestid=key)
        again = intuit.made("Customer", {"DisplayName": "Ada Ltd"}, requestid=key)

        assert [each["Id"] for each in called(intuit, "Ada Ltd")] == [again["Id"]]

    def test_after_the_write_makes_two_invoices_where_no_id_is_sent(self, own):
        intuit = own()
        customer = intuit.customer()
        intuit.sim.plan("drop", "invoice")
        with pytest.raises(httpx.HTTPError):
            intuit.post("invoice", sale(customer))
        intuit.made("Invoice", sale(customer))

        assert len(intuit.sim.entities("Invoice")) == 2

    def test_is_a_connection_error_of_the_library(self, own):
        sim = own().sim
        qb = library(sim)
        sim.plan("drop")

        with pytest.raises(requests.ConnectionError):
            named("Ada Ltd").save(qb=qb)
        assert len(sim.entities("Customer")) == 1

    def test_before_the_write_leaves_nothing(self, own):
        intuit = own()
        intuit.sim.plan("lost")

        with pytest.raises(httpx.HTTPError):
            intuit.post("customer", {"DisplayName": "Ada Ltd"})
        assert intuit.sim.entities("Customer") == []

    def test_may_be_a_500_though_everything_was_written(self, own):
        intuit = own()
        intuit.sim.plan("error_after")

        answer = intuit.post("customer", {"DisplayName": "Ada Ltd"})

        assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (500, "10000")
        assert len(intuit.sim.entities("Customer")) == 1

    def test_may_come_too_late_for_whoever_asked(self, own):
        intuit = own(slow_seconds=10)
        intuit.sim.plan("slow")

        with pytest.raises(httpx.ReadTimeout):
            intuit.http.post(f"company/{intuit.sim.realm}/customer", json={"DisplayName": "Ada Ltd"}, timeout=0.5)
        assert len(intuit.sim.entities("Customer")) == 1


class TestFaultsOnPurpose:
    def test_may_come_with_status_200(self, own):
        intuit = own(fault_200_rate=1)
        intuit.customer(DisplayName="Ada Ltd")

        answer = intuit.post("customer", {"DisplayName": "Ada Ltd"})

        assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (200, "6240")

    def test_with_status_200_are_an_exception_of_the_library(self, own):
        sim = own(fault_200_rate=1).sim
        qb = library(sim)
        named("Ada Ltd").save(qb=qb)

        with pytest.raises(QuickbooksException) as refused:
            named("Ada Ltd").save(qb=qb)
        assert refused.value.error_code == 6240

    @pytest.mark.parametrize(
        ("what", "status", "says"),
        [
            ("error", 500, '"10000"'),
            ("unavailable", 503, "<html>"),
            ("throttle", 429, '"3001"'),
            ("unauthorized", 401, '"3200"'),
            ("forbidden", 403, '"3100"'),
            ("fault_200", 200, '"10000"'),
        ],
    )
    def test_are_planned_for_the_next_request_and_leave_nothing(self, intuit, what, status, says):
        name = new_name()
        intuit.sim.plan(what, "customer", is_write=True)

        answer = intuit.post("customer", {"DisplayName": name})

        assert (answer.status_code, says in answer.text) == (status, True)
        assert called(intuit, name) == []
        assert "intuit_tid" in answer.headers

    def test_happen_alike_for_one_seed(self, own):
        def statuses():
            intuit = own(seed=7, error_rate=0.3, error_after_rate=0.2)
            return [intuit.post("customer", {"DisplayName": f"Client {n}"}).status_code for n in range(30)]

        first = statuses()

        assert first == statuses()
        assert {200, 500} == set(first)

    def test_are_refused_when_there_are_none_such(self, intuit):
        for call, given in (("plan", {"what": "earthquake"}), ("knobs", {"gravity": 2}), ("settings", {"mood": 1})):
            assert httpx.post(f"{intuit.sim.url}/_control/{call}", json=given).status_code == 422


class TestARestart:
    def test_finds_everything_again(self, tmp_path):
        from tests.quickbooks.launching import simulator

        state = tmp_path / "quickbooks.json"
        with simulator(state=state) as sim:
            intuit = connected(sim)
            made = intuit.made("Customer", {"DisplayName": "Ada Ltd"}, requestid="one")
            headers = dict(intuit.http.headers)

        with simulator(state=state) as sim:
            again = httpx.post(
                f"{sim.api}/company/{sim.realm}/customer?requestid=one",
                json={"DisplayName": "Ada Ltd"},
                headers=headers,
            )

            assert again.json()["Customer"] == made
            assert len(sim.entities("Customer")) == 1

    def test_after_a_kill_finds_what_was_saved(self, tmp_path):
        from tests.quickbooks.launching import simulator

        state = tmp_path / "quickbooks.json"
        with simulator(state=state) as sim:
            sim.create("Customer", DisplayName="Ada Ltd")
            sim.control("save")
            sim.process.kill()
            sim.process.wait(20)

        kept = json.loads(state.read_text())
        assert len(kept["companies"]) == 1
        with simulator(state=state) as sim:
            assert [each["DisplayName"] for each in sim.entities("Customer")] == ["Ada Ltd"]


def test_the_clock_of_intuit_may_be_another(own):
    intuit = own()
    intuit.sim.control("clock", offset_seconds=-7 * 3600)
    intuit.sim.control("clock", advance=3600)

    ahead = intuit.customer()["MetaData"]["CreateTime"]

    assert ahead < intuit.sim.control("clock", offset_seconds=0)["now"]
