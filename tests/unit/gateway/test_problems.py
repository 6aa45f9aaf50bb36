import json

import pytest

from chassis import errors
from chassis.errors import ERRORS
from contracts.accounts import AccountChangedMeanwhile, AccountNotFound
from contracts.identity import TooManySignIns, WrongCredentials
from gateway import problems, routes


def document(error):
    response = problems.problem(error, "request-1")
    return response, json.loads(response.body)


def test_a_problem_document_has_every_member_of_rfc_9457():
    response, body = document(AccountNotFound(account_id="7"))

    assert response.media_type == "application/problem+json"
    assert response.status_code == 404
    assert body == {
        "type": "/problems/account_not_found",
        "title": "Account not found",
        "status": 404,
        "detail": "There is no such account, or it is not yours to see.",
        "instance": "/requests/request-1",
        "account_id": "7",
    }


def test_each_wrong_field_has_its_entry():
    _, body = document(errors.wrong("contacts.0.email", "Not an address."))

    assert body["errors"] == [{"field": "contacts.0.email", "detail": "Not an address."}]


def test_data_never_takes_the_place_of_a_member():
    _, body = document(AccountChangedMeanwhile(status="archived", type="company", current={"version": 3}))

    assert (body["status"], body["type"], body["current"]) == (409, "/problems/account_changed", {"version": 3})


def test_every_error_of_every_contract_has_a_status():
    assert routes.ROUTES  # importing them has registered every contract's errors
    statuses = {code: problems.status_of(kind) for code, kind in ERRORS.items()}

    assert len(statuses) > 20
    assert statuses["wrong_credentials"] == 401
    assert statuses["unavailable"] == 503
    assert {status for status in statuses.values() if status < 400} == set()


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (WrongCredentials(), "WWW-Authenticate", 'Bearer realm="dossier"'),
        (TooManySignIns(retry_after_seconds=29.1), "Retry-After", "30"),
        (errors.Unavailable(), "Retry-After", "1"),
        (problems.VerbNotAllowed(allow=["GET", "PUT"]), "Allow", "GET, PUT"),
        (problems.TooLarge(), "Connection", "close"),
        (problems.VersionMismatch(current={"version": 4}), "ETag", '"4"'),
    ],
)
def test_headers_that_the_status_calls_for(error, header, value):
    response, _ = document(error)

    assert response.headers[header] == value
