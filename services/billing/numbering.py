"""Numbers of invoices: without gaps, never given twice."""

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.invoices import NumberTaken
from services.billing import model, settings
from services.billing.rules import invoices as rules


def give_number(session: Session, ctx: Context, row: model.Invoice) -> None:
    """Give an invoice with a posting day the next number of the firm. Raises NumberTaken.

    The counter stays locked until this transaction ends: if it is rolled back, so is the count, and the next one gets
    the number.
    """
    assert row.posted_on is not None  # noqa: S101 (the caller has just set it)
    kept = settings.of_firm(session, ctx)
    year = rules.counter_year(kept.number_format, row.posted_on)
    stored = insert(model.NumberCounter).values(firm_id=ctx.firm, year=year, last=1)
    counted = stored.on_conflict_do_update(
        index_elements=["firm_id", "year"], set_={"last": model.NumberCounter.last + 1}
    ).returning(model.NumberCounter.last)
    sequence = session.execute(counted).scalar_one()
    number = rules.number(kept.number_format, kept.number_digits, row.posted_on, sequence)
    taken = exists().where(model.Invoice.firm_id == ctx.firm, model.Invoice.number == number)
    if session.scalar(select(taken)):
        raise NumberTaken(number=number)
    row.number, row.year, row.sequence = number, year, sequence
