"""The OpenAPI 3.1 document, from the same table and the same contracts that serve."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from apispec import APISpec

from contracts import rights
from contracts.files import Content
from gateway import problems, schemas
from gateway.auth import COOKIE, PORTAL_COOKIE
from gateway.changes import MEDIA_TYPE as STREAM
from gateway.problems import MEDIA_TYPE
from gateway.route import ANY, Route
from gateway.schemas import Schema, Schemas
from gateway.sheets import MEDIA_TYPE as MEDIA_CSV

VERSION = "1"
NO_CONTENT = 204
FOLLOWED = """\
Server-sent events. `generations` comes first, with the JSON that is answered otherwise, and again whenever changes may
have been missed; `changed` has the `sections` that did; `ended` has the `reason` why nothing follows, as the code of
an error, or `restart`. A comment comes every 20 s.
"""
DESCRIPTION = """\
Clients of an accounting firm: accounts, contacts, work, and the overview that shows all of it on one page.

Sign in with `POST /v1/auth/login` and send the token as `Authorization: Bearer …`, or make an API token.
The firm's clients sign in with `POST /v1/portal/auth/login`, for what is under `/v1/portal`.
Errors are problem documents (RFC 9457). Lists page by `cursor`: send back `next_cursor` until there is none.
What has a `version` is changed with `If-Match: "<version>"` or `version` in the body, so that no change is lost.
A POST repeated with the same `Idempotency-Key` is done once. Every answer carries `X-Request-Id`.
"""
SUMMARIES = {200: "Done", 201: "Created", 202: "Accepted", 204: "Done; nothing to say"}
ALWAYS = (400, 403, 404, 422, 429, 500, 503, 504)
HEADER_VERSION = {
    "name": "If-Match",
    "in": "header",
    "description": "The version you saw, instead of `version` in the body; 412 when it is not the present one.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$', "examples": ['"3"']},
}
HEADER_KNOWN = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of the file you have: 304 without a body while it is still the same.",
    "schema": {"type": "string"},
}
HEADER_RANGE = {
    "name": "Range",
    "in": "header",
    "description": "One part of the file (RFC 9110 §14), e.g. `bytes=0-1023`; with `If-Range` only of that very file.",
    "schema": {"type": "string"},
}
HEADER_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Makes a repeated request be done once; a fresh one for each thing to do.",
    "schema": {"type": "string", "pattern": "^[ -~]{1,200}$"},
}
PROBLEM: Schema = {
    "type": "object",
    "description": "What went wrong (RFC 9457); a program goes by `type`.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["/problems/account_not_found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "errors": {
            "type": "array",
            "description": "One entry per wrong field.",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "examples": ["contacts.0.email"]},
                    "detail": {"type": "string"},
                },
                "required": ["field", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "instance"],
}


def describe(routes: Iterable[Route]) -> dict[str, Any]:
    """Make the document that describes these routes."""
    routes = tuple(routes)
    made = Schemas()
    spec = APISpec("Dossier", VERSION, "3.1.0", info={"description": DESCRIPTION})
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.security_scheme("session", {"type": "apiKey", "in": "cookie", "name": COOKIE})
    spec.components.security_scheme("portal", {"type": "apiKey", "in": "cookie", "name": PORTAL_COOKIE})
    spec.components.schema("Problem", PROBLEM)
    for status in sorted(set(problems.STATUS.values())):
        spec.components.response(f"Problem{status}", _problem(status))
    for route in routes:
        spec.path(route.path, operations={route.verb.lower(): _operation(route, made)})
    for name, schema in sorted(made.named.items()):
        spec.components.schema(name, schema)
    return spec.to_dict()


def _problem(status: int) -> Schema:
    (kind,) = [kind for kind, known in problems.STATUS.items() if known == status]
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": schemas.about(kind), "content": {MEDIA_TYPE: {"schema": schema}}}


def _operation(route: Route, made: Schemas) -> Schema:
    operation: Schema = {
        "operationId": operation_id(route),
        "summary": route.summary or route.method.replace("_", " ").capitalize(),
        "description": _description(route),
        "tags": [_tag(route.path)],
        "parameters": [*_path_parameters(route, made), *_query_parameters(route, made), *_headers(route)],
        "responses": {str(route.status): _success(route, made)}
        | {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in _statuses(route)},
        "security": _security(route),
    }
    if route.answer is Content:
        operation["responses"]["304"] = {"description": "You have it", "headers": _answer_headers(route)}
        operation["responses"]["206"] = {**_success(route, made), "description": "The part that you asked for"}
    if route.has_body:
        operation["requestBody"] = _body(route, made)
    return operation


def _security(route: Route) -> list[Schema]:
    if route.is_public:
        return []
    return [{"token": []}, {"portal" if route.is_portal else "session": []}]


def operation_id(route: Route) -> str:
    """The call's name, told apart by the path where several routes make the same call."""
    if route.is_portal and route.action:
        return f"portal_{route.method}"  # members may make the same call
    return f"{route.method}_{route.fixed['name']}" if "name" in route.fixed else route.method


