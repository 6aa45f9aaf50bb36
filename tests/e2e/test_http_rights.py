"""Each right opens the routes that the one table of rights says, to an employee who sees the account (§2.4)."""

from typing import get_args
from uuid import uuid4

import pytest

from chassis.context import Actor
from contracts import rights
from contracts.identity import Right
from gateway.routes import ROUTES
from tests.firms import Firm

RULED = [route for route in ROUTES if (route.action or route.may) and not route.is_portal]
SINGLE = [
    (),
    *((right,) for right in get_args(Right)),
    *(rule.rights for rule in rights.FIRM.values() if rule.needs_all),
]


@pytest.fixture(scope="module")
def firm(stack):
    made = Firm(stack.url, stack.env)
    yield made
    made.owner.close()


@pytest.fixture(scope="module")
def employees(firm):
    """An employee for each right alone, one without any, and one for each set that is needed together."""
    return {held: firm.member(*held) for held in dict.fromkeys(SINGLE)}


@pytest.fixture(scope="module")
def account(firm, employees):
    everybody = [employee.member["id"] for employee in employees.values()]
    return firm.account("Everybody's", team=everybody)


def knock(client, route, account):
    """Ask in a way that only the check of rights can refuse with 403, and that changes nothing."""
    path = route.path.removeprefix("/v1").format_map({name: str(uuid4()) for name in route.path_fields} | account)
    body = {"content": b"[]", "headers": {"Content-Type": "application/json"}} if route.has_body else {}
    return client.request(route.verb, path, **body)


def rule_of(route):
    return rights.ACCOUNT[route.action] if route.action else rights.FIRM[route.may]


@pytest.mark.parametrize("route", RULED, ids=lambda route: f"{route.verb} {route.path}")
def test_an_employee_may_what_the_table_says(route, employees, account):
    rule = rule_of(route)
    expected, found = {}, {}

    for held, employee in employees.items():
        actor = Actor(kind="member", id=uuid4(), role="employee", rights=frozenset(held))
        expected[held] = rights.allows(rule, actor)
        answer = knock(employee, route, {"account_id": account["id"]})
        assert answer.status_code < 500, answer.text
        found[held] = answer.status_code != 403

    assert found == expected


@pytest.mark.parametrize("route", RULED, ids=lambda route: f"{route.verb} {route.path}")
def test_owner_and_admins_may_it_all(route, firm, account, admin):
    for client in (firm.owner, admin):
        assert knock(client, route, {"account_id": account["id"]}).status_code != 403


@pytest.fixture(scope="module")
def admin(firm):
    return firm.member(role="admin")
