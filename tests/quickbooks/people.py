"""Customer, Vendor, Employee: who shares one set of names.

DisplayName is unique over Customer, Vendor and Employee, whatever its case; it has no colon, tab or newline; left out,
it is composed of the parts of the name. Nobody is deleted: Active=false takes them out of queries, and
" (deleted)" behind the name frees it.
"""

import unicodedata
from collections.abc import Callable
from functools import lru_cache

from tests.quickbooks import applying, faults, values
from tests.quickbooks.company import Company, Record

KINDS = ("Customer", "Vendor", "Employee")
PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
FORBIDDEN = (":", "\t", "\n", "\r")
MARK = " (deleted)"


def check(company: Company, kind: str, record: Record, before: Record | None) -> None:
    """Raises 2020, 2040, 2050, 2210, 2500, 6240."""
    parts = " ".join(record[part] for part in PARTS if isinstance(record.get(part), str))
    name = record.get("DisplayName") or parts
    if not name:
        raise faults.missing("DisplayName")
    record["DisplayName"] = name
    values.check_texts(record)
    if len(name) > company.longest_name:
        raise faults.bad_length("DisplayName", company.longest_name, len(name))
    refuse_characters("DisplayName", name)
    record.setdefault("Active", True)
    record.setdefault("PrintOnCheckName", name[: values.LONGEST["PrintOnCheckName"]])
    rename_by_activity(
        record, before, "DisplayName", lambda wanted: _taken_by(company, wanted, kind, record) is not None
    )
    if taken := _taken_by(company, record["DisplayName"], kind, record):
        raise faults.duplicate_name("customer" if taken == kind == "Customer" else "customer, vendor or employee")
    if kind == "Customer":
        _check_parent(company, record)
        record.setdefault("PreferredDeliveryMethod", "None")
        for flag in ("Job", "BillWithParent", "IsProject"):
            record.setdefault(flag, False)
    record.setdefault("CurrencyRef", company.money)
    if record["CurrencyRef"].get("value") != company.currency:
        raise faults.business("Multi Currency should be enabled to perform this operation.")
    values.refer(company, record, "PaymentMethodRef", "PaymentMethod", element="PaymentMethods")
    values.settle_addresses(company, record)


def refuse_characters(element: str, name: str) -> None:
    if any(each in name for each in FORBIDDEN):
        raise faults.bad_characters(element, name)


def rename_by_activity(record: Record, before: Record | None, name: str, is_taken: Callable[[str], bool]) -> None:
    """Put the mark behind the name of who becomes inactive, take it off who becomes active again."""
    was_active = before is None or before.get("Active", True)
    if was_active and not record["Active"]:
        marked, number = record[name] + MARK, 0
        while is_taken(marked):
            number += 1
            marked = f"{record[name]} (deleted {number})"
        record[name] = marked
    elif not was_active and record["Active"] and before is not None and record[name] == before[name]:
        record[name] = record[name].rpartition(" (deleted")[0] or record[name]


def _taken_by(company: Company, name: str, kind: str, record: Record) -> str | None:
    for other in KINDS:
        for each in company.all(other).values():
            is_itself = other == kind and each["Id"] == record.get("Id")
            if not is_itself and folded(each["DisplayName"]) == folded(name):
                return other
    return None


@lru_cache(maxsize=100_000)
def folded(name: str) -> str:
    """Names are compared whatever their case."""
    return unicodedata.normalize("NFC", name).strip().casefold()


def _check_parent(company: Company, record: Record) -> None:
    parent = values.refer(company, record, "ParentRef", "Customer", element="Names")
    if parent is not None and parent["Id"] == record.get("Id"):
        raise faults.business("A customer cannot be its own parent.")
    if record.get("Job") and parent is None:
        raise faults.missing("ParentRef")


def derive(company: Company, kind: str, record: Record) -> Record:
    """This will give the names along the parents, and what a customer owes."""
    if kind != "Customer":
        return {}
    names, parent = [record["DisplayName"]], record.get("ParentRef")
    while parent and (above := company.find("Customer", parent["value"])):
        names.insert(0, above["DisplayName"])
        parent = above.get("ParentRef")
    family = {record["Id"], *applying.jobs(company)[record["Id"]]}
    owed = applying.ledger(company).owed
    level = {"Level": len(names) - 1} if len(names) > 1 else {}
    return {
        "FullyQualifiedName": ":".join(names),
        "Balance": values.amount(owed[record["Id"]]),
        "BalanceWithJobs": values.amount(sum(owed[each] for each in family)),
        **level,
    }
