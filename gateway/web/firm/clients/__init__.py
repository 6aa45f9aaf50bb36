"""The firm's clients as a list, and what is done from it: filtering, choosing columns, creating, changing many."""

from gateway.web.firm.clients import changing, creating, importing, listing, views

PAGES = (*listing.PAGES, *creating.PAGES, *importing.PAGES, *changing.PAGES, *views.PAGES)
