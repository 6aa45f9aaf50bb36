"""The section Chats: which threads, in which order, and what a row tells (R-CHT-1 to R-CHT-5)."""

from dataclasses import replace

import pytest
from sqlalchemy import event, text

from chassis.context import new_id
from chassis.errors import Invalid
from chassis.listing import instant
from chassis.testing import member_ctx
from contracts.sections import UnknownSection
from services.messages import model
from services.messages.operations import facts
from services.messages.queries import chats
from tests.unit.messages.conftest import later


def subjects(made):
    return [row["subject"] for row in made.rows]


class TestRow:
    def test_it_tells_the_last_message_to_the_client_and_that_nobody_answered(self, talk, ctx):
        """R-CHT-1, R-CHT-5"""
        thread = talk.start("Please send the bank statements.")

        row = talk.row(thread)

        sent = {
            "author": {"id": str(ctx.actor.id), "name": ctx.actor.name},
            "text": "Please send the bank statements.",
            "at": instant(ctx.now),
        }
        assert row["last_sent"] == sent
        assert row["last_message"] == {**sent, "side": "firm"}
        assert (row["answered_by"], row["answered_at"]) == (None, None)
        assert row["unanswered_since"] == instant(ctx.now)

    def test_it_tells_who_answered_last_and_when(self, talk, anna, boris):
        """R-CHT-1, R-CHT-5: the author of the latest message after the firm's last one."""
        thread = talk.start()
        talk.answer(thread, later(anna, hours=1), "One.")
        talk.answer(thread, later(boris, hours=2), "Two.")

        row = talk.row(thread)

        assert row["answered_by"] == {"id": str(boris.actor.id), "name": "Boris Roy"}
        assert row["answered_at"] == instant(later(boris, hours=2).now)
        assert row["unanswered_since"] is None
        assert row["last_sent"]["text"] == "Please send the bank statements."
        assert row["last_message"]["side"] == "client"

    def test_an_answer_before_the_firms_last_message_is_none(self, talk, ctx, anna):
        """R-CHT-5"""
        thread = talk.start()
        talk.answer(thread, later(anna, hours=1))
        talk.say(thread, "And the invoices?", by=later(ctx, days=2))

        row = talk.row(thread)

        assert row["answered_by"] is None
        assert row["unanswered_since"] == instant(later(ctx, days=2).now)

    def test_a_thread_that_the_client_began_is_answered_by_them_and_lacks_nothing(self, talk, anna):
        thread = talk.start_as(anna)

        row = talk.row(thread)

        assert (row["last_sent"], row["unanswered_since"]) == (None, None)
        assert row["answered_by"]["name"] == "Anna Roy"
        assert row["participants"] == [{"id": str(anna.actor.id), "name": "Anna Roy"}]

    def test_an_internal_message_is_marked_and_never_the_last_one_sent(self, talk, ctx):
        """R-CHT-4"""
        thread = talk.start()
        talk.say(thread, "They never answer.", by=later(ctx, days=1), is_internal=True)

        row = talk.row(thread)

        assert row["last_sent"]["text"] == row["last_message"]["text"] == "Please send the bank statements."
        assert row["last_internal"]["text"] == "They never answer."
        assert row["last_internal"]["is_internal"] is True
        assert row["responded_at"] == row["unanswered_since"] == instant(ctx.now)

    def test_a_long_text_is_cut(self, talk):
        thread = talk.start("x" * 20_000)

        assert talk.row(thread)["last_sent"]["text"] == "x" * 200

    def test_it_counts_client_tasks_done_of_all(self, talk, anna):
        """R-CHT-3"""
        thread = talk.start(tasks=("Upload the invoices", "Sign the letter", "Call us"))
        talk.tick_as(anna, thread, thread.tasks[1])

        row = talk.row(thread)

        assert (row["tasks_done"], row["tasks_total"]) == (1, 3)

    def test_it_tells_who_of_the_participants_read_the_firms_last_message(self, talk, ctx, anna, boris):
        """R-CHT-5"""
        thread = talk.start(only=(anna, boris))
        (first,) = talk.said(thread).items
        talk.read_as(anna, thread, first)

        read_first = talk.row(thread)["read_by"]
        talk.say(thread, "And one more.")

        assert read_first == [{"id": str(anna.actor.id), "name": "Anna Roy"}]
        assert talk.row(thread)["read_by"] == []
        assert [one["name"] for one in talk.row(thread)["participants"]] == ["Anna Roy", "Boris Roy"]

    def test_it_tells_to_whom_the_thread_is_assigned(self, talk, emil):
        """R-CHT-3"""
        thread = talk.start(assignee_id=emil.actor.id)

        assert talk.row(thread)["assignee"] == {"id": str(emil.actor.id), "name": emil.actor.name}


