"""Which questions show and how far an organizer is, for any questions and answers (R-ORG-5)."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.organizer_templates import Question, QuestionSection, ShownIf
from services.documents import questions as rules

CHOICES = ("Red", "Green", "Blue")


@st.composite
def sections(draw):
    """Up to twelve questions, each maybe shown by an answer to an earlier one."""
    made = []
    for index in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(("yes_no", "single_choice", "multiple_choice", "short_text")))
        condition = None
        earlier = [one for one in made if one.kind != "short_text"]
        if earlier and draw(st.booleans()):
            other = draw(st.sampled_from(earlier))
            answer = draw(st.sampled_from(("yes", "no") if other.kind == "yes_no" else CHOICES))
            condition = ShownIf(question=other.key, answer=answer)
        made.append(
            Question(
                key=f"q{index}",
                label=f"Question {index}",
                kind=kind,
                is_required=draw(st.booleans()),
                choices=CHOICES if "choice" in kind else (),
                shown_if=condition,
            )
        )
    return (QuestionSection(title="All", questions=tuple(made)),)


VALUES = {
    "yes_no": st.booleans(),
    "single_choice": st.sampled_from(CHOICES),
    "multiple_choice": st.lists(st.sampled_from(CHOICES), min_size=1, max_size=3, unique=True),
    "short_text": st.text("abc", min_size=1, max_size=5),
}


@st.composite
def answered(draw):
    made = draw(sections())
    given_answers = {one.key: draw(VALUES[one.kind]) for one in rules.questions(made) if draw(st.booleans())}
    return made, rules.checked(made, given_answers)


@given(answered())
def test_a_question_shows_if_and_only_if_its_condition_does_and_is_met(case):
    """R-ORG-5"""
    made, answers = case
    rules.check(made)
    shown = {one.key for one in rules.shown(made, answers)}

    for one in rules.questions(made):
        condition = one.shown_if
        if condition is None:
            assert one.key in shown
            continue
        answer = answers.get(condition.question)
        if isinstance(answer, bool):
            answer = "yes" if answer else "no"
        is_met = condition.answer in answer if isinstance(answer, list) else condition.answer == answer
        assert (one.key in shown) == (condition.question in shown and is_met)


@given(answered())
def test_progress_is_whole_if_and_only_if_nothing_required_is_missing(case):
    """R-ORG-5"""
    made, answers = case
    progress, visible = rules.progress(made, answers), rules.visible(made, answers)

    assert 0 <= progress <= 100
    assert (progress == 100) == (bool(visible) and not rules.missing(made, answers))
    assert (progress == 0) == (not visible)


@given(answered())
def test_answers_of_hidden_questions_count_for_nothing(case):
    """R-ORG-5"""
    made, answers = case
    visible = rules.visible(made, answers)

    assert rules.progress(made, answers) == rules.progress(made, visible)
    assert rules.missing(made, answers) == rules.missing(made, visible)
    assert rules.shown(made, answers) == rules.shown(made, visible)


@given(answered())
def test_answers_in_their_kept_form_stay_as_they_are(case):
    made, answers = case

    assert rules.checked(made, answers) == answers
