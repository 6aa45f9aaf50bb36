"""The profile of a client in one answer, "view all" of each section, and search."""

from contracts.changes import Changes
from contracts.overview import Overview
from gateway.route import Route

OVERVIEW = "/v1/accounts/{account_id}/overview"

ROUTES = (
    Route("GET", OVERVIEW, Overview.get_profile, scope="accounts:read", action="view"),
    Route(
        "GET",
        f"{OVERVIEW}/{{name}}",
        Overview.list_section,
        scope="accounts:read",
        action="view",
        hidden=("scope",),
        filters="filters",
    ),
    Route(
        "GET",
        "/v1/accounts/{account_id}/changes",
        Changes.get_generations,
        scope="accounts:read",
        action="view",
        is_followed=True,
        summary="Follow the changes of an account",
    ),
    Route("GET", "/v1/search", Overview.search, scope="accounts:read"),
)
