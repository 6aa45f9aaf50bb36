"""What a package comes to, and the invoices that are made of it, by billing's own rules of lines."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.context import Actor, Context
from chassis.errors import AppError, Invalid
from chassis.logs import log
from contracts.invoices import CreateInvoice, IssueInvoice, LineEntry
from contracts.money import exact
from contracts.proposal_content import Cadence, OfferedLine
from services.billing import lines as invoice_lines
from services.billing import settings
from services.billing.operations import invoices
from services.billing.rules import amounts


def currency_of_firm(session: Session, ctx: Context) -> str:
    return settings.of_firm(session, ctx).currency


def deposit(amount: Decimal | None, currency: str) -> Decimal | None:
    """A deposit with all digits of its currency. Raises Invalid for one with more."""
    return None if amount is None else exact("deposit", amount, currency)


def total(
    session: Session, ctx: Context, field: str, lines: Sequence[OfferedLine], cadence: Cadence, currency: str
) -> Decimal:
    """What the lines that are due once, or each month, come to with tax. Raises Invalid for what can't be invoiced."""
    places = [place for place, line in enumerate(lines) if line.cadence == cadence]
    try:
        weighed = invoice_lines.made(session, ctx, entries(lines, cadence), currency)
    except Invalid as invalid:
        faults = [{**fault, "field": _placed(field, fault["field"], places)} for fault in invalid.data["errors"]]
        raise Invalid(errors=faults) from invalid
    return amounts.sums(weighed, currency).total


def entries(lines: Iterable[OfferedLine], cadence: Cadence) -> tuple[LineEntry, ...]:
    """The lines of an invoice for what is due once, or each month."""
    return tuple(
        LineEntry(
            name=line.service,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            tax_rate=line.tax_rate,
        )
        for line in lines
        if line.cadence == cadence
    )


def invoice(
    session: Session,
    ctx: Context,
    account_id: UUID,
    lines: Sequence[LineEntry],
    *,
    currency: str,
    memo: str,
    is_issued: bool,
) -> UUID:
    """A draft of these lines, made by the system, and issued at once if it is to be.

    What keeps it from being issued, such as a number that is taken, leaves the draft for somebody to look at: a
    client's signature does not depend on it.
    """
    by = replace(ctx, actor=Actor())
    request = CreateInvoice(account_id=account_id, lines=tuple(lines), currency=currency, memo=memo)
    made = invoices.create_invoice(session, by, request)
    if is_issued:
        try:
            with session.begin_nested():
                issue = IssueInvoice(account_id=account_id, invoice_id=made.id, version=made.version)
                invoices.issue_invoice(session, by, issue)
        except AppError as refusal:
            log.warning("invoice left as a draft", invoice_id=str(made.id), error=str(refusal))
    return made.id


def _placed(field: str, complaint: str, places: Sequence[int]) -> str:
    """Where a line of an invoice, `lines.<n>.<field>`, stands in the package."""
    _, number, *rest = complaint.split(".")
    return ".".join([field, str(places[int(number)]), *("service" if step == "name" else step for step in rest)])
