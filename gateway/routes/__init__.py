"""The public API, one line per route."""

from contracts.identity import Identities
from gateway.routes import (
    accounts,
    billing,
    chats,
    contacts,
    documents,
    emails,
    exports,
    imports,
    members,
    notices,
    notifications,
    overview,
    portal,
    proposals,
    quickbooks,
    requests,
    signing_in,
    work,
)

ROUTES = (
    *signing_in.ROUTES,
    *members.ROUTES,
    *accounts.ROUTES,
    *contacts.ROUTES,
    *work.ROUTES,
    *billing.ROUTES,
    *proposals.ROUTES,
    *emails.ROUTES,
    *chats.ROUTES,
    *documents.ROUTES,
    *requests.ROUTES,
    *overview.ROUTES,
    *exports.ROUTES,
    *imports.ROUTES,
    *quickbooks.ROUTES,
    *portal.ROUTES,
    *notices.ROUTES,
    *notifications.ROUTES,
)
# Calls that no HTTP request makes; a guard test finds the ones that are in neither list.
INTERNAL = (
    Identities.create_firm,  # of the command line
    Identities.list_firms,  # of operators' commands
    *accounts.INTERNAL,
    *contacts.INTERNAL,
    *work.INTERNAL,
    *billing.INTERNAL,
    *chats.INTERNAL,
    *documents.INTERNAL,
    *emails.INTERNAL,
    *exports.INTERNAL,
    *portal.INTERNAL,
)
