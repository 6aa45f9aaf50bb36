"""Where the button of a mail leads; links that are told once are made at the moment of sending (R-LOG-7)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from chassis.context import Context
from chassis.errors import NotFound
from contracts.entries import InvitationLink, InvitationRef
from contracts.portal import PortalResetRef, ResetLink, ResetNotOpen
from contracts.switches import InvitationNotOpen
from services.notifications.letters import KINDS
from services.notifications.operations.outgoing import Due

ASK_SECONDS = 5.0
# The pages of an account that mails lead to, in the portal and for members.
CLIENTS_PAGES = {
    "documents_uploaded": "documents",
    "signature_requested": "requests",
    "signature_reminder": "requests",
    "approval_requested": "requests",
    "approval_reminder": "requests",
    "chat_message": "chats",
    "client_tasks": "chats",
    "proposal_sent": "proposals",
    "proposal_reminder": "proposals",
    "organizer_sent": "organizers",
    "organizer_reminder": "organizers",
    "invoice_issued": "invoices",
    "invoice_reminder": "invoices",
    "payment_received": "invoices",
    "refund_made": "invoices",
}
MEMBERS_PAGES = {
    "staff_client_activated": "info",
    "staff_document_uploaded": "documents",
    "staff_chat_message": "chats",
    "staff_client_task_done": "chats",
    "staff_approval_answered": "approvals",
    "staff_signature_answered": "signatures",
    "staff_organizer_submitted": "organizers",
    "staff_proposal_signed": "proposals",
    "staff_payment_received": "invoices",
    "staff_task_assigned": "tasks",
    "staff_access_requested": "info",
}


class Withdrawn(Exception):
    """What the mail was to tell was taken back: the invitation is void, the reset over."""


class Contacts(Protocol):
    def make_invitation_link(self, ctx: Context, request: InvitationRef) -> InvitationLink: ...


class Identity(Protocol):
    def make_reset_link(self, ctx: Context, request: PortalResetRef) -> ResetLink: ...


def link(contacts: Contacts, identity: Identity, ctx: Context, public_url: str, due: Due, secret: str | None) -> str:
    """Give the address of the button, "" for none; `secret` is what the mail holds sealed.

    Raises Withdrawn, Unavailable, ValueError for a link that is gone.
    """
    site = public_url.rstrip("/")
    ctx = ctx.within(ASK_SECONDS)
    try:
        match due.kind:
            case "invitation":
                return f"{site}/portal/invitations/{contacts.make_invitation_link(ctx, _invitation(due)).token}"
            case "password_reset":
                reset = PortalResetRef(reset_id=UUID(due.about["reset_id"]))
                return f"{site}/portal/resets/{identity.make_reset_link(ctx, reset).token}"
            case "signing_link" if secret is None:
                raise ValueError("This link was told once and is not kept; send the signer another.")
            case "signing_link":
                return f"{site}/portal/signing/{secret}"
    except (InvitationNotOpen, ResetNotOpen, NotFound) as exc:
        raise Withdrawn from exc
    return site + (_members_page(due) if KINDS[due.kind].is_staff else _clients_page(due))


def _clients_page(due: Due) -> str:
    """The part of the portal that a mail is about; who is not signed in comes there by signing in."""
    if due.account_id is None:
        return "/portal"
    return f"/portal/accounts/{due.account_id}{_part(CLIENTS_PAGES, due)}"


def _members_page(due: Due) -> str:
    if due.kind == "staff_quickbooks_attention":
        return "/settings/quickbooks/errors"
    if due.account_id is None:
        return "/notices"
    return f"/clients/{due.account_id}{_part(MEMBERS_PAGES, due)}"


def _part(pages: Mapping[str, str], due: Due) -> str:
    return f"/{pages[due.kind]}" if due.kind in pages else ""


def _invitation(due: Due) -> InvitationRef:
    ids: dict[str, Any] = {"account_id": due.account_id, "address_id": due.address_id}
    return InvitationRef(**ids, sent_at=dt.datetime.fromisoformat(due.about["sent_at"]))
