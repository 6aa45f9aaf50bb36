"""Works through the queue: some jobs at a time, each by one worker, whatever dies between."""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Unavailable
from chassis.logs import log
from contracts.accounts import Accounts
from contracts.billing import Billing
from contracts.quickbooks_errors import Case
from services.quickbooks import accounts, changes, customers, lists, model, owners, rules
from services.quickbooks.budget import NotNow
from services.quickbooks.client import Refusal, Unreachable
from services.quickbooks.company import Company
from services.quickbooks.documents import pushing
from services.quickbooks.operations import attention, connection, queue
from services.quickbooks.operations import changes as kept_changes
from services.quickbooks.operations.queue import Taken
from services.quickbooks.tokens import NotConnected
from services.quickbooks.tools import Tools

BATCH = 40  # jobs of one look
PUSHES = "documents"
PUSHING = 12  # lanes of one look, all side by side
PATIENCE = {PUSHES: 8.0}  # s, to wait for room; three lanes share one batch in 1.6 s
SIDE_BY_SIDE = 4  # as many requests as the budget lets out at once
TRIES = 9  # in about twenty minutes; then a person decides
AGAIN_SECONDS = 2.0  # after somebody of ours did not answer
READ_SECONDS = 900.0  # before what QuickBooks refused to tell is asked again
PAUSES: Mapping[Case, float] = {"throttled": 60.0, "subscription_ended": 3600.0}
Act = Callable[[Tools, Company, UUID, Taken], None]

ACTS: Mapping[str, Act] = {"match": accounts.match, "create": accounts.create, "reactivate": accounts.reactivate}


class Neighbours:
    """Who is asked how things are."""

    def __init__(self, accounts: Accounts, billing: Billing) -> None:
        self.accounts, self.billing = accounts, billing


def work_due(tools: Tools, neighbours: Neighbours) -> int:
    """Do the jobs that are due, of every firm; how many there were."""
    now = Context()
    with tools.db.reading(now) as session:
        due = due_jobs(session, now)
    for start in range(0, len(due), SIDE_BY_SIDE):
        _together(tools, neighbours, due[start : start + SIDE_BY_SIDE])
    return len(due)


def push_due(tools: Tools, neighbours: Neighbours) -> int:
    """Push the documents that are due, of every firm, all of its lanes side by side; how many lanes there were."""
    now = Context()
    with tools.db.reading(now) as session:
        due = due_jobs(session, now, PUSHING, is_push=True)
    _together(tools, neighbours, due)
    return len(due)


def due_jobs(session: Session, now: Context, limit: int = BATCH, *, is_push: bool = False) -> list[tuple[UUID, UUID]]:
    """Give the jobs that are due, of each firm a few, one firm's after the other's, so that nobody waits for another.

    Each is its firm and its id.
    """
    job = model.Job
    is_free = job.taken_until.is_(None) | (job.taken_until <= now.now)
    place = func.row_number().over(partition_by=job.firm_id, order_by=(job.due_at, job.id)).label("place")
    is_asked = job.subject == PUSHES if is_push else job.subject != PUSHES
    free = select(job.firm_id, job.id, job.due_at, place).where(job.due_at <= now.now, is_free, is_asked).subquery()
    query = select(free.c.firm_id, free.c.id).where(free.c.place <= SIDE_BY_SIDE)
    rows = session.execute(query.order_by(free.c.place, free.c.due_at).limit(limit))
    return [(row.firm_id, row.id) for row in rows]


def work(tools: Tools, neighbours: Neighbours, firm_id: UUID, job_id: UUID) -> None:
    """Do one job, unless another worker does. Raises Unavailable."""
    taken: Taken | None = tools.do(firm_id, queue.take, job_id)
    if taken is None:
        return
    company = Company(tools, firm_id, patience=PATIENCE.get(taken.subject, 2.0))
    try:
        _do(tools, neighbours, company, firm_id, taken)
    except NotNow as wait:
        tools.do(firm_id, queue.later, taken, wait.seconds * (1 + _spread()), is_try=False)
    except NotConnected:
        tools.do(firm_id, _unconnected, taken)
    except Refusal as refusal:
        _refused(tools, company, firm_id, taken, refusal)
    except Unreachable as problem:
        log.warning("quickbooks does not answer", firm_id=str(firm_id), job=taken.kind, error=str(problem))
        _unanswered(tools, firm_id, taken, problem)
    except Unavailable:  # a neighbour, or a lock that was waited for too long: sooner again than its lease ends
        with suppress(Unavailable):
            tools.do(firm_id, queue.later, taken, AGAIN_SECONDS * (1 + _spread()), is_try=False)
        raise
    else:
        tools.do(firm_id, connection.went_well, wrote=company.wrote)
    finally:
        company.close()


