"""The firm's company at QuickBooks: every request with a token, within the budget, its refusals told apart."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson

from chassis.context import Context
from services.quickbooks import metrics, rules, tokens
from services.quickbooks.budget import Lane, asking
from services.quickbooks.client import Answer, Refusal, Session, Unreachable
from services.quickbooks.client.answers import understood
from services.quickbooks.tools import Tools

VERSION = "75"  # of Intuit's API; all before are answered like it
PAGE = 1000  # the most that one answer holds
BATCH = "batch"  # the path of Intuit's batch endpoint
JSON = {"Content-Type": "application/json"}


class Company:
    """Asks as one worker does: one request after the other. Close it at the end.

    Every request raises NotConnected, NotNow, Refusal, Unreachable, Unavailable.
    """

    def __init__(self, tools: Tools, firm_id: UUID, *, patience: float = 2.0) -> None:
        self._tools, self._firm_id, self._patience = tools, firm_id, patience
        self._http = Session()
        self.serial = 0  # of the tokens last used
        self.realm_id = ""  # of the company last asked
        self.wrote = False  # whether it took something that was written

    def close(self) -> None:
        self._http.close()

    def read(self, entity: str, entity_id: str) -> tuple[dict[str, Any], str]:
        """Give an entity as it is, and the number of the request at Intuit."""
        answer = self._ask("GET", f"{entity.lower()}/{quote(entity_id, safe='')}")
        return _entity(answer, entity), answer.intuit_tid

    def query(self, statement: str) -> Answer:
        """Ask in QuickBooks' query language; what people typed goes in through `quoted`."""
        return self._ask("GET", "query", {"query": statement})

    def every(self, entity: str, where: str = "") -> Iterator[dict[str, Any]]:
        """Give all entities of a kind, page by page; `where` is in the query language."""
        start = 1
        while True:
            page = f"{where} ORDERBY Id STARTPOSITION {start} MAXRESULTS {PAGE}"
            answer = self.query(f"SELECT * FROM {entity} {page}")  # noqa: S608 (Intuit's language)
            found = answer.document.get("QueryResponse", {}).get(entity, [])
            yield from found
            if len(found) < PAGE:
                return
            start += PAGE

    def home_currency(self) -> str:
        """Tell in which currency the company keeps its books."""
        answer = self._ask("GET", "preferences")
        found = _entity(answer, "Preferences").get("CurrencyPrefs")
        home = found.get("HomeCurrency") if isinstance(found, dict) else None
        if not isinstance(home, dict) or not home.get("value"):
            raise Unreachable("QuickBooks answered without its currency.", answer.intuit_tid)
        return str(home["value"])

    def changes(self, entities: Sequence[str], since: dt.datetime) -> Answer:
        """Ask for all of these kinds that changed or went since then, 30 days ago at most; a thousand at most."""
        asked = {"entities": ",".join(entities), "changedSince": since.isoformat(timespec="seconds")}
        return self._ask("GET", "cdc", asked)

    def write(self, entity: str, facts: dict[str, Any], job_id: UUID) -> tuple[dict[str, Any], str]:
        """Make or change an entity, once for a job and these facts however often it is tried (R-QB-21)."""
        body = orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)
        answer = self._ask("POST", entity.lower(), {"requestid": rules.request_id(job_id, body)}, body)
        self.wrote = True
        return _entity(answer, entity), answer.intuit_tid

    def push(self, path: str, params: dict[str, str], body: bytes) -> Answer:
        """Send a write as it was kept, byte for byte."""
        answer = self._ask("POST", path, params, body, "batch" if path == BATCH else "single")
        self.wrote = True
        return answer

    def _ask(
        self,
        verb: str,
        path: str,
        params: dict[str, str] | None = None,
        body: bytes | None = None,
        lane: Lane = "single",
    ) -> Answer:
        access = self._access()
        try:
            return self._send(access, verb, path, params or {}, body, lane)
        except Refusal as refusal:
            if refusal.http != rules.UNAUTHORISED:
                raise
        # The token may have been ended before its time; a fresh one tells that from a permission that is gone.
        access = self._access(refused=access.serial)
        return self._send(access, verb, path, params or {}, body, lane)

    def _access(self, refused: int | None = None) -> tokens.Access:
        access = tokens.access(self._tools, self._http, self._firm_id, refused=refused)
        self.serial, self.realm_id = access.serial, access.realm_id
        return access

    def _send(
        self, access: tokens.Access, verb: str, path: str, params: dict[str, str], body: bytes | None, lane: Lane
    ) -> Answer:
        ctx = Context(firm_id=self._firm_id)
        with asking(self._tools.db, ctx, access.realm_id, lane=lane, patience=self._patience):
            return asked(self._http, self._tools, access.realm_id, access.token, verb, path, params, body)


def asked(
    http: Session,
    tools: Tools,
    realm_id: str,
    token: str,
    verb: str,
    path: str,
    params: dict[str, str],
    body: bytes | None = None,
) -> Answer:
    """Make one request of the company with a token. Raises Refusal, Unreachable."""
    headers = {"Authorization": f"Bearer {token}"} | (JSON if body is not None else {})
    url = f"{tools.settings.quickbooks_url}/v3/company/{realm_id}/{path}"
    with metrics.timed():
        found = http.send(verb, url, params={"minorversion": VERSION, **params}, body=body, headers=headers)
        return understood(*found)


def quoted(text: str) -> str:
    """A text as the query language takes it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _entity(answer: Answer, entity: str) -> dict[str, Any]:
    found = answer.document.get(entity)
    if not isinstance(found, dict):
        raise Unreachable(f"QuickBooks answered without a {entity}.", answer.intuit_tid)
    return found
