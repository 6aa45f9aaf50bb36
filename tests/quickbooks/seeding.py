"""What a company of QuickBooks Online has from its first day: a chart of accounts, services, terms, settings."""

from tests.quickbooks import writing
from tests.quickbooks.company import PERSON, Company, Record
from tests.quickbooks.kinds import KINDS

ACCOUNTS: tuple[tuple[str, str, str], ...] = (
    ("Services", "Income", "ServiceFeeIncome"),
    ("Sales of Product Income", "Income", "SalesOfProductIncome"),
    ("Uncategorized Income", "Income", "ServiceFeeIncome"),
    ("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("Checking", "Bank", "Checking"),
    ("Bank Charges", "Expense", "BankCharges"),
)
SETTINGS: Record = {
    "AccountingInfoPrefs": {
        "ClassTrackingPerTxnLine": True,
        "TrackDepartments": True,
        "CustomerTerminology": "Customers",
    },
    "SalesFormsPrefs": {"AllowDeposit": True, "DefaultTerms": {"value": "3"}},
    "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": True},
}


def seed(company: Company) -> None:
    for name, account_type, subtype in ACCOUNTS:
        _add(company, "Account", {"Name": name, "AccountType": account_type, "AccountSubType": subtype})
    for name in ("Services", "Hours"):
        _add(company, "Item", {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": "1"}})
    for name in ("Cash", "Check", "Credit Card"):
        _add(company, "PaymentMethod", {"Name": name})
    for name, days in (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30)):
        _add(company, "Term", {"Name": name, "DueDays": days})
    for name in ("TAX", "NON"):
        company.add("TaxCode", {"Name": name, "Active": True, "Taxable": name == "TAX"}, "tax", PERSON)
    names = {"CompanyName": company.name, "LegalName": company.name, "Country": "US"}
    company.add("CompanyInfo", names, "info", PERSON)
    money = {"HomeCurrency": {"value": company.currency}, "MultiCurrencyEnabled": False}
    company.add("Preferences", {**SETTINGS, "CurrencyPrefs": money}, "preferences", PERSON)


def _add(company: Company, kind: str, record: Record) -> None:
    writing.write(company, KINDS[kind], record, by=PERSON)
