"""What the firm asks of its clients about documents: organizers, approvals, signatures; and the client's answers."""

from collections.abc import Callable
from typing import Any

from contracts.approvals import ApprovalCalls
from contracts.identity import Scope
from contracts.organizer_templates import OrganizerTemplateCalls
from contracts.organizers import OrganizerCalls
from contracts.overview import Overview
from contracts.signatures import SignatureCalls
from contracts.signing import SigningCalls
from gateway.from_request import address, agent
from gateway.route import Route, Verb

ACCOUNT, PORTAL = "/v1/accounts/{account_id}", "/v1/portal/accounts/{account_id}"
TEMPLATES, LINK = "/v1/organizer-templates", "/v1/sign/{token}"
ORGANIZER, OWN_ORGANIZER = f"{ACCOUNT}/organizers/{{organizer_id}}", f"{PORTAL}/organizers/{{organizer_id}}"
APPROVAL, OWN_APPROVAL = f"{ACCOUNT}/approvals/{{approval_id}}", f"{PORTAL}/approvals/{{approval_id}}"
SIGNATURE, OWN_SIGNATURE = f"{ACCOUNT}/signatures/{{signature_id}}", f"{PORTAL}/signatures/{{signature_id}}"
SECONDS = 20.0  # a PDF of fifty megabytes is read, and at the last signature written
PDF = ("application/pdf",)


def _all(path: str, section: str) -> Route:
    """The list of what an account has many of, which is the section's "view all"."""
    return Route(
        "GET",
        f"{ACCOUNT}/{path}",
        Overview.list_section,
        scope="documents:read",
        action="view",
        fixed={"name": section},
        hidden=("scope",),
        filters="filters",
        summary=f"List {path}",
    )


def _of_staff(verb: Verb, path: str, call: Callable[..., Any], **more: Any) -> Route:
    """A call on an account by whoever sees it; what it takes more, the owner weighs document by document (R-ACC-7)."""
    scope: Scope = "documents:read" if verb == "GET" else "documents:write"
    return Route(verb, path, call, scope=scope, action="view", **more)


def _of_client(verb: Verb, path: str, call: Callable[..., Any], **more: Any) -> Route:
    """A call of the account's people in the portal."""
    return Route(verb, path, call, action="use_portal", **more)


