"""A firm with an account, and short ways to give it work."""

import datetime as dt
from dataclasses import replace

import pytest

from chassis.context import new_id
from chassis.testing import firm_context, member_ctx, service_session, service_sessions
from contracts import identity, work, work_settings
from contracts.sections import GetSections, ListSection, SectionAsk
from services.work.operations import jobs, neighbours, notes, pipelines, tasks, time_entries
from services.work.queries import sections

ctx = firm_context()
session = service_session("work")
sessions = service_sessions("work")


@pytest.fixture
def account_id():
    return new_id()


def told_of(ctx, *, name=None, is_active=True, version=1, member_id=None):
    """A member as identity tells of them."""
    return identity.Member(
        id=member_id or ctx.actor.id,
        email="somebody@example.com",
        name=name or ctx.actor.name,
        role="employee",
        rights=(),
        has_default_access=False,
        is_active=is_active,
        version=version,
        created_at=ctx.now,
    )


@pytest.fixture
def employee(session, ctx):
    """`employee("manage_rates", name="Emil")`: the context of a known member with these rights."""

    def make(*rights, name="Emil Employee"):
        other = member_ctx(ctx, rights=rights, name=name)
        neighbours.member_changed(session, ctx, identity.MemberCreated(member=told_of(other)))
        return other

    return make


@pytest.fixture
def later():
    """`later(ctx, minutes=5)`: the same caller, so much later."""

    def move(ctx, **span):
        return replace(ctx, now=ctx.now + dt.timedelta(**span))

    return move


@pytest.fixture
def new_task(session, ctx, account_id):
    def make(title="File the return", *, by=ctx, **fields):
        return tasks.create_task(session, by, work.CreateTask(**{"account_id": account_id, "title": title, **fields}))

    return make


@pytest.fixture
def new_pipeline(session, ctx):
    """`new_pipeline("Tax", stages=("Collect", "File"), told={"Collect": "We wait for you"})`."""

    def make(name="Tax return", stages=("Collect", "Prepare", "File"), *, told=None, **fields):
        texts = told or {}
        entries = tuple(work_settings.StageEntry(name=name, client_status=texts.get(name)) for name in stages)
        request = work_settings.CreatePipeline(name=name, stages=entries, **fields)
        return pipelines.create_pipeline(session, ctx, request)

    return make


@pytest.fixture
def new_job(session, ctx, account_id, new_pipeline):
    def make(name="Tax return 2026", pipeline=None, *, by=ctx, **fields):
        pipeline = pipeline or new_pipeline()
        request = work.CreateJob(**{"account_id": account_id, "pipeline_id": pipeline.id, "name": name, **fields})
        return jobs.create_job(session, by, request)

    return make


@pytest.fixture
def new_note(session, ctx, account_id):
    def make(body="Called about the bank statements.", *, by=ctx, **fields):
        return notes.create_note(session, by, work.CreateNote(**{"account_id": account_id, "body": body, **fields}))

    return make


@pytest.fixture
def new_entry(session, ctx, account_id):
    def make(minutes=30, *, by=ctx, **fields):
        known = {"account_id": account_id, "on": by.now.date(), "minutes": minutes, **fields}
        return time_entries.create_time_entry(session, by, work.CreateTimeEntry(**known))

    return make


@pytest.fixture
def section(session, ctx, account_id):
    """`section("tasks")`: what the overview shows of it."""

    def ask(name, scope="firm", *, by=ctx, account_id=account_id):
        request = GetSections(account_id=account_id, sections=(SectionAsk(name=name, scope=scope),))
        (made,) = sections.get_sections(session, by, request).sections
        return made

    return ask


@pytest.fixture
def listed(session, ctx, account_id):
    """`listed("tasks", status="done")`: a page of "view all"."""

    def ask(name, *, scope="firm", by=ctx, limit=50, after=None, **filters):
        request = ListSection(
            account_id=account_id, name=name, scope=scope, filters=filters or None, cursor=after, limit=limit
        )
        return sections.list_section(session, by, request)

    return ask
