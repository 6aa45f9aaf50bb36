"""Organizers from sending to sealing (R-ORG-*)."""

from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from contracts import organizer_templates as contract
from contracts import organizers
from contracts.organizer_templates import Question, QuestionSection, ShownIf
from services.documents.operations import organizer_templates
from services.documents.operations import organizers as organizing
from services.documents.queries import organizers as queries
from tests.unit.documents.conftest import later
from tests.unit.documents.requests.conftest import ANSWERS, QUESTIONS, organizer_ref


def faults(refused):
    return {error["field"]: error["message"] for error in refused.value.data["errors"]}


class TestTemplates:
    def test_who_manages_organizers_defines_them(self, template, employee):
        """R-ORG-3, and §2.2"""
        with pytest.raises(Forbidden):
            template(by=employee("manage_documents"))

        made = template(by=employee("manage_organizers"))

        assert (made.name, made.version, len(made.sections[0].questions)) == ("Tax organizer", 1, len(QUESTIONS))

    @pytest.mark.parametrize(
        ("question", "field"),
        [
            (Question(key="name", label="Again", kind="short_text"), "key"),
            (Question(key="a", label="A", kind="single_choice", choices=("One",)), "choices"),
            (Question(key="a", label="A", kind="single_choice", choices=("One", "one ")), "choices"),
            (Question(key="a", label="A", kind="number", choices=("One", "Two")), "choices"),
            (
                Question(key="a", label="A", kind="date", shown_if=ShownIf(question="later", answer="yes")),
                "shown_if.question",
            ),
            (
                Question(key="a", label="A", kind="date", shown_if=ShownIf(question="name", answer="yes")),
                "shown_if.question",
            ),
            (
                Question(key="a", label="A", kind="date", shown_if=ShownIf(question="married", answer="maybe")),
                "shown_if.answer",
            ),
        ],
    )
    def test_a_faulty_question_is_named(self, template, question, field):
        with pytest.raises(Invalid) as refused:
            template((*QUESTIONS, question))

        assert list(faults(refused)) == [f"sections.0.questions.{len(QUESTIONS)}.{field}"]

    def test_what_was_sent_keeps_the_questions_of_its_day(self, session, ctx, template, sent):
        """R-ORG-3"""
        made = template()
        organizer = sent(made)
        other = (QuestionSection(title="Other", questions=(Question(key="x", label="X", kind="date"),)),)
        change = contract.ChangeOrganizerTemplate(template_id=made.id, version=1, sections=other)

        organizer_templates.change_organizer_template(session, ctx, change)
        organizer_templates.delete_organizer_template(session, ctx, contract.OrganizerTemplateRef(template_id=made.id))

        kept = queries.get_organizer(session, ctx, organizer_ref(organizer))
        assert [one.key for one in kept.sections[0].questions] == [one.key for one in QUESTIONS]
        with pytest.raises(contract.OrganizerTemplateNotFound):
            sent(made)

    def test_a_change_on_an_older_version_is_refused_with_what_is_there(self, session, ctx, template):
        made = template()
        rename = contract.ChangeOrganizerTemplate(template_id=made.id, version=1, name="First")
        organizer_templates.change_organizer_template(session, ctx, rename)

        with pytest.raises(contract.OrganizerTemplateChangedMeanwhile) as refused:
            organizer_templates.change_organizer_template(session, ctx, replace(rename, name="Second"))

        assert refused.value.data["current"]["name"] == "First"


