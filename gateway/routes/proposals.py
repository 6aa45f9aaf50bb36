"""Proposals and engagement letters: of the firm on an account, to many accounts at once, of signers in the portal."""

from contracts.overview import Overview
from contracts.proposal_signing import ProposalSigning
from contracts.proposals import Proposals
from gateway.from_request import address, agent
from gateway.route import Route

EVERY = "/v1/accounts/{account_id}/proposals"
ONE = f"{EVERY}/{{proposal_id}}"
MINE = "/v1/portal/accounts/{account_id}/proposals"
BULK_SECONDS = 30.0  # a hundred accounts, each asked after and written by itself
MY_ONE = f"{MINE}/{{proposal_id}}"

ROUTES = (
    Route(
        "GET",
        EVERY,
        Overview.list_section,
        scope="billing:read",
        action="manage_proposals",
        fixed={"name": "proposals"},
        hidden=("scope",),
        filters="filters",
        summary="List proposals",
    ),
    Route(
        "POST",
        EVERY,
        Proposals.create_proposal,
        scope="billing:write",
        action="manage_proposals",
        status=201,
        location=f"{EVERY}/{{id}}",
    ),
    Route("GET", ONE, Proposals.get_proposal, scope="billing:read", action="manage_proposals"),
    Route("PATCH", ONE, Proposals.change_proposal, scope="billing:write", action="manage_proposals"),
    Route("DELETE", ONE, Proposals.delete_proposal, scope="billing:write", action="manage_proposals", status=204),
    Route(
        "POST",
        f"{ONE}/copy",
        Proposals.copy_proposal,
        scope="billing:write",
        action="manage_proposals",
        status=201,
        location=f"{EVERY}/{{id}}",
    ),
    Route("POST", f"{ONE}/send", Proposals.send_proposal, scope="billing:write", action="manage_proposals"),
    Route("POST", f"{ONE}/withdraw", Proposals.withdraw_proposal, scope="billing:write", action="manage_proposals"),
    Route(
        "DELETE",
        f"{ONE}/signers/{{contact_id}}",
        Proposals.remove_signer,
        scope="billing:write",
        action="manage_proposals",
    ),
    Route("POST", f"{ONE}/deposit", Proposals.receive_deposit, scope="billing:write", action="manage_payments"),
    Route(
        "POST",
        "/v1/proposals/send",
        Proposals.send_to_accounts,
        scope="billing:write",
        may="send_proposals",
        seconds=BULK_SECONDS,
    ),
    Route("GET", MINE, ProposalSigning.list_my_proposals, action="use_portal"),
    Route("GET", MY_ONE, ProposalSigning.get_my_proposal, action="use_portal"),
    Route(
        "POST",
        f"{MY_ONE}/sign",
        ProposalSigning.sign_proposal,
        action="use_portal",
        asked={"ip": address, "agent": agent},
    ),
    Route("POST", f"{MY_ONE}/decline", ProposalSigning.decline_proposal, action="use_portal"),
)
