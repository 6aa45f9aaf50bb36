"""E-mail with clients, what waits to be filed, and the members' mailboxes."""

from contracts.emails import Emails
from contracts.mailboxes import Mailboxes
from contracts.overview import Overview
from gateway.route import Route

EMAILS = "/v1/accounts/{account_id}/emails"
OPTIONS = "/v1/accounts/{account_id}/email-options"
EMAIL, UNFILED = f"{EMAILS}/{{email_id}}", "/v1/emails/unfiled"
CONNECTING_SECONDS = 20.0  # two sign-ins at servers that may be slow

ROUTES = (
    Route(
        "GET",
        EMAILS,
        Overview.list_section,
        scope="messages:read",
        action="view",
        fixed={"name": "emails"},
        hidden=("scope",),
        filters="filters",
        summary="List emails",
    ),
    Route(
        "POST",
        EMAILS,
        Emails.send_email,
        scope="messages:write",
        action="view",
        status=201,
        location=f"{EMAILS}/{{id}}",
    ),
    Route("POST", f"{EMAILS}/purge", Emails.purge_emails, scope="messages:write", action="purge_emails"),
    Route("GET", EMAIL, Emails.get_email, scope="messages:read", action="view"),
    Route("GET", f"{EMAIL}/thread", Emails.get_email_thread, scope="messages:read", action="view"),
    Route(
        "GET",
        f"{EMAIL}/attachment",
        Emails.get_email_attachment,
        scope="messages:read",
        action="view",
        gives=("application/octet-stream",),
    ),
    Route("PUT", f"{EMAIL}/read", Emails.mark_email, scope="messages:write", action="view"),
    Route("PUT", f"{EMAIL}/accounts", Emails.refile_email, scope="messages:write", action="view"),
    Route("POST", f"{EMAIL}/send-again", Emails.send_again, scope="messages:write", action="view"),
    Route("GET", OPTIONS, Emails.get_email_options, scope="messages:read", action="view"),
    Route("PUT", OPTIONS, Emails.set_email_options, scope="messages:write", action="edit_switches"),
    Route("GET", UNFILED, Emails.list_unfiled, scope="messages:read"),
    Route("GET", f"{UNFILED}/{{email_id}}", Emails.get_unfiled, scope="messages:read"),
    Route("POST", f"{UNFILED}/{{email_id}}/file", Emails.file_email, scope="messages:write"),
    Route("GET", "/v1/mailboxes", Mailboxes.list_mailboxes, scope="messages:read"),
    # With a password in it: a session's alone, no token's.
    Route("POST", "/v1/mailboxes", Mailboxes.connect_mailbox, status=201, seconds=CONNECTING_SECONDS),
    Route("POST", "/v1/mailboxes/{mailbox_id}/sync", Mailboxes.sync_mailbox, scope="messages:write"),
    Route("DELETE", "/v1/mailboxes/{mailbox_id}", Mailboxes.disconnect_mailbox, scope="messages:write", status=204),
)
INTERNAL = (Emails.keep_email,)  # of whatever brings e-mail but by a mailbox
