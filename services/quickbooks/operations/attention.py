"""Owner and admins are told what waits for them: once for each problem, until it is solved (R-QB-20)."""

from uuid import UUID

from sqlalchemy import Delete, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.quickbooks import AttentionNeeded, AttentionSolved, SyncStatus
from contracts.quickbooks_documents import DocumentStatus
from contracts.quickbooks_errors import QuickBooksProblem
from services.quickbooks import model, rules
from services.quickbooks.documents import rules as of_documents

AT_ONCE = 500  # ids of one event
WORDS = {
    "service": "Service", "invoice": "Invoice", "credit": "Credit note", "payment": "Payment", "refund": "Refund",
    "application": "Credit applied to an invoice",
}  # fmt: skip


def account(
    session: Session, ctx: Context, row: model.Account, status: SyncStatus, problem: QuickBooksProblem | None
) -> None:
    """Tell of an account that waits for a decision; forget what was told once it is solved."""
    if status in rules.SOLVED:
        solved(session, ctx, row.id)
    if status not in rules.TO_SOLVE or not _is_new(session, ctx, row.id, problem.case if problem else status):
        return
    told = AttentionNeeded(
        about_id=row.id,
        about="",
        group="client",
        account_id=row.id,
        account_name=row.name,
        status=status,
        sentence=problem.sentence if problem else rules.SENTENCES[status],
        problem=problem,
        at=ctx.now,
    )
    emit(session, ctx, told)


def document(
    session: Session, ctx: Context, row: model.Document, status: DocumentStatus, problem: QuickBooksProblem | None
) -> None:
    """Tell of a document or service that waits for a decision; forget what was told once it is solved."""
    if status not in of_documents.TO_SOLVE:
        solved(session, ctx, row.id)
    if status not in of_documents.TO_SOLVE or problem is None or not _is_new(session, ctx, row.id, problem.case):
        return
    account = session.get(model.Account, (ctx.firm, row.account_id)) if row.account_id else None
    told = AttentionNeeded(
        about_id=row.id,
        about=f"{WORDS[row.kind]} {row.name}".strip(),
        group=of_documents.GROUPS[row.kind],  # type: ignore[index]
        account_id=row.account_id,
        account_name=account.name if account else "",
        status=status,
        sentence=problem.sentence,
        problem=problem,
        at=ctx.now,
    )
    emit(session, ctx, told)


def documents_gone(session: Session, ctx: Context, account_id: UUID) -> None:
    """Whatever was told of an account's documents is over."""
    row, document = model.Attention, model.Document
    ids = select(document.id).where(document.firm_id == ctx.firm, document.account_id == account_id)
    _forget(session, ctx, delete(row).where(row.firm_id == ctx.firm, row.about_id.in_(ids)))


def connection(
    session: Session, ctx: Context, status: SyncStatus, sentence: str, problem: QuickBooksProblem | None = None
) -> None:
    """Tell that the whole connection waits for somebody."""
    if not _is_new(session, ctx, ctx.firm, sentence):
        return
    told = AttentionNeeded(
        about_id=ctx.firm, about="", group=None, account_id=None, account_name="", status=status, sentence=sentence,
        problem=problem, at=ctx.now,
    )  # fmt: skip
    emit(session, ctx, told)


def solved(session: Session, ctx: Context, about_id: UUID) -> None:
    """Whatever was told of this is over: the next time it is news again."""
    row = model.Attention
    _forget(session, ctx, delete(row).where(row.firm_id == ctx.firm, row.about_id == about_id))


def all_solved(session: Session, ctx: Context) -> None:
    """Whatever was told of means nothing any more: another company is connected."""
    _forget(session, ctx, delete(model.Attention).where(model.Attention.firm_id == ctx.firm))


def _forget(session: Session, ctx: Context, forgetting: Delete) -> None:
    found = sorted(session.scalars(forgetting.returning(model.Attention.about_id)))
    for start in range(0, len(found), AT_ONCE):
        emit(session, ctx, AttentionSolved(about_ids=tuple(found[start : start + AT_ONCE])))


def _is_new(session: Session, ctx: Context, about_id: UUID, what: str) -> bool:
    row = model.Attention
    told = insert(row).values(firm_id=ctx.firm, about_id=about_id, what=what, at=ctx.now)
    changed = told.on_conflict_do_update(
        index_elements=["firm_id", "about_id"], set_={"what": what, "at": ctx.now}, where=row.what != what
    )
    return session.scalar(changed.returning(row.about_id)) is not None
