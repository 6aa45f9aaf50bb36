"""What owners of data say of single fields, marked for the catalogues, some by what they look like.

Owners speak English to programs; pages look their sentences up here.
"""

from collections.abc import Mapping

from gateway.web.marking import later

OWNERS = (
    later("Must be an ISO 3166 code of two capitals, e.g. FR."),
    later("Must be a colour such as #2f855a."),
    later("Must be a host name such as imap.example.com."),
    later("Must be one line."),
    later("Must be a currency of ISO 4217 in three capitals, e.g. EUR."),
    later("Must be the id of a customer in QuickBooks."),
    later("Must be tls or starttls, so that nobody reads the password on its way."),
    later("Must have at most two decimals."),
    later("Take the name of a custom field of your firm."),
    later("Give either the id of a known contact or a new one."),
    later("Give either the `id` of a contact or a `new` one."),
    later("Give at least one of the names or an e-mail address."),
    later("This contact is in the list already."),
    later("A contact can't be merged with itself."),
    later("A custom field has a name."),
    later("Say what the field is called."),
    later("Say what the address is for, e.g. work."),
    later("Say a name."),
    later("Offer at least one choice."),
    later("Only fields of choices have any."),
    later("Say what is billed, or name a service."),
    later("Say the price, or name a service."),
    later("There is no such service in the price list."),
    later("An issued invoice keeps its currency."),
    later("An invoice needs at least one line."),
    later("Must not be before the posting day."),
    later("Must not be a day to come."),
    later("Must not be in the past."),
    later("This day is past."),
    later("That is more than is left of the payment."),
    later("Name each invoice once."),
    later("Not an invoice of this account, or not known here yet."),
    later("Must be one of the proposal's packages."),
    later("There is no such version of this document."),
    later("Only a single organizer can be given another name."),
    later("Nobody on this account has LOGIN; name those who shall sign."),
    later("This member is the owner already."),
    later("This member is deactivated; restore them first."),
    later("Choose among the accounts that the people of this e-mail belong to."),
    later("EMAIL SYNC is on for none of these addresses on this account; switch it on first."),
    later("Only a security mail, such as an invitation, goes to a suppressed address."),
    later("Choose an active account of the ledger; read them again if it is a new one."),
    later("Give the customer a name."),
    later("Two statuses can't have one name."),
    later("There is no such status in this job's pipeline."),
    later("There is no such pipeline, or it is not available to you."),
    later("There is no such stage in a pipeline available to you."),
    later("There is no such task status."),
    later("What is not billable can't be billed."),
    later("Stop the timer first."),
    later("There is nothing to put into a zip."),
)
TOO_LONG = later("Take at most %(most)s characters.")
NAMING: Mapping[str, str] = {
    r"Must be one of: (?P<names>.+)\.": later("Must be one of: %(names)s."),
    r"Must be some of: (?P<names>.+)\.": later("Must be some of: %(names)s."),
    r"(?:Longer than maximum length|Must have at most) (?P<most>\d+)(?: characters)?\.": TOO_LONG,
    r"A (?:role|tag) has a name of 1 to (?P<most>\d+) characters\.": TOO_LONG,
    r"Length must be between 1 and (?P<most>\d+)\.": later("Fill this in, with at most %(most)s characters."),
    r"An? (?:file|photo|list) has at most (?P<most>\d+) MB\.": later("Take a file of at most %(most)s MB."),
    r"A photo has at most (?P<most>\d+) megapixels; make it smaller\.": later(
        "A photo has at most %(most)s megapixels; make it smaller."
    ),
    r"A firm has at most (?P<most>\d+) custom fields(?: of contacts)?\.": later(
        "There are %(most)s fields already, the most there can be."
    ),
    r"A price list has at most (?P<most>\d+) services: take up one that is not active\.": later(
        "There are %(most)s services already: take up one that is not offered."
    ),
    r"A member connects at most (?P<most>\d+) mailboxes; disconnect one first\.": later(
        "At most %(most)s mailboxes can be connected; disconnect one first."
    ),
    r"A thread has at most (?P<most>\d+) client tasks\.": later("A chat has at most %(most)s tasks."),
    r"Choose fewer: a zip holds at most (?P<most>\d+) documents\.": later("Choose at most %(most)s documents."),
    r"Must have at most (?P<most>\d+) digits after the point\.": later("Write at most %(most)s decimals."),
    r"An amount of (?P<currency>\w+) has at most (?P<most>\d+) digits after the point\.": later(
        "An amount in %(currency)s has at most %(most)s decimals."
    ),
    r"This invoice is in (?P<currency>\w+); money in (?P<other>\w+) can't pay it\.": later(
        "This invoice is in %(currency)s; money in %(other)s can't pay it."
    ),
    r"Say the price in (?P<currency>\w+): the price list is in (?P<other>\w+)\.": later(
        "Say the price in %(currency)s: the price list is in %(other)s."
    ),
    r"Must be a date such as (?P<day>[\d/]+)\.": later("Write a day, such as %(day)s."),
    r"Choose an account of the type (?P<types>.+); this one is (?P<type>.+)\.": later(
        "Choose an account of the type %(types)s; this one is %(type)s."
    ),
    r"There must be a status in each of these categories: (?P<names>.+)\.": later(
        "There must be a status in each of these categories: %(names)s."
    ),
}
