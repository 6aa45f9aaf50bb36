"""What can go wrong with QuickBooks: each case with a sentence for people and what may be done about it (R-QB-20)."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from chassis.wire import message

Case = Literal[
    "duplicate_name", "customer_gone", "duplicate_number", "invalid_reference", "business_rule", "wrong_ledger_account",
    "text_too_long", "illegal_character", "changed_meanwhile", "not_authorised", "subscription_ended", "period_closed",
    "throttled", "refused", "unreachable", "document_gone", "sums_differ",
    "edited_there", "duplicated",
]  # fmt: skip
# What may be done about a problem, or with an account. `open` is a link to QuickBooks, all others are calls.
Remedy = Literal[
    "connect", "reconnect", "sync", "retry", "do_not_sync", "choose", "create", "create_as", "reactivate", "open",
    "map_service", "renumber", "link_existing", "open_invoice", "open_payment", "choose_ledger_account", "shorten",
    "wait", "resume", "compare", "unlink",
]  # fmt: skip
Group = Literal["client", "invoices", "payments", "refunds", "expenses", "services"]


class Explained(NamedTuple):
    """`sentence` ends with what to do; `pauses`: it is of the whole company, so nothing else is tried meanwhile."""

    sentence: str
    remedies: tuple[Remedy, ...]
    pauses: bool = False


EXPLAINED: Mapping[Case, Explained] = {
    "duplicate_name": Explained(
        "QuickBooks has a customer, vendor or employee of this name already. Link that customer, or create one under"
        " another name.",
        ("choose", "create_as", "do_not_sync"),
    ),
    "customer_gone": Explained(
        "The customer is inactive or gone in QuickBooks. Make it active again, link another, or create one.",
        ("reactivate", "choose", "create", "do_not_sync"),
    ),
    "duplicate_number": Explained(
        "QuickBooks has a document of this number already. Give yours another number, or link the one that is there.",
        ("renumber", "link_existing", "compare", "do_not_sync"),
    ),
    "invalid_reference": Explained(
        "QuickBooks does not know something that this refers to. Choose again what the service corresponds to.",
        ("map_service", "retry"),
    ),
    "business_rule": Explained(
        "A rule of QuickBooks forbids this; it says why. Compare both sides, correct one, and retry.",
        ("compare", "open_payment", "open_invoice", "retry"),
    ),
    "wrong_ledger_account": Explained(
        "The ledger account is not of the kind that QuickBooks wants here. Choose another.",
        ("choose_ledger_account", "retry"),
    ),
    "text_too_long": Explained(
        "The name is longer than QuickBooks takes. Have it shortened there alone, or choose a shorter one; ours stays.",
        ("shorten", "create_as"),
    ),
    "illegal_character": Explained(
        "QuickBooks does not take a character of this name. Create the customer under another name; ours stays.",
        ("create_as",),
    ),
    "changed_meanwhile": Explained("It was changed in QuickBooks at the same time. Retry.", ("retry", "open")),
    "not_authorised": Explained(
        "QuickBooks no longer lets us in. The owner connects again.", ("reconnect",), pauses=True
    ),
    "subscription_ended": Explained(
        "The firm's QuickBooks subscription has ended. Renew it with Intuit; we go on by ourselves within 75 minutes,"
        " or at once when you say so.",
        ("resume", "wait"),
        pauses=True,
    ),
    "period_closed": Explained(
        "The books of that period are closed in QuickBooks. Open the period, or change the date, and retry.",
        ("open", "retry"),
    ),
    "throttled": Explained("QuickBooks asks us to slow down. We go on in a minute.", ("wait",), pauses=True),
    "refused": Explained("QuickBooks refused this; it says why. Correct it and retry.", ("open", "retry")),
    "document_gone": Explained(
        "It was deleted in QuickBooks. Sync it to have it made anew, or link the one that is there instead.",
        ("sync", "link_existing", "do_not_sync"),
    ),
    "edited_there": Explained(
        "Somebody changed it in QuickBooks; it says what. Sync it to write ours again, or leave it as it is there.",
        ("sync", "compare", "open", "do_not_sync"),
    ),
    "sums_differ": Explained(
        "QuickBooks comes to another sum than we do; it says which. Look at both sides, correct one, and retry.",
        ("compare", "open", "retry", "do_not_sync"),
    ),
    "duplicated": Explained(
        "QuickBooks has another one of the same customer, day and amount. Compare them, and link the one that stays;"
        " sync it where both are right.",
        ("compare", "link_existing", "unlink", "sync", "do_not_sync"),
    ),
    "unreachable": Explained("QuickBooks did not answer for a long time. Retry.", ("retry",)),
}

# The same cases, where it is a document or a service that QuickBooks refuses: other things can be done about these.
OF_DOCUMENTS: Mapping[Case, Explained] = {
    "duplicate_name": Explained(
        "QuickBooks has something of this name already. Choose what the service corresponds to.",
        ("map_service", "retry"),
    ),
    "customer_gone": Explained(
        "Its customer is inactive or gone in QuickBooks. Solve that at the client; this goes on by itself then.",
        ("retry", "do_not_sync"),
    ),
    "text_too_long": Explained(
        "A text in it is longer than QuickBooks takes. Shorten it here; it goes there by itself then.",
        ("open_invoice", "open_payment", "retry"),
    ),
    "illegal_character": Explained(
        "QuickBooks does not take a character of a text in it. Correct it here; it goes there by itself then.",
        ("open_invoice", "open_payment", "retry"),
    ),
}


@message
class QuickBooksProblem:
    """`sentence` says what to do; `said` are QuickBooks' own words, `code` its code.

    `intuit_tid` is the number by which Intuit finds the request. `other_id` is the id in QuickBooks of something else
    that it is about: who has the number, what may be the same.
    """

    case: Case
    sentence: str
    said: str
    code: str
    intuit_tid: str
    remedies: tuple[Remedy, ...]
    other_id: str | None = None
