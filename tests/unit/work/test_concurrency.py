"""Two people at once, in transactions that commit."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chassis.errors import AppError, Invalid
from contracts import work, work_settings
from contracts.common import Done
from services.work.operations import jobs, notes, pipelines, statuses, tasks, time_entries
from services.work.queries import items

TOGETHER = 4


def outcomes(*calls):
    """What each call answered or raised, all begun at once."""
    start = Barrier(len(calls))

    def run(call):
        start.wait()
        try:
            return call()
        except AppError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture
def once(sessions, ctx):
    """`once(operation, request)`: a call whose transaction commits."""

    def run(operation, request, by=ctx):
        with sessions() as session:
            return operation(session, by, request)

    return run


@pytest.fixture
def pipeline(once):
    stages = (work_settings.StageEntry(name="One"), work_settings.StageEntry(name="Two"))
    return once(pipelines.create_pipeline, work_settings.CreatePipeline(name="Tax", stages=stages))


def test_of_many_changes_of_one_version_one_wins(once, account_id, pipeline, ctx):
    where = {"account_id": account_id}
    task = once(tasks.create_task, work.CreateTask(**where, title="Task"))
    job = once(jobs.create_job, work.CreateJob(**where, name="Job", pipeline_id=pipeline.id))
    note = once(notes.create_note, work.CreateNote(**where, body="Note"))
    entry = once(time_entries.create_time_entry, work.CreateTimeEntry(**where, on=ctx.now.date(), minutes=1))
    changes = [
        (tasks.change_task, lambda n: work.ChangeTask(**where, task_id=task.id, version=1, title=f"Title {n}")),
        (jobs.change_job, lambda n: work.ChangeJob(**where, job_id=job.id, version=1, name=f"Name {n}")),
        (notes.change_note, lambda n: work.ChangeNote(**where, note_id=note.id, version=1, body=f"Body {n}")),
        (
            time_entries.change_time_entry,
            lambda n: work.ChangeTimeEntry(**where, time_entry_id=entry.id, version=1, minutes=n),
        ),
        (
            pipelines.change_pipeline,
            lambda n: work_settings.ChangePipeline(pipeline_id=pipeline.id, version=1, name=f"Name {n}"),
        ),
    ]

    for operation, request in changes:
        made = outcomes(*(lambda n=n: once(operation, request(n)) for n in range(TOGETHER)))  # noqa: B023

        refused = [one for one in made if isinstance(one, work.WorkChangedMeanwhile)]
        (winner,) = [one for one in made if not isinstance(one, AppError)]
        assert len(refused) == TOGETHER - 1
        assert winner.version == 2
        assert all(one.data["current"]["version"] == 2 for one in refused)


def test_a_job_never_lands_in_a_stage_removed_meanwhile(once, account_id, pipeline):
    kept = (work_settings.StageEntry(id=pipeline.stages[1].id, name="Two"),)
    shorten = work_settings.ChangePipeline(pipeline_id=pipeline.id, version=1, stages=kept)
    begin = work.CreateJob(account_id=account_id, name="Job", pipeline_id=pipeline.id, stage_id=pipeline.stages[0].id)

    shortened, begun = outcomes(lambda: once(pipelines.change_pipeline, shorten), lambda: once(jobs.create_job, begin))

    assert (isinstance(shortened, work.PipelineInUse), isinstance(begun, Invalid)) in ((True, False), (False, True))


def test_a_job_never_takes_a_custom_status_removed_meanwhile(once, account_id, pipeline):
    """R-JOB-2"""
    entry = work_settings.CustomStatusEntry(name="With client", kind="active")
    add = work_settings.ChangePipeline(pipeline_id=pipeline.id, version=1, statuses=(entry,))
    (status,) = once(pipelines.change_pipeline, add).statuses
    job = once(jobs.create_job, work.CreateJob(account_id=account_id, name="Job", pipeline_id=pipeline.id))
    remove = work_settings.ChangePipeline(pipeline_id=pipeline.id, version=2, statuses=())
    choose = work.ChangeJob(account_id=account_id, job_id=job.id, version=1, custom_status_id=status.id)

    removed, chosen = outcomes(lambda: once(pipelines.change_pipeline, remove), lambda: once(jobs.change_job, choose))

    assert (isinstance(removed, work.StatusInUse), isinstance(chosen, Invalid)) in ((True, False), (False, True))


def test_a_task_never_lands_in_a_status_removed_meanwhile(once, account_id, ctx):
    once(tasks.create_task, work.CreateTask(account_id=account_id, title="First"))
    known = once(items.list_task_statuses, Done()).items
    waiting = next(one for one in known if one.category == "waiting")
    entries = tuple(
        work_settings.TaskStatusEntry(id=one.id, name=one.name, category=one.category)
        for one in known
        if one != waiting
    )
    add = work.CreateTask(account_id=account_id, title="Waits", status_id=waiting.id)

    removed, added = outcomes(
        lambda: once(statuses.set_task_statuses, work_settings.SetTaskStatuses(items=entries)),
        lambda: once(tasks.create_task, add),
    )

    assert (isinstance(removed, work.StatusInUse), isinstance(added, Invalid)) in ((True, False), (False, True))


def test_the_first_tasks_of_a_firm_at_once_share_its_statuses(once, account_id):
    """R-TSK-2"""
    add = work.CreateTask(account_id=account_id, title="Task")

    made = outcomes(*[lambda: once(tasks.create_task, add)] * TOGETHER)

    assert len({task.status.id for task in made}) == 1


def test_a_task_linked_to_a_job_deleted_meanwhile_is_refused_or_unlinked(once, account_id, pipeline):
    job = once(jobs.create_job, work.CreateJob(account_id=account_id, name="Job", pipeline_id=pipeline.id))
    add = work.CreateTask(account_id=account_id, title="Task", job_id=job.id)

    deleted, added = outcomes(
        lambda: once(jobs.delete_job, work.JobRef(account_id=account_id, job_id=job.id)),
        lambda: once(tasks.create_task, add),
    )

    assert deleted == Done()
    if isinstance(added, work.Task):
        seen = once(items.get_task, work.TaskRef(account_id=account_id, task_id=added.id))
        assert seen.job_id is None
    else:
        assert added.data["errors"][0]["field"] == "job_id"
