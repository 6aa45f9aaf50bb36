"""Who fills a role on an account is who the work assigned to the role is routed to (R-TSK-4, R-ACC-6)."""

from tests.stack import until


def test_a_task_of_a_role_follows_who_fills_it(firm):
    owner = firm.owner
    at = f"/accounts/{firm.account()['id']}"
    emil, eve = firm.member(), firm.member()
    role = owner.made("POST", "/account-roles", name="Bookkeeper")

    def fill(*members):
        roles = [{"role_id": role["id"], "members": [one.member["id"] for one in members]}]
        owner.made("PUT", f"{at}/roles", roles=roles, version=owner.made("GET", at)["version"])

    def holders():
        (section,) = owner.made("GET", f"{at}/overview?sections=tasks")["sections"]
        return [[member["id"] for member in filled["members"]] for row in section["rows"] for filled in row["roles"]]

    until(lambda: owner.post(f"{at}/tasks", json={"title": "Post", "role_ids": [role["id"]]}).status_code == 201)
    fill(emil)
    until(lambda: holders() == [[emil.member["id"]]])
    fill(eve)
    until(lambda: holders() == [[eve.member["id"]]])

    found, none = (owner.made("GET", f"{at}/tasks?assignee={one.member['id']}")["total"] for one in (eve, emil))
    assert (found, none) == (1, 0)
    assert eve.get(at).status_code == 404
    owner.made("DELETE", f"/account-roles/{role['id']}")
    until(lambda: holders() == [])
