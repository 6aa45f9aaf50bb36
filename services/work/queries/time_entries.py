"""The section Time tracking: running timers on top, then the latest entries; own ones or all (R-TIM-1..3, C-TIME)."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true, union_all

from chassis.errors import wrong
from chassis.listing import Listing, Order, date_of, day, flag_of, id_of, instant
from contracts.money import DEFAULT_CURRENCY
from contracts.sections import Section, Seen
from services.work import model
from services.work.queries.listing import ACCOUNT, FIRM, MEMBER, Asked, member

ROWS = 5  # R-TIM-1
RUNNING_ROWS = 20  # the rule sets no limit; the page does

entry = model.TimeEntry.__table__
is_running = entry.c.running_since.is_not(None)
currency = func.coalesce(
    select(model.FirmRef.currency).where(model.FirmRef.firm_id == FIRM).scalar_subquery(), DEFAULT_CURRENCY
).label("currency")
is_unbilled = and_(entry.c.is_billable, ~entry.c.is_billed)


def _visible(scope: Seen) -> list[ColumnElement[bool]]:
    of_account = [entry.c.firm_id == FIRM, entry.c.account_id == ACCOUNT]
    return of_account if scope.member_id is None else [*of_account, entry.c.member_id == MEMBER]


def _of_member(value: str, asked: Asked) -> ColumnElement[bool]:
    member_id = id_of("member", value)
    if asked.scope.member_id not in (None, member_id):
        raise wrong("filters.member", "You may see only your own entries.")
    return entry.c.member_id == member_id


def _row(row: Any, asked: Asked) -> dict[str, Any]:
    shown = {
        "id": str(row.id),
        "on": day(row.worked_on),
        "member": {"id": str(row.member_id), "name": row.member_name or ""},
        "service": row.service,
        "minutes": row.minutes,
        "is_billable": row.is_billable,
        "running_since": instant(row.running_since),
    }
    if asked.scope.more == "rates":
        shown["amount"] = None if row.amount is None else format(row.amount, "f")
        shown["currency"] = row.currency
    return shown


LISTING: Listing[Asked] = Listing(
    source=entry.outerjoin(member, and_(member.c.firm_id == entry.c.firm_id, member.c.id == entry.c.member_id)),
    columns=(
        entry.c.id,
        entry.c.worked_on,
        entry.c.member_id,
        member.c.name.label("member_name"),
        entry.c.service,
        entry.c.minutes,
        entry.c.is_billable,
        entry.c.running_since,
        entry.c.amount,
        currency,
    ),
    visible=lambda asked: _visible(asked.scope),
    orders={"-on": Order((is_running, entry.c.worked_on, entry.c.id))},
    filters={
        "member": _of_member,
        "billable": lambda value, _: entry.c.is_billable.is_(flag_of("billable", value)),
        "billed": lambda value, _: entry.c.is_billed.is_(flag_of("billed", value)),
        "from": lambda value, _: entry.c.worked_on >= date_of("from", value),
        "to": lambda value, _: entry.c.worked_on <= date_of("to", value),
    },
    row=_row,
)


def statement(scope: Seen) -> Select[Any]:
    """The section in one statement: count and sums of all beside each row, or alone where there is none."""
    by_date = Order((entry.c.worked_on, entry.c.id))  # within each part, as the index has it
    running = LISTING.statement([*_visible(scope), is_running], by_date, RUNNING_ROWS)
    latest = LISTING.statement([*_visible(scope), ~is_running], by_date, ROWS)
    shown = union_all(running, latest).subquery("shown")
    every = (
        select(
            func.count().label("total"),
            func.coalesce(func.sum(entry.c.minutes).filter(is_unbilled), 0).label("unbilled_minutes"),
            func.coalesce(func.sum(entry.c.amount).filter(is_unbilled), 0).label("unbilled_amount"),
            currency.label("unbilled_currency"),
        )
        .where(*_visible(scope))
        .subquery("every")
    )
    return (
        select(*every.c, *shown.c)
        .select_from(every.outerjoin(shown, true()))
        .order_by(shown.c.running_since.is_not(None).desc(), shown.c.key_0.desc(), shown.c.key_1.desc())
    )


def section(rows: Any, asked: Asked) -> Section:
    footer = {"unbilled_minutes": rows[0].unbilled_minutes}
    if asked.scope.more == "rates":
        footer["unbilled_amount"] = format(rows[0].unbilled_amount, ".2f")
        footer["currency"] = rows[0].unbilled_currency
    shown = tuple(_row(row, asked) for row in rows if row.id is not None)
    return Section(name="time", rows=shown, total=rows[0].total, footer=footer)
