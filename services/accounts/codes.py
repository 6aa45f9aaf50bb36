"""Account codes: letters and a number that is never given twice (R-ID-1, R-ID-2)."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from services.accounts.model import AccountCodeCounter


def give(session: Session, ctx: Context, prefix: str) -> str:
    """The next code; the counter's row stays locked until the transaction ends, so it comes last (see `locked`)."""
    first = {"firm_id": ctx.firm, "prefix": prefix, "last": 1}
    number = session.scalar(
        insert(AccountCodeCounter)
        .values(first)
        .on_conflict_do_update(index_elements=["firm_id", "prefix"], set_={"last": AccountCodeCounter.last + 1})
        .returning(AccountCodeCounter.last)
    )
    return f"{prefix}{number}"
