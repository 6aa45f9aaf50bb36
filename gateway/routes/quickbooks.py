"""QuickBooks Online: the firm's connection, and how each account stands with it."""

from contracts.quickbooks import QuickBooks
from gateway.from_request import signature
from gateway.route import Route

FIRM, ACCOUNT = "/v1/quickbooks", "/v1/accounts/{account_id}/quickbooks"
DOCUMENTS = f"{ACCOUNT}/documents"
DOCUMENT = f"{DOCUMENTS}/{{kind}}/{{document_id}}"
SECONDS = 40.0  # Intuit answers slowly at times, and three requests are made

ROUTES = (
    Route("GET", FIRM, QuickBooks.get_connection, scope="settings:read", may="manage_quickbooks"),
    # What connects the firm's books, and the keys for it: a session's alone, no token's.
    Route("PATCH", f"{FIRM}/settings", QuickBooks.change_quickbooks_settings, may="manage_quickbooks"),
    Route("POST", f"{FIRM}/connect", QuickBooks.start_connecting, may="manage_quickbooks", seconds=SECONDS),
    Route("POST", f"{FIRM}/callback", QuickBooks.finish_connecting, may="manage_quickbooks", seconds=SECONDS),
    Route("POST", f"{FIRM}/disconnect", QuickBooks.disconnect_quickbooks, may="manage_quickbooks", seconds=SECONDS),
    Route("POST", f"{FIRM}/resume", QuickBooks.resume_quickbooks, scope="billing:write", may="manage_quickbooks"),
    Route(
        "GET",
        f"{FIRM}/customers",
        QuickBooks.list_quickbooks_customers,
        scope="billing:read",
        may="manage_quickbooks",
    ),
    Route(
        "GET",
        f"{FIRM}/ledger-accounts",
        QuickBooks.list_ledger_accounts,
        scope="settings:read",
        may="manage_quickbooks",
    ),
    Route(
        "POST",
        f"{FIRM}/ledger-accounts/read",
        QuickBooks.read_ledger_accounts,
        scope="settings:write",
        may="manage_quickbooks",
        seconds=SECONDS,
    ),
    Route(
        "GET",
        f"{FIRM}/classes",
        QuickBooks.list_classes,
        scope="settings:read",
        may="manage_quickbooks",
        seconds=SECONDS,
    ),
    Route(
        "GET",
        f"{FIRM}/locations",
        QuickBooks.list_locations,
        scope="settings:read",
        may="manage_quickbooks",
        seconds=SECONDS,
    ),
    Route("GET", f"{FIRM}/errors", QuickBooks.list_sync_errors, scope="billing:read", may="manage_quickbooks"),
    Route("GET", f"{FIRM}/webhooks", QuickBooks.get_webhooks, scope="settings:read", may="manage_quickbooks"),
    Route("PUT", f"{FIRM}/webhooks", QuickBooks.set_webhook_verifier, may="manage_quickbooks"),
    Route(
        "POST",
        f"{FIRM}/webhooks/{{firm_id}}",
        QuickBooks.take_webhook,
        is_public=True,
        raw="body",
        asked={"signature": signature},
    ),
    Route("GET", f"{FIRM}/items", QuickBooks.list_quickbooks_items, scope="billing:read", may="manage_quickbooks"),
    Route("GET", f"{FIRM}/services", QuickBooks.list_service_syncs, scope="billing:read", may="manage_quickbooks"),
    Route(
        "PUT",
        f"{FIRM}/services/{{service_id}}",
        QuickBooks.map_service,
        scope="billing:write",
        may="manage_quickbooks",
    ),
    # Each sees documents of the kinds whose section they may read (R-INV-5); owner and admins do all else.
    Route("GET", DOCUMENTS, QuickBooks.list_document_syncs, scope="billing:read", action="view"),
    Route("GET", f"{DOCUMENT}/steps", QuickBooks.list_document_steps, scope="billing:read", action="sync_quickbooks"),
    Route("POST", f"{DOCUMENT}/sync", QuickBooks.sync_document, scope="billing:write", action="sync_quickbooks"),
    Route(
        "POST",
        f"{DOCUMENT}/do-not-sync",
        QuickBooks.skip_document,
        scope="billing:write",
        action="sync_quickbooks",
    ),
    Route("POST", f"{DOCUMENT}/link", QuickBooks.link_document, scope="billing:write", action="sync_quickbooks"),
    Route(
        "POST",
        f"{DOCUMENT}/renumber",
        QuickBooks.renumber_document,
        scope="billing:write",
        action="sync_quickbooks",
    ),
    Route("POST", f"{DOCUMENT}/unlink", QuickBooks.unlink_document, scope="billing:write", action="sync_quickbooks"),
    Route(
        "GET",
        f"{DOCUMENT}/comparison",
        QuickBooks.get_comparison,
        scope="billing:read",
        action="sync_quickbooks",
        seconds=SECONDS,
    ),
    Route("GET", ACCOUNT, QuickBooks.get_account_sync, scope="billing:read", action="view"),
    Route("GET", f"{ACCOUNT}/steps", QuickBooks.list_sync_steps, scope="billing:read", action="sync_quickbooks"),
    Route("POST", f"{ACCOUNT}/sync", QuickBooks.sync_account, scope="billing:write", action="sync_quickbooks"),
    Route("POST", f"{ACCOUNT}/do-not-sync", QuickBooks.skip_account, scope="billing:write", action="sync_quickbooks"),
    Route("POST", f"{ACCOUNT}/link", QuickBooks.link_customer, scope="billing:write", action="sync_quickbooks"),
    Route("POST", f"{ACCOUNT}/create", QuickBooks.create_customer, scope="billing:write", action="sync_quickbooks"),
    Route("POST", f"{ACCOUNT}/shorten", QuickBooks.shorten_customer, scope="billing:write", action="sync_quickbooks"),
    Route(
        "POST",
        f"{ACCOUNT}/reactivate",
        QuickBooks.reactivate_customer,
        scope="billing:write",
        action="sync_quickbooks",
    ),
)
