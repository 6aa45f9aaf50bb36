"""What an error means, what a name becomes, how long one waits."""

import pytest

from contracts.quickbooks_errors import EXPLAINED
from services.quickbooks import rules
from services.quickbooks.client import Refusal, Unreachable
from services.quickbooks.client.answers import understood
from services.quickbooks.documents import rules as of_documents


def fault(code, detail="", *, gateway=False):
    if gateway:
        return {"fault": {"error": [{"message": "m", "detail": detail, "code": code}], "type": "SERVICE"}}
    return {"Fault": {"Error": [{"Message": "m", "Detail": detail, "code": code}], "type": "ValidationFault"}}


@pytest.mark.parametrize(
    ("http", "document", "case"),
    [
        (400, fault("6240"), "duplicate_name"),
        (200, fault("6240"), "duplicate_name"),
        (400, fault("610"), "customer_gone"),
        (400, fault("6140"), "duplicate_number"),
        (400, fault("6210", "Duplicate Document Number"), "duplicate_number"),
        (400, fault("6210", "Account Period Closed, Cannot Update"), "period_closed"),
        (400, fault("2500"), "invalid_reference"),
        (400, fault("6000"), "business_rule"),
        (400, fault("6000", "Invalid Account Type: use a receivable one"), "wrong_ledger_account"),
        (400, fault("2050"), "text_too_long"),
        (400, fault("2040"), "illegal_character"),
        (400, fault("5010"), "changed_meanwhile"),
        (401, fault("120"), "not_authorised"),
        (403, fault("3100", gateway=True), "not_authorised"),
        (401, fault("003200", gateway=True), "not_authorised"),
        (401, None, "not_authorised"),
        (403, None, "not_authorised"),
        (400, fault("6190"), "subscription_ended"),
        (429, fault("003001", gateway=True), "throttled"),
        (429, None, "throttled"),
        (400, fault("4001"), "refused"),
        (404, None, "refused"),
    ],
)
def test_every_refusal_has_its_row_in_the_table_of_errors(http, document, case):
    """R-QB-20: decided by the code, whatever the status says."""
    with pytest.raises(Refusal) as refusal:
        understood(http, document, "tid-1")
    found = rules.case_of(refusal.value.code, refusal.value.http, refusal.value.said)

    assert (found, refusal.value.intuit_tid) == (case, "tid-1")
    assert EXPLAINED[found].sentence


@pytest.mark.parametrize(
    ("http", "document"),
    [(500, None), (503, "<html>"), (500, fault("10000")), (200, fault("10000")), (200, None), (200, ["a list"])],
)
def test_what_may_pass_by_itself_is_no_refusal(http, document):
    with pytest.raises(Unreachable):
        understood(http, document, "")


def test_every_case_says_what_to_do_and_offers_it():
    for case, told in EXPLAINED.items():
        assert told.sentence.endswith("."), case
        assert told.remedies, case
    assert {case for case, told in EXPLAINED.items() if told.pauses} == {
        "not_authorised",
        "subscription_ended",
        "throttled",
    }


@pytest.mark.parametrize(
    ("told", "name"),
    [("Ada (deleted)", "Ada"), ("Ada (deleted 2)", "Ada"), ("Ada (deleted) Ltd", "Ada (deleted) Ltd"), ("Ada", "Ada")],
)
def test_the_name_of_an_inactive_customer_is_what_it_was(told, name):
    """R-QB-15"""
    assert rules.active_name(told) == name


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Ada Ltd", "Ada Ltd"),
        ("A: B", "A- B"),
        ("x" * 120, "x" * 100),
        (f"{'word ' * 19}is Latin", f"{'word ' * 19}is"),
        (f"{'w' * 98} & Co", "w" * 98),
        (f"ab {'x' * 120}", f"ab {'x' * 97}"),
    ],
)
def test_a_name_is_shortened_to_what_is_taken_for_certain(name, short):
    """R-QB-20, R-NAME-8"""
    assert rules.shortened(name) == short


def test_unusual_signs_of_a_name_are_replaced_and_letters_are_not():
    """R-QB-20"""
    assert rules.plain_name("Ó Briain: 李 | Søn [2] & Co.") == "Ó Briain- 李 - Søn -2- & Co."


def test_a_document_is_offered_what_can_be_done_about_it():
    """R-QB-20"""
    told = rules.problem_of("text_too_long", of_document=True)
    assert of_documents.remedies("invoice", "failed", told) == ("open_invoice", "retry", "do_not_sync")
    assert of_documents.remedies("payment", "failed", told) == ("open_payment", "retry", "do_not_sync")
    gone = rules.problem_of("document_gone")
    assert of_documents.remedies("service", "changed_in_quickbooks", gone) == ("map_service", "sync")
    taken = rules.problem_of("duplicate_number", said="DocNumber=7 is assigned to TxnType=Invoice with TxnId=42")
    assert taken.other_id == "42"


def test_pauses_grow_up_to_ten_minutes_and_are_spread():
    assert [rules.pause(attempts, 0.5) for attempts in (1, 2, 3, 20)] == [2, 4, 8, 600]
    assert rules.pause(3, 0.0) < rules.pause(3, 0.99)
