"""Account roles as assignees of tasks and jobs (R-TSK-4, R-JOB-4, R-ACC-6)."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import event, select

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Invalid
from contracts import accounts, work
from contracts.account_settings import AccountRole
from contracts.accounts import RoleHolders
from contracts.common import Person
from services.work import model
from services.work.operations import jobs, neighbours, roles, tasks
from services.work.queries import items


def change(session, ctx, item, **fields):
    known = {"account_id": item.account_id, "version": item.version, **fields}
    if isinstance(item, work.Task):
        return tasks.change_task(session, ctx, work.ChangeTask(task_id=item.id, **known))
    return jobs.change_job(session, ctx, work.ChangeJob(job_id=item.id, **known))


def seen(session, ctx, item):
    if isinstance(item, work.Task):
        return items.get_task(session, ctx, work.TaskRef(account_id=item.account_id, task_id=item.id))
    return items.get_job(session, ctx, work.JobRef(account_id=item.account_id, job_id=item.id))


def announced(session, act):
    before = len(outbox.pending(session))
    act()
    return outbox.pending(session)[before:]


def person(ctx):
    return Person(id=ctx.actor.id, name=ctx.actor.name)


def account(ctx, account_id, *filled, version=1, state="active"):
    """An account as accounts tells of it; `filled` are pairs of a role and who fills it."""
    return accounts.Account(
        id=account_id,
        code="V1",
        name="Volta",
        name_mode="manual",
        type="individual",
        company_name=None,
        company_address=None,
        tags=(),
        team=(),
        followers=(),
        state=state,
        version=version,
        created_at=ctx.now,
        updated_at=ctx.now,
        roles=tuple(
            RoleHolders(role=Person(id=role.id, name=role.name), members=tuple(person(one) for one in members))
            for role, members in filled
        ),
    )


@pytest.fixture
def new_role(session, ctx):
    def make(name="Bookkeeper"):
        role = AccountRole(id=new_id(), name=name)
        roles.role_changed(session, ctx, accounts.RoleChanged(role=role))
        return role

    return make


@pytest.fixture
def fill(session, ctx, account_id):
    """`fill((role, [emil, eve]), version=2)`: accounts tells who fills the account's roles."""

    def tell(*filled, version=1, account_id=account_id):
        made = account(ctx, account_id, *filled, version=version)
        roles.account_told(session, ctx, accounts.AccountChanged(account=made))

    return tell


@pytest.fixture(params=["task", "job"])
def new_item(request):
    """A maker of tasks, then of jobs."""
    return request.getfixturevalue(f"new_{request.param}")


class TestAssigning:
    def test_roles_are_assigned_beside_members(self, session, ctx, new_item, new_role, fill, employee):
        emil, eve = employee(), employee(name="Eve")
        books, review = new_role("Bookkeeper"), new_role("Reviewer")
        fill((books, [eve, emil]))

        made = new_item(assignee_ids=(ctx.actor.id,), role_ids=(review.id, books.id, review.id))

        assert made.assignees == (person(ctx),)
        assert made.roles == (
            RoleHolders(role=Person(id=review.id, name="Reviewer"), members=()),
            RoleHolders(role=Person(id=books.id, name="Bookkeeper"), members=(person(eve), person(emil))),
        )
        assert seen(session, ctx, made) == made
        event = outbox.pending(session)[-1]
        assert made in (getattr(event, "task", None), getattr(event, "job", None))

    def test_they_are_changed_and_stay_when_left_out(self, session, ctx, new_item, new_role):
        books, review = new_role("Bookkeeper"), new_role("Reviewer")
        made = new_item(role_ids=(books.id,))

        kept = change(session, ctx, made, priority="high")
        changed = change(session, ctx, kept, role_ids=(review.id,))
        none = change(session, ctx, changed, role_ids=())

        assert [[one.role.name for one in item.roles] for item in (kept, changed, none)] == [
            ["Bookkeeper"],
            ["Reviewer"],
            [],
        ]

    def test_a_role_the_firm_has_not_is_refused_by_its_field(self, session, ctx, new_item, new_role):
        gone = new_role()
        roles.role_changed(session, ctx, accounts.RoleChanged(role=gone, is_deleted=True))
        item = new_item()

        for role_id in (new_id(), gone.id):
            with pytest.raises(Invalid) as created:
                new_item(role_ids=(role_id,))
            with pytest.raises(Invalid) as changed:
                change(session, ctx, item, role_ids=(role_id,))
            assert created.value.data["errors"][0]["field"] == changed.value.data["errors"][0]["field"] == "role_ids"

    def test_another_firms_role_is_none_of_ours(self, sessions, ctx, account_id):
        stranger, role = replace(ctx, firm_id=new_id()), AccountRole(id=new_id(), name="Theirs")
        with sessions(stranger) as session:
            roles.role_changed(session, stranger, accounts.RoleChanged(role=role))

        request = work.CreateTask(account_id=account_id, title="Mine", role_ids=(role.id,))
        with sessions() as session, pytest.raises(Invalid):
            tasks.create_task(session, ctx, request)

    def test_a_role_gives_no_access(self, session, new_pipeline, new_job, new_role, fill, employee, section, listed):
        """R-ACC-6, R-JOB-3: who fills it sees a job no more than before"""
        emil, role = employee(), new_role()
        fill((role, [emil]))
        job = new_job(pipeline=new_pipeline(available_to=()), role_ids=(role.id,))
        scope = f"member:{emil.actor.id}"

        with pytest.raises(work.WorkNotFound):
            seen(session, emil, job)
        assert section("jobs", scope).total == 0
        assert listed("jobs", scope=scope, assignee=str(emil.actor.id)).total == 0


