"""The firm's clients: the list, one account, its tags and team, who may open it; the firm's tags."""

from contracts.accounts import Accounts
from contracts.overview import Overview
from gateway.route import Route

ACCOUNT = "/v1/accounts/{account_id}"

ROUTES = (
    Route("GET", "/v1/accounts", Overview.list_accounts, scope="accounts:read", whole=("custom_field",)),
    Route(
        "POST",
        "/v1/accounts",
        Accounts.create_account,
        scope="accounts:write",
        right=("manage_accounts",),
        status=201,
        location="/v1/accounts/{id}",
    ),
    Route("GET", ACCOUNT, Accounts.get_account, scope="accounts:read", action="view"),
    Route("PATCH", ACCOUNT, Accounts.change_account, scope="accounts:write", action="edit_details"),
    Route("PUT", f"{ACCOUNT}/team", Accounts.set_team, scope="accounts:write", action="edit_team"),
    Route("PUT", f"{ACCOUNT}/tags", Accounts.set_tags, scope="accounts:write", action="apply_tags"),
    Route("PUT", f"{ACCOUNT}/following", Accounts.follow, scope="accounts:write", action="view"),
    Route("POST", f"{ACCOUNT}/archive", Accounts.archive_account, scope="accounts:write", action="archive"),
    Route("POST", f"{ACCOUNT}/reactivate", Accounts.reactivate_account, scope="accounts:write", action="archive"),
    Route("GET", f"{ACCOUNT}/access", Accounts.list_viewers, scope="accounts:read", action="view"),
    Route("GET", f"{ACCOUNT}/actions", Accounts.get_access, scope="accounts:read", action="view"),
    # Asked for by who can't see the account: the answer is the same whether or not it exists (R-ACC-5).
    Route("POST", f"{ACCOUNT}/access-requests", Accounts.request_access, scope="accounts:write", status=204),
    Route("GET", f"{ACCOUNT}/related", Overview.list_related, scope="accounts:read", action="view"),
    Route("GET", "/v1/access-requests", Accounts.list_access_requests, scope="accounts:read"),
    Route(
        "POST",
        "/v1/access-requests/{request_id}/answer",
        Accounts.answer_access_request,
        scope="accounts:write",
        status=204,
    ),
    Route("GET", "/v1/tags", Accounts.list_tags, scope="settings:read"),
    Route("POST", "/v1/tags", Accounts.create_tag, scope="settings:write", right=("manage_tags",), status=201),
    Route("PATCH", "/v1/tags/{tag_id}", Accounts.change_tag, scope="settings:write", right=("manage_tags",)),
    Route(
        "DELETE", "/v1/tags/{tag_id}", Accounts.delete_tag, scope="settings:write", right=("manage_tags",), status=204
    ),
)
INTERNAL = (
    Accounts.get_accounts,  # of exporting
    Accounts.import_rows,  # of the import command, which reads the file on the machine it runs on
    Accounts.export,  # of rebuilding the directory
)
