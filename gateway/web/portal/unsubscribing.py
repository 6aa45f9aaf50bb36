"""The page of a mail's unsubscribe link: one type of mail, off and on again, by whoever holds the mail (R-NOT-8)."""

from collections.abc import Mapping

from starlette.responses import Response

from contracts.notifications import NotificationType
from contracts.preferences import PreferenceCalls, UnsubscribeToken, Unsubscription
from gateway.web.page import Page, Visit
from gateway.web.words import later

LINK = "/unsubscribe/{token}"
# What the mails of a type are about (R-NOT-3).
TYPES: Mapping[NotificationType, str] = {
    "documents": later("new documents"),
    "signatures": later("documents to sign"),
    "approvals": later("documents to approve"),
    "messages": later("messages and tasks"),
    "proposals": later("proposals"),
    "organizers": later("questionnaires"),
    "invoices": later("invoices and payments"),
    "requests": later("requests"),
    "transactions": later("questions about transactions"),
}


async def show(visit: Visit) -> Response:
    """Say what would be switched off, and change nothing: mail scanners open links before people do."""
    return _page(visit, await visit.ask(PreferenceCalls.get_unsubscription, UnsubscribeToken(token=visit.token)))


async def switch(visit: Visit) -> Response:
    """Switch it off, or on again where the form says so.

    A mail program posts here by itself when its reader presses its own button (RFC 8058 one-click): without cookies,
    with whatever form body it has, and not to be redirected.
    """
    call = PreferenceCalls.resubscribe if visit.form.get("do") == "resubscribe" else PreferenceCalls.unsubscribe
    return _page(visit, await visit.ask(call, UnsubscribeToken(token=visit.token)))


def _page(visit: Visit, found: Unsubscription) -> Response:
    about = visit.language.say(TYPES[found.type])
    return visit.draw("portal/unsubscribe.html", found=found, about=about, firm=found.firm_name or None)


PAGES = (
    Page("GET", LINK, show, link="unsubscribe"),
    Page("POST", LINK, switch, link="unsubscribe", is_anyones=True),
)
