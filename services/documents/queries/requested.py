"""Which statuses documents have by what was asked about them: approval, signatures, payment (R-DOC-7, U-16).

Of each kind the last request counts, as long as it is about the file that the document is, or about that one before
the signatures were put on it.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from services.documents import model, shared
from services.documents.access import document

approval = model.Approval.__table__
request = model.SignatureRequest.__table__
signer = model.Signer.__table__
APPROVALS = {"pending_approval": "pending", "approved": "approved", "disapproved": "disapproved"}
SIGNATURES = {
    "pending_signature": "pending",
    "partially_signed": "partially_signed",
    "signed": "signed",
    "declined_signature": "declined",
    "voided": "voided",
}
LOCKED = "pending_payment"


def approval_status() -> ColumnElement[Any]:
    """Pending, approved, or disapproved with the reason; null for none."""
    shown = func.jsonb_build_object("status", _word(approval.c.status, APPROVALS), "reason", approval.c.reason)
    without = func.jsonb_build_object("status", _word(approval.c.status, APPROVALS))
    made = case((approval.c.reason != "", shown), else_=without)
    return _last_approval(func.jsonb_build_array(made)).scalar_subquery()


def signature_status() -> ColumnElement[Any]:
    """How many of how many have signed, and each signer's state; null for none."""
    of_request = and_(signer.c.firm_id == request.c.firm_id, signer.c.request_id == request.c.id)
    person = func.jsonb_build_object("name", signer.c.name, "status", signer.c.status)
    everyone = select(func.jsonb_agg(aggregate_order_by(person, signer.c.position), type_=JSONB)).where(of_request)
    signed = select(func.count()).where(of_request, signer.c.status == "signed").correlate(request)
    total = select(func.count()).where(of_request).correlate(request)
    made = func.jsonb_build_object(
        "status",
        _word(request.c.status, SIGNATURES),
        "signed",
        signed.scalar_subquery(),
        "total",
        total.scalar_subquery(),
        "signers",
        everyone.correlate(request).scalar_subquery(),
    )
    return _last_signature(func.jsonb_build_array(made)).scalar_subquery()


def lock_status() -> ColumnElement[Any]:
    """Pending payment; null for none."""
    made = func.jsonb_build_array(func.jsonb_build_object("status", LOCKED))
    return case((shared.is_locked(), made), else_=literal_column("NULL"))


def is_approval(status: str) -> ColumnElement[bool]:
    """Whether the row's document has this status of an approval."""
    return _last_approval(approval.c.status).scalar_subquery() == status


def is_signature(status: str) -> ColumnElement[bool]:
    """Whether the row's document has this status of a signature request."""
    return _last_signature(request.c.status).scalar_subquery() == status


def _word(column: ColumnElement[Any], words: dict[str, str]) -> ColumnElement[Any]:
    return case({kept: word for word, kept in words.items()}, value=column)


def _last_approval(shown: ColumnElement[Any]) -> Select[Any]:
    return (
        select(shown)
        .where(
            approval.c.firm_id == document.c.firm_id,
            approval.c.document_id == document.c.id,
            approval.c.status != "withdrawn",
            shared.is_still(approval.c.file_id),
        )
        .order_by(approval.c.created_at.desc(), approval.c.id.desc())
        .limit(1)
        .correlate(document)
    )


def _last_signature(shown: ColumnElement[Any]) -> Select[Any]:
    return (
        select(shown)
        .where(
            request.c.firm_id == document.c.firm_id,
            request.c.document_id == document.c.id,
            request.c.status != "prepared",
            shared.is_still(request.c.file_id),
        )
        .order_by(request.c.created_at.desc(), request.c.id.desc())
        .limit(1)
        .correlate(document)
    )
