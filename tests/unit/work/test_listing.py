"""View all: pages that neither skip nor repeat, and the same scope as the section."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest

from chassis import cursor
from chassis.context import new_id
from chassis.errors import Invalid
from contracts.sections import UnknownSection

SOME_ID = UUID("0196f0f0-0000-7000-8000-000000000001")
DAY = dt.date(2026, 5, 1)


@pytest.fixture
def pages(listed):
    def walk(name, *, limit, **more):
        page = listed(name, limit=limit, **more)
        rows, totals = list(page.rows), {page.total}
        while page.next_cursor:
            assert len(page.rows) == limit
            page = listed(name, limit=limit, after=page.next_cursor, **more)
            rows, totals = rows + list(page.rows), totals | {page.total}
        return rows, totals

    return walk


def ids(rows):
    return [row["id"] for row in rows]


class TestPages:
    """R-OV-4: everything is made at one instant here, so that only the id tells rows apart."""

    @pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 50])
    @pytest.mark.parametrize("sort", ["-created_at", "due_on"])
    def test_tasks(self, pages, listed, new_task, limit, sort):
        """R-OV-4: ties are broken by id"""
        for index in range(7):
            new_task(due_on=DAY if index < 3 else None)

        rows, totals = pages("tasks", limit=limit, sort=sort)

        assert (len(set(ids(rows))), totals) == (7, {7})
        assert ids(rows) == ids(listed("tasks", sort=sort).rows)

    @pytest.mark.parametrize("limit", [1, 2, 5, 8])
    def test_jobs(self, pages, listed, new_pipeline, new_job, limit):
        """R-JOB-5"""
        for pipeline in (new_pipeline("A"), new_pipeline("B")):
            for stage in pipeline.stages[:2]:
                new_job(pipeline=pipeline, stage_id=stage.id, due_on=DAY)
                new_job(pipeline=pipeline, stage_id=stage.id)

        rows, totals = pages("jobs", limit=limit)

        assert (len(set(ids(rows))), totals) == (8, {8})
        assert ids(rows) == ids(listed("jobs").rows)
        assert [(row["pipeline"]["name"], row["stage"]["name"], row["due_on"]) for row in rows] == [
            (pipeline, stage, due)
            for pipeline in "AB"
            for stage in ("Collect", "Prepare")
            for due in (DAY.isoformat(), None)
        ]

    @pytest.mark.parametrize("limit", [1, 2, 3, 7])
    def test_notes(self, pages, new_note, limit):
        """R-NTE-3"""
        made = [new_note(is_pinned=index % 3 == 0) for index in range(7)]

        rows, totals = pages("notes", limit=limit)

        newest_first = sorted(made, key=lambda note: (note.is_pinned, note.id), reverse=True)
        assert (ids(rows), totals) == ([str(note.id) for note in newest_first], {7})

    @pytest.mark.parametrize("limit", [1, 2, 3, 7])
    def test_time(self, pages, new_entry, limit):
        """R-TIM-3"""
        made = [new_entry(None if index in (1, 4) else 10, on=DAY) for index in range(7)]

        rows, totals = pages("time", limit=limit)

        order = sorted(made, key=lambda entry: (entry.running_since is not None, entry.id), reverse=True)
        assert (ids(rows), totals) == ([str(entry.id) for entry in order], {7})

    def test_a_row_added_on_top_neither_repeats_nor_skips_others(self, ctx, listed, later, new_task):
        for _ in range(4):
            new_task()
        whole = listed("tasks").rows
        first = listed("tasks", limit=2)
        new_task("Newest", by=later(ctx, minutes=1))

        second = listed("tasks", limit=2, after=first.next_cursor)

        assert first.rows + second.rows == whole
        assert second.next_cursor is None

    def test_the_last_full_page_has_no_next(self, listed, new_task):
        for _ in range(3):
            new_task()

        assert listed("tasks", limit=3).next_cursor is None


class TestCursors:
    @pytest.mark.parametrize(
        "text",
        [
            "x",
            "…",
            "AAAA",
            cursor.encode(1, 2),
            cursor.encode("2026-01-01", None),
            cursor.encode("2026-01-01T00:00:00", str(SOME_ID)),  # without its offset
            cursor.encode("2026-01-01T00:00:00Z", "me"),
            cursor.encode("2026-01-01T00:00:00Z"),
            cursor.encode({}, []),
        ],
    )
    def test_one_that_no_page_gave_is_refused(self, listed, text):
        with pytest.raises(Invalid) as refused:
            listed("tasks", after=text)

        assert refused.value.data["errors"][0]["field"] == "cursor"

    @pytest.mark.parametrize("name", ["jobs", "notes", "time"])
    def test_one_of_another_list_is_refused(self, listed, new_task, name):
        new_task(), new_task()
        other = listed("tasks", limit=1).next_cursor

        with pytest.raises(Invalid):
            listed(name, after=other)

    @pytest.mark.parametrize("values", [(1, "2026-01-01T00:00:00Z"), ("true", "2026-01-01T00:00:00Z")])
    def test_values_of_another_kind_are_refused(self, listed, values):
        with pytest.raises(Invalid):
            listed("notes", after=cursor.encode(*values, str(new_id())))


@pytest.mark.parametrize("name", ["tasks", "jobs", "notes", "time"])
@pytest.mark.parametrize("scope", ["firm", "firm+rates", "member"])
def test_the_sections_total_is_what_view_all_lists(  # noqa: PLR0917 (one fixture per kind of item)
    ctx, section, listed, new_task, new_pipeline, new_job, new_note, new_entry, employee, name, scope
):
    """R-OV-6"""
    emil = employee()
    hidden, open_to_all = new_pipeline(available_to=()), new_pipeline()
    for index in range(12):
        new_task(), new_note(is_pinned=index < 2), new_entry(by=(ctx, emil)[index % 2])
        new_job(pipeline=(hidden, open_to_all)[index % 2])
    scope = f"member:{emil.actor.id}" if scope == "member" else scope

    made = section(name, scope)
    everything = listed(name, scope=scope, limit=100)

    assert made.total == everything.total == len(everything.rows)
    assert made.rows == everything.rows[: len(made.rows)]


def test_an_unknown_section_is_refused(listed):
    with pytest.raises(UnknownSection):
        listed("documents")


def test_another_firm_lists_nothing(ctx, listed, new_task):
    new_task()

    made = listed("tasks", by=replace(ctx, firm_id=new_id()))

    assert (made.rows, made.total) == ((), 0)
