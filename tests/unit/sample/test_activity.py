"""What is done for the sample's clients fills the four sections, and is the same every time."""

import datetime as dt

import orjson
import pytest

from chassis.context import new_id
from chassis.wire import load, to_json
from contracts import work
from deploy.sample.activity import activity
from deploy.sample.clients import clients
from deploy.sample.words import words

TODAY = dt.date(2026, 11, 23)
SHOWN = 5  # rows of a section on the page (R-OV-3)


@pytest.fixture(scope="module")
def plans():
    return [(client, activity(client, TODAY)) for client in clients()]


def test_it_is_the_same_every_time(plans):
    client, plan = plans[7]

    assert activity(client, TODAY) == plan


@pytest.mark.parametrize("section", ["jobs", "tasks", "notes", "times"])
def test_each_section_is_filled_for_most_and_overflows_for_some(plans, section):
    """R-OV-3: "view all" must have more to show than the page."""
    counts = [len(getattr(plan, section)) for _, plan in plans]

    assert sum(count > 0 for count in counts) > 0.9 * len(counts)
    assert sum(count > SHOWN for count in counts) >= 15


def test_some_clients_have_nothing_at_all(plans):
    assert any(not (plan.jobs or plan.tasks or plan.notes or plan.times) for _, plan in plans)


def test_the_employee_with_few_rights_works_for_shared_clients_only(plans):
    """R-ACC-1: nobody works on an account they can't see."""
    for client, plan in plans:
        authors = {item.author for item in (*plan.jobs, *plan.tasks, *plan.notes, *plan.times)}
        named = {key for item in (*plan.jobs, *plan.tasks) for key in item.assignees}

        assert client.is_shared_out or "few" not in authors | named


def test_nobody_links_to_a_job_they_may_not_see(plans):
    """R-JOB-3."""
    for _, plan in plans:
        linked = {item.job for item in (*plan.tasks, *plan.times) if item.job is not None}

        assert not any(plan.jobs[number].is_restricted for number in linked)


def test_only_who_may_see_money_writes_rates(plans):
    """C-TIME."""
    authors = {entry.author for _, plan in plans for entry in plan.times if "rate" in entry.fields}

    assert authors == {"owner", "admin"}


def test_something_is_overdue_and_something_is_done(plans):
    """R-TSK-5, R-JOB-2."""
    tasks = [task for _, plan in plans for task in plan.tasks]
    jobs = [job for _, plan in plans for job in plan.jobs]

    assert any(task.fields["due_on"] and task.fields["due_on"] < TODAY for task in tasks)
    assert {"planned", "in_progress", "waiting", "done"} <= {task.status for task in tasks}
    assert {"active", "completed", "archived"} == {job.then for job in jobs}


def test_some_jobs_have_a_status_of_their_pipelines_own(plans):
    """R-JOB-2."""
    kinds = {
        (pipeline["name"], status["name"]): status["kind"]
        for pipeline in words()["pipelines"]
        for status in pipeline.get("statuses", ())
    }
    chosen = [job for _, plan in plans for job in plan.jobs if job.custom]

    assert {job.then for job in chosen} == {"active", "completed"}
    assert all(kinds[job.pipeline, job.custom] == job.then for job in chosen)


def test_clients_are_told_something_in_most_stages_and_nothing_of_partners_reviews():
    """R-JOB-6."""
    texts = {pipeline["name"]: pipeline["client_statuses"] for pipeline in words()["pipelines"]}

    assert not any(texts.pop("Partners' review"))
    assert sum(bool(text) for of_pipeline in texts.values() for text in of_pipeline) > 10


def test_requests_are_ones_the_edge_would_take(plans):
    for _, plan in plans:
        for note in plan.notes:
            request = work.CreateNote(account_id=new_id(), **note.fields)
            assert load(work.CreateNote, orjson.loads(to_json(request)), strict=True) == request
        for entry in plan.times:
            request = work.CreateTimeEntry(account_id=new_id(), **entry.fields)
            assert load(work.CreateTimeEntry, orjson.loads(to_json(request)), strict=True) == request
