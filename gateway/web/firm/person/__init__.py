"""A contact's page: who they are, for all the accounts they serve (R-C-1)."""

from gateway.web.firm.person import deeds, sheet

PAGES = (*deeds.PAGES, *sheet.PAGES)
