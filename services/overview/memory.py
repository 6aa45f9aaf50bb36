"""Sections remembered as their owners gave them, and the generations that tell whether they still hold."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.db import Transactions
from chassis.outbox import emit
from chassis.wire import to_json
from contracts import accounts, identity
from contracts.changes import Generations, SectionsChanged
from contracts.changes import SectionGeneration as Generation
from contracts.sections import Section
from services.overview.model import Firm, RememberedSection, SectionGeneration
from services.overview.sections import Wanted, configured

EVERY_ACCOUNT = UUID(int=0)  # whose generations count for each account of the firm
KEPT = dt.timedelta(days=30)  # a section that is looked at is renewed far more often (its time to live)

Handler = Callable[[Session, Context, Any], None]

# One statement, no ORM and no transaction around it: this is what each view of a profile costs.
RECALL = "SELECT * FROM recall_sections(%(firm)s, %(account)s, %(names)s, %(scopes)s)"

# A generation that moved while the owner was asked means that its answer may be old: it is not kept.
REMEMBER = text(
    """
INSERT INTO remembered_section (firm_id, account_id, section, scope, generation, rows, total, footer, as_of)
SELECT :firm, :account, given.section, given.scope, given.generation, given.rows, given.total, given.footer, :as_of
FROM unnest(
    cast(:sections AS text[]), cast(:scopes AS text[]), cast(:generations AS integer[]),
    cast(:rows AS text[]), cast(:totals AS integer[]), cast(:footers AS text[])
) AS given (section, scope, generation, rows, total, footer)
WHERE given.generation = (
    SELECT coalesce(sum(g.generation), 0) FROM section_generation g
    WHERE g.firm_id = :firm AND g.account_id IN (:account, :every) AND g.section = given.section
)
ORDER BY given.section, given.scope
ON CONFLICT (firm_id, account_id, section, scope) DO UPDATE
SET generation = excluded.generation, rows = excluded.rows, total = excluded.total, footer = excluded.footer,
    as_of = excluded.as_of
WHERE remembered_section.generation < excluded.generation
   OR (remembered_section.generation = excluded.generation AND remembered_section.as_of < excluded.as_of)
RETURNING section
"""
)


class Recalled(NamedTuple):
    """What is remembered of one section; `rows` None: nothing. `present` is the generation it should be of."""

    name: str
    rows: str | None
    total: int | None
    footer: str | None
    as_of: dt.datetime | None
    generation: int | None
    present: int

    def is_fresh(self, now: dt.datetime, ttl_seconds: float) -> bool:
        """Whether nothing changed since, as far as the events tell, and it is younger than its time to live.

        It is of the same day (UTC), too: what is overdue follows from the day, and no event tells of midnight.
        """
        if self.as_of is None or self.generation != self.present or self.as_of.date() != now.date():
            return False
        return (now - self.as_of).total_seconds() < ttl_seconds


def recall(db: Transactions, ctx: Context, account_id: UUID, wanted: Sequence[Wanted]) -> dict[str, Recalled]:
    """What is remembered of these sections, by name."""
    values: dict[str, Any] = {
        "names": [one.name for one in wanted],
        "scopes": [one.scope for one in wanted],
        "firm": ctx.firm,
        "account": account_id,
    }
    return {row[0]: Recalled(*row) for row in db.fetch(RECALL, values)}


class Given(NamedTuple):
    """A section as its owner gave it; `generation` is the one recalled before the owner was asked."""

    section: Section
    scope: str
    generation: int


def remember(session: Session, ctx: Context, account_id: UUID, as_of: dt.datetime, given: Sequence[Given]) -> set[str]:
    """Keep what an owner gave, each section unless it changed meanwhile; gives the names of those kept."""
    sections = [one.section for one in given]
    values = {
        "firm": ctx.firm,
        "account": account_id,
        "every": EVERY_ACCOUNT,
        "as_of": as_of,
        "sections": [section.name for section in sections],
        "scopes": [one.scope for one in given],
        "generations": [one.generation for one in given],
        "rows": [to_json(section.rows).decode() for section in sections],
        "totals": [section.total for section in sections],
        "footers": [None if section.footer is None else to_json(section.footer).decode() for section in sections],
    }
    return set(session.scalars(REMEMBER, values))


def invalidate(session: Session, ctx: Context, happened: Any) -> None:
    """Take note that an event's sections changed, in its account or, where it names none, in all of the firm."""
    raise_generation(session, ctx, happened.account_id, configured().by_event[type(happened).TYPE])


