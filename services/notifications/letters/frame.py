"""What stands around the content of every letter: banner, why one gets it, how to stop it."""

from collections.abc import Mapping

from contracts.notifications import NotificationType
from services.notifications.letters.content import Teller
from services.notifications.letters.kinds import Kind
from services.notifications.letters.voice import later

REASONS: Mapping[NotificationType, str] = {
    "documents": later("You receive this e-mail because %(firm)s tells you about new documents."),
    "signatures": later("You receive this e-mail because %(firm)s tells you about documents to sign."),
    "approvals": later("You receive this e-mail because %(firm)s tells you about documents to approve."),
    "messages": later("You receive this e-mail because %(firm)s tells you about messages and tasks."),
    "proposals": later("You receive this e-mail because %(firm)s tells you about proposals."),
    "organizers": later("You receive this e-mail because %(firm)s tells you about organizers."),
    "invoices": later("You receive this e-mail because %(firm)s tells you about invoices and payments."),
    "requests": later("You receive this e-mail because %(firm)s tells you about requests."),
    "transactions": later("You receive this e-mail because %(firm)s asks you about transactions."),
}
STAFF = later("You receive this e-mail because you work at %(firm)s.")
SECURITY = later("This e-mail is about your access at %(firm)s. E-mails of this kind cannot be switched off.")


def words(of: Teller, kind: Kind, greeting: str) -> dict[str, str]:
    """The sentences of the layout: the footer says why the reader gets the letter, by its type (R-NOT-3)."""
    reason = REASONS[kind.type] if kind.type else STAFF if kind.is_staff else SECURITY
    return {
        "hello": of.say("Hello %(name)s,", name=greeting) if greeting else of.say("Hello,"),
        "banner": of.say(
            "Your access is not active yet. Activate it to see all that %(firm)s shares with you.", firm=of.firm
        ),
        "activate": of.say("Activate my access"),
        "button_fails": of.say("If the button does not work, copy this address into your browser:"),
        "why": of.say(reason, firm=of.firm),
        "unsubscribe": of.say("Stop e-mails of this kind"),
    }
