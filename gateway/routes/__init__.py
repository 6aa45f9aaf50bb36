"""The public API, one line per route."""

from contracts.identity import Identities
from gateway.routes import accounts, contacts, exports, members, overview, signing_in, work

ROUTES = (
    *signing_in.ROUTES,
    *members.ROUTES,
    *accounts.ROUTES,
    *contacts.ROUTES,
    *work.ROUTES,
    *overview.ROUTES,
    *exports.ROUTES,
)
# Calls that no HTTP request makes; a guard test finds the ones that are in neither list.
INTERNAL = (
    Identities.create_firm,  # of the command line
    Identities.list_firms,  # of operators' commands
    *accounts.INTERNAL,
    *contacts.INTERNAL,
    *work.INTERNAL,
    *exports.INTERNAL,
)