def _tag(path: str) -> str:
    """What the operation is about: the last literal step that names many of something."""
    steps = [step for step in path.split("/")[2:] if not step.startswith("{")]
    return steps[1] if steps[0] == "accounts" and len(steps) > 1 else steps[0]


def _description(route: Route) -> str:
    """The request's own words, and what it takes to make it."""
    needs = []
    if route.action:
        rights_needed = rights.needed(rights.ACCOUNT[route.action])
        needs.append(f"`{route.action}` on the account" + (f" ({rights_needed})" if rights_needed else ""))
    if route.may:
        needs.append(rights.needed(rights.FIRM[route.may]))
    if route.scope and route.scope != ANY:
        needs.append(f"for API tokens the scope `{route.scope}`")
    elif route.is_portal and not route.is_public:
        needs.append("a session of the portal")
    elif not route.is_public and route.scope is None:
        needs.append("a signed-in session: API tokens are refused")
    said = "" if route.has_json else schemas.about(route.request)  # else the body's schema says it
    return "\n\n".join(filter(None, [said, f"Needs {'; '.join(needs)}." if needs else ""]))


def _statuses(route: Route) -> list[int]:
    statuses = set(ALWAYS)
    if not route.is_public or route.cookie or route.raw:
        statuses.add(401)
    if route.has_body:
        statuses |= {408, 409, 413, 415}
    if route.verb == "DELETE":
        statuses.add(409)
    if route.has_version:
        statuses |= {412, 428}
    if route.answer is Content:
        statuses.add(416)
    return sorted(statuses)


def _path_parameters(route: Route, made: Schemas) -> list[Schema]:
    return [
        {"name": name, "in": "path", "required": True, "schema": made.of(route.hints[name], is_sent=True)}
        for name in route.path_fields
    ]


def _query_parameters(route: Route, made: Schemas) -> list[Schema]:
    if route.has_json:
        return []
    specs = {spec.name: spec for spec in dataclasses.fields(route.request)}
    found: list[Schema] = []
    for name in route.open_fields:
        spec, schema = specs[name], made.field(specs[name], route.hints[name], is_sent=True)
        schema = _never_null(schema)
        entry: Schema = {"name": name, "in": "query", "required": schemas.is_required(spec), "schema": schema}
        if schema.get("type") == "array":
            entry |= {"style": "form", "explode": name in route.whole}
        found.append(entry)
    if route.filters:
        schema = {"type": "object", "additionalProperties": {"type": "string"}}
        text = "Filters of the section by name, e.g. `status=done`; the section's owner says which there are."
        found.append(
            {"name": route.filters, "in": "query", "style": "form", "explode": True, "description": text}
            | {"schema": schema}
        )
    return found


def _never_null(schema: Schema) -> Schema:
    """A parameter is there or not; it has no null."""
    if not isinstance(schema.get("type"), list):
        return schema
    schema = {**schema, "type": schema["type"][0]}
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    return schema


def _headers(route: Route) -> list[Schema]:
    found = [HEADER_VERSION] if route.has_version else [HEADER_KNOWN, HEADER_RANGE] if route.answer is Content else []
    return [*found, HEADER_KEY] if route.has_body and not route.is_public else found


def _body(route: Route, made: Schemas) -> Schema:
    if route.upload:
        text = f"The file itself, at most {route.upload.max_bytes // 1024 // 1024} MB."
        return {"required": True, "description": text, "content": _files(route.upload.kinds)}
    if route.raw:
        return {"required": True, "content": {"application/json": {"schema": {}}}}
    without = [name for name in route.hints if name not in route.open_fields]
    schema = made.reference(route.request, is_sent=True, without=without, optional=("version",))
    required = [spec for spec in dataclasses.fields(route.request) if spec.name in route.open_fields]
    is_required = any(schemas.is_required(spec) for spec in required)
    return {"required": is_required, "content": {"application/json": {"schema": schema}}}


def _files(kinds: Iterable[str]) -> Schema:
    return {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}


def _success(route: Route, made: Schemas) -> Schema:
    answer: Schema = {"description": SUMMARIES[route.status], "headers": _answer_headers(route)}
    if route.gives:
        answer["content"] = _files(route.gives)
    elif route.csv:
        answer["content"] = {MEDIA_CSV: {"schema": {"type": "string"}}}
    elif route.status != NO_CONTENT:
        answer["content"] = {"application/json": {"schema": made.reference(route.answer, is_sent=False)}}
        if route.is_followed:
            answer["content"][STREAM] = {"schema": {"type": "string", "description": FOLLOWED}}
    return answer


def _answer_headers(route: Route) -> Schema:
    headers = {"X-Request-Id": {"description": "Finds the request in the logs.", "schema": {"type": "string"}}}
    if route.answer is Content:
        headers["ETag"] = {"description": "Another one for other bytes.", "schema": {"type": "string"}}
    if route.gives_version:
        headers["ETag"] = {"description": "The version, in quotes.", "schema": {"type": "string"}}
    if route.location:
        headers["Location"] = {"description": "Where it is.", "schema": {"type": "string"}}
    return headers
