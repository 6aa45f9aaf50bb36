"""What pages say when something is refused; what the owners of the data say is here too, so that it is translated."""

import re
from collections.abc import Mapping

from chassis import errors
from chassis.errors import AppError
from contracts import proposal_signing
from contracts.approvals import ApprovalAnswered, DocumentLocked
from contracts.chats import MessageChangedMeanwhile, TooLateToChange
from contracts.identity import ChooseFirm, TooManySignIns, WrongCredentials
from contracts.organizers import OrganizerClosed
from contracts.payments import CreditNotEnough, MoreThanDue
from contracts.portal import NothingToEnter
from contracts.preferences import NotifyIsOff
from contracts.proposal_signing import AnotherPackageChosen
from contracts.proposals import ProposalChangedMeanwhile, ProposalNotOpen
from contracts.signatures import SignatureClosed
from contracts.signing import AlreadySigned, NotYourTurn
from gateway import problems
from gateway.web import marking
from gateway.web.languages import Language
from gateway.web.refusals import NAMING

MINUTE = 60  # s


later, later_count = marking.later, marking.later_count
FILL_IN = later("Fill this in.")
# By the class found first in the error's ancestry.
SENTENCES: Mapping[type[AppError], str] = {
    WrongCredentials: later("The e-mail address and the password do not belong together."),
    NothingToEnter: later("Your address opens no account at present. Please ask your accountant."),
    ChooseFirm: later("You are with several firms. Choose one, and type your password again."),
    DocumentLocked: later("This document opens once its invoice is paid."),
    SignatureClosed: later("This document can no longer be signed: it was withdrawn, replaced or declined."),
    AlreadySigned: later("You have answered this request already."),
    NotYourTurn: later("Others sign before you. We will write to you as soon as it is your turn."),
    problems.ForeignOrigin: later("This form came from another site. Please open the page again and repeat."),
    ApprovalAnswered: later("Somebody has answered this request already; the first answer counts."),
    OrganizerClosed: later("This questionnaire is handed in or locked. Ask your accountant to open it again."),
    TooLateToChange: later("A message can be changed for fifteen minutes after it was sent."),
    MessageChangedMeanwhile: later("You have changed this message elsewhere meanwhile. Please look at it again."),
    CreditNotEnough: later("There is less credit than that."),
    MoreThanDue: later("That is more than is left to pay."),
    ProposalNotOpen: later("This proposal can no longer be signed: it is signed, out of date or withdrawn."),
    ProposalChangedMeanwhile: later("Your accountant has changed this proposal meanwhile. Please read it again."),
    AnotherPackageChosen: later("Somebody has signed with another package meanwhile; all sign the same one."),
    proposal_signing.AlreadySigned: later("You have signed this proposal already."),
    NotifyIsOff: later("E-mails are switched off for this address; your accountant can switch them on."),
    problems.TooSlow: later("The files did not arrive in time. Please try again on a faster connection."),
    problems.WrongMediaType: later("This form can't be read. Please open the page again and repeat."),
    errors.Forbidden: later("You may not do this. Please ask your accountant."),
    errors.Conflict: later("This has changed meanwhile. Please open the page again."),
    errors.Invalid: later("Please check what you have typed."),
    errors.Conflict: later("This has changed meanwhile. Here is how it is now; please look at it and try again."),
    errors.Forbidden: later("You do not have the right to do this."),
    errors.NotFound: later("There is nothing at this address."),
    errors.TooManyRequests: later("That was too much at once. Please wait a moment and try again."),
    errors.Unavailable: later("A part of the site does not answer at the moment. Please try again in a minute."),
    errors.AppError: later("Something went wrong on our side. Please try again later."),
}
# By the service that does not answer; of others, or where it is not known, the sentence of Unavailable.
SILENT = {
    "identity": later("Who you are can't be checked at the moment. You stay signed in; please try again in a minute."),
    "accounts": later("Clients do not answer at the moment. Please try again in a minute."),
    "contacts": later("The contacts do not answer at the moment. Please try again in a minute."),
    "work": later("Tasks, jobs, notes and time do not answer at the moment. Please try again in a minute."),
    "documents": later("Documents do not answer at the moment. Please try again in a minute."),
    "messages": later("Messages and e-mails do not answer at the moment. Please try again in a minute."),
    "billing": later("Invoices and proposals do not answer at the moment. Please try again in a minute."),
    "notifications": later("Notices do not answer at the moment. Please try again in a minute."),
    "quickbooks": later("The connection with QuickBooks does not answer at the moment. Please try again in a minute."),
    "overview": later("Search and lists do not answer at the moment. Please try again in a minute."),
}
TOO_LARGE = later("That is too large: at most %(most)d MB can be sent at once.")
MEGABYTE = 1024 * 1024
TOO_MANY = later_count(
    "Too many attempts. Please wait %(num)d minute and try again.",
    "Too many attempts. Please wait %(num)d minutes and try again.",
)
# Of identity about passwords, of documents about signing, of every owner about typed text.
OWNERS = (
    later("Take at least 1 capital letter, 2 digits and 2 special characters."),
    later("Take from 12 to 200 characters."),
    later("Take something else than your name or e-mail address."),
    later("This is among the passwords that are tried first; take another."),
    later("Agree to the statement to sign."),
    later("By typing my name and choosing to sign, I sign this document electronically and agree to what it says."),
    later("Write something, or attach a file."),
    later("Must not be blank."),
    later("Answer this question."),
    later("These are too long to be kept together; shorten some."),
    later("An amount has at most two decimals."),
    later("Say why, so that the firm can do something about it."),
    later("Take out the control characters."),
    later("Take out the characters that change the direction of writing."),
)
NO_ADDRESS = later("This is no e-mail address; they look like anna@example.com.")
# What the limits of messages say, in words for people.
PLAINER = {
    "Length must be between 12 and 200.": "Take from 12 to 200 characters.",
    "Must be a number of at most 15 digits, e.g. 1250.5.": later("Write a number in digits."),
    "Must be a number, e.g. 1250.5.": later("Write a number in digits."),
    "Not a valid number.": later("Write an amount in digits."),
    "Must be a date such as 2026-01-31.": later("Write a day, such as 2026-01-31."),
    "Not a valid date.": later("Write a day, such as 2026-01-31."),
    "This is no JPEG, PNG or WebP picture.": later("Take a picture of the kind JPEG, PNG or WebP."),
    "The picture is damaged or cut short; save it anew and send that.": later("The picture is damaged; take another."),
    "The picture is damaged; save it anew and send that.": later("The picture is damaged; take another."),
    "Not a valid UUID.": later("Choose one of these."),
    "Must be one of: Individual, Company, Other.": later("Must be one of: Individual, Company, Other."),
    "Take out the characters that are not text (NUL or half a surrogate pair).": later("Take out the special signs."),
}


