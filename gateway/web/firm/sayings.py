"""What the firm's pages say where an owner refuses something, beside what every page says."""

from collections.abc import Mapping

from chassis import errors
from chassis.errors import AppError
from contracts.accounts import AccountNotArchived, AccountOwes, RoleExists, TagExists, TeamMemberUnknown
from contracts.approvals import ApprovalAnswered, ApprovalPending, NotShared
from contracts.contacts import AlreadyLinked, ContactNotFound, LastContact, LinkNotFound, MemberAddress
from contracts.custom_fields import FieldExists
from contracts.identity import EmailTaken, NotAllowed, OwnerStays, WrongCredentials
from contracts.mailboxes import MailboxNotFound, MailboxRefused, MailboxTaken
from contracts.organizer_templates import OrganizerTemplateNotFound
from contracts.organizers import OrganizerClosed
from contracts.portal import NoPasswordYet
from contracts.preferences import NotifyIsOff
from contracts.price_list import BilledServiceTaken
from contracts.proposals import (
    DepositNotDue,
    NoSignatories,
    ProposalNotDeletable,
    ProposalNotEditable,
    ProposalNotOpen,
    ProposalNotSendable,
    SignerNeeded,
)
from contracts.quickbooks import CustomerNotFound, CustomerTaken, NotPossible
from contracts.quickbooks_connection import QuickBooksNotConnected, QuickBooksNotSet
from contracts.quickbooks_documents import (
    DocumentNotKnown,
    DocumentNotReady,
    EntityTaken,
    ItemNotKnown,
    ServiceNotKnown,
)
from contracts.signatures import KindNotOffered, NotSignable, SignatureClosed, SignaturePending
from contracts.signing import AlreadySigned
from contracts.suppressions import SuppressionNotFound
from contracts.switches import AccountArchived, AddressBlocked, AddressNotFound, NotInvitable
from contracts.work import PipelineInUse, StatusInUse
from gateway import problems
from gateway.web import words
from gateway.web.page import Visit
from gateway.web.words import later

