"""The Info tab of a client's profile: account details and contacts, every field edited where it stands."""

from gateway.web.firm.info import asides, books, links, marks, photo, state, switches, tab

PAGES = (
    *tab.PAGES,
    *marks.PAGES,
    *photo.PAGES,
    *books.PAGES,
    *state.PAGES,
    *asides.PAGES,
    *links.PAGES,
    *switches.PAGES,
)
