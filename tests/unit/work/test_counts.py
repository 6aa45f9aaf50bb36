"""How much is under way on many accounts at once."""

from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from contracts import work
from services.work.operations import jobs, tasks
from services.work.queries import counts


@pytest.fixture
def counted(session, ctx, account_id):
    """`counted()`: active jobs and open tasks of the account, None where it has neither."""

    def count(by=ctx, *others):
        asked = work.CountOpen(account_ids=(account_id, *others))
        found = {one.account_id: (one.jobs, one.tasks) for one in counts.count_open(session, by, asked).items}
        return found.get(account_id)

    return count


def test_counts_active_jobs_and_open_tasks(session, ctx, account_id, new_pipeline, new_job, new_task, counted):
    """R-JOB-2, R-TSK-2: what is done, canceled, completed or archived is not under way."""
    pipeline = new_pipeline()
    made = [new_job(f"Job {n}", pipeline) for n in range(4)]
    for job, status in ((made[0], "archived"), (made[1], "completed")):
        change = work.ChangeJob(account_id=account_id, job_id=job.id, version=1, status=status)
        jobs.change_job(session, ctx, change)
    first, *_ = [new_task(f"Task {n}") for n in range(3)]
    tasks.delete_task(session, ctx, work.TaskRef(account_id=account_id, task_id=first.id))

    assert counted() == (2, 2)


def test_of_the_accounts_asked_for_only(session, ctx, new_task, new_job, account_id, counted):
    other = new_id()
    new_task(account_id=other)
    new_job(account_id=other)

    assert counted() is None
    asked = work.CountOpen(account_ids=(other, account_id))
    assert counts.count_open(session, ctx, asked).items == (work.OpenWork(account_id=other, jobs=1, tasks=1),)


def test_jobs_in_pipelines_that_are_not_the_callers_do_not_count(employee, new_pipeline, new_job, counted):
    """R-JOB-3"""
    emil, manager = employee(), employee("manage_pipelines")
    new_job("Theirs", new_pipeline("Secret", available_to=(manager.actor.id,)))
    new_job("Everybody's", new_pipeline("Open"))
    new_job("His", new_pipeline("His", available_to=(emil.actor.id,)))

    assert (counted(emil), counted(manager)) == ((2, 0), (3, 0))


def test_neither_a_portal_user_nor_another_firm_learns_anything(ctx, new_task, new_job, counted):
    new_task()
    new_job()

    assert counted(replace(ctx, actor=Actor(kind="portal", id=new_id(), role="owner"))) is None
    assert counted(replace(ctx, firm_id=new_id())) is None