def invalidate_foreign(session: Session, ctx: Context, kind: str, document: dict[str, Any]) -> None:
    """The same for an event that only configuration knows; without a readable `account_id` it is of all accounts."""
    try:
        account_id = UUID(document["account_id"])
    except (KeyError, TypeError, ValueError, AttributeError):
        account_id = None
    raise_generation(session, ctx, account_id, configured().by_event.get(kind, ()))


def followed(handler: Handler) -> Handler:
    """The handler of an event that is not about sections, by which a configured section may change all the same."""

    @wraps(handler)
    def apply(session: Session, ctx: Context, happened: Any) -> None:
        handler(session, ctx, happened)
        sections = configured().by_event.get(type(happened).TYPE, ())
        account = getattr(happened, "account", None)
        raise_generation(session, ctx, account.id if account else getattr(happened, "account_id", None), sections)

    return apply


def raise_generation(session: Session, ctx: Context, account_id: UUID | None, sections: Sequence[str]) -> None:
    """From now on what is remembered of these sections is old; told to who has them open once that is committed."""
    table = SectionGeneration
    account = account_id or EVERY_ACCOUNT
    names = sorted(set(sections))
    for section in names:
        first = insert(table).values(firm_id=ctx.firm, account_id=account, section=section, generation=1)
        again = {"generation": table.generation + 1}
        key = ["firm_id", "account_id", "section"]
        session.execute(first.on_conflict_do_update(index_elements=key, set_=again))
    if names:
        emit(session, ctx, SectionsChanged(firm_id=ctx.firm, account_id=account_id, sections=tuple(names)))


def generations(db: Transactions, ctx: Context, account_id: UUID, wanted: Sequence[Wanted]) -> Generations:
    """How often each of these sections changed."""
    table = SectionGeneration
    query = (
        select(table.section, func.sum(table.generation))
        .where(table.firm_id == ctx.firm, table.account_id.in_((account_id, EVERY_ACCOUNT)))
        .group_by(table.section)
    )
    with db.reading(ctx) as session:
        found = {name: int(total) for name, total in session.execute(query)}
    sections = (Generation(name=one.name, generation=found.get(one.name, 0)) for one in wanted)
    return Generations(sections=tuple(sections))


def account_deleted(session: Session, ctx: Context, happened: accounts.AccountDeleted) -> None:
    """Forget the sections of an account that is no more; an answer still under way is not kept either."""
    remembered = (RememberedSection.firm_id == ctx.firm, RememberedSection.account_id == happened.account_id)
    session.execute(delete(RememberedSection).where(*remembered))
    raise_generation(session, ctx, happened.account_id, list(configured().sections))


def firm_created(session: Session, ctx: Context, happened: identity.FirmCreated) -> None:  # noqa: ARG001 (a handler)
    session.execute(insert(Firm).values(id=happened.firm.id).on_conflict_do_nothing())


def forget_unread(session: Session, ctx: Context) -> int:
    """Drop what nobody looked at for KEPT; gives how many sections that were."""
    old = delete(RememberedSection).where(
        RememberedSection.firm_id == ctx.firm, RememberedSection.as_of < ctx.now - KEPT
    )
    return len(session.scalars(old.returning(RememberedSection.section)).all())


def firms(session: Session) -> Sequence[UUID]:
    """Every firm there is."""
    return session.scalars(select(Firm.id)).all()
