import pytest

from contracts.accounts import Accounts
from contracts.contacts import Contacts
from gateway.route import Route
from gateway.router import Router
from gateway.routes import ROUTES


def test_each_route_is_found_by_its_own_path():
    router = Router(ROUTES)

    for route in ROUTES:
        values = [f"<{name}>" for name in route.path_fields]
        path = route.path.format(**dict(zip(route.path_fields, values, strict=True)))

        routes, found = router.find(path)

        assert routes[route.verb] is route
        assert found == values


@pytest.mark.parametrize(
    "path", ["", "/", "/v1", "/v1/", "/v1/accounts/", "/v1/accounts//team", "/v1/nothing", "v1/me"]
)
def test_what_is_no_path_has_no_routes(path):
    assert Router(ROUTES).find(path) == ({}, [])


def test_a_literal_step_is_nobodys_id():
    routes, values = Router(ROUTES).find("/v1/contacts/duplicates")

    assert (routes["GET"].call, values) == (Contacts.list_duplicates, [])


def test_two_routes_of_one_address_are_refused():
    twice = [Route("GET", "/v1/tags", Accounts.list_tags), Route("GET", "/v1/tags", Accounts.create_tag)]

    with pytest.raises(ValueError, match="two routes for GET /v1/tags"):
        Router(twice)
