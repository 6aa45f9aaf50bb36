"""The entities there are: what each may say, what can be asked of it, how it is checked and shown."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.quickbooks import lists, payments, people, sales
from tests.quickbooks.company import Company, Record, public


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMON = frozenset({"Id", "SyncToken", "MetaData", "domain", "sparse", "status", "time", "CustomField"})
NOT_FILTERABLE = _words(
    "Line LinkedTxn CustomField BillAddr ShipAddr PrimaryAddr PrimaryPhone AlternatePhone Mobile Fax WebAddr"
    " TxnTaxDetail CustomerMemo DepartmentRef ClassRef PrivateNote"
)  # "Line sub-fields are never filterable" among them

PERSON = (
    "Title GivenName MiddleName FamilyName Suffix CompanyName DisplayName PrintOnCheckName Active BillAddr PrimaryPhone"
    " AlternatePhone Mobile Fax PrimaryEmailAddr WebAddr CurrencyRef Balance PaymentMethodRef"
)
CUSTOMER = (
    f"{PERSON} ShipAddr FullyQualifiedName Notes IsProject Job BillWithParent Taxable BalanceWithJobs ResaleNum Level"
    " PreferredDeliveryMethod OpenBalanceDate PrimaryTaxIdentifier DefaultTaxCodeRef SalesTermRef ParentRef"
    " ARAccountRef CustomerTypeRef TaxExemptionReasonId V4IDPseudonym"
)
VENDOR = f"{PERSON} APAccountRef AcctNum BillRate TaxIdentifier TaxReportingBasis TermRef Vendor1099"
EMPLOYEE = (
    f"{PERSON} PrimaryAddr BillRate BillableTime BirthDate CostRate EmployeeNumber Gender HiredDate Organization"
    " ReleasedDate SSN EmailAddress"
)
NAMED = "Name Active FullyQualifiedName ParentRef Description Type Level"
ITEM = (
    f"{NAMED} AbatementRate AssetAccountRef ExpenseAccountRef IncomeAccountRef InvStartDate ItemCategoryType"
    " PurchaseCost PurchaseDesc PurchaseTaxCodeRef PurchaseTaxIncluded QtyOnHand ReverseChargeRate"
    " SalesTaxCodeRef SalesTaxIncluded ServiceType Sku SubItem Taxable TrackQtyOnHand UnitPrice"
)
ACCOUNT = (
    f"{NAMED} AccountSubType AccountType AcctNum Classification CurrencyRef CurrentBalance"
    " CurrentBalanceWithSubAccounts SubAccount TaxCodeRef"
)
TERM = f"{NAMED} DayOfMonthDue DiscountDayOfMonth DiscountDays DiscountPercent DueDays DueNextMonthDays"
SALE = (
    "ApplyTaxAfterDiscount Balance BillAddr BillEmail ClassRef CurrencyRef CustomerMemo CustomerRef DepartmentRef"
    " DepositToAccountRef DocNumber EmailStatus ExchangeRate GlobalTaxCalculation HomeTotalAmt Line LinkedTxn"
    " PaymentMethodRef PrintStatus PrivateNote SalesTermRef ShipAddr TotalAmt TxnDate TxnSource TxnTaxDetail"
)
INVOICE = (
    f"{SALE} AllowIPNPayment AllowOnlineACHPayment AllowOnlineCreditCardPayment BillEmailBcc BillEmailCc DeliveryInfo"
    " Deposit DueDate EInvoiceStatus FreeFormAddress HomeBalance InvoiceLink RecurDataRef ShipDate ShipMethodRef"
    " TaxExemptionRef TrackingNum"
)
CREDIT = f"{SALE} RemainingCredit"
REFUND = f"{SALE} CheckPayment CreditCardPayment PaymentRefNum PaymentType"
PAYMENT = (
    "ARAccountRef CreditCardPayment CurrencyRef CustomerRef DepositToAccountRef ExchangeRate Line PaymentMethodRef"
    " PaymentRefNum PrivateNote ProcessPayment TaxExemptionRef TotalAmt TransactionLocationType TxnDate"
    " TxnSource TxnStatus UnappliedAmt"
)
PURCHASE = (
    "AccountRef Credit CurrencyRef DepartmentRef DocNumber EntityRef ExchangeRate GlobalTaxCalculation Line LinkedTxn"
    " PaymentMethodRef PaymentType PrintStatus PrivateNote PurchaseEx RemitToAddr TotalAmt"
    " TxnDate TxnSource TxnTaxDetail"
)

Check = Callable[[Company, str, Record, "Record | None", str], None]
Derive = Callable[[Company, str, Record], Record]


@dataclass(frozen=True)
class Kind:
    name: str
    family: str  # kinds of one family count their ids together
    properties: frozenset[str]
    computed: frozenset[str] = frozenset()  # what a caller says of these is passed over
    check: Check = lambda *_: None
    derive: Derive = lambda *_: {}
    is_transaction: bool = False
    is_read_only: bool = False
    in_cdc: bool = True

    @property
    def filterable(self) -> frozenset[str]:
        times = {"MetaData.CreateTime", "MetaData.LastUpdatedTime"}
        return (self.properties | times | {"Id", "SyncToken"}) - NOT_FILTERABLE


def _people(company: Company, kind: str, record: Record, before: Record | None, include: str) -> None:
    people.check(company, kind, record, before)


def _lists(company: Company, kind: str, record: Record, before: Record | None, include: str) -> None:
    lists.check(company, kind, record, before)


def _payments(company: Company, kind: str, record: Record, before: Record | None, include: str) -> None:
    payments.check(company, record, before)


def _preferences(company: Company, kind: str, record: Record) -> Record:
    """What of the settings depends on the company: who numbers invoices, and until when the books are closed."""
    closed = {"BookCloseDate": company.closed_on} if company.closed_on else {}
    return {
        "AccountingInfoPrefs": {**record["AccountingInfoPrefs"], **closed},
        "SalesFormsPrefs": {**record["SalesFormsPrefs"], "CustomTxnNumbers": not company.numbers_itself},
    }


OWED = _words("Balance BalanceWithJobs FullyQualifiedName Level")
TOTALS = _words("TotalAmt Balance RemainingCredit HomeTotalAmt HomeBalance LinkedTxn")
_ALL = (
    Kind("Customer", "names", _words(CUSTOMER), OWED, _people, people.derive),
    Kind("Vendor", "names", _words(VENDOR), OWED, _people, people.derive),
    Kind("Employee", "names", _words(EMPLOYEE), OWED, _people, people.derive),
    Kind("Item", "items", _words(ITEM), _words("FullyQualifiedName Level"), _lists),
    Kind("Account", "accounts", _words(ACCOUNT), _words("FullyQualifiedName Classification CurrentBalance"), _lists),
    Kind("Class", "classes", _words(f"{NAMED} SubClass"), _words("FullyQualifiedName"), _lists),
    Kind("Department", "departments", _words(f"{NAMED} SubDepartment"), _words("FullyQualifiedName"), _lists),
    Kind("PaymentMethod", "methods", _words(NAMED), _words("FullyQualifiedName"), _lists),
    Kind("Term", "terms", _words(TERM), _words("FullyQualifiedName"), _lists),
    Kind("Invoice", "transactions", _words(INVOICE), TOTALS, sales.check, sales.derive, is_transaction=True),
    Kind("CreditMemo", "transactions", _words(CREDIT), TOTALS, sales.check, sales.derive, is_transaction=True),
    Kind("RefundReceipt", "transactions", _words(REFUND), TOTALS, sales.check, is_transaction=True),
    Kind("Purchase", "transactions", _words(PURCHASE), TOTALS, sales.check, is_transaction=True),
    Kind(
        "Payment",
        "transactions",
        _words(PAYMENT),
        _words("UnappliedAmt ProcessPayment"),
        _payments,
        lambda company, kind, record: payments.derive(record),
        is_transaction=True,
    ),
    Kind("TaxCode", "tax", _words(f"{NAMED} Taxable TaxGroup"), is_read_only=True, in_cdc=False),
    Kind("CompanyInfo", "info", _words("CompanyName LegalName Country Email"), is_read_only=True),
    Kind(
        "Preferences",
        "preferences",
        _words("AccountingInfoPrefs CurrencyPrefs SalesFormsPrefs TaxPrefs"),
        derive=_preferences,
        is_read_only=True,
    ),
)
KINDS = {each.name: each for each in _ALL}
BY_PATH = {each.name.lower(): each for each in _ALL}  # /v3/company/…/creditmemo


def shown(company: Company, kind: Kind, record: Record) -> Record:
    """This will give the entity as QuickBooks answers with it, computed values and all."""
    return {"domain": "QBO", "sparse": False, **public(record), **kind.derive(company, kind.name, record)}
