"""What accounts tells of roles reaches work and the profile (R-TSK-4, R-ACC-6)."""

import json
from uuid import UUID, uuid4

import pytest

from chassis.context import Context
from chassis.wire import to_json
from tests.stack import until


@pytest.fixture
def tell(stack, firm):
    """`tell("accounts.role_changed.v1", role=…)`: an event as accounts would have written it."""

    def write(kind, **body):
        context = to_json(Context(firm_id=UUID(firm.id)).to_wire()).decode()
        stack.query(
            "accounts",
            "INSERT INTO outbox (event_id, firm_id, type, body, context) VALUES (%s, %s, %s, %s, %s) RETURNING id",
            uuid4(), firm.id, kind, json.dumps(body), context,
        )  # fmt: skip

    return write


def test_a_task_of_a_role_follows_who_fills_it(firm, tell):
    account = firm.account()
    at, role = f"/accounts/{account['id']}", {"id": str(uuid4()), "name": "Bookkeeper"}
    emil, eve = firm.member(), firm.member()

    def fill(version, *members):
        roles = [{"role": role, "members": [{"id": one.member["id"], "name": one.member["name"]} for one in members]}]
        tell("accounts.account_changed.v1", account=account | {"version": version, "roles": roles})

    def holders():
        (section,) = firm.owner.made("GET", f"{at}/overview?sections=tasks")["sections"]
        return [[member["id"] for member in filled["members"]] for row in section["rows"] for filled in row["roles"]]

    tell("accounts.role_changed.v1", role=role, version=1)
    until(lambda: firm.owner.post(f"{at}/tasks", json={"title": "Post", "role_ids": [role["id"]]}).status_code == 201)
    fill(101, emil)
    until(lambda: holders() == [[emil.member["id"]]])
    fill(102, eve)
    until(lambda: holders() == [[eve.member["id"]]])

    found, none = (firm.owner.made("GET", f"{at}/tasks?assignee={one.member['id']}")["total"] for one in (eve, emil))
    assert (found, none) == (1, 0)
    assert eve.get(at).status_code == 404
    tell("accounts.role_changed.v1", role=role, is_deleted=True, version=2)
    until(lambda: holders() == [])