class TestSending:
    def test_an_employee_of_the_account_sends_several_at_once(self, session, account_id, template, employee):
        """R-ORG-1: sending takes access alone, whatever the right to the templates (§2.2)."""
        ids = tuple(template(name=name).id for name in ("2025", "2026"))
        request = organizers.SendOrganizer(account_id=account_id, template_ids=ids)

        made = organizing.send_organizer(session, employee(), request).items

        assert [(one.name, one.status) for one in made] == [("2025", "not_opened"), ("2026", "not_opened")]
        assert {event.step for event in outbox.pending(session)} == {"created"}

    def test_a_client_sends_none(self, sent, client_ctx):
        with pytest.raises(Forbidden):
            sent(by=client_ctx)

    def test_sending_again_moves_the_date_of_sending(self, session, ctx, sent):
        """R-ORG-5"""
        organizer = sent()
        tomorrow = later(ctx, days=1)

        again = organizing.resend_organizer(session, tomorrow, organizer_ref(organizer))

        assert (again.sent_at, again.created_at) == (tomorrow.now, organizer.created_at)
        assert again.status == "not_opened"

    def test_a_client_starts_one_where_that_is_allowed(self, session, client_ctx, account_id, template):
        """R-ORG-3"""
        closed, is_open = template(name="Closed"), template(name="Open", is_startable=True)

        listed = queries.list_startable_organizers(
            session, client_ctx, organizers.AccountOrganizers(account_id=account_id)
        )
        start = organizers.StartOrganizer(account_id=account_id, template_id=is_open.id)
        made = organizing.start_organizer(session, client_ctx, start)

        assert [one.name for one in listed.items] == ["Open"]
        assert (made.status, made.sent_at, made.created_by.name) == ("opened", None, "Cora Client")
        with pytest.raises(contract.OrganizerTemplateNotFound):
            organizing.start_organizer(session, client_ctx, replace(start, template_id=closed.id))


class TestAnswering:
    def test_answers_are_saved_bit_by_bit(self, sent, save):
        """R-ORG-5: what is not named stays, null takes away."""
        organizer = sent()
        save(organizer, name=" Anna ", married=True)
        saved = save(organizer, spouse="Bert", name=None)

        assert saved.answers == {"married": True, "spouse": "Bert"}
        assert (saved.status, saved.progress) == ("in_progress", 66)
        assert saved.shown == ("name", "married", "spouse", "income")

    def test_of_two_answers_to_one_question_the_last_counts(self, sent, save, another_client):
        organizer = sent()
        first = save(organizer, name="Anna")
        second = save(organizer, name="Anne", by=another_client)

        assert (second.answers["name"], second.version) == ("Anne", first.version + 1)

    def test_an_answer_that_hides_is_kept_for_when_it_shows_again(self, sent, save):
        organizer = sent()
        save(organizer, married=True, spouse="Bert")

        hidden = save(organizer, married=False)
        shown = save(organizer, married=True)

        assert "spouse" not in hidden.answers
        assert shown.answers["spouse"] == "Bert"

    @pytest.mark.parametrize(
        ("answers", "field"),
        [
            ({"unknown": 1}, "answers.unknown"),
            ({"name": 3}, "answers.name"),
            ({"name": "a\x00"}, "answers.name"),
            ({"married": "yes"}, "answers.married"),
            ({"income": ["Salary", "Lottery"]}, "answers.income"),
            ({"income": {"a": 1}}, "answers.income"),
            ({"rent": "12"}, "answers.rent"),
            ({"rent": {"amount": "1.234", "currency": "EUR"}}, "answers.rent"),
            ({"lease": "here"}, "answers.lease"),
            ({"lease": str(new_id())}, "answers.lease"),
        ],
    )
    def test_what_does_not_fit_is_named_and_nothing_is_saved(self, session, ctx, sent, save, answers, field):
        organizer = sent()

        with pytest.raises(Invalid) as refused:
            save(organizer, **answers)

        assert list(faults(refused)) == [field]
        assert queries.get_organizer(session, ctx, organizer_ref(organizer)).answers == {}

    def test_a_file_is_a_document_in_the_sight_of_the_client(self, sent, save, new_folder, new_document, client_ctx):
        """R-ACC-7: a private document answers nothing."""
        organizer = sent()
        private = new_document(folder_id=new_folder("Ours", client_access="private").id)
        lease = new_document("lease.pdf", by=client_ctx)

        saved = save(organizer, income=["Rent"], lease=str(lease.id))

        assert saved.answers["lease"] == str(lease.id)
        with pytest.raises(Invalid):
            save(organizer, lease=str(private.id))

    def test_the_firm_answers_for_nobody(self, ctx, sent, save):
        with pytest.raises(Forbidden):
            save(sent(), by=ctx, **ANSWERS)


