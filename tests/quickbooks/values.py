"""Values inside a payload: what is empty, how long a text may be, amounts, references, addresses."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pycountry

from tests.quickbooks import faults
from tests.quickbooks.company import Company, Record

LONGEST = {
    "Title": 16,
    "GivenName": 100,
    "MiddleName": 100,
    "FamilyName": 100,
    "Suffix": 16,
    "CompanyName": 100,
    "DisplayName": 500,
    "PrintOnCheckName": 110,
    "Notes": 2000,
    "Name": 100,
    "Description": 4000,
    "Sku": 100,
    "DocNumber": 21,
    "PaymentRefNum": 21,
    "PrivateNote": 4000,
}  # characters; from the entities' reference pages
ADDRESS = dict.fromkeys(("Line1", "Line2", "Line3", "Line4", "Line5"), 500) | {
    "City": 255,
    "Country": 255,
    "CountrySubDivisionCode": 255,
    "PostalCode": 30,
}
LONGEST_EMAIL, LONGEST_PHONE, LONGEST_MEMO = 100, 30, 1000
EMAILS = ("PrimaryEmailAddr", "BillEmail", "BillEmailCc", "BillEmailBcc")
PHONES = ("PrimaryPhone", "AlternatePhone", "Mobile", "Fax")
ADDRESSES = ("BillAddr", "ShipAddr", "PrimaryAddr")
OBJECTS = (
    "Ref",
    "Addr",
    "Phone",
    "Mobile",
    "Fax",
    "Email",
    "EmailCc",
    "EmailBcc",
    "Detail",
    "Memo",
    "MetaData",
    "Info",
)
WHOLE_OBJECTS = ("LineEx", "CheckPayment", "CreditCardPayment", "PurchaseEx")
LISTS = ("Line", "LinkedTxn", "CustomField", "TaxLine")
FLAGS = ("Active", "Job", "BillWithParent", "IsProject", "sparse", "Taxable")
LARGEST = 1e13  # of an amount
EMPTY: tuple[Any, ...] = ("", None, {}, [])


def cleaned(value: Any) -> Any:
    """The same without what is empty: only properties with values are kept and returned."""
    if isinstance(value, dict):
        kept = {name: cleaned(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner not in EMPTY}
    if isinstance(value, list):
        return [inner for inner in map(cleaned, value) if inner not in EMPTY]
    return value.strip() if isinstance(value, str) else value


def cents(value: object, name: str = "Amount") -> int:
    """An amount in cents, so that sums are exact. Raises 2010 for what is no number."""
    try:
        return int((Decimal(str(value)) * 100).to_integral_value(ROUND_HALF_UP))
    except (ArithmeticError, ValueError):
        raise faults.bad_property(name) from None


def kept_cents(value: float) -> int:
    """The same for an amount that was checked and rounded when it was kept."""
    return round(value * 100)


def product(quantity: object, price: object) -> int:
    """This will multiply exactly, and round the cents half up."""
    try:
        exact = Decimal(str(quantity)) * Decimal(str(price)) * 100
        return int(exact.to_integral_value(ROUND_HALF_UP))
    except (ArithmeticError, ValueError):
        raise faults.bad_property("Qty") from None


def amount(in_cents: int) -> float:
    return in_cents / 100


def check_shapes(value: dict[str, Any]) -> None:
    """Raises 2010 for what is an object, a list, a flag or a plain value where Intuit's type is another."""
    for name, inner in value.items():
        if inner is None or inner == "":
            continue
        is_object = name.endswith(OBJECTS) or name in WHOLE_OBJECTS
        wanted = dict if is_object else list if name in LISTS else str | int | float
        if not isinstance(inner, wanted) or (name in FLAGS and not isinstance(inner, bool)):
            raise faults.bad_property(name)
        if isinstance(inner, float) and abs(inner) > LARGEST:
            raise faults.bad_property(name)
        for deeper in inner if isinstance(inner, list) else [inner] if is_object else ():
            if not isinstance(deeper, dict):
                raise faults.bad_property(name)
            check_shapes(deeper)


def refuse_characters(value: Any, refused: str, name: str = "") -> None:
    """Raises 2040 for a text, however deep, with one of these characters."""
    if isinstance(value, str) and any(one in refused for one in value):
        raise faults.bad_characters(name, value)
    for key, inner in value.items() if isinstance(value, dict) else ():
        refuse_characters(inner, refused, key)
    for inner in value if isinstance(value, list) else ():
        refuse_characters(inner, refused, name)


def check_texts(record: Record) -> None:
    """Raises 2050 for what is too long, 2210 for what is no address, 2010 for what has another shape."""
    for name, longest in LONGEST.items():
        _check_length(name, record.get(name), longest)
    for name in EMAILS:
        address = _inner(record, name, "Address")
        _check_length("Address", address, LONGEST_EMAIL)
        if address is not None and ("@" not in address or "." not in address):
            raise faults.bad_email(address)
    for name in PHONES:
        _check_length("FreeFormNumber", _inner(record, name, "FreeFormNumber"), LONGEST_PHONE)
    for name in ADDRESSES:
        for part, longest in ADDRESS.items():
            _check_length(part, _inner(record, name, part), longest)
    _check_length("CustomerMemo", _inner(record, "CustomerMemo", "value"), LONGEST_MEMO)


def _inner(record: Record, name: str, part: str) -> Any:
    return record.get(name, {}).get(part)


def _check_length(name: str, value: Any, longest: int) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise faults.bad_property(name)
    if len(value) > longest:
        raise faults.bad_length(name, longest, len(value))


def settle_addresses(company: Company, record: Record) -> None:
    """Write addresses as they come back.

    "Country" as ISO alpha-3 whatever was written, no Lat and Long (both since autumn 2025), an id of their own.
    """
    for name in ADDRESSES:
        if address := record.get(name):
            address.pop("Lat", None)
            address.pop("Long", None)
            address.setdefault("Id", company.new_id("address"))
            if country := address.get("Country"):
                address["Country"] = _alpha_3(country)


def _alpha_3(written: str) -> str:
    try:
        return str(pycountry.countries.lookup(written).alpha_3)
    except LookupError:
        return written


def refer(company: Company, record: Record, name: str, kind: str, *, element: str) -> Record | None:
    """What `record[name]` refers to. Raises 2500 for what isn't there."""
    reference = record.get(name)
    if reference is None:
        return None
    if "value" not in reference:
        raise faults.bad_property(name)
    found = company.find(kind, reference["value"])
    if found is None:
        raise faults.bad_reference(f"{element} element id {reference['value']} not found")
    label = found.get("FullyQualifiedName") or found.get("DisplayName") or found.get("Name")
    record[name] = {"value": found["Id"], "name": label}
    return found


def refuse_inactive(found: Record | None) -> None:
    """Raises 2500 in the wording of what was made inactive."""
    if found is not None and not found.get("Active", True):
        raise faults.bad_reference(faults.INACTIVE)


def check_date(record: Record, name: str) -> None:
    value = record.get(name)
    if value is None:
        return
    try:
        record[name] = dt.date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise faults.bad_property(name) from None
