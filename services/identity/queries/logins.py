"""The section Login activity: one line on the profile, and by person in its "view all" (R-LA-1 to R-LA-5)."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, Select, and_, func, literal, select, true
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.errors import wrong
from chassis.listing import instant
from contracts.sections import (
    GetSections,
    ListSection,
    Section,
    SectionAsk,
    SectionList,
    SectionRows,
    UnknownSection,
    seen,
)
from services.identity import model
from services.identity.rules import agents

NAME, DETAILS = "logins", "details"
COUNTED = dt.timedelta(days=90)  # R-LA-5

came, invited = model.PortalSignIn, model.PortalInvitation


def get_sections(session: Session, ctx: Context, request: GetSections) -> SectionList:
    """The last sign-in of anybody of the account's, in one statement; no row where there never was one (R-LA-3).

    Raises UnknownSection, Invalid for a scope it can't read.
    """
    made = tuple(_section(session, ctx, request.account_id, ask) for ask in request.sections)
    return SectionList(as_of=ctx.now, sections=made)


def list_section(session: Session, ctx: Context, request: ListSection) -> SectionRows:
    """Everybody who signed in or was invited, who came last first; under a scope without details the date alone."""
    _check(ctx, request.name)
    for name in request.filters or ():
        raise wrong(f"filters.{name}", "There is no such filter.")
    if seen(request.scope).more != DETAILS:
        section = _section(session, ctx, request.account_id, SectionAsk(name=NAME, scope=request.scope))
        return SectionRows(rows=section.rows, total=section.total)
    people = [_person(ctx, row) for row in session.execute(_everybody(ctx, request.account_id))]
    begin = 0 if request.cursor is None else cursor.wholes(request.cursor, 1)[0] or 0
    end = begin + request.limit
    more = cursor.encode(end) if len(people) > end else None
    return SectionRows(rows=tuple(people[begin:end]), total=len(people), next_cursor=more)


def _section(session: Session, ctx: Context, account_id: UUID, ask: SectionAsk) -> Section:
    _check(ctx, ask.name)
    if seen(ask.scope).more != DETAILS:
        last_at = session.scalar(select(func.max(came.at)).where(*_of(came, ctx, account_id)))
        rows = () if last_at is None else ({"at": instant(last_at)},)
        return Section(name=NAME, rows=rows, total=len(rows))
    last = select(came).where(*_of(came, ctx, account_id)).order_by(came.at.desc(), came.id.desc()).limit(1)
    shown = last.subquery("shown")
    everybody = _people(ctx, account_id)
    every = select(func.count().label("total")).select_from(everybody).subquery("every")
    row = session.execute(select(every.c.total, *shown.c).select_from(every.outerjoin(shown, true()))).one()
    lines = () if row.id is None else (_line(row),)
    return Section(name=NAME, rows=lines, total=row.total)


def _people(ctx: Context, account_id: UUID) -> CTE:
    """Each contact with each address that signed in or was invited."""
    key = (came.contact_id, came.email_folded)
    both = (
        select(*key)
        .where(*_of(came, ctx, account_id))
        .union(select(invited.contact_id, invited.email_folded).where(*_of(invited, ctx, account_id)))
    )
    return both.cte("everybody")


def _everybody(ctx: Context, account_id: UUID) -> Select[Any]:
    everybody = _people(ctx, account_id)
    mine = _of(came, ctx, account_id)
    latest = (
        select(came)
        .distinct(came.contact_id, came.email_folded)
        .where(*mine)
        .order_by(came.contact_id, came.email_folded, came.at.desc(), came.id.desc())
        .subquery("latest")
    )
    counts = (
        select(came.contact_id, came.email_folded, func.count().label("times"))
        .where(*mine, came.at > ctx.now - COUNTED)
        .group_by(came.contact_id, came.email_folded)
        .subquery("counts")
    )
    waiting = select(invited).where(*_of(invited, ctx, account_id)).subquery("waiting")

    def same(other: Any) -> Any:
        return and_(other.c.contact_id == everybody.c.contact_id, other.c.email_folded == everybody.c.email_folded)

    name = func.coalesce(latest.c.contact_name, waiting.c.contact_name)
    email = func.coalesce(latest.c.email, waiting.c.email)
    return (
        select(
            everybody.c.contact_id,
            name.label("contact_name"),
            email.label("email"),
            latest.c.at,
            latest.c.how,
            latest.c.address,
            latest.c.agent,
            func.coalesce(counts.c.times, literal(0)).label("times"),
            waiting.c.sent_at,
            waiting.c.expires_at,
        )
        .select_from(everybody)
        .outerjoin(latest, same(latest))
        .outerjoin(counts, same(counts))
        .outerjoin(waiting, same(waiting))
        .order_by(latest.c.at.desc().nulls_last(), func.lower(name), email, everybody.c.contact_id)
    )


def _person(ctx: Context, row: Any) -> dict[str, Any]:
    waiting = None
    if row.sent_at is not None:
        waiting = {
            "sent_at": instant(row.sent_at),
            "days": max(0, (ctx.now - row.sent_at).days),
            "is_expired": row.expires_at <= ctx.now,
        }
    return {
        "contact": {"id": str(row.contact_id), "name": row.contact_name},
        "email": row.email,
        "last": None if row.at is None else {"at": instant(row.at), "how": row.how, **_where(row)},
        "times_in_90_days": row.times,
        "invitation": waiting,
    }


def _line(row: Any) -> dict[str, Any]:
    return {
        "at": instant(row.at),
        "how": row.how,
        "contact": {"id": str(row.contact_id), "name": row.contact_name},
        "email": row.email,
    }


def _where(row: Any) -> dict[str, str]:
    """From where, and on what; in a scope with details alone."""
    return {"address": row.address, **agents.read(row.agent)._asdict()}


def _check(ctx: Context, name: str) -> None:
    if name != NAME or ctx.actor.kind == "portal":
        raise UnknownSection(name=name)


def _of(table: Any, ctx: Context, account_id: UUID) -> tuple[Any, ...]:
    return table.firm_id == ctx.firm, table.account_id == account_id