class TestSubmitting:
    def test_required_answers_are_asked_for(self, session, client_ctx, sent, save):
        """R-ORG-2"""
        organizer = sent()
        save(organizer, married=True)

        with pytest.raises(Invalid) as refused:
            organizing.submit_organizer(session, client_ctx, organizer_ref(organizer))

        assert set(faults(refused)) == {"answers.name", "answers.spouse"}

    def test_what_is_submitted_changes_no_more_until_the_firm_reopens_it(
        self, session, ctx, client_ctx, submitted, save
    ):
        """R-ORG-2, R-ORG-3, R-ORG-5"""
        organizer = submitted()
        assert (organizer.status, organizer.progress, organizer.submitted_by.name) == ("submitted", 100, "Cora Client")

        with pytest.raises(organizers.OrganizerClosed):
            save(organizer, name="Other")
        with pytest.raises(organizers.OrganizerClosed):
            organizing.submit_organizer(session, client_ctx, organizer_ref(organizer))
        reopened = organizing.reopen_organizer(session, ctx, organizer_ref(organizer))
        assert (reopened.status, reopened.submitted_at) == ("reopened", None)
        assert save(organizer, name="Other").status == "in_progress"

    def test_only_what_is_submitted_is_reopened(self, session, ctx, sent):
        with pytest.raises(organizers.OrganizerClosed) as refused:
            organizing.reopen_organizer(session, ctx, organizer_ref(sent()))

        assert refused.value.data["state"] == "not_opened"

    def test_a_sealed_one_is_locked_until_it_is_unsealed(self, session, ctx, client_ctx, sent, save):
        """R-ORG-2, R-ORG-5"""
        organizer = sent()
        save(organizer, **ANSWERS)
        sealed = organizing.seal_organizer(session, ctx, organizer_ref(organizer))
        assert (sealed.status, sealed.is_sealed) == ("sealed", True)

        for refused in (
            lambda: save(organizer, name="Other"),
            lambda: organizing.submit_organizer(session, client_ctx, organizer_ref(organizer)),
            lambda: organizing.resend_organizer(session, ctx, organizer_ref(organizer)),
        ):
            with pytest.raises(organizers.OrganizerClosed):
                refused()
        assert organizing.unseal_organizer(session, ctx, organizer_ref(organizer)).status == "in_progress"

    def test_a_client_neither_seals_nor_reopens_nor_archives(self, session, client_ctx, submitted):
        organizer = submitted()
        for act in (
            organizing.seal_organizer,
            organizing.unseal_organizer,
            organizing.reopen_organizer,
            organizing.archive_organizer,
            organizing.resend_organizer,
        ):
            with pytest.raises(Forbidden):
                act(session, client_ctx, organizer_ref(organizer))

    def test_an_archived_one_is_gone_for_the_client(self, session, ctx, client_ctx, sent, save, account_id):
        """R-ORG-2"""
        organizer = sent()
        organizing.archive_organizer(session, ctx, organizer_ref(organizer))
        everything = organizers.AccountOrganizers(account_id=account_id)

        assert queries.list_own_organizers(session, client_ctx, everything).items == ()
        with pytest.raises(organizers.OrganizerNotFound):
            save(organizer, name="Anna")
        organizing.restore_organizer(session, ctx, organizer_ref(organizer))
        assert save(organizer, name="Anna").status == "in_progress"


