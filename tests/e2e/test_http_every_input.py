"""Input of every kind on every route, made from the OpenAPI document: never a 5xx, never an undeclared answer."""

import zlib

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks

from gateway.openapi import describe
from gateway.routes import ROUTES
from tests.firms import Firm, person

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
EXAMPLES = 6  # per operation, besides the ones that cover each limit of each field


@pytest.fixture(scope="module")
def inhabited(stack):
    """A firm with one of everything, so that ids in paths can lead somewhere."""
    firm = Firm(stack.url, stack.env)
    owner = firm.owner
    account = firm.account(tags=["VIP"])
    at = f"/accounts/{account['id']}"
    contact = owner.made("POST", f"{at}/contacts", contact={"new": person()})["items"][0]["contact"]
    pipeline = owner.made("POST", "/pipelines", name="Returns", stages=[{"name": "First"}])
    firm.ids = {
        "account_id": account["id"],
        "contact_id": contact["id"],
        "address_id": contact["addresses"][0]["id"],
        "contact_field_id": owner.made("POST", "/custom-fields/contacts", name="Hobby", type="text")["id"],
        "survivor_id": contact["id"],
        "pipeline_id": pipeline["id"],
        "tag_id": account["tags"][0]["id"],
        "field_id": owner.made("POST", "/custom-fields/accounts", name="Tax office", type="text")["id"],
        "role_id": owner.made("POST", "/account-roles", name="Bookkeeper")["id"],
        "task_id": owner.made("POST", f"{at}/tasks", title="Task")["id"],
        "job_id": owner.made("POST", f"{at}/jobs", name="Job", pipeline_id=pipeline["id"])["id"],
        "note_id": owner.made("POST", f"{at}/notes", body="Note")["id"],
        "time_entry_id": owner.made("POST", f"{at}/time-entries", on="2026-01-31", minutes=30)["id"],
        "name": "tasks",
    }
    return firm


DOCUMENT = describe(ROUTES)
schema = schemathesis.openapi.from_dict(DOCUMENT)


def test_the_document_is_the_one_that_is_served(stack):
    assert httpx.get(f"{stack.url}/v1/openapi.json").json() == DOCUMENT


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_input_breaks_a_route(case, inhabited, stack):
    token = inhabited.signed_in["token"]
    if case.operation.path == "/v1/auth/logout":
        token = inhabited.token(inhabited.email)  # one to end
    parameters = case.path_parameters or {}
    for name, value in parameters.items():
        # Half of the cases speak of what is there; the others keep their own ids.
        if name in inhabited.ids and zlib.crc32(str(value).encode()) % 2:
            parameters[name] = inhabited.ids[name]

    response = case.call(base_url=stack.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    if response.status_code >= 500:
        request_id = response.headers["x-request-id"][0]
        print(*[line for name in stack.names for line in stack.logs(name).splitlines() if request_id in line], sep="\n")
    case.validate_response(response, checks=CHECKS)
