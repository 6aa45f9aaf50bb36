"""Answers of Intuit: what came, or why not, in both of the shapes that its servers and its gateway use."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from services.quickbooks import rules


class Unreachable(Exception):
    """No answer, or one that says nothing about our request; whether a write was done is not known."""

    def __init__(self, said: str, intuit_tid: str = "") -> None:
        super().__init__(said)
        self.intuit_tid = intuit_tid


class Refusal(Exception):
    """QuickBooks refused the request, and would refuse it again: `http`, `code` and its own words say why."""

    def __init__(self, http: int, code: str, said: str, intuit_tid: str) -> None:
        super().__init__(said)
        self.http, self.code, self.said, self.intuit_tid = http, code, said, intuit_tid


@dataclass(frozen=True)
class Answer:
    """`intuit_tid` is the number by which Intuit finds the request."""

    document: dict[str, Any]
    intuit_tid: str


class CustomerFacts(NamedTuple):
    """The fields of a Customer that we keep. Source: Intuit, "Customer" entity, minor version 75."""

    id: str
    name: str
    is_active: bool
    sync_token: str  # opaque: sent back unchanged


class LedgerFacts(NamedTuple):
    """The fields of an Account, which is one of the ledger. Source: Intuit, "Account" entity, minor version 75."""

    id: str
    name: str
    type: str
    subtype: str
    is_active: bool


def understood(http: int, document: Any, intuit_tid: str) -> Answer:
    """Tell an answer from a refusal, which may come with status 200 too. Raises Refusal, Unreachable."""
    fault = _fault(document)
    if fault is None and http < 400 and isinstance(document, dict):  # noqa: PLR2004 (where HTTP's errors begin)
        return Answer(document, intuit_tid)
    code, said = _first(fault) if fault is not None else ("", f"QuickBooks answered with {http}.")
    if rules.case_of(code, http, said) is None or (fault is None and http < 400):  # noqa: PLR2004
        raise Unreachable(said, intuit_tid)
    raise Refusal(http, code, said, intuit_tid)


def refusal_of(document: dict[str, Any], intuit_tid: str) -> Refusal | None:
    """Tell a refusal of one part of a batch; its code may be one of those that pass by themselves."""
    fault = _fault(document)
    if fault is None:
        return None
    code, said = _first(fault)
    return Refusal(400, code, said, intuit_tid)


def customer_of(document: dict[str, Any]) -> CustomerFacts:
    """Read a Customer. Raises Unreachable for what is none."""
    try:
        name = document.get("DisplayName") or document.get("FullyQualifiedName") or ""
        token = str(document["SyncToken"])
        return CustomerFacts(str(document["Id"]), str(name), bool(document.get("Active", True)), token)
    except (KeyError, AttributeError) as exc:
        raise Unreachable("QuickBooks answered with a customer without Id or SyncToken.") from exc


def ledger_account_of(document: dict[str, Any]) -> LedgerFacts:
    """Read an Account, by its full name. Raises Unreachable for what is none."""
    try:
        name = document.get("FullyQualifiedName") or document["Name"]
        types = (str(document["AccountType"]), str(document.get("AccountSubType") or ""))
        return LedgerFacts(str(document["Id"]), str(name), *types, bool(document.get("Active", True)))
    except (KeyError, AttributeError) as exc:
        raise Unreachable("QuickBooks answered with an account without Id, Name or AccountType.") from exc


def _fault(document: Any) -> dict[str, Any] | None:
    if not isinstance(document, dict):
        return None
    found = document.get("Fault") or document.get("fault")
    return found if isinstance(found, dict) else None


def _first(fault: dict[str, Any]) -> tuple[str, str]:
    errors = fault.get("Error") or fault.get("error") or [{}]
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    message = str(first.get("Message") or first.get("message") or "")
    detail = str(first.get("Detail") or first.get("detail") or "")
    said = message if detail in message else f"{message}: {detail}" if message else detail
    return rules.code_of(first.get("code")), said[:1000]
