"""What the firm offers and bills: organizer templates, the price list, how invoices are numbered (R-INV-2)."""

from typing import Any

from starlette.responses import Response

from contracts.billing import Billing
from contracts.organizer_templates import OrganizerTemplateCalls as Templates
from gateway.web.firm.settings import place
from gateway.web.page import Page, Visit

LONGEST = 20  # digits of what is typed as a number


async def show_organizers(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, "organizers")
    found = await visit.call(Templates.list_organizer_templates)
    return place.draw(visit, "organizers", "organizers", status, templates=found.items, **values)


async def delete_organizer(visit: Visit) -> Response:
    deleting = visit.call(Templates.delete_organizer_template, template_id=visit.path_id())
    return await place.act(visit, deleting, "organizers", show_organizers)


async def show_services(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, "services")
    found = await visit.call(Billing.list_services, is_active=None)
    settings = await visit.call(Billing.get_billing_settings)
    return place.draw(visit, "services", "services", status, services=found.items, settings=settings, **values)


async def create_service(visit: Visit) -> Response:
    return await place.act(visit, visit.call(Billing.create_service, **_service(visit)), "services", show_services)


async def change_service(visit: Visit) -> Response:
    changing = visit.call(
        Billing.change_service,
        service_id=visit.path_id(),
        version=place.number(visit, "version"),
        is_active="is_active" in visit.form,
        **_service(visit),
    )
    return await place.act(visit, changing, "services", show_services)


def _service(visit: Visit) -> dict[str, Any]:
    form = visit.form
    return {
        "name": form.get("name", ""),
        "description": form.get("description", ""),
        "price": _decimal(form.get("price", "")),
        "tax_rate": _decimal(form.get("tax_rate", "")) or "0",
        "unit": form.get("unit", ""),
    }


def _decimal(typed: str) -> str:
    """As it was typed, with the comma of other languages for a point."""
    return typed.strip().replace(",", ".")[:LONGEST]


async def show_billing(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, "billing")
    settings = await visit.call(Billing.get_billing_settings)
    return place.draw(visit, "billing", "billing", status, settings=settings, **values)


async def change_billing(visit: Visit) -> Response:
    form = visit.form
    changing = visit.call(
        Billing.change_billing_settings,
        version=place.number(visit, "version"),
        currency=form.get("currency", "").strip().upper(),
        number_format=form.get("number_format", ""),
        **{name: place.number(visit, name) for name in ("due_days", "overdue_days", "number_digits")},
    )
    return await place.act(visit, changing, "billing", show_billing)


PAGES = (
    Page("GET", "/settings/organizers", show_organizers),
    Page("POST", "/settings/organizers/{template_id}/delete", delete_organizer),
    Page("GET", "/settings/services", show_services),
    Page("POST", "/settings/services", create_service),
    Page("POST", "/settings/services/{service_id}", change_service),
    Page("GET", "/settings/billing", show_billing),
    Page("POST", "/settings/billing", change_billing),
)