class TestOrder:
    def test_unread_ones_are_on_top_then_the_last_response_counts(self, talk, ctx, anna):
        """R-CHT-2"""
        old = talk.start(subject="Old", by=later(ctx, hours=1))
        talk.start(subject="Newer", by=later(ctx, hours=2))
        talk.start(subject="Newest", by=later(ctx, hours=3))
        talk.start(subject="Answered", by=ctx)
        answered = talk.listed(q="Answered").rows[0]["id"]

        before = subjects(talk.section())
        talk.answer(old, later(anna, minutes=90))
        after = talk.section()

        assert before == ["Newest", "Newer", "Old", "Answered"]
        assert subjects(after) == ["Old", "Newest", "Newer", "Answered"]
        assert [row["is_unread"] for row in after.rows] == [True, False, False, False]
        assert answered == after.rows[-1]["id"]

    def test_an_internal_message_moves_nothing(self, talk, ctx):
        """R-CHT-2, R-CHT-4"""
        first = talk.start(subject="First")
        talk.start(subject="Second", by=later(ctx, hours=1))
        talk.say(first, by=later(ctx, hours=2), is_internal=True)

        assert subjects(talk.section()) == ["Second", "First"]

    def test_a_thread_is_read_once_one_member_has_read_all_of_it(self, talk, ctx, emil, anna):
        """R-CHT-2"""
        thread = talk.start()
        first = talk.answer(thread, anna, "One.")
        last = talk.answer(thread, anna, "Two.")

        talk.read(thread, first, by=emil)
        half_read = talk.row(thread)["is_unread"]
        talk.read(thread, last, by=emil)

        assert (half_read, talk.row(thread)["is_unread"]) == (True, False)

    def test_what_a_client_has_read_is_not_read_by_the_firm(self, talk, anna, boris):
        """R-CHT-2"""
        thread = talk.start()
        said = talk.answer(thread, anna)
        talk.read_as(boris, thread, said)

        assert talk.row(thread)["is_unread"] is True

    def test_answering_without_having_read_does_not_make_it_read(self, talk, emil, anna):
        """R-CHT-2: two wrote at once; what the client wrote is still to be read."""
        thread = talk.start()
        talk.answer(thread, anna)
        talk.say(thread, by=emil)

        assert talk.row(thread)["is_unread"] is True

    def test_who_has_read_all_and_answers_has_read_all(self, talk, emil, anna):
        thread = talk.start()
        talk.read(thread, talk.answer(thread, anna), by=emil)
        said = talk.say(thread, by=emil)

        mark = next(one for one in talk.thread(thread).readers if one.id == emil.actor.id)
        assert mark.has_read_all
        assert said.position == 3


class TestSection:
    def test_it_shows_five_active_threads_and_counts_all(self, talk, ctx):
        """R-OV-6"""
        for number in range(7):
            talk.start(subject=f"Thread {number}", by=later(ctx, minutes=number))
        talk.change(talk.start(subject="Archived", by=later(ctx, hours=1)), is_archived=True)

        made = talk.section()

        assert subjects(made) == [f"Thread {number}" for number in (6, 5, 4, 3, 2)]
        assert made.total == 7

    def test_an_account_without_threads_has_no_rows(self, talk):
        made = talk.section()

        assert (made.rows, made.total) == ((), 0)

    def test_what_is_deleted_neither_shows_nor_counts(self, talk, ctx, anna):
        """R-OV-9"""
        thread = talk.start("Kept.")
        gone = talk.say(thread, "Slip of the pen.", by=later(ctx, minutes=1))
        talk.delete(thread, gone, by=later(ctx, minutes=2))
        slip = talk.answer(thread, later(anna, minutes=3), "Oops.")
        talk.delete_as(later(anna, minutes=4), thread, slip)

        row = talk.row(thread)

        assert row["last_sent"]["text"] == "Kept."
        assert (row["is_unread"], row["answered_by"]) == (False, None)
        assert talk.listed(q="slip").rows == ()

    def test_a_portal_user_has_no_such_section(self, talk, anna):
        """R-CHT-4"""
        talk.start()

        with pytest.raises(UnknownSection):
            talk.section(by=anna)
        with pytest.raises(UnknownSection):
            talk.listed(by=anna)

    def test_another_firm_sees_nothing(self, talk, ctx):
        talk.start()
        stranger = replace(member_ctx(ctx, role="owner"), firm_id=new_id())

        assert talk.section(by=stranger).total == 0
        assert talk.listed(by=stranger).rows == ()

    def test_another_account_shows_its_own(self, talk):
        talk.start()

        assert talk.section(account_id=new_id()).total == 0


