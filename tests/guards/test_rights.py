"""What is weighed stands in the one table of rights, and what stands there is weighed somewhere."""

from typing import get_args

from contracts import rights
from gateway.routes import ROUTES
from tests.guards.test_house import lines_with


def test_every_action_has_a_rule():
    assert set(rights.ACCOUNT) == set(get_args(rights.Action))
    assert set(rights.FIRM) == set(get_args(rights.FirmAction))


def test_every_rule_is_weighed_somewhere():
    """By a route, or by a service that asks for it by name."""
    weighed = {route.action for route in ROUTES} | {route.may for route in ROUTES}
    unused = {*rights.ACCOUNT, *rights.FIRM} - weighed

    assert {name for name in unused if not lines_with(rf'"{name}"', outside=("contracts/rights.py",))} == set()
