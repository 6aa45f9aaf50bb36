"""How we hear of changes in QuickBooks, as owner and admins see it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.common import Done
from contracts.quickbooks_webhooks import QuickBooksWebhooks
from services.quickbooks import model, people

PATH = "/v1/quickbooks/webhooks/"


def get_webhooks(session: Session, ctx: Context, _request: Done) -> QuickBooksWebhooks:
    """Tell how we hear of changes. Raises Forbidden."""
    people.manager(ctx)
    return webhooks(session, ctx)


def webhooks(session: Session, ctx: Context) -> QuickBooksWebhooks:
    """Describe how we hear of changes; of a firm that never set it up too."""
    row = session.scalar(select(model.Watch).where(model.Watch.firm_id == ctx.firm))
    job = model.Job
    looks_at = session.scalar(select(job.due_at).where(job.firm_id == ctx.firm, job.subject == "changes"))
    return QuickBooksWebhooks(
        path=f"{PATH}{ctx.firm}",
        has_verifier=bool(row and row.verifier),
        told_at=row.told_at if row else None,
        looked_at=row.looked_at if row else None,
        looks_at=looks_at,
    )
