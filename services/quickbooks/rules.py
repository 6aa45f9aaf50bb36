"""What follows from values alone: how names are compared, who is synced, what an error means, how long to wait."""

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple
from uuid import UUID

from contracts.quickbooks import SyncStatus
from contracts.quickbooks_errors import EXPLAINED, OF_DOCUMENTS, Case, QuickBooksProblem, Remedy

LABELS: dict[SyncStatus, str] = {
    "not_connected": "Not connected",
    "connection_expired": "Connection expired",
    "not_eligible": "Not eligible yet",
    "queued": "Queued",
    "syncing": "Syncing",
    "synced": "Synced",
    "out_of_date": "Out of date",
    "no_match": "No match",
    "several_matches": "Several matches",
    "failed": "Failed",
    "skipped": "Skipped",
    "do_not_sync": "Do not sync",
    "changed_in_quickbooks": "Changed in QuickBooks",
}
# What owner and admins may do, by status; a problem brings its own.
REMEDIES: dict[SyncStatus, tuple[Remedy, ...]] = {
    "not_connected": ("connect",),
    "connection_expired": ("reconnect",),
    "not_eligible": ("sync", "do_not_sync"),
    "queued": (),
    "syncing": (),
    "synced": ("open", "sync", "do_not_sync"),
    "out_of_date": ("sync",),
    "no_match": ("choose", "create", "do_not_sync"),
    "several_matches": ("choose", "create", "do_not_sync"),
    "failed": ("retry", "do_not_sync"),
    "skipped": ("sync",),
    "do_not_sync": ("sync",),
    "changed_in_quickbooks": ("reactivate", "choose", "create", "do_not_sync"),
}
TO_SOLVE: tuple[SyncStatus, ...] = ("failed", "no_match", "several_matches", "changed_in_quickbooks")
SOLVED: tuple[SyncStatus, ...] = ("synced", "do_not_sync", "not_eligible", "skipped")
# What to do where the status says all.
SENTENCES: dict[SyncStatus, str] = {
    "no_match": "QuickBooks has no customer of the account's name. Choose one, or have one created.",
    "several_matches": "Several customers of QuickBooks may be this account. Choose one, or have one created.",
}
INACTIVE = re.compile(r" \(deleted( \d+)?\)\Z")  # what QuickBooks appends to the name of an inactive customer
CODES: dict[str, Case] = {
    "6240": "duplicate_name",
    "610": "customer_gone",
    "6140": "duplicate_number",
    "6210": "duplicate_number",  # by a blog; by Intuit's own pages the period is closed (U-18)
    "2500": "invalid_reference",
    "6000": "business_rule",
    "2050": "text_too_long",
    "2040": "illegal_character",
    "5010": "changed_meanwhile",
    "120": "not_authorised",
    "3100": "not_authorised",
    "3200": "not_authorised",
    "6190": "subscription_ended",
    "3001": "throttled",
}
SIGNS = frozenset(" ,.?@&!#'~*_-;+()/")  # beside letters and digits, by Intuit's pages
SURE_LENGTH = 100  # characters; some companies take no more, though Intuit's pages say 500
ASSIGNED = re.compile(r"\bTxnId=([0-9]{1,30})")  # who has a number already, in QuickBooks' words
UNAUTHORISED, FORBIDDEN, TOO_MANY, BROKEN = 401, 403, 429, 500
INTERNAL = "10000"
REQUEST_ID_LENGTH = 50  # Intuit's limit; the id of a job in hexadecimal takes 32


class Rule(NamedTuple):
    """Which accounts are synced, and from which day on their documents."""

    which_accounts: str
    start_on: dt.date | None


class Match(NamedTuple):
    """What a search by name came to."""

    status: SyncStatus
    customer_id: str | None = None