def sentence(language: Language, error: AppError) -> str:
    """What a page says of an error as a whole."""
    if isinstance(error, TooManySignIns):
        seconds = int(error.data.get("retry_after_seconds", MINUTE))
        return language.count(*TOO_MANY, max(1, -(-seconds // MINUTE)))
    if isinstance(error, problems.TooLarge):
        return language.say(TOO_LARGE, most=max(1, int(error.data.get("max_bytes", MEGABYTE)) // MEGABYTE))
    if isinstance(error, errors.Unavailable) and error.data.get("service") in SILENT:
        return language.say(SILENT[error.data["service"]])
    return language.say(next(SENTENCES[kind] for kind in type(error).__mro__ if kind in SENTENCES))


def by_field(language: Language, error: AppError) -> dict[str, str]:
    """What a page says of an error field by field, and under no name of the whole."""
    if isinstance(error, errors.Invalid) and error.data.get("errors"):
        faults = error.data["errors"]
        return {each["field"]: plainly(language, each["message"]) for each in faults}
    return {"": sentence(language, error)}


def plainly(language: Language, message: str) -> str:
    """The words for people; whatever is wrong with an e-mail address is one thing to them."""
    if "@-sign" in message or "email address" in message:
        return language.say(NO_ADDRESS)
    if message in PLAINER:
        return language.say(PLAINER[message])
    for pattern, text in NAMING.items():
        if (found := re.fullmatch(pattern, message)) is not None:
            named = {name: language.number(one) if one.isdecimal() else one for name, one in found.groupdict().items()}
            return language.say(text, **named)
    return language.say(message)
