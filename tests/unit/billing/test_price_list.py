"""The firm's price list and its settings."""

from dataclasses import replace
from decimal import Decimal

import pytest
from marshmallow import ValidationError

from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from chassis.wire import load
from contracts.billing import BillingSettingsChanged
from contracts.common import Done
from contracts.price_list import (
    BilledServiceNotFound,
    BilledServiceTaken,
    BillingChanged,
    ChangeBillingSettings,
    ChangeService,
    CreateService,
    ListServices,
)
from services.billing.operations import price_list
from services.billing.queries import items


@pytest.fixture
def sold(session, ctx):
    def make(name="Payroll", price="35", by=ctx, **fields):
        return price_list.create_service(session, by, CreateService(name=name, price=Decimal(price), **fields))

    return make


@pytest.fixture
def change(session, ctx):
    def make(service, **fields):
        where = {"service_id": service.id, "version": service.version}
        return price_list.change_service(session, ctx, ChangeService(**{**where, **fields}))

    return make


class TestServices:
    def test_are_listed_by_name_the_active_ones_unless_asked(self, session, ctx, sold, change):
        sold("Payroll"), change(sold("Advice", "120.5"), is_active=False)

        def names(**asked):
            return [one.name for one in items.list_services(session, ctx, ListServices(**asked)).items]

        assert names() == ["Payroll"]
        assert names(is_active=None) == ["Advice", "Payroll"]

    def test_have_names_of_their_own(self, sold, change):
        sold("Payroll")
        with pytest.raises(BilledServiceTaken):
            sold(" payroll ")

        other = sold("Advice")
        with pytest.raises(BilledServiceTaken):
            change(other, name="PAYROLL")

    def test_a_name_is_free_again_once_it_is_not_sold(self, sold, change):
        gone = change(sold("Payroll"), is_active=False)

        again = sold("Payroll")

        assert again.id != gone.id
        with pytest.raises(BilledServiceTaken):
            change(gone, is_active=True)

    def test_change_for_who_saw_the_last_version(self, sold, change):
        made = sold("Payroll")
        assert str(change(made, price=Decimal("36.50")).price) == "36.5"

        with pytest.raises(BillingChanged):
            change(made, price=Decimal(1))

    @pytest.mark.parametrize(("field", "value"), [("price", "1.00001"), ("tax_rate", "5.1234"), ("name", "  ")])
    def test_say_what_is_wrong(self, sold, field, value):
        with pytest.raises(Invalid) as refused:
            sold(**{field: value if field != "tax_rate" else Decimal(value)})

        assert refused.value.data["errors"][0]["field"] == field

    def test_take_the_right_to_manage_invoices(self, ctx, sold, change, client_ctx):
        """R-INV-5"""
        for by in (member_ctx(ctx, rights=("manage_payments",)), client_ctx):
            with pytest.raises(Forbidden):
                sold(by=by)

        assert sold(by=member_ctx(ctx, rights=("manage_invoices",))).is_active

    def test_of_another_firm_are_not_there(self, sold, session, ctx):
        made = sold()
        other = replace(ctx, firm_id=new_id())

        assert items.list_services(session, other, ListServices()).items == ()
        with pytest.raises(BilledServiceNotFound):
            price_list.change_service(session, other, ChangeService(service_id=made.id, version=1, name="Mine"))


class TestSettings:
    def test_are_defaults_until_they_are_set(self, session, ctx):
        found = items.get_billing_settings(session, ctx, Done())

        assert (found.currency, found.number_format, found.overdue_days, found.version) == (
            "EUR",
            "INV-{year}-{number}",
            0,
            0,
        )

    def test_change_for_who_saw_the_last_version(self, session, ctx, told):
        first = price_list.change_billing_settings(
            session, ctx, ChangeBillingSettings(version=0, currency="USD", overdue_days=7)
        )

        assert (first.currency, first.overdue_days, first.version) == ("USD", 7, 1)
        assert told(BillingSettingsChanged) == [BillingSettingsChanged(currency="USD", version=1)]
        with pytest.raises(BillingChanged):
            price_list.change_billing_settings(session, ctx, ChangeBillingSettings(version=0, currency="GBP"))

    @pytest.mark.parametrize(
        "wrong", ["INV-0001", "{number}{number}", "{year}{number}", "{month}-{number}", "{number", "{number}}-x"]
    )
    def test_a_format_must_tell_invoices_apart(self, wrong):
        with pytest.raises((Invalid, ValidationError)):
            load(ChangeBillingSettings, {"version": 0, "number_format": wrong})

    @pytest.mark.parametrize("currency", ["EURO", "eur", "XXX", ""])
    def test_a_currency_is_one_of_iso_4217(self, currency):
        with pytest.raises(Invalid):
            load(ChangeBillingSettings, {"version": 0, "currency": currency})
