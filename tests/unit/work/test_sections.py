"""What the sections that work answers for have in common."""

from decimal import Decimal

import orjson
import pytest
from sqlalchemy import event

from chassis.errors import Invalid
from chassis.testing import member_ctx
from chassis.wire import to_json
from contracts.sections import GetSections, SectionAsk, UnknownSection
from services.work.queries import sections


def test_all_four_sections_take_one_statement_each(
    session, ctx, account_id, new_task, new_job, new_note, new_entry, employee
):
    """design.md §5"""
    new_task(assignee_ids=(employee().actor.id,)), new_job(), new_note(), new_entry()
    statements = []
    event.listen(session.connection(), "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    asked = tuple(SectionAsk(name=name) for name in ("tasks", "jobs", "notes", "time"))

    made = sections.get_sections(session, ctx, GetSections(account_id=account_id, sections=asked))

    assert [one.name for one in made.sections] == ["tasks", "jobs", "notes", "time"]
    assert [one.total for one in made.sections] == [1, 1, 1, 1]
    assert made.as_of == ctx.now
    assert len(statements) == 4


def test_rows_are_plain_json(session, ctx, account_id, new_task, new_job, new_note, new_entry, section):
    new_task(due_on=ctx.now.date()), new_job(), new_note(), new_entry(rate=Decimal(1))
    for name in ("tasks", "jobs", "notes", "time"):
        made = section(name, "firm+rates")
        assert orjson.loads(to_json(made.rows)) == list(made.rows)


def test_an_unknown_section_is_refused_by_name(session, ctx, account_id, section):
    with pytest.raises(UnknownSection) as refused:
        section("documents")

    assert refused.value.data == {"name": "documents"}


def test_clients_see_none_of_them(session, ctx, account_id, section):
    """R-TSK-5, R-NTE-1"""
    for name in ("tasks", "jobs", "notes", "time"):
        with pytest.raises(UnknownSection):
            section(name, by=member_ctx(ctx, kind="portal", role=""))


def test_a_scope_that_can_not_be_read_is_refused(session, ctx, account_id, section):
    with pytest.raises(Invalid):
        section("time", "everything")
