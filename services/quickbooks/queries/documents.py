"""How documents and services stand, from what is stored: nothing here asks QuickBooks (R-QB-23)."""

from typing import Any, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.listing import Order
from contracts.common import Done
from contracts.quickbooks_documents import (
    DocumentKind,
    DocumentNotKnown,
    DocumentRef,
    DocumentStatus,
    DocumentStep,
    DocumentSteps,
    DocumentSync,
    DocumentSyncs,
    FindItems,
    ListDocumentSteps,
    ListDocumentSyncs,
    QuickBooksItem,
    QuickBooksItems,
    ServiceSync,
    ServiceSyncs,
)
from contracts.rights import ACCOUNT, allows
from services.quickbooks import model, people
from services.quickbooks.documents import rules
from services.quickbooks.queries.accounts import problem_of

MOST = 50


def list_document_syncs(session: Session, ctx: Context, request: ListDocumentSyncs) -> DocumentSyncs:
    """List how an account's documents stand, the latest first, as far as the caller may see them (R-INV-4, R-INV-5).

    Raises Forbidden, Invalid.
    """
    people.staff(ctx)
    kinds = [kind for kind in get_args(DocumentKind) if request.kind in {None, kind} and _sees(ctx, kind)]
    row = model.Document
    order = _order(row.on_day, row.id)
    is_here = (row.wanted != "gone") | row.quickbooks_id.is_not(None)
    where = [row.firm_id == ctx.firm, row.account_id == request.account_id, row.kind.in_(kinds), is_here]
    if request.ids:
        where.append(row.id.in_(request.ids))
    if request.cursor:
        where.append(order.after(request.cursor))
    query = select(row).where(*where).order_by(*order.sorted()).limit(request.limit + 1)
    rows = session.scalars(query).all()
    end = rows[request.limit - 1] if len(rows) > request.limit else None
    return DocumentSyncs(
        items=tuple(_shown(ctx, each) for each in rows[: request.limit]),
        next_cursor=cursor.encode(end.on_day, end.id) if end else None,
    )


def about(session: Session, ctx: Context, request: DocumentRef) -> tuple[model.Document, model.Account]:
    """Give a document and its account, to be read alone. Raises Forbidden, DocumentNotKnown."""
    people.manager(ctx)
    row, account = model.Document, model.Account
    here = (row.firm_id == ctx.firm, row.kind == request.kind, row.id == request.document_id)
    its = (account.firm_id == row.firm_id) & (account.id == row.account_id)
    query = select(row, account).join(account, its).where(*here, row.account_id == request.account_id)
    found = session.execute(query).tuples().one_or_none()
    if found is None:
        raise DocumentNotKnown
    return found


def shown(session: Session, ctx: Context, row: model.Document) -> DocumentSync:
    """Describe how a document stands, as far as the caller may know."""
    session.flush()
    return _shown(ctx, row)


def list_document_steps(session: Session, ctx: Context, request: ListDocumentSteps) -> DocumentSteps:
    """List what a document went through, the latest first. Raises Forbidden, Invalid."""
    people.manager(ctx)
    step = model.DocumentStep
    here = (step.firm_id == ctx.firm, step.kind == request.kind, step.document_id == request.document_id)
    query = select(step).where(*here, step.account_id == request.account_id)
    if request.cursor:
        query = query.where(_order(step.id).after(request.cursor))
    rows = session.scalars(query.order_by(step.id.desc()).limit(request.limit + 1)).all()
    more = cursor.encode(rows[request.limit - 1].id) if len(rows) > request.limit else None
    return DocumentSteps(items=tuple(_step(row) for row in rows[: request.limit]), next_cursor=more)


def list_service_syncs(session: Session, ctx: Context, _request: Done) -> ServiceSyncs:
    """List which items services are. Raises Forbidden."""
    people.manager(ctx)
    row = model.Document
    query = select(row).where(row.firm_id == ctx.firm, row.kind == "service").order_by(func.lower(row.name), row.id)
    return ServiceSyncs(items=tuple(service(session, ctx, each) for each in session.scalars(query)))


def service(session: Session, ctx: Context, row: model.Document) -> ServiceSync:
    """Describe which item a service is."""
    session.flush()
    item = session.get(model.Item, (ctx.firm, row.quickbooks_id)) if row.quickbooks_id else None
    status, problem = _status(row), problem_of(row.problem)
    return ServiceSync(
        service_id=row.id,
        name=row.name,
        status=status,
        label=rules.LABELS[status],
        item_id=row.quickbooks_id,
        item_name=item.name if item else None,
        is_chosen=row.is_chosen,
        problem=problem,
        remedies=rules.remedies("service", status, problem),
    )


def list_quickbooks_items(session: Session, ctx: Context, request: FindItems) -> QuickBooksItems:
    """Find items by a part of their name. Raises Forbidden."""
    people.manager(ctx)
    item = model.Item
    where = (item.firm_id == ctx.firm, item.is_active, item.name.icontains(request.q.strip(), autoescape=True))
    total = session.scalars(select(func.count()).select_from(item).where(*where)).one()
    rows = session.scalars(select(item).where(*where).order_by(item.folded, item.id).limit(MOST))
    return QuickBooksItems(items=tuple(QuickBooksItem(id=one.id, name=one.name) for one in rows), total=total)


def _order(*keys: Any) -> Order:
    return Order(keys)


def _sees(ctx: Context, kind: str) -> bool:
    """Whether the caller may see documents of a kind at all (R-INV-5)."""
    return allows(ACCOUNT["manage_invoices" if kind == "invoice" else "manage_payments"], ctx.actor)


def _shown(ctx: Context, row: model.Document) -> DocumentSync:
    status, sees = _status(row), people.manages(ctx)
    problem = problem_of(row.problem) if sees else None
    return DocumentSync(
        kind=row.kind,  # type: ignore[arg-type]
        id=row.id,
        account_id=row.account_id,  # type: ignore[arg-type]
        name=row.name,
        on=row.on_day,
        status=status,
        label=rules.LABELS[status],
        since=row.since,
        synced_at=row.synced_at,
        waits_for=row.waits_for if sees else None,  # type: ignore[arg-type]
        quickbooks_id=row.quickbooks_id if sees else None,
        url=rules.url(row.entity, row.quickbooks_id) if sees else None,
        problem=problem,
        remedies=rules.remedies(row.kind, status, problem) if sees else (),  # type: ignore[arg-type]
    )


def _status(row: model.Document) -> DocumentStatus:
    status: DocumentStatus = row.status  # type: ignore[assignment]
    return "syncing" if row.push_id is not None and status in {"queued", "out_of_date"} else status


def _step(row: model.DocumentStep) -> DocumentStep:
    return DocumentStep(
        at=row.at,
        status=row.status,  # type: ignore[arg-type]
        author=row.author,
        quickbooks_id=row.quickbooks_id,
        intuit_tid=row.intuit_tid,
        problem=problem_of(row.problem),
    )
