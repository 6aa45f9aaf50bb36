"""Pages for the firm's members: the same calls and rights as the API, drawn for people."""

from gateway.web.firm import (
    clients,
    contact_list,
    drafts,
    entering,
    info,
    items,
    lists,
    notices,
    overview,
    person,
    quickbooks,
    search,
    settings,
    writing,
)

PAGES = (
    *entering.PAGES,
    *search.PAGES,
    *clients.PAGES,
    *contact_list.PAGES,
    *overview.PAGES,
    *lists.PAGES,
    *drafts.PAGES,
    *items.PAGES,
    *info.PAGES,
    *person.PAGES,
    *notices.PAGES,
    *settings.PAGES,
    *writing.PAGES,
    *quickbooks.PAGES,
)