class TestWhoFillsThem:
    def test_a_change_shows_on_what_is_assigned_and_is_announced_for_this_account_alone(
        self, session, ctx, account_id, new_item, new_role, fill, employee, section
    ):
        emil, eve, role = employee(), employee(name="Eve"), new_role()
        elsewhere = new_id()
        fill((role, [emil]))
        fill((role, [emil]), account_id=elsewhere)
        item, other = new_item(role_ids=(role.id,)), new_item(role_ids=(role.id,), account_id=elsewhere)

        events = announced(session, lambda: fill((role, [eve, emil]), version=2))

        assert events == [work.RolesChanged(account_id=account_id)]
        assert set(work.RolesChanged.SECTIONS) == {"tasks", "jobs"}
        assert seen(session, ctx, item).roles[0].members == (person(eve), person(emil))
        assert seen(session, ctx, item).version == item.version
        assert seen(session, ctx, other) == other

    def test_every_other_change_of_the_account_is_cheap_and_silent(self, session, ctx, new_role, fill, employee):
        role = (new_role(), [employee()])
        fill(role)
        statements = []
        connection = session.connection()

        def note(*args):
            statements.append(args[2])

        event.listen(connection, "before_cursor_execute", note)
        events = announced(session, lambda: fill(role, version=2))
        event.remove(connection, "before_cursor_execute", note)

        asked = [one for one in statements if "outbox" not in one and "SAVEPOINT" not in one]
        assert events == []
        assert len(asked) == 2  # which version is the newest, and who is known to fill its roles

    def test_an_account_without_roles_is_silent_from_its_creation_on(self, session, ctx, account_id):
        made = account(ctx, account_id)

        events = announced(session, lambda: roles.account_told(session, ctx, accounts.AccountCreated(account=made)))

        assert events == []

    def test_only_rows_that_differ_are_written(self, session, ctx, account_id, new_role, fill, employee):
        emil, eve, books, review = employee(), employee(name="Eve"), new_role("Bookkeeper"), new_role("Reviewer")
        fill((books, [emil]), (review, [emil, eve]))
        query = select(model.RoleHolder).where(model.RoleHolder.account_id == account_id)
        before = {(row.role_id, row.member_id): row for row in session.scalars(query)}

        fill((books, [eve]), (review, [emil, eve]), version=2)

        after = {(row.role_id, row.member_id): row for row in session.scalars(query)}
        kept = {(review.id, emil.actor.id), (review.id, eve.actor.id)}
        assert after.keys() == {*kept, (books.id, eve.actor.id)}
        assert all(after[key] is before[key] for key in kept)

    def test_events_of_an_account_are_applied_in_any_order_and_any_number_of_times(
        self, session, ctx, new_role, new_task, fill, employee
    ):
        emil, eve, role = employee(), employee(name="Eve"), new_role()
        task = new_task(role_ids=(role.id,))

        for filled, version in (([eve], 3), ([emil], 2), ([], 1), ([eve], 3)):
            fill((role, filled), version=version)

        assert seen(session, ctx, task).roles[0].members == (person(eve),)

    def test_a_late_event_brings_nobody_back_where_nothing_was_filled(self, session, new_role, fill, employee):
        """The version is kept of an account without roles too."""
        emil, role = employee(), new_role()
        fill(version=3)

        assert announced(session, lambda: fill((role, [emil]), version=2)) == []

    def test_a_holder_is_known_by_name_before_identity_tells_of_them(
        self, session, ctx, new_role, new_task, fill, employee
    ):
        role, unknown = new_role(), replace(ctx, actor=replace(ctx.actor, id=new_id(), name="Nora New"))
        fill((role, [unknown]))

        assert new_task(role_ids=(role.id,)).roles[0].members == (person(unknown),)

    def test_of_a_deleted_account_nobody_is_remembered(self, session, ctx, account_id, new_role, fill, employee):
        other, role = new_id(), (new_role(), [employee()])
        fill(role)
        fill(role, account_id=other)

        neighbours.account_deleted(session, ctx, accounts.AccountDeleted(account_id=account_id, version=3))
        fill(role, version=2)  # came late

        assert session.scalars(select(model.RoleHolder.account_id)).all() == [other]

    def test_two_changes_at_once_end_with_the_newer(self, sessions, ctx, account_id):
        role = AccountRole(id=new_id(), name="Bookkeeper")
        emil, eve = (replace(ctx, actor=replace(ctx.actor, id=new_id(), name=name)) for name in ("Emil", "Eve"))
        with sessions() as session:
            roles.role_changed(session, ctx, accounts.RoleChanged(role=role))
        older, newer = (
            accounts.AccountChanged(account=account(ctx, account_id, (role, [one]), version=version))
            for one, version in ((emil, 2), (eve, 3))
        )

        def tell_older():
            with sessions() as other:
                roles.account_told(other, ctx, older)

        with sessions() as session:
            roles.account_told(session, ctx, newer)
            thread = threading.Thread(target=tell_older)
            thread.start()
            thread.join(0.3)  # waits for this transaction, so it can't have ended
            is_waiting = thread.is_alive()
        thread.join()

        with sessions() as session:
            holders = session.scalars(select(model.RoleHolder.member_id)).all()
        assert is_waiting
        assert holders == [eve.actor.id]


