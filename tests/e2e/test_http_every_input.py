"""Input of every kind on every route, made from the OpenAPI document: never a 5xx, never an undeclared answer."""

import zlib

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks

from gateway.openapi import describe
from gateway.routes import ROUTES
from tests.firms import PORTAL_PASSWORD, Client, Firm, person, somewhere

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
    document = owner.post(f"{at}/documents", params={"name": "a.pdf"}, content=b"%PDF-1.7").json()
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
        "document_id": document["id"],
        "folder_id": document["folder_id"],
        "item_id": document["id"],
        "version_id": owner.made("GET", f"{at}/documents/{document['id']}/versions")["items"][0]["id"],
        "name": "tasks",
    }
    # A client of an account of their own, which no case of the firm's routes shuts.
    client = person()
    firm.portal_email = client["email"]
    family = firm.account(contacts=[{"new": client}])["id"]
    firm.portal({"id": family}, firm.portal_email).close()
    shared = owner.post(f"/accounts/{family}/documents", params={"name": "a.pdf"}, content=b"%PDF-1.7").json()
    chat = owner.made("POST", f"/accounts/{family}/chats", subject="Return", text="Hello", tasks=["Sign"])
    firm.portal_ids = {
        "account_id": family,
        "document_id": shared["id"],
        "folder_id": shared["folder_id"],
        "thread_id": chat["id"],
        "task_id": chat["tasks"][0]["id"],
    }
    firm.portal_token = None
    return firm


def _portal_token(firm, path):
    """A session of the client's; for cases that may end it, or all there are, one of their own."""
    if firm.portal_token is None:
        with Client(firm.url, None, base="/v1/portal") as nobody:
            signed_in = nobody.made("POST", "/auth/login", email=firm.portal_email, password=PORTAL_PASSWORD)
        firm.portal_token = signed_in["token"]
    token = firm.portal_token
    if path.startswith(("/v1/portal/auth", "/v1/portal/me", "/v1/portal/invitations")):
        firm.portal_token = None
    return token


FILES = ["application/pdf", "audio/mpeg", "font/ttf", "message/rfc822", "model/obj", "video/mp4"]
schemathesis.serializer.alias(FILES, "application/octet-stream")  # kinds of files that it makes and can't send
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
    token, ids = inhabited.signed_in["token"], inhabited.ids
    if case.operation.path.startswith("/v1/portal/"):
        token, ids = _portal_token(inhabited, case.operation.path), inhabited.portal_ids
    if case.operation.path == "/v1/auth/logout":
        token = inhabited.token(inhabited.email)  # one to end
    parameters = case.path_parameters or {}
    for name, value in parameters.items():
        # Half of the cases speak of what is there; the others keep their own ids.
        if name in ids and zlib.crc32(str(value).encode()) % 2:
            parameters[name] = ids[name]

    response = case.call(
        base_url=stack.url, headers={"Authorization": f"Bearer {token}", "X-Forwarded-For": somewhere()}, timeout=30
    )
    if response.status_code >= 500:
        request_id = response.headers["x-request-id"][0]
        print(*[line for name in stack.names for line in stack.logs(name).splitlines() if request_id in line], sep="\n")
    case.validate_response(response, checks=CHECKS)
