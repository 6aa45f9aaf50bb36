"""What the Info tab calls the states of LOGIN and of the sync with QuickBooks."""

from typing import Any

from gateway.web.words import later

ON = ("granted", "invited", "expired", "active", "blocked")  # the states in which LOGIN is on
STATES = {
    "granted": later("not invited yet"),
    "invited": later("invited"),
    "expired": later("invitation out of date"),
    "active": later("active"),
    "revoked": later("access ended"),
    "blocked": later("blocked: mail does not arrive"),
}
COLOURS = {"granted": "warn", "invited": "note", "expired": "warn", "active": "good", "blocked": "bad"}
SYNC_LABELS = {
    "not_connected": later("Not connected"),
    "connection_expired": later("Connection expired"),
    "not_eligible": later("Not eligible yet"),
    "queued": later("Queued"),
    "syncing": later("Syncing"),
    "synced": later("Synced"),
    "out_of_date": later("Out of date"),
    "no_match": later("No match"),
    "several_matches": later("Several matches"),
    "failed": later("Failed"),
    "skipped": later("Skipped"),
    "do_not_sync": later("Do not sync"),
    "changed_in_quickbooks": later("Changed in QuickBooks"),
}
SYNC_KINDS = {
    "synced": "good",
    "failed": "bad",
    "changed_in_quickbooks": "bad",
    "connection_expired": "bad",
    "no_match": "warn",
    "several_matches": "warn",
    "queued": "note",
    "syncing": "note",
    "out_of_date": "note",
}
# What the status means, for who may do something about it.
MEANINGS = {
    "not_eligible": later("It is synced as soon as it has an invoice or a payment, or at once if you say so."),
    "queued": later("It is about to be synced."),
    "syncing": later("It is being synced."),
    "out_of_date": later("It was changed here; QuickBooks gets it in a few minutes."),
    "no_match": later("QuickBooks has no customer of the account's name. Choose one, or have one created."),
    "several_matches": later("Several customers of QuickBooks may be this account. Choose one, or have one created."),
    "skipped": later("It was left out, as the rules of the sync say."),
    "do_not_sync": later("Somebody decided that it is not to be synced."),
    "changed_in_quickbooks": later("The customer was renamed, merged, made inactive or deleted in QuickBooks."),
}
# Of contracts/quickbooks_errors.py, so that they are translated.
SENTENCES = (
    later(
        "QuickBooks has a customer, vendor or employee of this name already. Link that customer, or create one under"
        " another name."
    ),
    later("The customer is inactive or gone in QuickBooks. Make it active again, link another, or create one."),
    later(
        "The name is longer than QuickBooks takes. Have it shortened there alone, or choose a shorter one; ours stays."
    ),
    later("QuickBooks does not take a character of this name. Create the customer under another name; ours stays."),
    later("QuickBooks has something of this name already. Choose what the service corresponds to."),
    later("Its customer is inactive or gone in QuickBooks. Solve that at the client; this goes on by itself then."),
    later("A text in it is longer than QuickBooks takes. Shorten it here; it goes there by itself then."),
    later("QuickBooks does not take a character of a text in it. Correct it here; it goes there by itself then."),
    later(
        "QuickBooks has another one of the same customer, day and amount. Compare them, and link the one that stays;"
        " sync it where both are right."
    ),
    later("QuickBooks refuses our permission. The owner connects again."),
    later("Intuit refuses the keys of the app. The owner checks them and connects again."),
    later("The keys of the Intuit app were changed. The owner connects again."),
    later("It was changed in QuickBooks at the same time. Retry."),
    later("QuickBooks no longer lets us in. The owner connects again."),
    later(
        "The firm's QuickBooks subscription has ended. Renew it with Intuit; we go on by ourselves within 75 minutes,"
        " or at once when you say so."
    ),
    later("The books of that period are closed in QuickBooks. Open the period, or change the date, and retry."),
    later("QuickBooks asks us to slow down. We go on in a minute."),
    later("QuickBooks refused this; it says why. Correct it and retry."),
    later("QuickBooks did not answer for a long time. Retry."),
    later("It was deleted in QuickBooks. Sync it to have it made anew, or link the one that is there instead."),
    later("Somebody changed it in QuickBooks; it says what. Sync it to write ours again, or leave it as it is there."),
    later("QuickBooks comes to another sum than we do; it says which. Look at both sides, correct one, and retry."),
    later("A rule of QuickBooks forbids this; it says why. Compare both sides, correct one, and retry."),
    later("QuickBooks does not know something that this refers to. Choose again what the service corresponds to."),
    later("The ledger account is not of the kind that QuickBooks wants here. Choose another."),
    later(
        "QuickBooks has a document of this number already. Give yours another number, or link the one that is there."
    ),
)
PASSING = ("queued", "syncing")  # the page looks again by itself


def facts() -> dict[str, Any]:
    """What the tab's templates need of it; nothing is a form unless said otherwise."""
    return {
        "states": STATES,
        "colours": COLOURS,
        "on_states": ON,
        "sync_labels": SYNC_LABELS,
        "sync_kinds": SYNC_KINDS,
        "sync_meanings": MEANINGS,
        "sync_passing": PASSING,
        "row": None,
        "linking": {},
        "problems": {},
        "is_beside": False,
        "toast": "",
    }
