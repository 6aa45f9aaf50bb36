"""A program may name what it made a moment ago, also to services that the event of it has not reached yet."""

import pytest


@pytest.fixture(scope="module")
def late(stack):
    with stack.late("identity", "accounts"):
        yield


@pytest.fixture
def at(late, firm):
    return f"/accounts/{firm.account('Roy Bakery')['id']}"


def test_a_new_member_is_put_to_work(late, firm, at):
    """R-TEAM-1, R-TSK-4, R-NTE-2"""
    owner = firm.owner
    emil = firm.member().member["id"]
    account = firm.account("Emil's", team=[emil])
    lea = firm.member().member["id"]
    task = owner.made("POST", f"{at}/tasks", title="File the return", assignee_ids=[lea])
    mira = firm.member().member["id"]
    note = owner.made("POST", f"{at}/notes", body="Look at May.", mention_ids=[mira])
    noor = firm.member().member["id"]
    chat = owner.made("POST", f"{at}/chats", subject="May", text="Look.", assignee_id=noor)
    olaf = firm.member().member["id"]
    team = owner.made("PUT", f"/accounts/{account['id']}/team", version=account["version"], members=[emil, olaf])

    assert [one["id"] for one in account["team"]] == [emil]
    assert [one["id"] for one in task["assignees"]] == [lea]
    assert [one["id"] for one in note["mentions"]] == [mira]
    assert chat["assignee"]["id"] == noor
    assert {one["id"] for one in team["team"]} == {emil, olaf}


def test_new_tags_roles_and_fields_are_used(late, firm, at):
    """R-TAG-1, R-ROLE-1, R-CF-5"""
    owner = firm.owner
    tag = owner.made("POST", "/tags", name="Urgent")["id"]
    task = owner.made("POST", f"{at}/tasks", title="File the return", tag_ids=[tag])
    role = owner.made("POST", "/account-roles", name="Reviewer")["id"]
    reviewed = owner.made("POST", f"{at}/tasks", title="Look it over", role_ids=[role])
    field = owner.made("POST", "/custom-fields/accounts", name="Sector", type="text")["id"]
    found = owner.get("/accounts", params={"custom_field": f"{field}:farming"})

    assert [one["id"] for one in task["tags"]] == [tag]
    assert [one["role"]["id"] for one in reviewed["roles"]] == [role]
    assert (found.status_code, found.json()["items"]) == (200, [])


def test_a_new_firm_is_set_up_at_once(late, firm):
    settings = firm.owner.made("GET", "/notification-settings")

    assert settings["firm_name"] == firm.signed_in["firm"]["name"]


def test_what_there_never_was_is_refused(firm, at):
    old = "0192f0c1-2d3e-7000-8000-000000000000"
    refused = firm.owner.post(f"{at}/tasks", json={"title": "File the return", "assignee_ids": [old]})

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "assignee_ids")
