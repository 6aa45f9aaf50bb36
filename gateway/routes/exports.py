"""What leaves the firm as a file, and the record of it."""

from contracts.overview import Overview
from gateway.route import Route

PAGED = ("columns", "cursor")  # from one page of a file to the next, which the caller does not see

ROUTES = (
    Route("GET", "/v1/exports", Overview.list_exports, scope="members:read", may="see_exports"),
    Route(
        "GET",
        "/v1/exports/accounts.csv",
        Overview.get_account_sheet,
        scope="accounts:read",
        may="export_accounts",
        hidden=PAGED,
        whole=("custom_field",),
        csv="accounts",
        summary="Export accounts",
    ),
    Route(
        "GET",
        "/v1/exports/contacts.csv",
        Overview.get_contact_sheet,
        scope="contacts:read",
        may="export_contacts",
        hidden=PAGED,
        csv="contacts",
        summary="Export contacts",
    ),
)
INTERNAL = (
    Overview.start_export,  # of the gateway, which sends the files
    Overview.end_export,
)