class TestViewAll:
    def test_tabs_are_active_archived_and_all(self, talk, ctx):
        """R-CHT-3"""
        talk.start(subject="Active", by=later(ctx, hours=1))
        talk.change(talk.start(subject="Archived"), is_archived=True)

        found = {state: subjects(talk.listed(state=state)) for state in ("active", "archived", "all")}

        assert found == {"active": ["Active"], "archived": ["Archived"], "all": ["Active", "Archived"]}
        assert subjects(talk.listed()) == ["Active"]

    def test_it_is_narrowed_by_assignee_and_by_unread(self, talk, emil, anna):
        """R-CHT-3"""
        talk.start(subject="Emil's", assignee_id=emil.actor.id)
        talk.answer(talk.start(subject="Nobody's"), anna)

        assert subjects(talk.listed(assignee=str(emil.actor.id))) == ["Emil's"]
        assert subjects(talk.listed(assignee="nobody")) == ["Nobody's"]
        assert subjects(talk.listed(unread="true")) == ["Nobody's"]
        assert subjects(talk.listed(unread="false")) == ["Emil's"]

    @pytest.mark.parametrize("q", ["100%", "VAT_1", "ü-Rückgabe"])
    def test_it_finds_parts_of_texts_as_they_are_written(self, talk, q):
        talk.start(f"About {q.upper()} of it", subject="Found")
        talk.start("About 1000 VATs of it", subject="Other")

        assert subjects(talk.listed(q=q)) == ["Found"]

    def test_staff_find_internal_messages_and_subjects(self, talk):
        """R-CHT-4"""
        thread = talk.start(subject="Payroll")
        talk.say(thread, "Margin is thin here.", is_internal=True)

        assert subjects(talk.listed(q="margin is")) == ["Payroll"]
        assert subjects(talk.listed(q="payr")) == ["Payroll"]

    def test_pages_go_on_where_the_last_ended(self, talk, ctx, anna):
        """R-OV-4"""
        made = [talk.start(subject=f"Thread {number}") for number in range(7)]
        for thread in made[:3]:
            talk.answer(thread, anna)
        pages, after = [], None
        while True:
            page = talk.listed(limit=2, after=after)
            pages += subjects(page)
            after = page.next_cursor
            if after is None:
                break

        assert pages == [f"Thread {number}" for number in (2, 1, 0, 6, 5, 4, 3)]
        assert page.total == 7

    @pytest.mark.parametrize(
        "filters",
        [{"state": "gone"}, {"assignee": "emil"}, {"unread": "yes"}, {"q": ""}, {"q": "x" * 201}, {"colour": "red"}],
    )
    def test_a_filter_that_is_none_is_refused_by_name(self, talk, filters):
        with pytest.raises(Invalid) as refused:
            talk.listed(**filters)

        (name,) = filters
        assert refused.value.data["errors"][0]["field"] == f"filters.{name}"


class TestCost:
    def test_a_section_is_one_statement(self, talk, session):
        talk.start()
        statements = []
        event.listen(session.get_bind().engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

        talk.section()

        assert len(statements) == 1

    def test_thousands_of_messages_cost_it_no_more(self, talk, session, ctx):
        """A thread keeps the facts of its rows: counted in pages that PostgreSQL touches, not timed."""
        threads = [talk.start(subject=f"Thread {number}") for number in range(7)]
        before = pages_touched(talk, session, ctx)
        fill = text(
            "INSERT INTO message (firm_id, id, thread_id, position, kind, author_id, author_name, text, mention_ids,"
            " sent_at, version) SELECT :firm, gen_random_uuid(), :thread, 1 + n, (ARRAY['sent', 'received',"
            " 'internal'])[1 + n % 3], :firm, 'Olga Owner', repeat('Lorem ipsum ', 40), '{}', now(), 1"
            " FROM generate_series(1, 1000) n"
        )
        for thread in threads:
            session.execute(fill, {"firm": ctx.firm, "thread": thread.id})
            facts.refresh(session, ctx, session.get_one(model.Thread, (ctx.firm, thread.id)))
        session.execute(text("ANALYZE message, thread"))  # as autovacuum does: it never sees what a test rolls back

        after = pages_touched(talk, session, ctx)

        assert [row["last_sent"]["text"][:11] for row in talk.section().rows] == ["Lorem ipsum"] * 5
        assert after < before + 150  # reading the seven thousand texts alone takes five hundred

    def test_saying_something_in_a_long_thread_reads_its_end_alone(self, talk, session, ctx):
        thread = talk.start()
        fill = text(
            "INSERT INTO message (firm_id, id, thread_id, position, kind, author_id, author_name, text, mention_ids,"
            " sent_at, version) SELECT :firm, gen_random_uuid(), :thread, 1 + n, 'internal', :firm, 'Olga Owner',"
            " repeat('Lorem ipsum ', 40), '{}', now(), 1 FROM generate_series(1, 5000) n"
        )
        session.execute(fill, {"firm": ctx.firm, "thread": thread.id})
        session.execute(text("ANALYZE message"))
        row = session.get_one(model.Thread, (ctx.firm, thread.id))

        assert touched(session, facts.counted(ctx, row), {}) < 100


def pages_touched(talk, session, ctx):
    parameters = {"firm_id": ctx.firm, "account_id": talk.account_id}
    return touched(session, chats.statement(), parameters)


def touched(session, statement, parameters):
    """How many pages a statement reads, in the cache or not."""
    compiled = statement.compile(dialect=session.get_bind().dialect, compile_kwargs={"render_postcompile": True})
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {compiled}"
    ((plan,),) = session.connection().exec_driver_sql(explain, compiled.construct_params(parameters))
    return plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"]
