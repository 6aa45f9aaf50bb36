"""The way of a signature request around its transactions: the PDF is read, signers are found, it is stamped."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, select

from chassis import once
from chassis.blobs import BlobNotFound, Blobs
from chassis.context import Actor, Context, new_id
from chassis.db import Transactions
from chassis.errors import AppError, Unavailable
from chassis.logs import log
from chassis.wire import UNSET
from contracts import signatures, signing
from contracts.contacts import AccountRef, Contacts, LinkedContact
from contracts.signatures import KindNotOffered, NotSignable, Signature
from services.documents import access, files, items, model, pdfs, signers, stamping
from services.documents.access import document
from services.documents.keyed import once_done
from services.documents.messages import requests as messages
from services.documents.operations import documents
from services.documents.operations import signature_steps as steps
from services.documents.operations import signatures as operations
from services.documents.operations import signing as operations_of_signing

Compute = Callable[..., Any]  # `compute(function, *arguments)`: how the caller runs what computes for long
MOST_BYTES = 50 * 1024 * 1024  # of a PDF to be signed: it is held in memory
PDF = "application/pdf"
request = model.SignatureRequest.__table__


class Tools(NamedTuple):
    """What a service lends."""

    db: Transactions
    blobs: Blobs
    compute: Compute
    contacts: Contacts


class Looked(NamedTuple):
    """A document as it was looked at."""

    account_id: UUID
    file_id: UUID
    pages: int


def request_signature(tools: Tools, ctx: Context, asked: signatures.RequestSignature) -> Signature:
    """Ask for signatures, once per key.

    Raises DocumentNotFound, NotYoursToEdit, KindNotOffered, NotSignable, NotShared, SignaturePending, Invalid.
    """
    access.staff(ctx)
    if asked.kind != "simple":
        text = " ".join((KindNotOffered.__doc__ or "").split())
        raise KindNotOffered(errors=[{"field": "kind", "message": text}])
    looked = _look(tools, ctx, asked.account_id, asked.document_id)
    chosen = signers.chosen(asked.signers, _people(tools, ctx, asked.account_id), looked.pages)

    def act(session: Any) -> Signature:
        return operations.request_signature(session, ctx, asked, chosen, looked.file_id)

    return once_done(tools.db, ctx, once.digest("request_signature", asked), Signature, act)


def change_signature(tools: Tools, ctx: Context, asked: signatures.ChangeSignature) -> Signature:
    """Change a prepared request, once per key. Raises SignatureNotFound and what operations and signers refuse."""
    access.staff(ctx)
    chosen: Sequence[signers.Chosen] | None = None
    if asked.signers is not UNSET:
        with tools.db.reading(ctx) as session:
            row = steps.found(session, ctx, asked.account_id, asked.signature_id)
            document_id = row.document_id
        looked = _look(tools, ctx, asked.account_id, document_id)
        chosen = signers.chosen(asked.signers, _people(tools, ctx, asked.account_id), looked.pages)

    def act(session: Any) -> Signature:
        return operations.change_signature(session, ctx, asked, chosen)

    return once_done(tools.db, ctx, once.digest("change_signature", asked), Signature, act)


def make_signing_link(tools: Tools, ctx: Context, asked: signing.SignerRef) -> signing.SigningLink:
    """Make a link; its token is in this answer alone, so a repeated request makes another."""
    with tools.db.transaction(ctx) as session:
        return operations.make_signing_link(session, ctx, asked)


def sign_document(tools: Tools, ctx: Context, asked: signing.Sign) -> signing.AskedSignature:
    """Sign in the portal, once per key; the last one puts the signatures on the PDF."""

    def act(session: Any) -> signing.AskedSignature:
        return operations_of_signing.sign_document(session, ctx, asked)

    made = once_done(tools.db, ctx, once.digest("sign_document", asked), signing.AskedSignature, act)
    return _stamp_last(tools, ctx, made)


def sign_by_link(tools: Tools, ctx: Context, asked: signing.SignByLink) -> signing.AskedSignature:
    """Sign by a link, in its firm; the last one puts the signatures on the PDF."""
    with tools.db.transaction(ctx) as session:
        made = operations_of_signing.sign_by_link(session, ctx, asked)
    return _stamp_last(tools, ctx, made)


def _stamp_last(tools: Tools, ctx: Context, made: signing.AskedSignature) -> signing.AskedSignature:
    """Stamp at once what all have signed; where that fails, the sweep does it later."""
    if made.status == "signed":
        try:
            stamp(tools, ctx, made.id)
        except AppError as problem:
            log.warning("a signed PDF waits to be made", signature_id=str(made.id), error=str(problem))
    return made


def _look(tools: Tools, ctx: Context, account_id: UUID, document_id: UUID) -> Looked:
    with tools.db.reading(ctx) as session:
        row, _ = items.find_document(session, ctx, account_id, document_id, needs=access.EDIT)
        file_id, media_type, size = row.file_id, row.media_type, row.size
    if media_type != PDF:
        raise NotSignable(errors=[{"field": "document_id", "message": "Must be a PDF (R-SGN-3)."}])
    content = _read(tools, ctx, account_id, file_id, size)
    return Looked(account_id, file_id, tools.compute(pdfs.pages, content))


def _read(tools: Tools, ctx: Context, account_id: UUID, file_id: UUID, size: int) -> bytes:
    if size > MOST_BYTES:
        text = f"A PDF to be signed has at most {MOST_BYTES // 1024 // 1024} MB."
        raise NotSignable(errors=[{"field": "document_id", "message": text}])
    try:
        return tools.blobs.get(files.path(ctx.firm, account_id, file_id))
    except BlobNotFound as exc:
        raise Unavailable("The file of this document is not to be had at the moment; try again.") from exc


def _people(tools: Tools, ctx: Context, account_id: UUID) -> tuple[LinkedContact, ...]:
    as_system = replace(ctx, actor=Actor())
    return tools.contacts.list_account_contacts(as_system, AccountRef(account_id=account_id)).items


def stamp(tools: Tools, ctx: Context, signature_id: UUID) -> None:
    """Put the signatures on the PDF, as a version of the document; done already, it is left (R-SGN-4).

    A document that is another file since keeps that file: then the evidence stands alone.
    """
    ctx = replace(ctx, actor=Actor(), key=f"stamp/{signature_id}")
    with tools.db.reading(ctx) as session:
        found = _unstamped(session, ctx, signature_id)
        if found is None:
            return
        row, name, size = found
        everyone = messages.signers_of(session, ctx, row)
        marks, lines = stamping.marks(everyone), stamping.lines(row, name, everyone)
        account_id, file_id = row.account_id, row.file_id
    content = _read(tools, ctx, account_id, file_id, size)
    made: bytes = tools.compute(pdfs.stamped, content, marks, lines)
    arrived = documents.Arrived(
        file_id=new_id(),
        media_type=PDF,
        size=len(made),
        sha256=hashlib.sha256(made).hexdigest(),
        side="firm",
        uploader_id=None,
        uploader_name="Dossier",
        origin="page",
    )
    files.begin(tools.db, ctx, account_id, arrived.file_id)
    tools.blobs.create(files.path(ctx.firm, account_id, arrived.file_id), made)
    with tools.db.transaction(ctx) as session:
        kind = model.SignatureRequest
        query = select(kind).where(kind.firm_id == ctx.firm, kind.id == signature_id)
        held = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
        if held.stamped_id is not None or _unstamped(session, ctx, signature_id) is None:
            return  # a twin was faster, or the document is another file since; the sweep removes what we made
        held.stamped_id, held.stamped_sha256 = arrived.file_id, arrived.sha256
        documents.add_version(session, ctx, arrived, account_id, held.document_id)
        steps.tell(session, ctx, held, "stamped")


def _unstamped(session: Any, ctx: Context, signature_id: UUID) -> Any:
    kind = model.SignatureRequest
    query = (
        select(kind, document.c.name, document.c.size)
        .join(document, and_(document.c.firm_id == request.c.firm_id, document.c.id == request.c.document_id))
        .where(kind.firm_id == ctx.firm, kind.id == signature_id, *_waits())
    )
    found = session.execute(query).one_or_none()
    return None if found is None else tuple(found)


def _waits() -> tuple[Any, ...]:
    return (
        request.c.status == "signed",
        request.c.stamped_id.is_(None),
        document.c.trash_id.is_(None),
        document.c.file_id == request.c.file_id,
    )


def sweep(tools: Tools, now: Context) -> None:
    """Remind whoever is to be reminded, and stamp what was signed and not stamped, in every firm."""
    with tools.db.reading(now) as session:
        due = select(request.c.firm_id, request.c.id).where(request.c.reminder_due_at <= now.now)
        reminders = session.execute(due.order_by(request.c.reminder_due_at).limit(steps.SWEPT)).all()
        of = and_(document.c.firm_id == request.c.firm_id, document.c.id == request.c.document_id)
        signed = select(request.c.firm_id, request.c.id).join(document, of).where(*_waits())
        unstamped = session.execute(signed.order_by(request.c.ended_at).limit(steps.SWEPT)).all()
    for firm_id, signature_id in reminders:
        ctx = replace(now, firm_id=firm_id)
        with tools.db.transaction(ctx) as session:
            operations.remind_if_due(session, ctx, signature_id)
    for firm_id, signature_id in unstamped:
        try:
            stamp(tools, replace(now, firm_id=firm_id), signature_id)
        except AppError as problem:
            log.warning("a signed PDF waits to be made", signature_id=str(signature_id), error=str(problem))
