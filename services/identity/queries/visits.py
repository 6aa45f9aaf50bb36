"""When an account's people signed in (R-LA-*)."""

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.cursor import encode
from contracts import identity, portal
from services.identity import model
from services.identity.operations import team
from services.identity.queries.pages import after
from services.identity.rules import agents


def list_client_sign_ins(session: Session, ctx: Context, request: portal.ListClientSignIns) -> portal.ClientSignIns:
    """Sign-ins to the portal of all accounts, newest first, for owner and admins (R-LA-4). Raises NotAllowed."""
    if team.standing(session, ctx) not in {"system", "owner", "admin"}:
        raise identity.NotAllowed("The owner and admins see when clients signed in.")
    table = model.PortalSignIn
    query = select(table).where(table.firm_id == ctx.firm)
    if request.cursor is not None:
        query = query.where(tuple_(table.at, table.id) < after(request.cursor))
    rows = session.scalars(query.order_by(table.at.desc(), table.id.desc()).limit(request.limit + 1)).all()
    page = rows[: request.limit]
    return portal.ClientSignIns(
        items=tuple(_line(row) for row in page),
        next_cursor=encode(page[-1].at, page[-1].id) if len(rows) > request.limit else None,
    )


def _line(row: model.PortalSignIn) -> portal.ClientSignIn:
    seen = agents.read(row.agent)
    return portal.ClientSignIn(
        id=row.id,
        at=row.at,
        how=row.how,
        account_id=row.account_id,
        account_name=row.account_name,
        contact_id=row.contact_id,
        contact_name=row.contact_name,
        email=row.email,
        address=row.address,
        agent=row.agent,
        device=seen.device,
        browser=seen.browser,
        system=seen.system,
    )