def folded(name: str) -> str:
    """A name as names are compared: trimmed, spaces and letters of one kind, without regard to case (R-QB-15)."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())


def pushed_name(name: str) -> str:
    """The name of a customer to be made: QuickBooks takes no colon, tab or line end in it."""
    return " ".join(name.replace(":", "-").split())


def plain_name(name: str) -> str:
    """The same with nothing but letters, digits and the signs that QuickBooks lists; "-" stands for all others."""
    return "".join(one if one.isalnum() or one in SIGNS else "-" for one in pushed_name(name))


def shortened(name: str) -> str:
    """As much of a name as QuickBooks takes for certain, its last word whole where that leaves most of it."""
    name = pushed_name(name)
    if len(name) <= SURE_LENGTH:
        return name
    cut = name[: SURE_LENGTH + 1].rpartition(" ")[0]
    return (cut if len(cut) > SURE_LENGTH // 2 else name[:SURE_LENGTH]).rstrip(" ,.-&")


def active_name(name: str) -> str:
    """The name of an inactive customer as it was, and will be when it is active again."""
    return INACTIVE.sub("", name)


def standing(
    rule: Rule, wish: str, state: str, billed_on: dt.date | None, *, is_billed: bool
) -> Literal["not_eligible", "skipped"] | None:
    """Tell why an account is not to be synced, None where it is: as a person chose, else by the rule for all (R-QB-2).

    One whose documents are all of days before those that are synced is skipped.
    """
    if wish == "skip" or state not in {"active", "archived"}:
        return "not_eligible"
    if wish == "sync" or rule.which_accounts == "all":
        return None
    if not is_billed:
        return "not_eligible"
    is_early = rule.start_on is not None and billed_on is not None and billed_on < rule.start_on
    return "skipped" if is_early else None


def matched(found: Sequence[tuple[str, bool]], taken: Collection[str]) -> Match:
    """Decide what to link by the customers of the account's name, each `(id, is_active)` (R-QB-10, R-QB-15).

    One that is another account's already is never linked by itself (R-QB-14).
    """
    active = [customer_id for customer_id, is_active in found if is_active]
    if not active:
        return Match("no_match")
    if len(active) > 1 or active[0] in taken:
        return Match("several_matches")
    return Match("synced", active[0])


def code_of(raw: object) -> str:
    """An error's code as Intuit's pages list it: 003001 and 3001 are one."""
    return str(raw or "").strip().lstrip("0")


def case_of(code: str, http: int, said: str) -> Case | None:
    """Which row of the table of errors an answer belongs to; None where it may pass by itself."""
    words = said.casefold()
    case = "throttled" if http == TOO_MANY else CODES.get(code)
    if case == "duplicate_number" and any(word in words for word in ("closed", "locked", "period")):
        case = "period_closed"
    if case == "business_rule" and ("account type" in words or ("account" in words and "wrong type" in words)):
        case = "wrong_ledger_account"
    if case is None and http in {UNAUTHORISED, FORBIDDEN}:
        case = "not_authorised"
    may_pass = http >= BROKEN or code == INTERNAL
    return case or (None if may_pass else "refused")


def problem_of(
    case: Case,
    *,
    said: str = "",
    code: str = "",
    intuit_tid: str = "",
    other_id: str | None = None,
    of_document: bool = False,
) -> QuickBooksProblem:
    """A problem as people see it."""
    told = OF_DOCUMENTS.get(case, EXPLAINED[case]) if of_document else EXPLAINED[case]
    assigned = ASSIGNED.search(said) if case == "duplicate_number" else None
    return QuickBooksProblem(
        case=case,
        sentence=told.sentence,
        said=said,
        code=code,
        intuit_tid=intuit_tid,
        remedies=told.remedies,
        other_id=assigned[1] if assigned else other_id,
    )


def request_id(job_id: UUID, content: bytes) -> str:
    """The id under which a write is done once: the same for every try of one job with one content (R-QB-21)."""
    return f"{job_id.hex}-{hashlib.sha256(content).hexdigest()}"[:REQUEST_ID_LENGTH]


def pause(attempts: int, spread: float) -> float:
    """Seconds before the next try after so many: 2, 4, 8 … 600, more or less by half; `spread` is in 0..1."""
    return float(min(2**attempts, 600) * (0.5 + spread))
