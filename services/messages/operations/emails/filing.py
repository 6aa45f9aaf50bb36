"""Where e-mail is filed: by rules where they leave one account, else by whom it came to (R-SYN-5)."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from chassis.outbox import emit
from contracts.emails import EmailFiled, EmailsChanged, FiledEmail, FileEmail, RefileEmail
from services.messages import model, people
from services.messages.mail.filing import Facts, Filed, Reason, decide
from services.messages.operations.emails import saving, settling, synced
from services.messages.queries.emails import access


def judged(
    session: Session, ctx: Context, folded: Collection[str], subject: str, thread_id: UUID
) -> tuple[Facts, Filed]:
    """Decide where an e-mail between these people belongs, and on what facts."""
    by_address = synced.accounts_of(session, ctx, folded)
    candidates = {account_id for ids in by_address.values() for account_id in ids}
    account, filing = model.AccountRef, model.EmailFiling
    codes = select(account.id, account.code).where(account.firm_id == ctx.firm, account.id.in_(candidates))
    in_thread = (
        select(filing.email_id, filing.account_id, filing.reason)
        .where(filing.firm_id == ctx.firm, filing.thread_id == thread_id)
        .order_by(filing.filed_at.desc(), filing.email_id)
    )
    earlier = session.execute(in_thread).all()
    chosen = next((row.email_id for row in earlier if row.reason == "choice"), None)
    facts = Facts(
        synced=by_address,
        subject=subject,
        earlier={row.account_id for row in earlier},
        chosen={row.account_id for row in earlier if row.email_id == chosen},
        codes=dict(session.execute(codes).tuples().all()),
    )
    return facts, decide(facts)


def put(session: Session, ctx: Context, email: model.Email, account_ids: Iterable[UUID], reason: Reason) -> None:
    """File an e-mail that is in none of these accounts, and announce it."""
    email.is_waiting = False
    session.flush()
    for account_id in sorted(account_ids):
        filed = model.EmailFiling(
            firm_id=ctx.firm,
            email_id=email.id,
            account_id=account_id,
            thread_id=email.thread_id,
            reason=reason,
            filed_at=ctx.now,
            filed_by=ctx.actor.id if ctx.actor.kind == "member" else None,
        )
        session.add(filed)
        settling.settle(session, ctx, account_id, email.thread_id)
        saving.wish(session, ctx, email, account_id)
        emit(session, ctx, EmailsChanged(account_id=account_id, change="filed", email_ids=(email.id,)))


def file_email(session: Session, ctx: Context, request: FileEmail) -> FiledEmail:
    """File an e-mail that waits, as its reader says. Raises EmailNotFound, EmailFiled, Invalid."""
    people.acting(session, ctx)
    settling.begin(session, ctx)
    email = access.waiting(session, ctx, request.email_id, lock=True)
    if not email.is_waiting:
        present = _filed(session, ctx, email)
        raise EmailFiled(account_ids=[str(one) for one in access.seen_accounts(session, ctx, present)])
    chosen = _allowed(session, ctx, email, request.account_ids)
    put(session, ctx, email, chosen, "choice")
    _follow(session, ctx, email)
    return FiledEmail(email_id=email.id, account_ids=tuple(sorted(chosen)))


def refile_email(session: Session, ctx: Context, request: RefileEmail) -> FiledEmail:
    """Move an e-mail between accounts, or file it in several on purpose. Raises EmailNotFound, Invalid."""
    people.acting(session, ctx)
    settling.begin(session, ctx)
    email = access.filed(session, ctx, request.account_id, request.email_id, lock=True)
    present = _filed(session, ctx, email)
    seen = set(access.seen_accounts(session, ctx, present))
    wanted = _allowed(session, ctx, email, request.account_ids, already=present)
    filing = model.EmailFiling
    for account_id in sorted(seen - wanted):
        here = (filing.firm_id == ctx.firm, filing.email_id == email.id, filing.account_id == account_id)
        session.execute(delete(filing).where(*here))
        settling.settle(session, ctx, account_id, email.thread_id)
        emit(session, ctx, EmailsChanged(account_id=account_id, change="unfiled", email_ids=(email.id,)))
    kept = select(filing).where(filing.firm_id == ctx.firm, filing.email_id == email.id)
    for row in session.scalars(kept, execution_options={"populate_existing": True}):
        row.reason, row.filed_at, row.filed_by = "choice", ctx.now, ctx.actor.id
    put(session, ctx, email, wanted - present, "choice")
    _follow(session, ctx, email)
    return FiledEmail(email_id=email.id, account_ids=tuple(sorted(wanted)))


def _filed(session: Session, ctx: Context, email: model.Email) -> set[UUID]:
    filing = model.EmailFiling
    query = select(filing.account_id).where(filing.firm_id == ctx.firm, filing.email_id == email.id)
    return set(session.scalars(query))


def _allowed(
    session: Session, ctx: Context, email: model.Email, wanted: Collection[UUID], already: Collection[UUID] = ()
) -> set[UUID]:
    """Raise Invalid unless the caller sees each of the accounts, and the e-mail is of people of it (R-EML-3)."""
    person = model.EmailPerson
    folded = session.scalars(select(person.folded).where(person.firm_id == ctx.firm, person.email_id == email.id))
    by_address = synced.accounts_of(session, ctx, folded.all())
    possible = {*email.candidates, *already, *(one for ids in by_address.values() for one in ids)}
    seen = set(access.seen_accounts(session, ctx, set(wanted) & possible))
    if set(wanted) - seen:
        raise wrong("account_ids", "Choose among the accounts that the people of this e-mail belong to.")
    return seen


def _follow(session: Session, ctx: Context, email: model.Email) -> None:
    """File what waits in the same thread as was chosen for this one."""
    row = model.Email
    filed = exists().where(model.EmailFiling.firm_id == row.firm_id, model.EmailFiling.email_id == row.id)
    query = select(row).where(row.firm_id == ctx.firm, row.thread_id == email.thread_id, row.is_waiting, ~filed)
    for other in session.scalars(query.order_by(row.sent_at, row.id).with_for_update()).all():
        person = model.EmailPerson
        folded = session.scalars(select(person.folded).where(person.firm_id == ctx.firm, person.email_id == other.id))
        _, found = judged(session, ctx, folded.all(), other.subject, other.thread_id)
        if found.reason is not None:
            put(session, ctx, other, found.accounts, found.reason)
