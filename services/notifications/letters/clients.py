"""Letters to clients about documents, signatures, approvals, messages, organizers and requests (R-NOT-3)."""

from services.notifications.letters.content import Content, Teller


def documents_uploaded(of: Teller) -> Content:
    many = len(of.lines("names"))
    if of.has("author"):
        lead = of.count(
            "%(author)s of %(firm)s has placed a document in your portal.",
            "%(author)s of %(firm)s has placed %(number)s documents in your portal.",
            many,
            author=of.line("author"),
            firm=of.firm,
        )
    else:
        lead = of.count(
            "%(firm)s has placed a document in your portal.",
            "%(firm)s has placed %(number)s documents in your portal.",
            many,
            firm=of.firm,
        )
    return Content(
        subject=of.count(
            "New document from %(firm)s: %(name)s",
            "%(number)s new documents from %(firm)s",
            many,
            firm=of.firm,
            name=of.first("names"),
        ),
        heading=of.count("A new document for you", "%(number)s new documents for you", many),
        lead=[lead],
        items=of.listed("names"),
        more=of.more("names"),
        button=of.count("Open the document", "See the documents", many),
    )


def signature_requested(of: Teller) -> Content:
    return Content(
        subject=of.say("Please sign: %(document)s", document=of.short("document")),
        heading=of.say("Your signature is requested"),
        lead=[of.say("%(firm)s asks you to sign a document.", firm=of.firm)],
        quote=of.body("message"),
        rows=_asked(of, of.say("Please sign by")),
        button=of.say("Read and sign"),
    )


def signature_reminder(of: Teller) -> Content:
    return Content(
        subject=of.say("Reminder: please sign %(document)s", document=of.short("document")),
        heading=of.say("A document still needs your signature"),
        lead=[of.say("A friendly reminder: %(firm)s is waiting for your signature.", firm=of.firm)],
        rows=_asked(of, of.say("Please sign by")),
        button=of.say("Read and sign"),
    )


def approval_requested(of: Teller) -> Content:
    return Content(
        subject=of.say("Please approve: %(document)s", document=of.short("document")),
        heading=of.say("Your approval is requested"),
        lead=[
            of.say(
                "%(firm)s asks you to read a document and to approve it, or to say what should change.", firm=of.firm
            )
        ],
        quote=of.body("message"),
        rows=_asked(of, of.say("Please answer by")),
        button=of.say("Read and answer"),
    )


def approval_reminder(of: Teller) -> Content:
    return Content(
        subject=of.say("Reminder: please approve %(document)s", document=of.short("document")),
        heading=of.say("A document still needs your approval"),
        lead=[of.say("A friendly reminder: %(firm)s is waiting for your answer.", firm=of.firm)],
        rows=_asked(of, of.say("Please answer by")),
        button=of.say("Read and answer"),
    )


def chat_message(of: Teller) -> Content:
    told = {"author": of.short("author"), "subject": of.short("subject")}
    if of.has("is_reply"):
        subject = of.say("%(author)s has replied: %(subject)s", **told)
        heading = of.say("You have a reply")
        lead = of.say("%(author)s of %(firm)s has replied to you.", author=of.line("author"), firm=of.firm)
    else:
        subject = of.say("New message from %(author)s: %(subject)s", **told)
        heading = of.say("You have a message")
        lead = of.say("%(author)s of %(firm)s has written to you.", author=of.line("author"), firm=of.firm)
    return Content(
        subject=subject,
        heading=heading,
        lead=[lead],
        rows=[(of.say("Subject"), of.line("subject"))],
        quote=of.excerpt("excerpt"),
        button=of.say("Read and reply"),
        after=[of.say("Please reply in your portal: it keeps what you write between you and %(firm)s.", firm=of.firm)],
    )


def client_tasks(of: Teller) -> Content:
    many = len(of.lines("tasks"))
    return Content(
        subject=of.count("%(firm)s has a task for you", "%(firm)s has %(number)s tasks for you", many, firm=of.firm),
        heading=of.count("A task for you", "%(number)s tasks for you", many),
        lead=[
            of.count(
                "%(firm)s needs something from you. Tick it off in your portal when it is done.",
                "%(firm)s needs a few things from you. Tick them off in your portal as they are done.",
                many,
                firm=of.firm,
            )
        ],
        rows=[(of.say("Subject"), of.line("subject")), (of.say("From"), of.line("author"))],
        items=of.listed("tasks"),
        more=of.more("tasks"),
        button=of.count("See the task", "See the tasks", many),
    )


def organizer_sent(of: Teller) -> Content:
    return Content(
        subject=of.say("Please fill in: %(organizer)s", organizer=of.short("organizer")),
        heading=of.say("An organizer for you to fill in"),
        lead=[
            of.say(
                "%(firm)s needs your answers. They are saved as you write, so you may stop and go on at any time.",
                firm=of.firm,
            )
        ],
        rows=_organizer(of),
        button=of.say("Start answering"),
    )


def organizer_reminder(of: Teller) -> Content:
    return Content(
        subject=of.say("Reminder: please fill in %(organizer)s", organizer=of.short("organizer")),
        heading=of.say("An organizer is waiting for you"),
        lead=[of.say("A friendly reminder: %(firm)s is waiting for your answers.", firm=of.firm)],
        rows=_organizer(of),
        button=of.say("Go on answering"),
    )


def request_sent(of: Teller) -> Content:
    return Content(
        subject=of.say("%(firm)s has a request: %(request)s", firm=of.firm, request=of.short("request")),
        heading=of.say("A request for you"),
        lead=[of.say("%(firm)s needs information or documents from you.", firm=of.firm)],
        rows=[
            (of.say("Request"), of.line("request")),
            (of.say("Questions"), str(of.number("questions") or "")),
            (of.say("Please answer by"), of.day("due_on")),
        ],
        button=of.say("Answer the request"),
    )


def _asked(of: Teller, until: str) -> list[tuple[str, str]]:
    return [
        (of.say("Document"), of.line("document")),
        (of.say("Asked by"), of.line("author")),
        (until, of.day("due_on")),
    ]


def _organizer(of: Teller) -> list[tuple[str, str]]:
    questions, answered = of.number("questions"), of.number("answered")
    if questions and answered:
        progress = of.say("%(answered)s of %(questions)s", answered=answered, questions=questions)
    else:
        progress = ""
    return [
        (of.say("Organizer"), of.line("organizer")),
        (of.say("Questions"), str(questions) if questions and not progress else ""),
        (of.say("Answered so far"), progress),
        (of.say("Please answer by"), of.day("due_on")),
    ]