class TestARoleItself:
    def test_a_renamed_one_changes_what_rows_of_every_account_show(self, session, ctx, new_role, new_item):
        role = new_role()
        item = new_item(role_ids=(role.id,))
        renamed = accounts.RoleChanged(role=AccountRole(id=role.id, name="Accountant"), version=2)

        events = announced(session, lambda: roles.role_changed(session, ctx, renamed))
        late = announced(session, lambda: roles.role_changed(session, ctx, accounts.RoleChanged(role=role)))

        assert (events, late) == ([work.RolesChanged()], [])
        assert seen(session, ctx, item).roles[0].role.name == "Accountant"

    def test_a_deleted_one_leaves_tasks_and_jobs_for_good(
        self, session, ctx, new_role, new_item, fill, employee, section, listed
    ):
        emil, role = employee(), new_role()
        fill((role, [emil]))
        item = new_item(role_ids=(role.id,))
        name = "tasks" if isinstance(item, work.Task) else "jobs"
        deleted = accounts.RoleChanged(role=role, is_deleted=True)

        events = announced(session, lambda: roles.role_changed(session, ctx, deleted))
        roles.role_changed(session, ctx, accounts.RoleChanged(role=role, version=9))  # came late

        assert events == [work.RolesChanged()]
        assert seen(session, ctx, item).roles == ()
        assert section(name).rows[0]["roles"] == []
        assert listed(name, assignee=str(emil.actor.id)).total == 0
        assert change(session, ctx, item, priority="low").roles == ()

    def test_one_that_is_made_is_no_news_for_rows(self, session, ctx):
        made = accounts.RoleChanged(role=AccountRole(id=new_id(), name="Reviewer"))

        assert announced(session, lambda: roles.role_changed(session, ctx, made)) == []


class TestTheSections:
    def test_a_row_shows_roles_with_who_fills_them(self, ctx, new_item, new_role, fill, employee, section):
        emil, eve = employee(), employee(name="Eve")
        books, review = new_role("Bookkeeper"), new_role("Reviewer")
        fill((books, [eve, emil]))
        fill((review, [emil]), account_id=new_id())
        item = new_item(assignee_ids=(ctx.actor.id,), role_ids=(review.id, books.id))

        (row,) = section("tasks" if isinstance(item, work.Task) else "jobs").rows

        assert row["assignees"] == [{"id": str(ctx.actor.id), "name": "Olga Owner"}]
        assert row["roles"] == [
            {"role": {"id": str(review.id), "name": "Reviewer"}, "members": []},
            {
                "role": {"id": str(books.id), "name": "Bookkeeper"},
                "members": [
                    {"id": str(eve.actor.id), "name": "Eve"},
                    {"id": str(emil.actor.id), "name": "Emil Employee"},
                ],
            },
        ]

    def test_view_all_finds_what_is_assigned_to_a_role_that_a_member_fills(
        self, ctx, new_item, new_role, fill, employee, listed
    ):
        emil, eve, role, other = employee(), employee(name="Eve"), new_role(), new_role("Reviewer")
        fill((role, [emil]), (other, [eve]))
        fill((other, [emil]), account_id=new_id())
        by_role = new_item(role_ids=(role.id, other.id))
        by_name = new_item(assignee_ids=(emil.actor.id,))
        new_item(role_ids=(other.id,))
        new_item()
        name = "tasks" if isinstance(by_role, work.Task) else "jobs"

        made = listed(name, assignee=str(emil.actor.id))

        assert ({row["id"] for row in made.rows}, made.total) == ({str(by_role.id), str(by_name.id)}, 2)
