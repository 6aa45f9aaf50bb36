"""Letters that nobody can switch off (R-NOT-7): they let somebody in."""

from services.notifications.letters.content import Content, Teller


def invitation(of: Teller) -> Content:
    """R-LOG-1, R-LOG-3: who has a password with the firm only accepts, so nothing is said about choosing one."""
    if of.has("account"):
        lead = of.say(
            "%(firm)s invites you to the client portal of %(account)s.", firm=of.firm, account=of.line("account")
        )
    else:
        lead = of.say("%(firm)s invites you to its client portal.", firm=of.firm)
    return Content(
        subject=of.say("%(firm)s invites you to its client portal", firm=of.firm),
        heading=of.say("Your client portal is waiting for you"),
        lead=[
            lead,
            of.say("It is the safe place to exchange documents and messages, to sign, and to see your invoices."),
        ],
        quote=of.body("message"),
        rows=[
            (of.say("You sign in as"), of.line("email")),
            (of.say("The link works until"), of.moment("expires_at")),
        ],
        button=of.say("Accept the invitation"),
        after=[
            of.say("The link works once and is meant for you alone. Please do not forward this e-mail."),
            of.say("If you were not expecting this, ignore this e-mail: nothing happens without you."),
        ],
        shows_link=True,
    )


def password_reset(of: Teller) -> Content:
    return Content(
        subject=of.say("Choose a new password for %(firm)s", firm=of.firm),
        heading=of.say("Choose a new password"),
        lead=[
            of.say(
                "Somebody, most likely you, asked for a new password to sign in to %(firm)s.",
                firm=of.firm,
            )
        ],
        rows=[
            (of.say("You sign in as"), of.line("email")),
            (of.say("The link works until"), of.moment("expires_at")),
        ],
        button=of.say("Choose a new password"),
        after=[
            of.say("The link works once and is meant for you alone. Please do not forward this e-mail."),
            of.say("If it was not you, ignore this e-mail: your password stays as it is."),
        ],
        shows_link=True,
    )


def signing_link(of: Teller) -> Content:
    """For a signer who needs no access to the portal: the link itself opens the document."""
    return Content(
        subject=of.say("%(firm)s asks you to sign: %(document)s", firm=of.firm, document=of.short("document")),
        heading=of.say("Your signature is requested"),
        lead=[
            of.say(
                "%(firm)s asks you to read and sign a document online. You need neither an account nor a password.",
                firm=of.firm,
            )
        ],
        quote=of.body("message"),
        rows=[
            (of.say("Document"), of.line("document")),
            (of.say("The link works until"), of.moment("expires_at")),
        ],
        button=of.say("Read and sign"),
        after=[
            of.say("Whoever has the link can sign in your name. Please do not forward this e-mail."),
            of.say("If you were not expecting this, ask %(firm)s before you sign.", firm=of.firm),
        ],
        shows_link=True,
    )
