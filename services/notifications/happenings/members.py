"""What concerns members of the firm of all that the others tell; it is kept in the event's transaction."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from contracts.accounts import AccessRequested
from contracts.approvals import ApprovalChanged
from contracts.billing import PaymentChanged, PaymentRecorded
from contracts.chats import MessageChanged, MessageSent
from contracts.client_tasks import ClientTaskChanged
from contracts.documents import DocumentUploaded
from contracts.entries import InvitationAccepted
from contracts.notices import NoticeKind
from contracts.organizers import OrganizerChanged
from contracts.proposals import ProposalSigned, ProposalsNotSent
from contracts.signatures import SignatureChanged
from contracts.work import NoteChanged, NoteCreated, TaskChanged, TaskCreated
from services.notifications import audience, model
from services.notifications.happenings.noting import excerpt, money

PREFIX = "staff_"  # of the kinds of happenings and mails that are for members


def client_activated(session: Session, ctx: Context, event: InvitationAccepted) -> None:
    """Tell that a client entered the portal for the first time (R-LOG-9)."""
    if event.is_first:
        facts = {"contact": event.contact_name, "email": event.email}
        _happened(session, ctx, "client_activated", event.account_id, facts, about_id=event.contact_id)


def document_uploaded(session: Session, ctx: Context, event: DocumentUploaded) -> None:
    """Tell what a client uploaded in the portal; what they sent in a chat is told as a message."""
    document = event.document
    if ctx.actor.kind == "portal":
        facts = {"contact": document.uploader.name, "names": [document.name]}
        _of_document(session, ctx, "document_uploaded", event.account_id, facts, document.id)


def message_sent(session: Session, ctx: Context, event: MessageSent) -> None:
    """Tell what a client wrote, and members whom a colleague mentions."""
    message = event.message
    if message.author.side == "client":
        facts = {
            "author": message.author.name,
            "subject": event.subject,
            "excerpt": excerpt(message.text),
            "is_reply": message.position > 1,
        }
        _happened(session, ctx, "chat_message", event.account_id, facts, about_id=message.thread_id)
    mentioned = [one.id for one in message.mentions]
    _mentioned(session, ctx, event.account_id, message.id, mentioned, message.text)


def message_changed(session: Session, ctx: Context, event: MessageChanged) -> None:
    """Tell members whom an edited message mentions and did not before."""
    message = event.message
    mentioned = [one.id for one in message.mentions]
    _mentioned(session, ctx, event.account_id, message.id, mentioned, message.text)


def client_task_changed(session: Session, ctx: Context, event: ClientTaskChanged) -> None:
    """Tell that a client did what they were asked to."""
    done_by = event.task.done_by
    if event.change == "ticked" and done_by is not None and done_by.side == "client":
        facts = {"contact": done_by.name, "task": event.task.title}
        _happened(session, ctx, "client_task_done", event.account_id, facts, about_id=event.task.thread_id)


def approval_changed(session: Session, ctx: Context, event: ApprovalChanged) -> None:
    """Tell how a client answered (R-APR-4)."""
    if event.change in ("approved", "disapproved"):
        approval = event.approval
        facts = {
            "contact": event.by.name,
            "document": approval.document_name,
            "is_approved": event.change == "approved",
            **({"comment": approval.reason} if approval.reason else {}),
        }
        _of_document(session, ctx, "approval_answered", event.account_id, facts, approval.document_id)


def signature_changed(session: Session, ctx: Context, event: SignatureChanged) -> None:
    """Tell that somebody signed, and whether that made it complete, or declined."""
    if event.change not in ("signed", "declined"):
        return
    signature, is_signed = event.signature, event.change == "signed"
    reasons = [one.reason for one in signature.signers if one.status == "declined" and one.reason]
    facts = {
        "contact": event.by.name,
        "document": signature.document_name,
        "is_signed": is_signed,
        "is_complete": signature.status == "signed",
        **({"reason": reasons[-1]} if reasons and not is_signed else {}),
    }
    _of_document(session, ctx, "signature_answered", event.account_id, facts, signature.document_id)


def organizer_changed(session: Session, ctx: Context, event: OrganizerChanged) -> None:
    """Tell that a client submitted an organizer."""
    if event.step == "submitted":
        facts = {"contact": event.by.name, "organizer": event.organizer.name}
        _happened(session, ctx, "organizer_submitted", event.account_id, facts, about_id=event.organizer.id)


def proposal_signed(session: Session, ctx: Context, event: ProposalSigned) -> None:
    """Tell that all who had to have signed, also because a signer was removed (R-SIG-5)."""
    contact = {"contact": ctx.actor.name} if ctx.actor.kind == "portal" and ctx.actor.name else {}
    facts = {**contact, "proposal": event.proposal.name}
    _happened(session, ctx, "proposal_signed", event.account_id, facts, about_id=event.proposal.id)


def payment_changed(session: Session, ctx: Context, event: PaymentRecorded | PaymentChanged) -> None:
    """Tell of money once it is there: a payment that clears later was not received before."""
    payment = event.payment
    if payment.status != "cleared" or _told_of(session, ctx, "payment_received", payment.id):
        return
    facts = {
        "amount": money(payment.amount, payment.currency),
        "paid_on": (payment.cleared_on or payment.received_on).isoformat(),
    }
    _happened(session, ctx, "payment_received", event.account_id, facts, about_id=payment.id)


def note_written(session: Session, ctx: Context, event: NoteCreated | NoteChanged) -> None:
    """Tell members whom a note mentions and did not before (R-NTE-2)."""
    note = event.note
    mentioned = [one.id for one in note.mentions]
    _mentioned(session, ctx, event.account_id, note.id, mentioned, note.title or note.body)


def task_assigned(session: Session, ctx: Context, event: TaskCreated | TaskChanged) -> None:
    """Tell who is to do a task, by name or by a role they fill, and was not before (R-TSK-4)."""
    task = event.task
    filling = [member.id for role in task.roles for member in role.members]
    facts = {
        "task": task.title,
        **({"author": ctx.actor.name} if ctx.actor.kind == "member" and ctx.actor.name else {}),
        **({"due_on": task.due_on.isoformat()} if task.due_on else {}),
    }
    wanted = [*(one.id for one in task.assignees), *filling]
    _concerns(session, ctx, "task_assigned", event.account_id, facts, task.id, wanted)


def access_requested(session: Session, ctx: Context, event: AccessRequested) -> None:
    """Tell whoever may grant it that a member asks for access (R-ACC-4)."""
    asked = event.request
    _happened(session, ctx, "access_requested", asked.account_id, {"member": asked.member.name}, about_id=asked.id)


def proposals_not_sent(session: Session, ctx: Context, event: ProposalsNotSent) -> None:
    """Tell for which accounts nobody may sign (R-SIG-4)."""
    facts = {"proposal": event.name}
    about = {"account_ids": [str(one) for one in event.account_ids]}
    sender = [ctx.actor.id] if ctx.actor.kind == "member" and ctx.actor.id else []
    _happened(session, ctx, "proposals_not_sent", None, facts, member_ids=sender, about=about)


def _of_document(
    session: Session, ctx: Context, kind: NoticeKind, account_id: UUID, facts: dict[str, Any], document_id: UUID
) -> None:
    about = {"document_id": str(document_id)}  # which some members may not see (R-ACC-7)
    _happened(session, ctx, kind, account_id, facts, about_id=document_id, about=about)


def _mentioned(
    session: Session, ctx: Context, account_id: UUID, about_id: UUID, wanted: Collection[UUID], text: str
) -> None:
    facts = {"author": ctx.actor.name, "excerpt": excerpt(text)}
    _concerns(session, ctx, "mentioned", account_id, facts, about_id, wanted)


def _concerns(
    session: Session,
    ctx: Context,
    kind: NoticeKind,
    account_id: UUID,
    facts: dict[str, Any],
    about_id: UUID,
    wanted: Collection[UUID],
) -> None:
    """Tell those of the named who were not yet: an item's events name all of them each time."""
    if not wanted:
        return
    _alone(session, kind, about_id)
    known = select(func.unnest(model.Happening.member_ids)).where(*_told(ctx, kind, about_id))
    new = audience.unique(set(wanted).difference(session.scalars(known)))
    if new:
        _happened(session, ctx, kind, account_id, facts, about_id=about_id, member_ids=new)


def _told_of(session: Session, ctx: Context, kind: NoticeKind, about_id: UUID) -> bool:
    _alone(session, kind, about_id)
    return session.scalar(select(model.Happening.id).where(*_told(ctx, kind, about_id)).limit(1)) is not None


def _alone(session: Session, kind: NoticeKind, about_id: UUID) -> None:
    """Let two events of one item, taken at once, come one after the other: neither would see what the other tells."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{kind} {about_id}", 0))))


def _told(ctx: Context, kind: NoticeKind, about_id: UUID) -> tuple[ColumnElement[bool], ...]:
    row = model.Happening
    return row.firm_id == ctx.firm, row.about_id == about_id, row.kind == PREFIX + kind


def _happened(
    session: Session, ctx: Context, kind: NoticeKind, account_id: UUID | None, facts: dict[str, Any], **ids: Any
) -> None:
    session.add(
        model.Happening(
            firm_id=ctx.firm,
            id=new_id(),
            kind=PREFIX + kind,
            account_id=account_id,
            facts=facts,
            happened_at=ctx.now,
            due_at=ctx.now,
            except_id=ctx.actor.id if ctx.actor.kind == "member" else None,
            **ids,
        )
    )
    session.flush()
