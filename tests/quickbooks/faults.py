"""What Intuit answers when it refuses: the fault of the accounting service, and the one of the gateway before it.

Wording as reported by users of the API ("Top QuickBooks Online API Errors and How to Handle Them", Intuit, 2017, and
the issues of Intuit's own SDKs). Where no report was found the code is Intuit's and the text is ours: 600, 1040, 2040,
2210, 6000 of payments.
"""

from typing import Any

INACTIVE = (
    "Something you're trying to use has been made inactive."
    " Check the fields with accounts, customers, items, vendors or employees."
)
BUSINESS = "A business validation error has occurred while processing your request"


class Fault(Exception):
    """A refusal of the accounting service: capital letters, `Fault`, usually with status 400."""

    def __init__(
        self,
        code: int,
        message: str,
        detail: str,
        *,
        element: str = "",
        kind: str = "ValidationFault",
        status: int = 400,
    ) -> None:
        super().__init__(f"{code} {detail}")
        self.code, self.message, self.detail = code, message, detail
        self.element, self.kind, self.status = element, kind, status

    def to_json(self) -> dict[str, Any]:
        error = {"Message": self.message, "Detail": self.detail, "code": str(self.code), "element": self.element}
        return {"Error": [error], "type": self.kind}

    def body(self, time: str) -> dict[str, Any]:
        return {"Fault": self.to_json(), "time": time}


class Refusal(Fault):
    """A refusal of the gateway, before the accounting service sees the request: lower-case `fault` (401, 403, 429)."""

    def __init__(self, code: int, name: str, *, status: int, kind: str = "SERVICE", detail: str | None = None) -> None:
        message = f"message={name}; errorCode={code:06d}; statusCode={status}"
        super().__init__(code, message, detail or "", kind=kind, status=status)

    def body(self, time: str) -> dict[str, Any]:
        error = {"message": self.message, "detail": self.detail or None, "code": str(self.code), "element": None}
        return {
            "warnings": None,
            "intuitObject": None,
            "fault": {"error": [error], "type": self.kind},
            "report": None,
            "queryResponse": None,
            "batchItemResponse": [],
            "attachableResponse": [],
            "syncErrorResponse": None,
            "requestId": None,
            "time": time,
            "status": None,
            "cdcresponse": [],
        }


def throttled() -> Refusal:
    return Refusal(3001, "ThrottleExceeded", status=429, detail="The request limit was reached.  Try again later")


def token_refused() -> Refusal:
    return Refusal(3200, "AuthenticationFailed", status=401, kind="AUTHENTICATION", detail="Token expired or unknown")


def not_authorised() -> Refusal:
    return Refusal(3100, "ApplicationAuthorizationFailed", status=403)


def lost_admin() -> Fault:
    detail = "AuthorizationFailure: -11014-You do not have access to use QuickBooks Online Plus., statusCode: 401"
    return Fault(120, "Authorization Failure", detail, kind="AuthorizationFault", status=401)


def unsupported(what: str) -> Fault:
    return Fault(500, "Unsupported Operation", f"Operation {what} is not supported.")


def duplicate_request() -> Fault:
    return Fault(600, "Duplicate Request Id", "Duplicate Request Id : the request id was used for another request")


def not_found(detail: str = INACTIVE) -> Fault:
    return Fault(610, "Object Not Found", f"Object Not Found : {detail}")


def batch_too_big(limit: int) -> Fault:
    return Fault(1040, "Batch limit exceeded", f"Batch item limit exceeded. Max allowed : {limit}")


def bad_property(name: str) -> Fault:
    detail = f"Property Name:{name} specified is unsupported or invalid"
    return Fault(2010, "Request has invalid or unsupported property", detail, element=name)


def missing(name: str) -> Fault:
    message = "Required param missing, need to supply the required value for the API"
    return Fault(2020, message, f"Required parameter {name} is missing in the request", element=name)


def bad_id(value: object) -> Fault:
    return Fault(2030, "Invalid ID", f"Id should be a valid number. Supplied value:{value}", element="Id")


def bad_characters(name: str, value: str) -> Fault:
    return Fault(
        2040, "Invalid String", f"String contains an unsupported character. Supplied value:{value}", element=name
    )


def bad_length(name: str, longest: int, length: int) -> Fault:
    message = "String length is either shorter or longer than supported by specification"
    detail = (
        "String length specified does not match the supported length."
        f" Min:0 Max:{longest} supported. Supplied length:{length}"
    )
    return Fault(2050, message, detail, element=name)


def bad_choice(value: object, element: str = "") -> Fault:
    return Fault(2170, "Invalid Enumeration", f"Invalid Enumeration : {value}", element=element)


def bad_email(value: str) -> Fault:
    detail = f"Email Address does not conform to the syntax rules of RFC 822. Supplied value:{value}"
    return Fault(2210, "Invalid Email Address", detail, element="Address")


def bad_reference(what: str) -> Fault:
    return Fault(2500, "Invalid Reference Id", f"Invalid Reference Id : {what}")


def bad_query(detail: str) -> Fault:
    return Fault(4001, "Invalid query", f"QueryValidationError: {detail}")


def unreadable_query(detail: str) -> Fault:
    return Fault(4000, "Error parsing query", f"QueryParserError: {detail}")


def stale(who: str) -> Fault:
    detail = (
        f"Stale Object Error : You and {who} were working on this at the same time."
        f" {who} finished before you did, so your work was not saved."
    )
    return Fault(5010, "Stale Object Error", detail)


def business(detail: str) -> Fault:
    return Fault(6000, BUSINESS, f"Business Validation Error: {detail}")


def bad_amount(supplied: float) -> Fault:
    detail = f"Amount is not equal to UnitPrice * Qty. Supplied value:{supplied}"
    return Fault(6070, "Amount calculation incorrect in the request", detail)


def duplicate_number(number: str, kind: str, txn_id: str) -> Fault:
    detail = (
        "Duplicate Document Number Error : You must specify a different number. This number has already been used."
        f" DocNumber={number} is assigned to TxnType={kind} with TxnId={txn_id}"
    )
    return Fault(6140, "Duplicate Document Number Error", detail)


def subscription_ended() -> Fault:
    message = "Invalid Company Status"
    detail = (
        "Subscription period has ended or canceled or there was a billing problem : You can't add data to QuickBooks"
        " Online Plus because your trial or subscription period ended, you canceled your subscription, or there was a"
        " billing problem."
    )
    return Fault(6190, message, detail)


def period_closed() -> Fault:
    detail = "The account period has closed and the account books cannot be updated through the QBO Services API."
    return Fault(6210, "Account Period Closed, Cannot Update Through Services API", detail)


def duplicate_name(who: str) -> Fault:
    detail = (
        f"The name supplied already exists. : Another {who} is already using this name. Please use a different name."
    )
    return Fault(6240, "Duplicate Name Exists Error", detail)


def internal() -> Fault:
    message = "An application error has occurred while processing your request"
    detail = "System Failure Error: An unexpected error occurred while accessing or saving your data."
    return Fault(10000, message, detail, kind="SystemFault", status=500)
