"""Letters to members of the firm: what clients did, and what colleagues want of them."""

from services.notifications.letters.content import Content, Teller

UNSENT = 200  # accounts named; each has to be looked after


def staff_client_activated(of: Teller) -> Content:
    """R-LOG-9."""
    told = {"contact": of.line("contact"), "account": of.line("account")}
    return Content(
        subject=of.say("%(account)s has activated the portal", account=of.short("account")),
        heading=of.say("A client has activated the portal"),
        lead=[of.say("%(contact)s has accepted the invitation and is the first to enter %(account)s.", **told)],
        rows=[*_about(of), (of.say("E-mail address"), of.line("email"))],
        button=of.say("Open the account"),
    )


def staff_document_uploaded(of: Teller) -> Content:
    many = len(of.lines("names"))
    return Content(
        subject=of.count(
            "%(account)s has uploaded a document",
            "%(account)s has uploaded %(number)s documents",
            many,
            account=of.short("account"),
        ),
        heading=of.count("A document from a client", "%(number)s documents from a client", many),
        lead=[
            of.count(
                "A document has come in through the portal.",
                "%(number)s documents have come in through the portal.",
                many,
            )
        ],
        rows=_about(of),
        items=of.listed("names"),
        more=of.more("names"),
        button=of.count("Open the document", "See the documents", many),
    )


def staff_chat_message(of: Teller) -> Content:
    told = {"author": of.short("author"), "subject": of.short("subject")}
    if of.has("is_reply"):
        subject = of.say("%(author)s has replied: %(subject)s", **told)
        heading = of.say("A client has replied")
    else:
        subject = of.say("New message from %(author)s: %(subject)s", **told)
        heading = of.say("A client has written")
    lead = of.say("%(author)s has written a message in the portal.", author=of.line("author"))
    return Content(
        subject=subject,
        heading=heading,
        lead=[lead],
        rows=[(of.say("Account"), of.line("account")), (of.say("Subject"), of.line("subject"))],
        quote=of.excerpt("excerpt"),
        button=of.say("Read and reply"),
    )


def staff_client_task_done(of: Teller) -> Content:
    return Content(
        subject=of.say("%(account)s has done a task: %(task)s", account=of.short("account"), task=of.short("task")),
        heading=of.say("A client has done a task"),
        lead=[of.say("A task you gave to a client has been ticked off.")],
        rows=[*_about(of), (of.say("Task"), of.line("task")), (of.say("Subject"), of.line("subject"))],
        button=of.say("Open the conversation"),
    )


def staff_approval_answered(of: Teller) -> Content:
    told = {"account": of.short("account"), "document": of.short("document")}
    if of.has("is_approved"):
        subject = of.say("%(account)s has approved: %(document)s", **told)
        heading = of.say("A document has been approved")
        lead = of.say("A client has approved a document.")
    else:
        subject = of.say("%(account)s has not approved: %(document)s", **told)
        heading = of.say("A document has not been approved")
        lead = of.say("A client does not approve a document. Please look at what should change.")
    return Content(
        subject=subject,
        heading=heading,
        lead=[lead],
        rows=[*_about(of), (of.say("Document"), of.line("document"))],
        quote=of.body("comment"),
        button=of.say("Open the document"),
    )


def staff_signature_answered(of: Teller) -> Content:
    told = {"account": of.short("account"), "document": of.short("document")}
    if not of.has("is_signed"):
        subject = of.say("%(account)s has declined to sign: %(document)s", **told)
        heading = of.say("A signature has been declined")
        lead = of.say("A document will not be signed. Please talk to the client.")
    elif of.has("is_complete"):
        subject = of.say("%(account)s has signed: %(document)s", **told)
        heading = of.say("A document is signed by all")
        lead = of.say("All who had to sign have signed.")
    else:
        subject = of.say("One more signature from %(account)s: %(document)s", **told)
        heading = of.say("One more signature is there")
        lead = of.say("Somebody has signed a document; others have not yet.")
    return Content(
        subject=subject,
        heading=heading,
        lead=[lead],
        rows=[*_about(of), (of.say("Document"), of.line("document"))],
        quote="" if of.has("is_signed") else of.body("reason"),
        button=of.say("Open the document"),
    )


