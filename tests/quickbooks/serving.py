"""What the accounting API does with one request that got through the gate: read, write, query, cdc, batch."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from tests.quickbooks import faults, querying, writing
from tests.quickbooks.clock import instant
from tests.quickbooks.company import PERSON, Company
from tests.quickbooks.kinds import BY_PATH, KINDS, Kind, shown
from tests.quickbooks.world import World

CDC_DAYS, CDC_MOST = 30, 1000
SEEN = "Seen by Craig"
LONGEST_REQUEST_ID, LONGEST_BATCH_ID, LONGEST_BID = 50, 36, 10


@dataclass(frozen=True)
class Asked:
    method: str
    path: str  # behind /v3/company/{realm}/
    params: dict[str, str]
    body: bytes

    @property
    def is_write(self) -> bool:
        return self.method == "POST" and self.path != "query"


def serve(world: World, company: Company, asked: Asked) -> tuple[int, dict[str, Any]]:
    """Answer one request; the same `requestid` gets its first answer again.

    "If the service receives another request with the same RequestID, instead of performing the operation again or
    returning an error, the service sends the same response as it did for the original request" (Intuit, 2015).
    """
    request_id = asked.params.get("requestid", "")
    if not request_id or not asked.is_write:
        return 200, _perform(world, company, asked)
    longest = LONGEST_BATCH_ID if asked.path == "batch" else LONGEST_REQUEST_ID
    if len(request_id) > longest:
        raise faults.bad_length("requestid", longest, len(request_id))
    print_of_it = hashlib.sha256(asked.path.encode() + b"\0" + asked.body).hexdigest()
    if kept := company.answers.get(request_id):
        if world.knobs.requestid_reuse == "600" and kept["print"] != print_of_it:
            raise faults.duplicate_request()
        return kept["status"], kept["body"]
    try:
        status, body = 200, _perform(world, company, asked)
        company.writes[request_id] = company.writes.get(request_id, 0) + 1
    except faults.Fault as fault:
        if not world.knobs.replays_faults:
            raise
        status, body = fault.status, fault.body(world.clock.answered())
    company.answers[request_id] = {"print": print_of_it, "status": status, "body": body}
    world.is_changed = True
    return status, body


def _perform(world: World, company: Company, asked: Asked) -> dict[str, Any]:  # noqa: PLR0911 - a table
    match asked.method, asked.path.split("/"):
        case "GET", ["query"]:
            return {"QueryResponse": querying.run(company, asked.params.get("query", ""))}
        case "POST", ["query"]:
            return {"QueryResponse": querying.run(company, _text(asked.body))}
        case "GET", ["cdc"]:
            return {"CDCResponse": [{"QueryResponse": _changes(world, company, asked.params)}]}
        case "POST", ["batch"]:
            return {"BatchItemResponse": _batch(world, company, asked)}
        case "GET", ["preferences"]:
            return _read(company, KINDS["Preferences"], "1")
        case "GET", ["companyinfo", _]:
            return _read(company, KINDS["CompanyInfo"], "1")
        case "GET", [name, record_id] if name in BY_PATH:
            return _read(company, BY_PATH[name], record_id)
        case "POST", [name] if name in BY_PATH:
            kind, wanted = BY_PATH[name], asked.params
            operation, include = wanted.get("operation", ""), wanted.get("include", "")
            return {kind.name: writing.write(company, kind, _json(asked.body), operation=operation, include=include)}
    raise faults.unsupported(f"Could not find resource for relative : /v3/company/:realmid/{asked.path}")


def interfere(company: Company, asked: Asked) -> None:
    """Change, as a person, what a request is about to change: a note of a transaction, the mere version of others."""
    body = _json(asked.body)
    if asked.path in BY_PATH:
        wanted = [(BY_PATH[asked.path], body)]
    else:
        items = body.get("BatchItemRequest", [])
        wanted = [(KINDS[name], item[name]) for item in items for name in item if name in KINDS]
    for kind, entity in wanted:
        if company.find(kind.name, entity.get("Id")) is None:
            continue
        if kind.is_transaction:
            writing.edit(company, kind, entity["Id"], {"PrivateNote": SEEN}, PERSON)
        else:
            company.touch(kind.name, entity["Id"], PERSON)


def _read(company: Company, kind: Kind, record_id: str) -> dict[str, Any]:
    return {kind.name: shown(company, kind, company.get(kind.name, record_id))}


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise faults.bad_property("Invalid UTF-8") from None


def _json(body: bytes) -> Any:
    try:
        return json.loads(_text(body))
    except ValueError:
        raise faults.bad_property("Unexpected character in the request") from None


def _changes(world: World, company: Company, params: dict[str, str]) -> list[dict[str, Any]]:
    """At most 30 days back and 1000 objects, newest first; of what was deleted only the id and `status`."""
    kinds = []
    for name in filter(None, params.get("entities", "").split(",")):
        if name not in KINDS or not KINDS[name].in_cdc:
            raise faults.bad_query(f"Metadata not found for Entity: {name}")
        kinds.append(KINDS[name])
    if not kinds:
        raise faults.missing("entities")
    try:
        since = instant(params["changedSince"])
    except (KeyError, ValueError):
        raise faults.missing("changedSince") from None
    if since < world.clock.now() - dt.timedelta(days=CDC_DAYS):
        raise faults.bad_query(f"changedSince must be within the last {CDC_DAYS} days")
    left, answers = CDC_MOST, []
    for kind in kinds:
        gone = [
            {"domain": "QBO", "status": "Deleted", "Id": each, "MetaData": {"LastUpdatedTime": at}}
            for each, at in company.gone.get(kind.name, {}).items()
            if instant(at) >= since.replace(microsecond=0)
        ]
        found = [*(shown(company, kind, each) for each in company.changed_since(kind.name, since)[:left]), *gone][:left]
        left -= len(found)
        answers.append({kind.name: found, "startPosition": 1, "maxResults": len(found)} if found else {})
    return answers


def _batch(world: World, company: Company, asked: Asked) -> list[dict[str, Any]]:
    """Items in any order, none knowing what another did, each with its own answer or Fault under its bId."""
    body = _json(asked.body)
    items = body.get("BatchItemRequest") if isinstance(body, dict) else None
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise faults.missing("BatchItemRequest")
    if len(items) > world.knobs.batch_items:
        raise faults.batch_too_big(world.knobs.batch_items)
    for item in items:
        if not item.get("bId"):
            raise faults.missing("bId")
        if "requestid" in asked.params and len(str(item["bId"])) > LONGEST_BID:
            raise faults.bad_length("bId", LONGEST_BID, len(str(item["bId"])))
    shuffled = sorted(items, key=lambda _: world.chance.random())
    shuffled.sort(key=lambda item: "Query" not in item)  # a query sees what was there before the batch
    return [{**_answer_item(company, item), "bId": item["bId"]} for item in shuffled]


def _answer_item(company: Company, item: dict[str, Any]) -> dict[str, Any]:
    try:
        if "Query" in item:
            return {"QueryResponse": querying.run(company, str(item["Query"]))}
        name = next((each for each in item if each in KINDS), None)
        if name is None or item.get("operation") not in {"create", "update", "delete"}:
            raise faults.unsupported(str(item.get("operation")))
        operation, include = str(item["operation"]), str(item.get("optionsData", ""))
        return {name: writing.write(company, KINDS[name], item[name], operation=operation, include=include)}
    except faults.Fault as fault:
        return {"Fault": fault.to_json()}
