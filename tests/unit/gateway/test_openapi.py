import re

import pytest
import schemathesis

from contracts.contacts import NewContact
from contracts.work import ChangeTask, CreateTimeEntry
from gateway.openapi import describe, operation_id
from gateway.routes import ROUTES
from gateway.schemas import Schemas


@pytest.fixture(scope="module")
def document():
    return describe(ROUTES)


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from references(inner)


def test_the_document_is_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()


def test_every_reference_leads_somewhere(document):
    found = set(references(document))

    assert found
    for reference in found:
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_every_route_is_described_once(document):
    operations = {
        (verb.upper(), path): operation
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
    }

    assert operations.keys() == {(route.verb, route.path) for route in ROUTES}
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(ids) == len(set(ids))


def test_every_operation_declares_problems_as_problems(document):
    for route in ROUTES:
        responses = document["paths"][route.path][route.verb.lower()]["responses"]
        problems = {status for status in responses if status >= "400"}

        assert {"422", "500", "503", "504"} <= problems, operation_id(route)
        for status in problems:
            assert responses[status] == {"$ref": f"#/components/responses/Problem{status}"}
            assert list(document["components"]["responses"][f"Problem{status}"]["content"]) == [
                "application/problem+json"
            ]


def test_a_file_is_described_as_one_and_its_filters_as_repeated(document):
    operation = document["paths"]["/v1/exports/accounts.csv"]["get"]
    parameters = {one["name"]: one for one in operation["parameters"]}

    assert operation["responses"]["200"]["content"] == {"text/csv": {"schema": {"type": "string"}}}
    assert parameters["custom_field"]["explode"] is True
    assert parameters["type"]["explode"] is False
    assert not parameters.keys() & {"cursor", "columns", "limit"}


def test_what_is_sent_refuses_unknown_fields_and_what_is_received_does_not(document):
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("additionalProperties", True) is not name.endswith("Sent"), name


def test_a_field_of_the_path_is_not_in_the_body(document):
    for route in ROUTES:
        operation = document["paths"][route.path][route.verb.lower()]
        if "requestBody" in operation and route.has_json:
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            schema = document["components"]["schemas"][reference.rpartition("/")[2]]
            assert set(schema["properties"]) == set(route.open_fields), operation_id(route)


def test_a_file_is_told_as_a_file(document):
    path = document["paths"]["/v1/accounts/{account_id}/photo"]
    file = {"schema": {"type": "string", "format": "binary"}}
    sent, received = path["put"]["requestBody"], path["get"]["responses"]

    assert sent["content"] == {"image/jpeg": file, "image/png": file, "image/webp": file}
    assert "5 MB" in sent["description"]
    assert [parameter["name"] for parameter in path["put"]["parameters"]] == [
        "account_id", "x", "y", "size", "Idempotency-Key",
    ]  # fmt: skip
    assert received["200"]["content"] == {"image/webp": file, "image/svg+xml": file}
    assert "content" not in received["304"]


def test_a_choice_of_numbers_is_told(document):
    (size,) = [one for one in document["paths"]["/v1/accounts/{account_id}/photo"]["get"]["parameters"]
               if one["name"] == "size"]  # fmt: skip

    assert size["schema"] == {"type": "integer", "enum": [64, 128, 256, 512], "default": 128}


class TestSchemas:
    def fields(self, kind):
        schemas = Schemas()
        schemas.reference(kind, is_sent=True)
        return schemas.named[f"{kind.__name__}Sent"]["properties"], schemas

    def test_limits_of_the_contract_are_told(self):
        fields, schemas = self.fields(NewContact)

        assert fields["first_name"] == {"type": "string", "maxLength": 255, "default": ""}
        assert fields["email"] == {"type": ["string", "null"], "maxLength": 254, "format": "email"}
        assert fields["phones"]["maxItems"] == 10
        assert schemas.named["NewAddressSent"]["required"] == ["label", "email"]

    def test_a_field_that_may_be_null_says_so(self):
        fields, _ = self.fields(ChangeTask)

        assert fields["due_on"] == {"type": ["string", "null"], "format": "date"}
        assert fields["title"]["type"] == "string"
        assert "title" not in Schemas().named

    def test_money_travels_as_text(self):
        fields, _ = self.fields(CreateTimeEntry)

        assert fields["rate"]["type"] == ["string", "null"]
        assert re.match(fields["rate"]["pattern"], "125.50")
