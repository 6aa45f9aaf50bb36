"""Pages for clients' people: coming in, and what they see and do of their accounts."""

from gateway.web.portal import (
    bills,
    chats,
    documents,
    entering,
    home,
    organizers,
    requests,
    resetting,
    settings,
    signing,
    unsubscribing,
)

PAGES = (
    *entering.PAGES,
    *resetting.PAGES,
    *home.PAGES,
    *documents.PAGES,
    *requests.PAGES,
    *organizers.PAGES,
    *chats.PAGES,
    *bills.PAGES,
    *settings.PAGES,
    *signing.PAGES,
    *unsubscribing.PAGES,
)
