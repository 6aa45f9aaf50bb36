"""What a POST on an entity does: create, full and sparse update, void, delete.

"Sparse updating provides the ability to update a subset of properties"; in a full update fields left out are cleared.
Both need the Id and the current SyncToken; a stale one is 5010, and each successful write makes it one more.
"""

import copy
from typing import Any

from tests.quickbooks import faults, payments, people, sales, values
from tests.quickbooks.company import APP, Company, Record, public
from tests.quickbooks.kinds import COMMON, KINDS, Kind, shown

Answer = dict[str, Any]


def write(company: Company, kind: Kind, body: Any, *, operation: str = "", include: str = "", by: str = APP) -> Answer:
    """Do what a POST asks for, all of it or, with a Fault, nothing."""
    if company.is_over:
        raise faults.subscription_ended()
    if not isinstance(body, dict):
        raise faults.bad_property("Can not deserialize the request")
    if kind.is_read_only or operation not in {"", "create", "update", "void", "delete"}:
        raise faults.unsupported(f"{operation or 'create'} on {kind.name}")
    is_void = operation == "void" or "void" in include.split(",")
    if operation == "delete" or is_void:
        if not kind.is_transaction or (is_void and kind.name not in {"Invoice", "Payment"}):
            raise faults.unsupported(f"{'void' if is_void else 'delete'} on {kind.name}")
        before = _current(company, kind, body)
        return _void(company, kind, before, by) if is_void else _delete(company, kind, before, by)
    unknown = body.keys() - kind.properties - COMMON
    if unknown:
        raise faults.bad_property(min(unknown))
    values.check_shapes(body)
    values.refuse_characters(body, company.refused_characters)
    given = {name: value for name, value in body.items() if name not in kind.computed | COMMON or name == "CustomField"}
    if values.cleaned(body.get("Id")) not in values.EMPTY:
        return _update(company, kind, body, given, include, by)
    record = values.cleaned(given)
    kind.check(company, kind.name, record, None, include)
    company.add(kind.name, record, kind.family, by)
    _settle_payments(company, kind, None, record, by)
    return shown(company, kind, record)


def _update(company: Company, kind: Kind, body: Record, given: Record, include: str, by: str) -> Answer:
    before = _current(company, kind, body)
    kept = {name: before[name] for name in ("Id", "SyncToken", "MetaData", "Active") if name in before}
    if body.get("sparse") is True:
        cleared = {name for name, value in given.items() if values.cleaned(value) in values.EMPTY}
        if "DisplayName" in cleared:
            raise faults.missing("DisplayName")
        record = {**public(before), **values.cleaned(given)}
        record = {name: value for name, value in record.items() if name not in cleared}
    else:
        record = {**kept, **values.cleaned(given)}
    record = copy.deepcopy(record)
    kind.check(company, kind.name, record, before, include)
    company.replace(kind.name, record, by)
    _settle_payments(company, kind, before, record, by)
    return shown(company, kind, record)


def _current(company: Company, kind: Kind, body: Record) -> Record:
    """The version that a write starts from. Raises 610, 2020, 2030, 5010."""
    for name in ("Id", "SyncToken"):
        if body.get(name) in values.EMPTY:
            raise faults.missing(name)
    before = company.get(kind.name, body["Id"])
    if str(body["SyncToken"]) != before["SyncToken"]:
        raise faults.stale(before["_by"])
    return before


def _void(company: Company, kind: Kind, before: Record, by: str) -> Answer:
    company.refuse_closed(before["TxnDate"])
    if kind.name == "Payment":
        record = {**copy.deepcopy(before), "TotalAmt": 0.0, "Line": [], "PrivateNote": "Voided"}
        company.replace("Payment", record, by, "Void")
        payments.touch_applied(company, before, by=by)
    else:
        payments.release(company, kind.name, before["Id"], by)
        record = company.replace(kind.name, sales.voided(copy.deepcopy(before)), by, "Void")
    return shown(company, kind, record)


def _delete(company: Company, kind: Kind, before: Record, by: str) -> Answer:
    company.refuse_closed(before["TxnDate"])
    payments.release(company, kind.name, before["Id"], by)
    company.remove(kind.name, before["Id"])
    if kind.name == "Payment":
        payments.touch_applied(company, before, by=by)
    return {"domain": "QBO", "status": "Deleted", "Id": before["Id"]}


def _settle_payments(company: Company, kind: Kind, before: Record | None, after: Record, by: str) -> None:
    if kind.name == "Payment":
        payments.touch_applied(company, before, after, by=by)


def edit(company: Company, kind: Kind, record_id: str, changes: Record, by: str) -> Answer:
    """Change something as a person does in QuickBooks itself, whatever its SyncToken."""
    token = company.get(kind.name, record_id)["SyncToken"]
    return write(company, kind, {**changes, "Id": record_id, "SyncToken": token, "sparse": True}, by=by)


def merge(company: Company, kind: Kind, gone_id: str, into_id: str, by: str) -> None:
    """Merge one customer or vendor into another, which only people can: one id goes inactive, its transactions move."""
    if kind.name not in people.KINDS or gone_id == into_id:
        raise faults.unsupported("merge")
    into = company.get(kind.name, into_id)
    edit(company, kind, gone_id, {"Active": False}, by)
    for other in KINDS.values():
        for record in list(company.all(other.name).values()) if other.is_transaction else ():
            if record.get("CustomerRef", {}).get("value") == gone_id and kind.name == "Customer":
                moved = {"value": into_id, "name": into["DisplayName"]}
                company.replace(other.name, {**copy.deepcopy(record), "CustomerRef": moved}, by)
    company.replace(kind.name, copy.deepcopy(into), by, "Update")
    company.tell(kind.name, into_id, "Merge", gone_id)
