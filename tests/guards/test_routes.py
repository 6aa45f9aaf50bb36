"""Every call of every contract is either on a route or known to be internal, and no route forgets its checks."""

import importlib
import inspect
import pkgutil
from typing import Protocol, get_type_hints

import pytest

import contracts
from contracts import rights
from contracts.overview import SECTIONS
from gateway.openapi import operation_id
from gateway.route import ANY
from gateway.routes import INTERNAL, ROUTES

ROUTE = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.verb} {route.path}")
# Asked for by who can't see the account (R-ACC-5), or of one that nobody sees (R-ARC-5): the owner itself decides.
# Of what is the caller's own it narrows down a list that shows no more for it.
WITHOUT_ACCESS = {"request_access", "restore_account", "list_notices", "read_notices"}


def protocols():
    for module in pkgutil.iter_modules(contracts.__path__):
        page = importlib.import_module(f"contracts.{module.name}")
        for found in vars(page).values():
            if inspect.isclass(found) and found.__module__ == page.__name__ and "NAME" in vars(found):
                assert Protocol in found.__mro__
                yield found


def calls():
    for protocol in protocols():
        for name, call in inspect.getmembers(protocol, inspect.isfunction):
            if not name.startswith("_"):
                yield f"{protocol.NAME}.{name}", call


def test_every_call_has_a_route_or_is_known_to_be_internal():
    routed = {f"{route.service}.{route.method}" for route in ROUTES}
    internal = {name for name, call in calls() if call in INTERNAL}
    every = {name for name, _ in calls()}

    assert every - routed - internal == set(), "give them a line in gateway/routes or in INTERNAL"
    assert routed & internal == set()
    assert len(internal) == len(INTERNAL)


def test_every_quick_action_of_a_section_is_an_operation_of_the_api():
    """R-OV-6: what a section offers can be found in the OpenAPI document by that name."""
    offered = {name for row in SECTIONS.values() for name, _ in row.quick}

    assert offered - {operation_id(route) for route in ROUTES} == set()


@ROUTE
def test_the_path_names_fields_of_the_request(route):
    assert set(route.path_fields) <= route.hints.keys()
    assert {*route.fixed, *route.asked, *route.hidden} <= route.hints.keys()
    assert route.filters is None or route.filters in route.hints


@ROUTE
def test_who_speaks_of_an_account_must_have_access_to_it(route):
    """R-ACC-1: the account of the path is checked before the call is made."""
    if "account_id" in route.hints and route.method not in WITHOUT_ACCESS:
        assert "account_id" in route.path_fields
        assert route.action


@ROUTE
def test_clients_people_and_members_have_routes_of_their_own(route):
    """R-POR-1: what a portal user may do stands under /v1/portal, and nowhere else; no API token is of use there."""
    rule = rights.ACCOUNT.get(route.action)

    if route.is_portal:
        assert (route.scope, route.may) == (None, None)
        assert rule is None or rule.portal
        assert ("account_id" in route.path_fields) == (route.action is not None)
    else:
        assert rule is None or rule.staff


@ROUTE
def test_a_token_that_reads_does_not_write(route):
    """API tokens never exceed their scopes: a verb that changes something needs a scope that does."""
    if route.scope and route.scope != ANY:
        assert route.scope.endswith(":read") == (route.verb == "GET")


@ROUTE
def test_reading_goes_by_get_and_get_only_reads(route):
    is_reading = route.method.startswith(("get_", "list_", "search", "resolve"))

    assert is_reading == (route.verb == "GET")


@ROUTE
def test_nothing_is_said_where_there_is_nothing_to_say(route):
    assert (route.answer.__name__ == "Done") == (route.status == 204)


def test_what_a_route_calls_takes_one_message_and_gives_one():
    for route in ROUTES:
        assert get_type_hints(route.call).keys() == {"ctx", "request", "return"}, operation_id(route)
