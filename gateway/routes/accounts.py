"""The firm's clients: the list, one account, who may open it, the trash; the firm's tags, roles and custom fields."""

from contracts.accounts import Accounts
from contracts.overview import Overview
from gateway.route import Route, Upload

ACCOUNT = "/v1/accounts/{account_id}"
FIELDS, ROLES, TRASH = "/v1/custom-fields/accounts", "/v1/account-roles", "/v1/trash/accounts"
PICTURE = Upload(
    field="upload", kinds=("image/jpeg", "image/png", "image/webp"), max_bytes=5 * 1024 * 1024, seconds=60.0
)

ROUTES = (
    Route("GET", "/v1/accounts", Overview.list_accounts, scope="accounts:read", whole=("custom_field",)),
    Route(
        "POST",
        "/v1/accounts",
        Accounts.create_account,
        scope="accounts:write",
        may="create_account",
        status=201,
        location="/v1/accounts/{id}",
    ),
    Route("GET", ACCOUNT, Accounts.get_account, scope="accounts:read", action="view"),
    Route("PATCH", ACCOUNT, Accounts.change_account, scope="accounts:write", action="edit_details"),
    Route("PUT", f"{ACCOUNT}/team", Accounts.set_team, scope="accounts:write", action="edit_team"),
    Route("PUT", f"{ACCOUNT}/roles", Accounts.set_roles, scope="accounts:write", action="edit_team"),
    Route("PUT", f"{ACCOUNT}/tags", Accounts.set_tags, scope="accounts:write", action="apply_tags"),
    Route("PUT", f"{ACCOUNT}/following", Accounts.follow, scope="accounts:write", action="view"),
    Route("POST", f"{ACCOUNT}/archive", Accounts.archive_account, scope="accounts:write", action="archive"),
    Route("POST", f"{ACCOUNT}/reactivate", Accounts.reactivate_account, scope="accounts:write", action="archive"),
    Route("POST", f"{ACCOUNT}/delete", Accounts.delete_account, scope="accounts:write", action="archive"),
    Route(
        "GET",
        f"{ACCOUNT}/photo",
        Accounts.get_photo,
        scope="accounts:read",
        action="view",
        gives=("image/webp", "image/svg+xml"),
    ),
    Route(
        "PUT",
        f"{ACCOUNT}/photo",
        Accounts.set_photo,
        scope="accounts:write",
        action="change_photo",
        upload=PICTURE,
        seconds=12.0,  # forty megapixels take a second or two to decode, one picture after the other
    ),
    Route(
        "DELETE",
        f"{ACCOUNT}/photo",
        Accounts.delete_photo,
        scope="accounts:write",
        action="change_photo",
        status=204,
    ),
    Route("GET", f"{ACCOUNT}/access", Accounts.list_viewers, scope="accounts:read", action="view"),
    Route("GET", f"{ACCOUNT}/actions", Accounts.get_access, scope="accounts:read", action="view"),
    # Asked for by who can't see the account: the answer is the same whether or not it exists (R-ACC-5).
    Route("POST", f"{ACCOUNT}/access-requests", Accounts.request_access, scope="accounts:write", status=204),
    Route("GET", f"{ACCOUNT}/related", Overview.list_related, scope="accounts:read", action="view"),
    Route("GET", f"{ACCOUNT}/history", Overview.list_history, scope="accounts:read", action="view"),
    Route("GET", "/v1/access-requests", Accounts.list_access_requests, scope="accounts:read", may="answer_requests"),
    Route(
        "POST",
        "/v1/access-requests/{request_id}/answer",
        Accounts.answer_access_request,
        scope="accounts:write",
        may="answer_requests",
        status=204,
    ),
    Route("GET", TRASH, Accounts.list_trash, scope="accounts:read", may="see_trash"),
    # Nobody sees an account in the trash; its owner asks whether the caller would, but for that.
    Route("POST", f"{TRASH}/{{account_id}}/restore", Accounts.restore_account, scope="accounts:write", may="see_trash"),
    Route("GET", "/v1/tags", Accounts.list_tags, scope="settings:read"),
    Route("POST", "/v1/tags", Accounts.create_tag, scope="settings:write", may="manage_tags", status=201),
    Route("PATCH", "/v1/tags/{tag_id}", Accounts.change_tag, scope="settings:write", may="manage_tags"),
    Route("DELETE", "/v1/tags/{tag_id}", Accounts.delete_tag, scope="settings:write", may="manage_tags", status=204),
    Route("GET", FIELDS, Accounts.list_account_fields, scope="settings:read"),
    Route(
        "POST", FIELDS, Accounts.create_account_field, scope="settings:write", may="manage_account_fields", status=201
    ),
    Route(
        "PATCH",
        f"{FIELDS}/{{field_id}}",
        Accounts.change_account_field,
        scope="settings:write",
        may="manage_account_fields",
    ),
    Route(
        "DELETE",
        f"{FIELDS}/{{field_id}}",
        Accounts.delete_account_field,
        scope="settings:write",
        may="manage_account_fields",
        status=204,
    ),
    Route("GET", ROLES, Accounts.list_account_roles, scope="settings:read"),
    Route("POST", ROLES, Accounts.create_account_role, scope="settings:write", may="manage_account_roles", status=201),
    Route(
        "PATCH",
        f"{ROLES}/{{role_id}}",
        Accounts.rename_account_role,
        scope="settings:write",
        may="manage_account_roles",
    ),
    Route(
        "DELETE",
        f"{ROLES}/{{role_id}}",
        Accounts.delete_account_role,
        scope="settings:write",
        may="manage_account_roles",
        status=204,
    ),
)
INTERNAL = (
    Accounts.get_accounts,  # of exporting
    Accounts.import_rows,  # of the import command, which reads the file on the machine it runs on
    Accounts.export,  # of rebuilding the directory
    Accounts.list_changes,  # of an account's history, which others tell too
)