def _do(tools: Tools, neighbours: Neighbours, company: Company, firm_id: UUID, taken: Taken) -> None:
    match taken.subject:
        case "account":
            ACTS[taken.kind](tools, company, firm_id, taken)
        case "customers":
            lists.read_ledger(tools, company, firm_id)
            customers.read(tools, company, firm_id)
            tools.do(firm_id, _read, taken)
        case "told":
            changes.hear(tools, company, firm_id, taken)
        case "changes":
            changes.look(tools, company, firm_id, taken)
        case "owners":
            owners.read(tools, neighbours.accounts, neighbours.billing, firm_id, taken)
        case "rule":
            tools.do(firm_id, owners.settle_some, taken)
        case "documents":
            pushing.run(tools, neighbours.billing, company, firm_id, taken)


def _read(session: Session, ctx: Context, taken: Taken) -> None:
    """Look for changes from here on; who was asked for something while the firm was being connected may go on."""
    if queue.is_connected(session, ctx):
        queue.resume(session, ctx)
    queue.done(session, ctx, taken)
    kept_changes.begin(session, ctx)


def _refused(tools: Tools, company: Company, firm_id: UUID, taken: Taken, refusal: Refusal) -> None:
    """Let the whole company wait where it is refused as a whole, else say what is wrong with this one thing."""
    case = rules.case_of(refusal.code, refusal.http, refusal.said) or "refused"
    problem = rules.problem_of(case, said=refusal.said, code=refusal.code, intuit_tid=refusal.intuit_tid)
    if case == "not_authorised":
        tools.do(firm_id, connection.expire, company.serial, problem)
        tools.do(firm_id, _unconnected, taken)
    elif case in PAUSES:
        tools.do(firm_id, connection.pause, PAUSES[case] * (1 + _spread() / 4), problem)
        if case == "subscription_ended":
            tools.do(firm_id, attention.connection, "failed", problem.sentence, problem)
            tools.do(firm_id, queue.anew, taken, 0.0)
        else:  # it was not even looked at: an earlier try whose answer was lost may have been done under this id
            tools.do(firm_id, queue.later, taken, 0.0, is_try=False)
    elif taken.subject == "account":
        tools.do(firm_id, accounts.fail, taken, problem)
    else:
        log.error("quickbooks refuses", firm_id=str(firm_id), job=taken.kind, code=refusal.code, said=refusal.said)
        tools.do(firm_id, queue.later, taken, READ_SECONDS)


def _unanswered(tools: Tools, firm_id: UUID, taken: Taken, problem: Unreachable) -> None:
    if taken.subject == "account" and taken.attempts >= TRIES:
        told = rules.problem_of("unreachable", said=str(problem), intuit_tid=problem.intuit_tid)
        tools.do(firm_id, accounts.fail, taken, told)
    else:
        tools.do(firm_id, queue.later, taken, rules.pause(taken.attempts, _spread()))


def _unconnected(session: Session, ctx: Context, taken: Taken) -> None:
    if not queue.is_connected(session, ctx):
        queue.rest(session, ctx)
    queue.anew(session, ctx, taken, 1.0)


def _together(tools: Tools, neighbours: Neighbours, due: Sequence[tuple[UUID, UUID]]) -> None:
    """Do some jobs side by side; what goes wrong with one is logged, and it is taken up again after its lease."""

    def safely(firm_id: UUID, job_id: UUID) -> None:
        try:
            work(tools, neighbours, firm_id, job_id)
        except Unavailable as problem:
            log.warning("a job for quickbooks waits", job_id=str(job_id), error=str(problem))
        except Exception:  # noqa: BLE001 (whatever one answer does to us, the next job has its turn)
            log.exception("a job for quickbooks failed", job_id=str(job_id))

    threads = [threading.Thread(target=safely, args=one, daemon=True) for one in due]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _spread() -> float:
    return secrets.randbelow(1000) / 1000
