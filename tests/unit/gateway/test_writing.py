"""What is written in long forms comes back as it was, where nobody has changed it."""

import pytest

from gateway.web.firm.writing import proposals, signatures, templates

LINE = {
    "service": "Bookkeeping",
    "description": "",
    "quantity": "1.5",
    "unit_price": "120.00",
    "tax_rate": "20",
    "cadence": "monthly",
}
PROPOSAL = {
    "kind": "engagement_letter",
    "name": "Accounts",
    "introduction": "Dear client",
    "requirement": "one",
    "currency": "CHF",
    "deposit": None,
    "payment_method": "card",
    "authorization": "automatic",
    "invoicing": "recurring",
    "issues_invoices": True,
    "recurs_from": "2026-03-01",
    "expires_on": None,
    "terms": [{"title": "Fees", "text": "Monthly."}],
    "packages": [
        {
            "name": "All",
            "description": "",
            "lines": [LINE],
            "tag_ids": ["t1"],
            "job": {"pipeline_id": "p1", "name": "Books"},
        }
    ],
}
QUESTIONS = [
    {"key": "a", "label": "A?", "kind": "single_choice", "is_required": True, "help": "", "choices": ["x=1", "y"]},
    {"key": "b", "label": "B?", "kind": "date", "is_required": False, "help": "When", "choices": []},
]


def test_a_proposal_stays_as_it_is():
    assert proposals._content(proposals._row_of(PROPOSAL)) == PROPOSAL


def test_places_that_were_chosen_elsewhere_stay():
    places = [
        {"id": 1, "kind": "initials", "page": 2, "x": 0.1, "y": 0.2, "width": 0.2, "height": 0.1, "label": ""},
        {"id": 2, "kind": "date", "page": 3, "x": 0.5, "y": 0.2, "width": 0.2, "height": 0.1, "label": ""},
    ]
    signer = {"contact_id": "c1", "name": "Anna Roy", "email": "anna@example.com", "fields": places}

    kept = signatures._signer(signatures._row_of_signer(signer))

    assert kept == {"contact_id": "c1", "fields": [{k: v for k, v in one.items() if k != "id"} for one in places]}


def test_a_template_stays_as_it_is():
    shown_if = {"question": "a", "answer": "x=1"}
    sections = [
        {"title": "All", "questions": [QUESTIONS[0] | {"shown_if": None}, QUESTIONS[1] | {"shown_if": shown_if}]}
    ]
    found = {"name": "Yearly", "is_startable": True, "sections": sections}

    assert templates._content(templates._row_of(found)) == found


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Êtes-vous propriétaire ?", "etes_vous_proprietaire"),
        ("2025 income", "q_2025_income"),
        ("収入", "q"),
        ("Taken", "taken_2"),
        ("a " * 60, ("a_" * 18).rstrip("_")),
    ],
)
def test_each_question_gets_a_key_of_its_words(label, key):
    assert templates._key(label, {"taken"}) == key
