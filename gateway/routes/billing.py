"""Billing of an account: invoices, payments, credit; the firm's price list; what a client sees of it in the portal."""

from collections.abc import Callable
from functools import partial
from typing import Any

from contracts.billing import Billing
from contracts.overview import Overview
from contracts.rights import Action
from gateway.route import Route, Verb

INVOICES = "/v1/accounts/{account_id}/invoices"
INVOICE = f"{INVOICES}/{{invoice_id}}"
PAYMENTS = "/v1/accounts/{account_id}/payments"
PAYMENT = f"{PAYMENTS}/{{payment_id}}"
PORTAL = "/v1/portal/accounts/{account_id}"


def _write(action: Action, verb: Verb, path: str, call: Callable[..., Any], **kwargs: Any) -> Route:
    return Route(verb, path, call, scope="billing:write", action=action, **kwargs)


_invoicing = partial(_write, "manage_invoices")
_paying = partial(_write, "manage_payments")

ROUTES = (
    Route(
        "GET",
        INVOICES,
        Overview.list_section,
        scope="billing:read",
        action="manage_invoices",
        fixed={"name": "invoices"},
        hidden=("scope",),
        filters="filters",
        summary="List invoices",
    ),
    _invoicing("POST", INVOICES, Billing.create_invoice, status=201, location=f"{INVOICES}/{{id}}"),
    Route("GET", INVOICE, Billing.get_invoice, scope="billing:read", action="manage_invoices"),
    _invoicing("PATCH", INVOICE, Billing.change_invoice),
    _invoicing("DELETE", INVOICE, Billing.delete_invoice, status=204),
    _invoicing("POST", f"{INVOICE}/issue", Billing.issue_invoice),
    _invoicing("POST", f"{INVOICE}/unschedule", Billing.unschedule_invoice),
    _invoicing("POST", f"{INVOICE}/void", Billing.void_invoice),
    _paying("POST", f"{INVOICE}/credit", Billing.apply_credit),
    _paying("DELETE", "/v1/accounts/{account_id}/applications/{application_id}", Billing.detach_application),
    Route("GET", PAYMENTS, Billing.list_payments, scope="billing:read", action="manage_payments", filters="filters"),
    _paying("POST", PAYMENTS, Billing.record_payment, status=201, location=f"{PAYMENTS}/{{id}}"),
    Route("GET", PAYMENT, Billing.get_payment, scope="billing:read", action="manage_payments"),
    _paying("PATCH", PAYMENT, Billing.change_payment),
    _paying("DELETE", PAYMENT, Billing.delete_payment, status=204),
    _paying("POST", f"{PAYMENT}/settle", Billing.settle_payment),
    _paying("POST", f"{PAYMENT}/refund", Billing.refund_payment),
    Route(
        "GET",
        "/v1/accounts/{account_id}/credits",
        Billing.list_credits,
        scope="billing:read",
        action="manage_payments",
        filters="filters",
    ),
    _paying("POST", "/v1/accounts/{account_id}/credits", Billing.add_credit, status=201),
    _paying("POST", "/v1/accounts/{account_id}/credits/expire", Billing.expire_credit),
    Route(
        "GET",
        "/v1/accounts/{account_id}/balance",
        Billing.get_balances,
        scope="billing:read",
        action="manage_invoices",
    ),
    Route("GET", "/v1/services", Billing.list_services, scope="billing:read"),
    Route("POST", "/v1/services", Billing.create_service, scope="settings:write", may="manage_services", status=201),
    Route("PATCH", "/v1/services/{service_id}", Billing.change_service, scope="settings:write", may="manage_services"),
    Route("GET", "/v1/billing-settings", Billing.get_billing_settings, scope="settings:read"),
    Route(
        "PATCH",
        "/v1/billing-settings",
        Billing.change_billing_settings,
        scope="settings:write",
        may="manage_services",
    ),
    Route("GET", f"{PORTAL}/invoices", Billing.list_own_invoices, action="use_portal"),
    Route("GET", f"{PORTAL}/invoices/{{invoice_id}}", Billing.get_own_invoice, action="use_portal"),
    Route("POST", f"{PORTAL}/invoices/{{invoice_id}}/credit", Billing.apply_own_credit, action="use_portal"),
    Route("GET", f"{PORTAL}/balance", Billing.get_own_balances, action="use_portal"),
)
# Asked by overview, which knows what the viewer may see.
INTERNAL = (Billing.get_sections, Billing.list_section, Billing.export, Billing.list_books, Billing.read_books)
