"""Lines of an invoice: completed from the price list, weighed, kept."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from chassis.wire import Unset, dump, to_json
from contracts.invoices import InvoiceLine, LineEntry
from services.billing import model, settings, snapshots
from services.billing.rules import amounts


def made(
    session: Session,
    ctx: Context,
    entries: Sequence[LineEntry] | Unset,
    currency: str,
    present: Sequence[dict[str, Any]] = (),
) -> list[InvoiceLine]:
    """The lines as they are written, or those `present` weighed again in another currency. Raises Invalid.

    A service that is no longer sold can stay on an invoice that has it.
    """
    there = [snapshots.line(kept) for kept in present]
    if isinstance(entries, Unset):
        return [_weighed(f"lines.{index}", dump(line), currency) for index, line in enumerate(there)]
    known = _services(session, ctx, {entry.service_id for entry in entries if entry.service_id})
    sold_before = {line.service_id for line in there}
    list_currency = settings.of_firm(session, ctx).currency if known else currency
    found = []
    for index, entry in enumerate(entries):
        field, values = f"lines.{index}", dump(entry)
        if entry.service_id is not None:
            service = known.get(entry.service_id)
            if service is None or not (service.is_active or service.id in sold_before):
                raise wrong(f"{field}.service_id", "There is no such service in the price list.")
            if entry.unit_price is None and list_currency != currency:
                raise wrong(
                    f"{field}.unit_price", f"Say the price in {currency}: the price list is in {list_currency}."
                )
            _complete(values, service)
        found.append(_weighed(field, values, currency))
    return found


def kept(value: Any) -> dict[str, Any]:
    """A line or a tax as JSON keeps it."""
    document: dict[str, Any] = orjson.loads(to_json(value))
    return document


def _services(session: Session, ctx: Context, ids: set[UUID]) -> dict[UUID, model.BilledService]:
    if not ids:
        return {}
    query = select(model.BilledService).where(model.BilledService.firm_id == ctx.firm, model.BilledService.id.in_(ids))
    return {row.id: row for row in session.scalars(query)}


def _complete(values: dict[str, Any], service: model.BilledService) -> None:
    """Take from the price list what the line leaves out."""
    values["name"] = values["name"].strip() or service.name
    values["description"] = values["description"] or service.description
    values["unit"] = service.unit if values["unit"] is None else values["unit"]
    values["unit_price"] = service.price if values["unit_price"] is None else values["unit_price"]
    values["tax_rate"] = service.tax_rate if values["tax_rate"] is None else values["tax_rate"]


def _weighed(field: str, values: dict[str, Any], currency: str) -> InvoiceLine:
    name = values["name"].strip()
    if not name:
        raise wrong(f"{field}.name", "Say what is billed, or name a service.")
    if values["unit_price"] is None:
        raise wrong(f"{field}.unit_price", "Say the price, or name a service.")
    numbers = {
        "quantity": amounts.digits(f"{field}.quantity", values["quantity"], 4),
        "unit_price": amounts.digits(f"{field}.unit_price", values["unit_price"], 4),
        "discount": amounts.digits(f"{field}.discount", values["discount"], 3),
        "tax_rate": amounts.digits(f"{field}.tax_rate", values["tax_rate"] or Decimal(0), 3),
    }
    return InvoiceLine(
        service_id=values["service_id"],
        name=name,
        description=values["description"],
        unit=values["unit"] or "",
        net=amounts.net(f"{field}.quantity", numbers["quantity"], numbers["unit_price"], numbers["discount"], currency),
        **numbers,
    )