class TestHistory:
    def test_every_step_is_kept_and_told(self, session, ctx, client_ctx, sent, save):
        """R-ORG-4"""
        organizer = sent()
        one = organizer_ref(organizer)
        organizing.open_organizer(session, client_ctx, one)
        organizing.open_organizer(session, client_ctx, one)
        save(organizer, name="Anna")
        save(organizer, married=False)
        organizing.resend_organizer(session, ctx, one)
        organizing.submit_organizer(session, client_ctx, one)
        organizing.reopen_organizer(session, ctx, one)
        organizing.seal_organizer(session, ctx, one)
        organizing.seal_organizer(session, ctx, one)
        organizing.unseal_organizer(session, ctx, one)

        kept = queries.list_organizer_history(session, ctx, one).items
        steps = [
            "created", "viewed", "started", "changed", "resent", "submitted", "reopened", "sealed", "unsealed"
        ]  # fmt: skip
        assert [event.step for event in kept] == steps
        assert [event.step for event in outbox.pending(session)] == steps
        assert {event.by.name for event in kept} == {"Olga Owner", "Cora Client"}

    def test_what_one_person_saves_in_ten_minutes_is_one_entry(self, session, ctx, client_ctx, sent, save):
        """R-ORG-4"""
        organizer = sent()
        for minute in (0, 1, 5, 9, 30):
            save(organizer, by=later(client_ctx, minutes=minute), name=f"Anna {minute}")

        kept = queries.list_organizer_history(session, ctx, organizer_ref(organizer)).items
        changes = [event.at for event in kept if event.step == "changed"]

        assert changes == [later(client_ctx, minutes=minute).now for minute in (9, 30)]

    def test_clients_have_no_history(self, session, client_ctx, sent):
        with pytest.raises(Forbidden):
            queries.list_organizer_history(session, client_ctx, organizer_ref(sent()))


class TestStrangers:
    def test_an_organizer_of_another_account_is_not_there(self, session, ctx, client_ctx, sent):
        stranger = replace(organizer_ref(sent()), account_id=new_id())

        for call in (
            lambda: queries.get_organizer(session, ctx, stranger),
            lambda: organizing.open_organizer(session, client_ctx, stranger),
            lambda: organizing.submit_organizer(session, client_ctx, stranger),
            lambda: organizing.seal_organizer(session, ctx, stranger),
        ):
            with pytest.raises(organizers.OrganizerNotFound):
                call()


class TestSection:
    def test_shows_the_five_last_sent_with_their_status(self, ctx, sent, save, seen_section, template):
        """R-ORG-1, R-ORG-3, R-ORG-5"""
        made = template()
        for day in range(7):
            last = sent(made, by=later(ctx, days=day), name=f"Organizer {day}")
        save(last, name="Anna")

        shown = seen_section("organizers")

        assert [row["name"] for row in shown.rows] == [f"Organizer {day}" for day in (6, 5, 4, 3, 2)]
        assert (shown.rows[0]["status"], shown.rows[0]["progress"]) == ("in_progress", 50)
        assert (shown.total, shown.footer) == (7, {"pending": 7})

    def test_counts_what_is_neither_archived_nor_sealed_nor_submitted(
        self, session, ctx, sent, submitted, seen_section, all_of
    ):
        """R-ORG-2"""
        submitted()
        organizing.seal_organizer(session, ctx, organizer_ref(sent()))
        organizing.archive_organizer(session, ctx, organizer_ref(sent()))
        waiting = sent()

        shown = seen_section("organizers")

        assert (shown.total, shown.footer) == (3, {"pending": 1})
        assert [row["id"] for row in all_of("organizers", status="pending").rows] == [str(waiting.id)]
        assert [row["status"] for row in all_of("organizers", status="finished").rows] == ["submitted"]
        assert all_of("organizers", archived="all").total == 4

    def test_an_empty_one_counts_nothing(self, seen_section):
        assert seen_section("organizers").footer == {"pending": 0}
