"""The section Proposals & ELs: the latest sent, who has signed, how it is paid (R-PRP-1 to R-PRP-3)."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select, true

from chassis.listing import Listing, Order, day, instant
from contracts.sections import Section, Seen
from services.billing import model
from services.billing.queries.listing import ACCOUNT, FIRM, TODAY, Asked, contains, one_of
from services.billing.rules import proposals as rules

ROWS = 5  # R-PRP-1
STATUSES = ("sent", "draft", "pending", "partially_signed", "signed", "expired", "withdrawn")
KINDS = ("proposal", "engagement_letter")

proposal = model.Proposal.__table__
signer = model.ProposalSigner.__table__

is_sent = proposal.c.sent_at.is_not(None)
is_open = proposal.c.status.in_(rules.OPEN)
is_over = and_(is_open, proposal.c.expires_on < TODAY)  # also before the sweep has noted it
status = case((is_over, literal("expired")), else_=proposal.c.status)
came_at = func.coalesce(proposal.c.sent_at, proposal.c.created_at)


def _visible() -> list[ColumnElement[bool]]:
    return [proposal.c.firm_id == FIRM, proposal.c.account_id == ACCOUNT]


def _signers(*narrowed: ColumnElement[bool]) -> ColumnElement[Any]:
    return (
        select(func.count())
        .select_from(signer)
        .where(
            signer.c.firm_id == FIRM,
            signer.c.proposal_id == proposal.c.id,
            signer.c.removed_at.is_(None),
            *narrowed,
        )
        .correlate(proposal)
        .scalar_subquery()
    )


def _in_status(value: str, asked: Asked) -> ColumnElement[bool]:
    if value == "sent":
        return is_sent
    if value == "draft":  # R-OV-9: those of others never show
        return and_(~is_sent, proposal.c.author_id == asked.caller_id)
    return and_(is_sent, status == one_of("status", value, STATUSES))


def _of_kind(value: str, _: Asked) -> ColumnElement[bool]:
    return proposal.c.kind == one_of("kind", value, KINDS)


def _named(value: str, _: Asked) -> ColumnElement[bool]:
    return and_(true(), *(contains(proposal.c.name, word) for word in value.split()))


def _row(row: Any, _: Asked) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "kind": row.kind,
        "status": row.shown_status,
        "signed": row.signed,
        "signers_total": row.signers_total,
        "payment_method": row.payment_method,
        "authorization": row.authorization,
        "invoicing": row.invoicing,
        "sent_at": instant(row.sent_at),
        "expires_on": day(row.expires_on),
        "unlinked": row.unlinked,  # signers who can't sign any more (R-LNK-3)
    }


LISTING: Listing[Asked] = Listing(
    source=proposal,
    columns=(
        proposal.c.id,
        proposal.c.name,
        proposal.c.kind,
        status.label("shown_status"),
        _signers(signer.c.signed_at.is_not(None)).label("signed"),
        _signers().label("signers_total"),
        _signers(signer.c.is_unlinked, signer.c.signed_at.is_(None)).label("unlinked"),
        proposal.c.payment_method,
        proposal.c.authorization,
        proposal.c.invoicing,
        proposal.c.sent_at,
        proposal.c.expires_on,
    ),
    visible=lambda _: _visible(),
    orders={"-sent_at": Order((came_at, proposal.c.id))},
    filters={"status": _in_status, "kind": _of_kind, "q": _named},
    row=_row,
    unless_said={"status": "sent"},
)


def statement(_: Seen) -> Select[Any]:
    """The section in one statement: its rows, each with the counts over all."""
    page = LISTING.statement([*_visible(), is_sent], LISTING.orders["-sent_at"], ROWS)
    return page.add_columns(
        func.count().over().label("total"),
        func.count().filter(status == "pending").over().label("pending"),
        func.count().filter(status == "partially_signed").over().label("partially_signed"),
    )


def section(rows: Any, asked: Asked) -> Section:
    """R-PRP-3: the counter is of those that are pending."""
    counts = {name: getattr(rows[0], name) if rows else 0 for name in ("pending", "partially_signed")}
    return Section(
        name="proposals",
        rows=tuple(_row(row, asked) for row in rows),
        total=rows[0].total if rows else 0,
        footer=counts,
    )
