"""What people decide about a document or a service: sync, leave, link, renumber it, choose its item (R-QB-13)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from contracts.quickbooks_comparing import DocumentNotLinked, UnlinkDocument
from contracts.quickbooks_connection import QuickBooksNotConnected
from contracts.quickbooks_documents import (
    DocumentNotKnown,
    DocumentNotReady,
    DocumentRef,
    DocumentSync,
    EntityTaken,
    ItemNotKnown,
    LinkDocument,
    MapService,
    RenumberDocument,
    ServiceNotKnown,
    ServiceSync,
)
from services.quickbooks import model, people
from services.quickbooks.documents import doubles, lanes, marking, rules, telling
from services.quickbooks.operations import marking as accounts
from services.quickbooks.operations import queue
from services.quickbooks.queries import accounts as account_queries
from services.quickbooks.queries import documents as described

AnyRef = DocumentRef | LinkDocument | RenumberDocument | UnlinkDocument


def sync_document(session: Session, ctx: Context, request: DocumentRef) -> DocumentSync:
    """Sync a document whatever its day; what was refused is tried again, what is gone there is made anew.

    Refunds that went with a payment come back with it. Raises Forbidden, DocumentNotKnown, DocumentNotReady,
    QuickBooksNotConnected.
    """
    account, row = _locked(session, ctx, request)
    _sync(session, ctx, account, row)
    if row.kind == "payment":
        for refund in _refunds(session, ctx, row):
            if refund.wanted == "gone":
                refund.wanted, refund.wish = "there", "rule"
                telling.touch(session, ctx, refund, account, marking.start_on(session, ctx))
    return described.shown(session, ctx, row)


def skip_document(session: Session, ctx: Context, request: DocumentRef) -> DocumentSync:
    """Leave a document alone; what is there stays, but the refunds of a payment go (R-QB-13).

    Raises Forbidden, DocumentNotKnown.
    """
    account, row = _locked(session, ctx, request, is_offline=True)
    begins = marking.start_on(session, ctx)
    row.wish, row.author = "skip", ctx.actor.name
    if row.wanted == "gone" and not row.version:  # of a former link: it stays there after all
        row.quickbooks_id = None
    telling.touch(session, ctx, row, account, begins)
    if row.kind == "payment":
        for refund in _refunds(session, ctx, row):
            refund.wish, refund.wanted, refund.author = "skip", "gone", ctx.actor.name
            telling.touch(session, ctx, refund, account, begins)
    return described.shown(session, ctx, row)


def link_document(session: Session, ctx: Context, request: LinkDocument) -> DocumentSync:
    """Take one that is in QuickBooks for the document, and bring it to what is written here.

    What pays or uses the document goes to that one too. Raises Forbidden, DocumentNotKnown, DocumentNotReady,
    EntityTaken, QuickBooksNotConnected.
    """
    account, row = _locked(session, ctx, request)
    other = model.Document
    query = select(other.id).where(
        other.firm_id == ctx.firm, other.entity == row.entity, other.quickbooks_id == request.quickbooks_id,
        other.id != row.id,
    )  # fmt: skip
    taken = session.scalar(query)
    if taken is not None:
        raise EntityTaken(document_id=str(taken))
    former = row.quickbooks_id if row.quickbooks_id != request.quickbooks_id else None
    row.quickbooks_id, row.digest, row.pushed, row.double_id = request.quickbooks_id, None, None, None
    _sync(session, ctx, account, row)
    if former is not None:
        _leave(session, ctx, account, row, former, deletes=request.deletes_former)
    return described.shown(session, ctx, row)


def unlink_document(session: Session, ctx: Context, request: UnlinkDocument) -> DocumentSync:
    """Let a document be none of QuickBooks' any more, and leave it alone until somebody syncs it.

    Raises Forbidden, DocumentNotKnown, DocumentNotReady, DocumentNotLinked, QuickBooksNotConnected.
    """
    account, row = _locked(session, ctx, request)
    former = row.quickbooks_id
    if former is None:
        raise DocumentNotLinked
    row.quickbooks_id = row.sync_token = row.digest = row.pushed = row.double_id = None
    row.wish, row.author = "skip", ctx.actor.name
    telling.touch(session, ctx, row, account, marking.start_on(session, ctx))
    _leave(session, ctx, account, row, former, deletes=request.deletes)
    return described.shown(session, ctx, row)


def renumber_document(session: Session, ctx: Context, request: RenumberDocument) -> DocumentSync:
    """Give a document another number in QuickBooks.

    Raises Forbidden, DocumentNotKnown, DocumentNotReady, QuickBooksNotConnected.
    """
    account, row = _locked(session, ctx, request)
    row.number = request.number.strip()
    _sync(session, ctx, account, row)
    return described.shown(session, ctx, row)


def map_service(session: Session, ctx: Context, request: MapService) -> ServiceSync:
    """Choose which item of QuickBooks a service is; documents that name it are pushed with it from here on.

    Raises Forbidden, ServiceNotKnown, ItemNotKnown.
    """
    people.manager(ctx)
    row, item = model.Document, model.Item
    if request.service_id in rules.NAMES:
        telling.service(session, ctx, request.service_id, rules.NAMES[request.service_id])
    here = (row.firm_id == ctx.firm, row.kind == "service", row.id == request.service_id)
    found = session.scalar(select(row).where(*here).with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise ServiceNotKnown
    if request.item_id is not None:
        mine = (item.firm_id == ctx.firm, item.id == request.item_id, item.is_active)
        if session.scalar(select(item.id).where(*mine)) is None:
            raise ItemNotKnown
    found.quickbooks_id, found.is_chosen = request.item_id, request.item_id is not None
    found.digest = found.pushed = None
    found.author = ctx.actor.name
    if found.is_chosen:
        found.serial, found.due_at = found.serial + 1, None
        marking.mark(session, ctx, found, "synced")
        session.flush()
        marking.wake_waiting(session, ctx, "service")
    else:
        telling.touch(session, ctx, found, None, None)
    session.flush()
    _retry(session, ctx)
    return described.service(session, ctx, found)


def _retry(session: Session, ctx: Context) -> None:
    """Try documents again that were refused for what they refer to: it may have been this item."""
    row = model.Document
    refused = row.problem["case"].astext == "invalid_reference"
    for each in marking.locked(session, [row.firm_id == ctx.firm, row.status == "failed", refused]):
        account = accounts.known(session, ctx, each.account_id) if each.account_id else None
        telling.touch(session, ctx, each, account, marking.start_on(session, ctx))


def _sync(session: Session, ctx: Context, account: model.Account, row: model.Document) -> None:
    row.wish, row.author = "sync", ctx.actor.name
    doubles.apart(row)
    is_gone = row.status == "changed_in_quickbooks" and (row.problem or {}).get("case") == "document_gone"
    if is_gone and row.digest is not None:
        row.quickbooks_id = row.sync_token = row.pushed = None
    row.digest = None
    if row.push_id is not None:
        push = session.get(model.Push, (ctx.firm, row.push_id), with_for_update=True)
        if push is not None and push.taken_by is None:
            push.due_at = ctx.now
        lanes.wake(session, ctx)
    telling.touch(session, ctx, row, account, marking.start_on(session, ctx))


def _leave(
    session: Session, ctx: Context, account: model.Account, row: model.Document, former: str, *, deletes: bool
) -> None:
    """Have what goes to the one that the document was go elsewhere, and that one deleted if it is to be."""
    begins = marking.start_on(session, ctx)
    for each in marking.of_account(session, ctx, account.id):
        if f"{row.entity}:{former}" in (each.pushed or {}).get("parts", {}):
            telling.touch(session, ctx, each, account, begins)
    if not deletes:
        return
    going = model.Document(
        firm_id=ctx.firm, kind=row.kind, id=new_id(), entity=row.entity, account_id=account.id, name=row.name,
        on_day=row.on_day, status="", since=ctx.now, version=0, serial=0, wish="rule", wanted="gone", attempts=0,
        author=ctx.actor.name, is_chosen=False, quickbooks_id=former,
    )  # fmt: skip
    session.add(going)
    session.flush()
    telling.touch(session, ctx, going, account, begins)


def _refunds(session: Session, ctx: Context, payment: model.Document) -> list[model.Document]:
    row = model.Document
    return marking.locked(session, [row.firm_id == ctx.firm, row.kind == "refund", row.parent_id == payment.id])


def _locked(
    session: Session, ctx: Context, request: AnyRef, *, is_offline: bool = False
) -> tuple[model.Account, model.Document]:
    people.manager(ctx)
    if not is_offline and not queue.is_connected(session, ctx):
        raise QuickBooksNotConnected(state=account_queries.connection_state(session, ctx))
    account, row = accounts.known(session, ctx, request.account_id), model.Document
    here = [row.firm_id == ctx.firm, row.kind == request.kind, row.id == request.document_id]
    found = marking.locked(session, [*here, row.account_id == request.account_id])
    if account is None or not found:
        raise DocumentNotKnown
    if not is_offline and not marking.is_ready(account):
        raise DocumentNotReady(state=account.status)
    return account, found[0]