# By the class found first in the error's ancestry; those of words.SENTENCES come after.
SENTENCES: Mapping[type[AppError], str] = {
    AccountNotArchived: later("Only an archived client can be deleted: archive it first."),
    AccountOwes: later("This client has unpaid invoices. Only the owner of the firm can delete it all the same."),
    TeamMemberUnknown: later("Somebody you chose is no longer with the firm, or is not yours to add or remove."),
    AlreadyLinked: later("This contact is linked to the client already."),
    ContactNotFound: later("There is no such contact, or it is not yours to see."),
    LastContact: later("A client keeps at least one contact: link another one first."),
    LinkNotFound: later("This contact is no longer linked to the client."),
    MemberAddress: later(
        "This is the address of somebody in your firm: a contact can't have it, it would break sign-in."
    ),
    NoPasswordYet: later("Only who has accepted an invitation has a password to choose anew."),
    NotifyIsOff: later("Switch NOTIFY on first."),
    CustomerNotFound: later("There is no such customer in QuickBooks, as far as its customers were read."),
    CustomerTaken: later("This customer is another client's already. Tick “shared” if both are one customer."),
    NotPossible: later("This can't be done as things stand with QuickBooks at the moment."),
    QuickBooksNotConnected: later("The firm is not connected to QuickBooks; its owner connects it."),
    AccountArchived: later("Nobody is let into an archived client: bring it back first."),
    AddressBlocked: later("Mail to this address does not arrive: give the contact another one."),
    AddressNotFound: later("The contact no longer has this address."),
    NotInvitable: later("Only an address with LOGIN on that has not accepted yet can be invited."),
    EmailTaken: later("Somebody in your firm has this e-mail address already."),
    NotAllowed: later("Your role does not allow this. Ask an admin or the owner of your firm."),
    OwnerStays: later("A firm always has its owner: hand the firm over to somebody else first."),
    WrongCredentials: later("This is not your password so far."),
    TagExists: later("There is a tag of this name already."),
    RoleExists: later("There is a role of this name already."),
    FieldExists: later("There is a field of this name already."),
    PipelineInUse: later("There are jobs in this pipeline, or in a stage you emptied: move or archive them first."),
    StatusInUse: later("There are tasks or jobs in a status you emptied: move them to another first."),
    BilledServiceTaken: later("A service of this name is offered already."),
    MailboxTaken: later("Another member of your firm has connected this mailbox already."),
    MailboxRefused: later(
        "The mail server refuses or does not answer. Check the server, the user name and the password."
    ),
    MailboxNotFound: later("There is no such mailbox, or it is not yours."),
    SuppressionNotFound: later("This address gets mail already."),
    QuickBooksNotSet: later("Enter the client id, the client secret and the redirect address first."),
    DocumentNotKnown: later("QuickBooks has nothing to do with this yet, or it is not yours to see."),
    DocumentNotReady: later("The client has to be synced first: decide about it, then try again."),
    EntityTaken: later("That one in QuickBooks is linked to something else already."),
    ItemNotKnown: later("There is no such active product or service in QuickBooks, as far as they were read."),
    ServiceNotKnown: later("This service was not billed yet."),
    ApprovalPending: later("The client is asked to approve this document already; withdraw that request first."),
    ApprovalAnswered: later("This was answered or withdrawn meanwhile."),
    NotShared: later("The client can't see this document: move it into a folder that clients see first."),
    NotSignable: later("Only a PDF that opens without a password can be signed."),
    KindNotOffered: later("Only simple signatures are offered."),
    SignaturePending: later("This document waits for signatures already: withdraw that request first."),
    SignatureClosed: later("This can't be done any more: it is signed, declined or withdrawn, or was sent already."),
    AlreadySigned: later("They have signed or declined already."),
    OrganizerClosed: later("It is submitted, sealed or archived, so this can't be done."),
    OrganizerTemplateNotFound: later("This template is not there any more."),
    ProposalNotEditable: later("Somebody has signed it, or it is withdrawn: duplicate it to offer something else."),
    ProposalNotSendable: later("It is sent already: duplicate it to send it again."),
    ProposalNotOpen: later("It is signed, out of date or withdrawn already."),
    ProposalNotDeletable: later("What somebody has signed is kept, and so is what an archived client was sent."),
    NoSignatories: later("Nobody of this client may sign: give a contact LOGIN and signing authority first."),
    SignerNeeded: later("They have signed, or nobody else is left to sign: withdraw the proposal instead."),
    DepositNotDue: later("There is no deposit to receive."),
    problems.ActionNotAllowed: later("Your rights do not cover this. Ask an admin of your firm."),
    problems.RightMissing: later("Your rights do not cover this. Ask an admin of your firm."),
    errors.Forbidden: later("Your rights do not cover this. Ask an admin of your firm."),
    errors.Conflict: later("Somebody changed this in the meantime. Look at it again, and repeat."),
}
# Of owners about typed text; what is marked here is translated where by_field says it.
OWNERS = (
    later("Must be a phone number, e.g. +33 1 23 45 67 89."),
    later("Must be an address such as https://example.com/page."),
    later("Must be a date such as 2026-01-31."),
    later("Must be a number of at most 15 digits, e.g. 1250.5."),
    later("An amount has at most two decimals."),
    later('Must be an amount such as {"amount": "12.50", "currency": "EUR"}.'),
    later("Must be a time zone such as Europe/Paris."),
    later("Type the name of the account as it is shown."),
    later("The contact has an address there; change that first."),
    later("Only who may sign in can sign: switch LOGIN on too."),
    later("A name has at most 255 characters."),
    later("Must contain {number} once, and may contain {year}, e.g. INV-{year}-{number}."),
    later("Put a sign between {year} and {number}, so that no two invoices look alike."),
    later("Must be as Intuit shows it: letters, digits and signs without spaces."),
    later("Must begin with https:// (http:// only on this machine), as it is registered with Intuit."),
    later("Must be the id of an account of the ledger in QuickBooks."),
    later("Must be an id in QuickBooks."),
    later("Nobody on this account has LOGIN; name those who shall sign."),
    later("A third party signs by an e-mailed link: give an address."),
    later("This contact has neither LOGIN nor an e-mail address, so it can't be asked."),
    later("This signer is named twice."),
    later("Another question has this key."),
    later("Give at least 2 choices, each once."),
    later("Must be the key of an earlier question."),
    later("Must be a question of choices, or of yes and no."),
    later("An organizer has at most 300 questions."),
    later("Only a single organizer can be given another name."),
    later("Each package needs a name of its own."),
    later("Must be monthly: a recurring proposal has no other lines. Or choose invoicing on_signature."),
    later("Must not be in the past."),
    later("QuickBooks and folders on Windows do not take a colon in a name."),
)


def by_field(visit: Visit, error: AppError) -> dict[str, str]:
    """What a page says of an error field by field, and under no name of the whole."""
    if isinstance(error, errors.Invalid) and error.data.get("errors"):
        own = SENTENCES.get(type(error))
        if own:
            return {each["field"]: visit.language.say(own) for each in error.data["errors"]}
        return words.by_field(visit.language, error)
    return {"": sentence(visit, error)}


def sentence(visit: Visit, error: AppError) -> str:
    """What a page says of an error as a whole."""
    found = next((SENTENCES[kind] for kind in type(error).__mro__ if kind in SENTENCES), None)
    return visit.language.say(found) if found else words.sentence(visit.language, error)


def status(error: AppError) -> int:
    return problems.status_of(type(error))
