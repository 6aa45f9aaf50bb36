"""Item, Account, Class, Department, PaymentMethod, Term, TaxCode: lists with a name that is theirs alone."""

from tests.quickbooks import faults, people, values
from tests.quickbooks.company import Company, Record

NAMED = {
    "Item": "product or service",
    "Account": "account",
    "Class": "class",
    "Department": "location",
    "PaymentMethod": "payment method",
    "Term": "term",
}
ITEM_TYPES = ("Service", "NonInventory", "Inventory", "Category", "Group")
INCOME = ("Income", "Other Income")
MONEY = ("Bank", "Other Current Asset")
CLASSES = {
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Cost of Goods Sold": "Expense",
    "Expense": "Expense",
    "Other Expense": "Expense",
}
WRONG_TYPE = "The account you selected is the wrong type. Choose a different account."


def check(company: Company, kind: str, record: Record, before: Record | None) -> None:
    """Raises 2020, 2040, 2050, 2170, 2500, 6000, 6240."""
    if not record.get("Name"):
        raise faults.missing("Name")
    values.check_texts(record)
    people.refuse_characters("Name", record["Name"])
    record.setdefault("Active", True)
    people.rename_by_activity(record, before, "Name", lambda wanted: _is_taken(company, kind, wanted, record))
    if _is_taken(company, kind, record["Name"], record):
        raise faults.duplicate_name(NAMED[kind])
    record["FullyQualifiedName"] = record["Name"]
    parent = values.refer(company, record, "ParentRef", kind, element=f"{kind}s")
    if parent is not None:
        record["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{record['Name']}"
    if kind == "Item":
        _check_item(company, record)
    elif kind == "Account":
        _check_account(company, record)


def _is_taken(company: Company, kind: str, name: str, record: Record) -> bool:
    parent = record.get("ParentRef", {}).get("value")
    others = [each for each in company.all(kind).values() if each["Id"] != record.get("Id")]
    siblings = [each for each in others if each.get("ParentRef", {}).get("value") == parent]
    return any(people.folded(each["Name"]) == people.folded(name) for each in siblings)


def _check_item(company: Company, record: Record) -> None:
    record.setdefault("Type", "Service")
    if record["Type"] not in ITEM_TYPES:
        raise faults.bad_choice(record["Type"], "Type")
    account = values.refer(company, record, "IncomeAccountRef", "Account", element="Accounts")
    values.refuse_inactive(account)
    if account is None and record["Type"] in {"Service", "NonInventory", "Inventory"}:
        raise faults.missing("IncomeAccountRef")
    if account is not None and account["AccountType"] not in INCOME:
        raise faults.business(WRONG_TYPE)
    values.refuse_inactive(values.refer(company, record, "ExpenseAccountRef", "Account", element="Accounts"))
    if "UnitPrice" in record:
        record["UnitPrice"] = values.amount(values.cents(record["UnitPrice"], "UnitPrice"))


def _check_account(company: Company, record: Record) -> None:
    if not record.get("AccountType"):
        raise faults.missing("AccountType")
    if record["AccountType"] not in CLASSES:
        raise faults.bad_choice(record["AccountType"], "AccountType")
    record["Classification"] = CLASSES[record["AccountType"]]
    record.setdefault("CurrencyRef", company.money)


def check_money(company: Company, record: Record, name: str, *, types: tuple[str, ...] = MONEY) -> None:
    """Raises 2500, and 6000 for an account that money can't be put in."""
    account = values.refer(company, record, name, "Account", element="Accounts")
    values.refuse_inactive(account)
    if account is not None and account["AccountType"] not in types:
        raise faults.business(WRONG_TYPE)
