"""The firm's price list and its settings of billing."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.db import await_lock
from chassis.errors import wrong
from chassis.outbox import emit
from contracts.billing import BillingSettingsChanged, ServiceChanged
from contracts.price_list import (
    BilledService,
    BilledServiceNotFound,
    BilledServiceTaken,
    BillingSettings,
    ChangeBillingSettings,
    ChangeService,
    CreateService,
)
from services.billing import model, people, settings, snapshots
from services.billing.rules import amounts

MOST_SERVICES = 500  # of a firm, active or not; they are listed whole


def create_service(session: Session, ctx: Context, request: CreateService) -> BilledService:
    """Put a service into the price list. Raises Invalid, BilledServiceTaken."""
    people.may_in_firm(ctx, "manage_services")
    await_lock(session, f"services {ctx.firm}")
    count = select(func.count()).select_from(model.BilledService).where(model.BilledService.firm_id == ctx.firm)
    if session.scalars(count).one() >= MOST_SERVICES:
        raise wrong("name", f"A price list has at most {MOST_SERVICES} services: take up one that is not active.")
    row = model.BilledService(
        firm_id=ctx.firm,
        id=new_id(),
        name=_name(session, ctx, request.name),
        description=request.description,
        price=_price(request.price),
        tax_rate=_rate(request.tax_rate),
        unit=request.unit.strip(),
        is_active=True,
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    session.add(row)
    return _told(session, ctx, row)


def change_service(session: Session, ctx: Context, request: ChangeService) -> BilledService:
    """Change a service for what is billed from here on.

    Raises Invalid, BilledServiceNotFound, BilledServiceTaken, BillingChanged.
    """
    people.may_in_firm(ctx, "manage_services")
    await_lock(session, f"services {ctx.firm}")
    query = select(model.BilledService).where(
        model.BilledService.firm_id == ctx.firm, model.BilledService.id == request.service_id
    )
    row = session.scalar(query.with_for_update())
    if row is None:
        raise BilledServiceNotFound
    settings.check_version(request.version, snapshots.service(row))
    changes = settings.given(request, "name", "description", "price", "tax_rate", "unit", "is_active")
    if changes.get("is_active", row.is_active):
        changes["name"] = _name(session, ctx, changes.get("name", row.name), row.id)
    elif "name" in changes:
        changes["name"] = _trimmed(changes["name"])
    if "price" in changes:
        changes["price"] = _price(changes["price"])
    if "tax_rate" in changes:
        changes["tax_rate"] = _rate(changes["tax_rate"])
    if "unit" in changes:
        changes["unit"] = changes["unit"].strip()
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = ctx.now
    return _told(session, ctx, row)


def change_billing_settings(session: Session, ctx: Context, request: ChangeBillingSettings) -> BillingSettings:
    """Change the firm's settings; what is issued keeps its number, currency and due date. Raises BillingChanged."""
    people.may_in_firm(ctx, "manage_services")
    names = ("currency", "due_days", "overdue_days", "number_format", "number_digits")
    first = {name: getattr(settings.DEFAULTS, name) for name in names}
    values = {"firm_id": ctx.firm, "version": 0, "updated_at": ctx.now, **first}
    session.execute(insert(model.BillingSettings).values(values).on_conflict_do_nothing())
    query = select(model.BillingSettings).where(model.BillingSettings.firm_id == ctx.firm)
    row = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    settings.check_version(request.version, settings.told(row))
    was = row.overdue_days, row.currency
    for name, value in settings.given(request, *names).items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = ctx.now
    session.flush()
    if (row.overdue_days, row.currency) != was:
        emit(session, ctx, BillingSettingsChanged(currency=row.currency, version=row.version))
    return settings.told(row)


def _told(session: Session, ctx: Context, row: model.BilledService) -> BilledService:
    """Announce a service as it is."""
    session.flush()
    made = snapshots.service(row)
    emit(session, ctx, ServiceChanged(service=made))
    return made


def _name(session: Session, ctx: Context, name: str, own_id: UUID | None = None) -> str:
    name = _trimmed(name)
    taken = exists().where(
        model.BilledService.firm_id == ctx.firm,
        model.BilledService.is_active,
        func.lower(model.BilledService.name) == func.lower(name),
        model.BilledService.id != (own_id or UUID(int=0)),
    )
    if session.scalar(select(taken)):
        raise BilledServiceTaken
    return name


def _trimmed(name: str) -> str:
    name = name.strip()
    if not name:
        raise wrong("name", "Must not be blank.")
    return name


def _price(price: Decimal) -> Decimal:
    return amounts.digits("price", price, 4)


def _rate(rate: Decimal) -> Decimal:
    return amounts.digits("tax_rate", rate, 3)