def staff_organizer_submitted(of: Teller) -> Content:
    told = {"account": of.short("account"), "organizer": of.short("organizer")}
    return Content(
        subject=of.say("%(account)s has submitted: %(organizer)s", **told),
        heading=of.say("An organizer has been submitted"),
        lead=[of.say("A client has answered an organizer. The answers are ready for you.")],
        rows=[*_about(of), (of.say("Organizer"), of.line("organizer"))],
        button=of.say("Read the answers"),
    )


def staff_proposal_signed(of: Teller) -> Content:
    told = {"account": of.short("account"), "proposal": of.short("proposal")}
    return Content(
        subject=of.say("%(account)s has signed: %(proposal)s", **told),
        heading=of.say("A proposal has been signed"),
        lead=[of.say("Good news: all who had to sign the proposal have signed it.")],
        rows=[*_about(of), (of.say("Proposal"), of.line("proposal"))],
        button=of.say("Open the proposal"),
    )


def staff_proposals_not_sent(of: Teller) -> Content:
    """R-SIG-4."""
    many = len(of.lines("accounts"))
    return Content(
        subject=of.count(
            "Not sent to %(number)s account: %(proposal)s",
            "Not sent to %(number)s accounts: %(proposal)s",
            many,
            proposal=of.short("proposal"),
        ),
        heading=of.say("A proposal could not be sent"),
        lead=[
            of.count(
                "This account has nobody who may sign, so the proposal was not sent to it.",
                "These accounts have nobody who may sign, so the proposal was not sent to them.",
                many,
            )
        ],
        rows=[(of.say("Proposal"), of.line("proposal"))],
        items=of.listed("accounts", UNSENT),
        more=of.more("accounts", UNSENT),
        button=of.say("Open the proposals"),
        after=[of.say("Switch on the signing authority of a contact of each account, and send the proposal again.")],
    )


def staff_payment_received(of: Teller) -> Content:
    told = {"account": of.short("account"), "amount": of.sum("amount")}
    return Content(
        subject=of.say("%(account)s has paid %(amount)s", **told),
        heading=of.say("A payment has come in"),
        lead=[of.say("A payment from a client has been recorded.")],
        rows=[
            (of.say("Account"), of.line("account")),
            (of.say("Amount"), of.sum("amount")),
            (of.say("Paid on"), of.day("paid_on")),
            (of.count("Invoice", "Invoices", len(of.lines("invoices"))), of.joined("invoices")),
        ],
        button=of.say("See the payments"),
    )


def staff_mentioned(of: Teller) -> Content:
    told = {"author": of.short("author"), "account": of.short("account")}
    return Content(
        subject=of.say("%(author)s has mentioned you in a note on %(account)s", **told),
        heading=of.say("You were mentioned in a note"),
        lead=[of.say("%(author)s wants you to see a note.", author=of.line("author"))],
        rows=[(of.say("Account"), of.line("account"))],
        quote=of.excerpt("excerpt"),
        button=of.say("Open the note"),
    )


def staff_task_assigned(of: Teller) -> Content:
    if of.has("author"):
        lead = of.say("%(author)s has assigned a task to you.", author=of.line("author"))
    else:
        lead = of.say("A task has been assigned to you.")
    return Content(
        subject=of.say("A task for you: %(task)s", task=of.short("task")),
        heading=of.say("A task has been assigned to you"),
        lead=[lead],
        rows=[
            (of.say("Task"), of.line("task")),
            (of.say("Account"), of.line("account")),
            (of.say("Due on"), of.day("due_on")),
        ],
        button=of.say("Open the task"),
    )


def staff_access_requested(of: Teller) -> Content:
    """R-ACC-4."""
    told = {"member": of.short("member"), "account": of.short("account")}
    return Content(
        subject=of.say("%(member)s asks for access to %(account)s", **told),
        heading=of.say("A colleague asks for access"),
        lead=[
            of.say(
                "%(member)s would like to work on an account. You can grant it or decline.", member=of.line("member")
            )
        ],
        rows=[(of.say("Member"), of.line("member")), (of.say("Account"), of.line("account"))],
        button=of.say("Answer the request"),
    )


def _about(of: Teller) -> list[tuple[str, str]]:
    return [(of.say("Account"), of.line("account")), (of.say("Contact"), of.line("contact"))]
