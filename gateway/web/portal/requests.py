"""What the firm asks about documents: to approve them, and to sign them (R-APR-1, R-SGN-1)."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from chassis.errors import AppError, Conflict, Forbidden, Invalid
from chassis.wire import load
from contracts.approvals import (
    AccountApprovals,
    Approval,
    ApprovalCalls,
    ApprovalNotFound,
    Approve,
    Disapprove,
)
from contracts.portal_documents import PortalDocument, PortalDocumentRef, PortalDocuments
from contracts.signatures import SignatureRef
from contracts.signing import AccountSignatures, AskedSignature, DeclineToSign, Sign, SigningCalls
from gateway.web.page import LONGEST_AGENT, Page, Visit
from gateway.web.portal.documents import SHOWN
from gateway.web.portal.inside import ACCOUNT, Room, enter, left_empty
from gateway.web.portal.signing import SECONDS, VALUE
from gateway.web.portal.waiting import OPEN_SIGNATURES, is_to_sign

APPROVAL, SIGNATURE = f"{ACCOUNT}/approvals/{{approval_id}}", f"{ACCOUNT}/signatures/{{signature_id}}"
REFUSED = (Invalid, Conflict, Forbidden)


async def show_list(visit: Visit) -> Response:
    """What waits for the reader, what waits for others, and what is done."""
    room = await enter(visit, "requests")
    signatures = await room.ask(SigningCalls.list_own_signatures, AccountSignatures(account_id=room.account_id))
    approvals = await _approvals(room)
    is_open = [one.status in OPEN_SIGNATURES and one.my_status != "declined" for one in signatures.items]
    waiting = [one for one in signatures.items if is_to_sign(one)]
    later = [one for one, is_it in zip(signatures.items, is_open, strict=True) if is_it and one not in waiting]
    done = [one for one, is_it in zip(signatures.items, is_open, strict=True) if not is_it]
    return await room.draw(
        "requests.html",
        to_sign=waiting,
        others_sign=later,
        signed=done,
        to_approve=[one for one in approvals if one.status == "pending"],
        approved=[one for one in approvals if one.status != "pending"],
    )


async def show_approval(visit: Visit) -> Response:
    room = await enter(visit, "requests")
    approval = await _approval(room)
    return await room.draw("approval.html", approval=approval, **await _document(room, approval.document_id))


async def answer_approval(visit: Visit) -> Response:
    """Approve or not, as the button says; the first answer decides (R-APR-4)."""
    room = await enter(visit, "requests")
    ids: dict[str, Any] = {
        "account_id": room.account_id,
        "approval_id": room.id("approval_id"),
        "address": visit.came["address"],
    }
    is_refusal = visit.form.get("do") == "disapprove"
    missing = left_empty(visit, "reason") if is_refusal else {}
    try:
        if is_refusal and not missing:
            reason = visit.form.get("reason", "").strip()
            await room.do(ApprovalCalls.disapprove_document, load(Disapprove, {**ids, "reason": reason}, strict=True))
        elif not is_refusal:
            await room.do(ApprovalCalls.approve_document, Approve(**ids))
    except REFUSED as error:
        return await _again(room, error, {})
    if missing:
        return await _again(room, Invalid(), missing)
    return room.go("/requests", "disapproved" if is_refusal else "approved")


async def show_signature(visit: Visit) -> Response:
    room = await enter(visit, "requests")
    asked = await _asked(room)
    return await room.draw("signature.html", **await _about(room, asked))


async def answer_signature(visit: Visit) -> Response:
    """Sign or decline, as the button says (R-SGN-4)."""
    room = await enter(visit, "requests")
    is_refusal = visit.form.get("do") == "decline"
    missing = left_empty(visit, "reason") if is_refusal else left_empty(visit, "signed_name", "has_consented")
    error: AppError = Invalid()
    if not missing:
        try:
            if is_refusal:
                await room.do(SigningCalls.decline_to_sign, _refusal(room))
                return room.go("/requests", "declined")
            await room.do(SigningCalls.sign_document, _signature(room), seconds=SECONDS)
            return room.go(f"/signatures/{room.id('signature_id')}", "signed")
        except REFUSED as refused:
            error = refused
    asked = await _asked(room)
    return await room.refuse("signature.html", error, problems=missing, **await _about(room, asked))


async def show_signed(visit: Visit) -> Response:
    """The PDF that bears the signatures."""
    room = await enter(visit, "requests")
    return await room.send(SigningCalls.get_own_signed_file, _ref(room))


async def _again(room: Room, error: AppError, missing: dict[str, str]) -> Response:
    approval = await _approval(room)
    more = await _document(room, approval.document_id)
    return await room.refuse("approval.html", error, problems=missing, approval=approval, **more)


async def _approvals(room: Room) -> tuple[Approval, ...]:
    return (await room.ask(ApprovalCalls.list_own_approvals, AccountApprovals(account_id=room.account_id))).items


async def _approval(room: Room) -> Approval:
    approval_id = room.id("approval_id")
    found = next((one for one in await _approvals(room) if one.id == approval_id), None)
    if found is None:
        raise ApprovalNotFound
    return found


async def _asked(room: Room) -> AskedSignature:
    return await room.ask(SigningCalls.get_own_signature, _ref(room))


async def _about(room: Room, asked: AskedSignature) -> dict[str, Any]:
    """A request with its document; what the signer agrees to is kept as it is, and told in their language too."""
    intent = room.visit.language.say(asked.intent)
    return {"asked": asked, "intent": intent, **await _document(room, asked.document_id)}


async def _document(room: Room, document_id: UUID) -> dict[str, Any]:
    """What it is about, where the reader may see it."""
    try:
        request = PortalDocumentRef(account_id=room.account_id, document_id=document_id)
        document: PortalDocument | None = await room.ask(PortalDocuments.get_portal_document, request)
    except AppError:
        document = None
    return {"document": document, "shown": document.media_type if document and document.media_type in SHOWN else ""}


def _ref(room: Room) -> SignatureRef:
    return SignatureRef(account_id=room.account_id, signature_id=room.id("signature_id"))


def _signature(room: Room) -> Sign:
    form = room.visit.form
    fields = {
        "account_id": room.account_id,
        "signature_id": room.id("signature_id"),
        "signed_name": form.get("signed_name", "").strip(),
        "has_consented": form.get("has_consented") == "yes",
        "values": {name.removeprefix(VALUE): text for name, text in form.items() if name.startswith(VALUE)},
        "address": room.visit.came["address"],
        "agent": room.visit.came["agent"][:LONGEST_AGENT],
    }
    return load(Sign, fields, strict=True)


def _refusal(room: Room) -> DeclineToSign:
    ids = {"account_id": room.account_id, "signature_id": room.id("signature_id")}
    return load(DeclineToSign, {**ids, "reason": room.visit.form.get("reason", "").strip()}, strict=True)


PAGES = (
    Page("GET", f"{ACCOUNT}/requests", show_list),
    Page("GET", APPROVAL, show_approval),
    Page("POST", APPROVAL, answer_approval),
    Page("GET", SIGNATURE, show_signature),
    Page("POST", SIGNATURE, answer_signature),
    Page("GET", f"{SIGNATURE}/file", show_signed),
)
