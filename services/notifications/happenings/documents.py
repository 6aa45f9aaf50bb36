"""What documents tells that concerns clients: files, approvals, signatures, organizers (R-NOT-3)."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.approvals import ApprovalChanged
from contracts.documents import DocumentUploaded
from contracts.organizers import OrganizerChanged
from contracts.signatures import Signature, SignatureChanged, SignatureReminderDue, Signer
from services.notifications.happenings.noting import note, remind


def document_uploaded(session: Session, ctx: Context, event: DocumentUploaded) -> None:
    """The firm placed a new document; whoever may see it is told."""
    document = event.document
    if document.uploader.side != "firm" or not event.is_first:
        return
    facts = {"names": [document.name], "author": document.uploader.name}
    note(session, ctx, "documents_uploaded", event.account_id, facts, about={"document_id": str(document.id)})


def approval_changed(session: Session, ctx: Context, event: ApprovalChanged) -> None:
    """The firm asks for approval: whoever sees the document is told, and reminded while nobody has answered."""
    if event.change != "requested":
        return
    asked = event.approval
    facts, about = {"document": asked.document_name}, {"approval_id": str(asked.id)}
    told = {**facts, "author": event.by.name, "message": asked.note}
    note(session, ctx, "approval_requested", event.account_id, told, about=about)
    remind(session, ctx, "approval_reminder", event.account_id, facts, about=about, once_for=(asked.id, ""))


def signature_changed(session: Session, ctx: Context, event: SignatureChanged) -> None:
    """Each contact is told once when it is their turn to sign; third parties get links (R-SGN-4)."""
    asked = event.signature
    if event.change not in ("sent", "signed", "signer_linked") or asked.status not in ("pending", "partially_signed"):
        return
    facts = {"document": asked.document_name, "author": asked.created_by.name, "message": asked.message}
    for signer in _whose_turn(asked):
        if signer.contact_id is not None:
            note(
                session,
                ctx,
                "signature_requested",
                event.account_id,
                facts,
                about={"signature_id": str(asked.id)},
                to=[signer.contact_id],
                once_for=(signer.id, ""),
            )


def _whose_turn(asked: Signature) -> Sequence[Signer]:
    waiting = [one for one in asked.signers if one.status == "pending"]
    due = waiting[:1] if asked.order == "sequential" else waiting
    return [one for one in due if not one.is_unlinked]


def signature_reminder_due(session: Session, ctx: Context, event: SignatureReminderDue) -> None:
    """Those who could sign and have not are reminded (R-SGN-4)."""
    waiting = [one.contact_id for one in event.signers if one.contact_id is not None]
    facts, about = {"document": event.document_name}, {"signature_id": str(event.signature_id)}
    note(session, ctx, "signature_reminder", event.account_id, facts, about=about, to=waiting)


def organizer_changed(session: Session, ctx: Context, event: OrganizerChanged) -> None:
    """The firm sent an organizer, or sent it again: the client is told, and reminded while it is not submitted."""
    sent = event.organizer
    if event.step not in ("created", "resent") or event.by.kind == "portal" or sent.sent_at is None:
        return
    facts, about = {"organizer": sent.name}, {"organizer_id": str(sent.id)}
    note(session, ctx, "organizer_sent", event.account_id, facts, about=about)
    about = {**about, "sent_at": sent.sent_at.isoformat()}
    remind(
        session,
        ctx,
        "organizer_reminder",
        event.account_id,
        facts,
        about=about,
        once_for=(sent.id, sent.sent_at.isoformat()),
    )