ROUTES = (
    Route("GET", TEMPLATES, OrganizerTemplateCalls.list_organizer_templates, scope="settings:read"),
    Route(
        "POST",
        TEMPLATES,
        OrganizerTemplateCalls.create_organizer_template,
        scope="settings:write",
        may="manage_organizer_templates",
        status=201,
        location=f"{TEMPLATES}/{{id}}",
    ),
    Route("GET", f"{TEMPLATES}/{{template_id}}", OrganizerTemplateCalls.get_organizer_template, scope="settings:read"),
    Route(
        "PATCH",
        f"{TEMPLATES}/{{template_id}}",
        OrganizerTemplateCalls.change_organizer_template,
        scope="settings:write",
        may="manage_organizer_templates",
    ),
    Route(
        "DELETE",
        f"{TEMPLATES}/{{template_id}}",
        OrganizerTemplateCalls.delete_organizer_template,
        scope="settings:write",
        may="manage_organizer_templates",
        status=204,
    ),
    _all("organizers", "organizers"),
    _of_staff("POST", f"{ACCOUNT}/organizers", OrganizerCalls.send_organizer, status=201),
    _of_staff("GET", ORGANIZER, OrganizerCalls.get_organizer),
    _of_staff("GET", f"{ORGANIZER}/history", OrganizerCalls.list_organizer_history),
    _of_staff("POST", f"{ORGANIZER}/resend", OrganizerCalls.resend_organizer),
    _of_staff("POST", f"{ORGANIZER}/reopen", OrganizerCalls.reopen_organizer),
    _of_staff("POST", f"{ORGANIZER}/seal", OrganizerCalls.seal_organizer),
    _of_staff("POST", f"{ORGANIZER}/unseal", OrganizerCalls.unseal_organizer),
    _of_staff("POST", f"{ORGANIZER}/archive", OrganizerCalls.archive_organizer),
    _of_staff("POST", f"{ORGANIZER}/restore", OrganizerCalls.restore_organizer),
    _all("approvals", "approvals"),
    _of_staff(
        "POST",
        f"{ACCOUNT}/approvals",
        ApprovalCalls.request_approval,
        status=201,
        location=f"{ACCOUNT}/approvals/{{id}}",
    ),
    _of_staff("GET", APPROVAL, ApprovalCalls.get_approval),
    _of_staff("POST", f"{APPROVAL}/withdraw", ApprovalCalls.withdraw_approval),
    _of_staff("PUT", f"{ACCOUNT}/documents/{{document_id}}/lock", ApprovalCalls.lock_document),
    _all("signatures", "signatures"),
    _of_staff(
        "POST",
        f"{ACCOUNT}/signatures",
        SignatureCalls.request_signature,
        status=201,
        location=f"{ACCOUNT}/signatures/{{id}}",
        seconds=SECONDS,
    ),
    _of_staff("GET", SIGNATURE, SignatureCalls.get_signature),
    _of_staff("PATCH", SIGNATURE, SignatureCalls.change_signature, seconds=SECONDS),
    _of_staff("POST", f"{SIGNATURE}/send", SignatureCalls.send_signature),
    _of_staff("POST", f"{SIGNATURE}/void", SignatureCalls.void_signature),
    _of_staff("POST", f"{SIGNATURE}/remind", SignatureCalls.remind_signers),
    _of_staff("POST", f"{SIGNATURE}/signers/{{signer_id}}/link", SigningCalls.make_signing_link),
    _of_staff("GET", f"{SIGNATURE}/evidence", SigningCalls.get_signature_evidence),
    _of_staff("GET", f"{SIGNATURE}/file", SigningCalls.get_signed_file, gives=PDF),
    # Of the account's people in the portal.
    _of_client("GET", f"{PORTAL}/organizers", OrganizerCalls.list_own_organizers),
    _of_client("POST", f"{PORTAL}/organizers", OrganizerCalls.start_organizer, status=201),
    _of_client("GET", f"{PORTAL}/startable-organizers", OrganizerCalls.list_startable_organizers),
    _of_client("GET", OWN_ORGANIZER, OrganizerCalls.get_own_organizer),
    _of_client("POST", f"{OWN_ORGANIZER}/open", OrganizerCalls.open_organizer),
    _of_client("PUT", f"{OWN_ORGANIZER}/answers", OrganizerCalls.save_answers),
    _of_client("POST", f"{OWN_ORGANIZER}/submit", OrganizerCalls.submit_organizer),
    _of_client("GET", f"{PORTAL}/approvals", ApprovalCalls.list_own_approvals),
    _of_client("POST", f"{OWN_APPROVAL}/approve", ApprovalCalls.approve_document, asked={"address": address}),
    _of_client("POST", f"{OWN_APPROVAL}/disapprove", ApprovalCalls.disapprove_document, asked={"address": address}),
    _of_client("GET", f"{PORTAL}/signatures", SigningCalls.list_own_signatures),
    _of_client("GET", OWN_SIGNATURE, SigningCalls.get_own_signature),
    _of_client(
        "POST",
        f"{OWN_SIGNATURE}/sign",
        SigningCalls.sign_document,
        asked={"address": address, "agent": agent},
        seconds=SECONDS,
    ),
    _of_client("POST", f"{OWN_SIGNATURE}/decline", SigningCalls.decline_to_sign),
    _of_client("GET", f"{OWN_SIGNATURE}/file", SigningCalls.get_own_signed_file, gives=PDF),
    # Of whoever was e-mailed a link, which is all they need.
    Route("GET", LINK, SigningCalls.get_link, is_public=True),
    Route("GET", f"{LINK}/file", SigningCalls.get_link_file, gives=PDF, is_public=True),
    Route(
        "POST",
        LINK,
        SigningCalls.sign_by_link,
        asked={"address": address, "agent": agent},
        seconds=SECONDS,
        is_public=True,
    ),
    Route("POST", f"{LINK}/decline", SigningCalls.decline_by_link, is_public=True),
)
