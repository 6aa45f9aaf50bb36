"""A firm makes a pipeline its own, and a job goes through it: its statuses, and what the client is told."""

import pytest

from tests.firms import Firm
from tests.stack import until

STAGES = [
    {"name": "Chase papers", "client_status": "Please send us your papers"},
    {"name": "Partner doubts", "client_status": "We are checking your figures"},
    {"name": "Done"},
]
STATUSES = [{"name": "Waiting for bank", "kind": "active"}, {"name": "Sent, unpaid", "kind": "completed"}]


@pytest.fixture
def pipeline(firm):
    return firm.owner.made("POST", "/pipelines", name="Accounts", stages=STAGES, statuses=STATUSES)


@pytest.fixture
def account(firm):
    return f"/accounts/{firm.account()['id']}"


@pytest.fixture
def job(firm, account, pipeline):
    return firm.owner.made("POST", f"{account}/jobs", name="Accounts 2026", pipeline_id=pipeline["id"])


def change(client, path, version, **fields):
    return client.patch(path, json=fields, headers={"If-Match": f'"{version}"'})


def shown(client, account):
    (section,) = client.made("GET", f"{account}/overview?sections=jobs")["sections"]
    return section["rows"]


def test_a_job_goes_through_statuses_and_stages(firm, account, pipeline, job):
    """R-JOB-2, R-JOB-6"""
    waiting, sent = pipeline["statuses"]
    path = f"{account}/jobs/{job['id']}"

    held = change(firm.owner, path, 1, custom_status_id=waiting["id"]).json()
    until(lambda: [row["custom_status"] for row in shown(firm.owner, account)] == [waiting])
    moved = change(firm.owner, path, 2, stage_id=pipeline["stages"][1]["id"], custom_status_id=sent["id"]).json()
    until(lambda: [row["status"] for row in shown(firm.owner, account)] == ["completed"])
    last = change(firm.owner, path, 3, stage_id=pipeline["stages"][2]["id"], status="active").json()
    over = change(firm.owner, path, 4, client_status_override="Let us meet").json()

    assert job["client_status"] == "Please send us your papers"
    assert (held["status"], held["custom_status"]) == ("active", waiting)
    assert (moved["status"], moved["custom_status"], moved["client_status"]) == (
        "completed",
        sent,
        "We are checking your figures",
    )
    assert (last["status"], last["custom_status"], last["client_status"]) == ("active", None, "")
    assert over["client_status"] == "Let us meet"


def test_view_all_finds_jobs_by_their_custom_status(firm, account, pipeline, job):
    """R-JOB-2"""
    waiting, sent = (status["id"] for status in pipeline["statuses"])
    change(firm.owner, f"{account}/jobs/{job['id']}", 1, custom_status_id=waiting)

    found, none = (firm.owner.made("GET", f"{account}/jobs?status={status}") for status in (waiting, sent))

    assert [row["id"] for row in found["rows"]] == [job["id"]]
    assert none["total"] == 0
    assert firm.owner.get(f"{account}/jobs?status=lost").status_code == 422


def test_a_status_that_jobs_have_is_not_taken_away(firm, account, pipeline, job):
    waiting, sent = pipeline["statuses"]
    change(firm.owner, f"{account}/jobs/{job['id']}", 1, custom_status_id=waiting["id"])

    refused = change(firm.owner, f"/pipelines/{pipeline['id']}", 1, statuses=[sent])
    taken = change(firm.owner, f"/pipelines/{pipeline['id']}", 1, statuses=[waiting])

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/status_in_use")
    assert taken.json()["statuses"] == [waiting]


def test_of_two_who_choose_a_status_the_later_is_told_what_is_there(firm, account, pipeline, job):
    waiting, sent = pipeline["statuses"]
    path = f"{account}/jobs/{job['id']}"

    first = change(firm.owner, path, 1, custom_status_id=waiting["id"])
    second = change(firm.owner, path, 1, custom_status_id=sent["id"])

    assert first.status_code == 200
    assert (second.status_code, second.json()["current"]["custom_status"]) == (412, waiting)


def test_what_is_wrong_is_named_by_its_field(firm, account, pipeline, job):
    path = f"{account}/jobs/{job['id']}"
    unknown = "0196f0f0-0000-7000-8000-000000000001"
    wrong = {
        "custom_status_id": unknown,
        "role_ids": [unknown],
        "client_status_override": "x" * 256,
    }

    answers = {field: change(firm.owner, path, 1, **{field: value}) for field, value in wrong.items()}

    assert {answer.status_code for answer in answers.values()} == {422}
    assert all(answer.json()["errors"][0]["field"].startswith(field) for field, answer in answers.items())


def test_another_firms_status_is_no_status_of_ours(stack, firm, account, job):
    stranger = Firm(stack.url, stack.env)
    theirs = stranger.owner.made("POST", "/pipelines", name="Theirs", stages=STAGES, statuses=STATUSES)

    answer = change(firm.owner, f"{account}/jobs/{job['id']}", 1, custom_status_id=theirs["statuses"][0]["id"])

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "custom_status_id")


def test_who_does_not_see_the_account_chooses_nothing(stack, firm, account, pipeline, job):
    """R-ACC-1, R-ACC-5: a colleague without access, a stranger, nobody"""
    path, fields = f"{account}/jobs/{job['id']}", {"custom_status_id": pipeline["statuses"][0]["id"]}
    colleague, stranger = firm.member(), Firm(stack.url, stack.env).owner
    nobody = type(firm.owner)(stack.url, None)

    answers = [change(client, path, 1, **fields).status_code for client in (colleague, stranger, nobody)]

    assert answers == [404, 404, 401]
    assert firm.owner.made("GET", path) == job


def test_a_colleague_without_the_right_changes_no_pipeline(firm, pipeline):
    answer = change(firm.member("view_all_accounts"), f"/pipelines/{pipeline['id']}", 1, statuses=[])

    assert answer.status_code == 403
    (kept,) = firm.owner.made("GET", "/pipelines")["items"]
    assert kept == pipeline
