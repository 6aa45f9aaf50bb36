"""Who is on the team, and who changed what of whom."""

from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.cursor import encode
from contracts import identity
from services.identity import model
from services.identity.operations import team
from services.identity.queries.pages import after


def list_members(session: Session, ctx: Context, request: identity.ListMembers) -> identity.Members:
    """Every member by name; colleagues see one another. Raises NotAllowed."""
    _check_colleague(session, ctx)
    query = select(model.Member).where(model.Member.firm_id == ctx.firm)
    if not request.include_inactive:
        query = query.where(model.Member.is_active)
    rows = session.scalars(query.order_by(func.lower(model.Member.name), model.Member.id))
    return identity.Members(items=tuple(row.to_contract() for row in rows))


def get_member(session: Session, ctx: Context, request: identity.MemberRef) -> identity.Member:
    """One member, deactivated ones too. Raises MemberNotFound, NotAllowed."""
    _check_colleague(session, ctx)
    query = select(model.Member).where(model.Member.firm_id == ctx.firm, model.Member.id == request.member_id)
    row = session.scalar(query)
    if row is None:
        raise identity.MemberNotFound(member_id=str(request.member_id))
    return row.to_contract()


def list_audit(session: Session, ctx: Context, request: identity.ListAudit) -> identity.Audit:
    """Changes of rights, newest first, for the owner and admins (R-ROLE-2, §2.1). Raises NotAllowed."""
    if team.standing(session, ctx) not in {"system", "owner", "admin"}:
        raise identity.NotAllowed("The owner and admins see who changed rights.")
    table = model.Audit
    query = select(table).where(table.firm_id == ctx.firm)
    if request.cursor is not None:
        query = query.where(tuple_(table.at, table.id) < after(request.cursor))
    rows = session.scalars(query.order_by(table.at.desc(), table.id.desc()).limit(request.limit + 1)).all()
    page = rows[: request.limit]
    return identity.Audit(
        items=tuple(_entry(row) for row in page),
        next_cursor=encode(page[-1].at, page[-1].id) if len(rows) > request.limit else None,
    )


def _entry(row: model.Audit) -> identity.AuditEntry:
    fields: dict[str, Any] = {
        name: getattr(row, name)
        for name in ("at", "actor_id", "actor_name", "member_id", "member_name", "change", "before", "after")
    }
    return identity.AuditEntry(**fields)


def _check_colleague(session: Session, ctx: Context) -> None:
    if team.standing(session, ctx) == "none":
        raise identity.NotAllowed("Members of the firm see one another.")
