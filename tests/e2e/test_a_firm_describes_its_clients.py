"""A firm adds its own fields and roles, and fills them on accounts (R-CF-*, R-ACC-6)."""

from tests.stack import until

FIELDS = "/custom-fields/accounts"


def shown(account):
    return [(value["name"], value["text"]) for value in account["custom_fields"]]


def test_fields_are_defined_filled_counted_and_deleted(firm):
    """R-CF-1, R-CF-4, R-CF-7, R-CF-8"""
    owner = firm.owner
    since = owner.made("POST", FIELDS, name="Client since", type="date")
    size = owner.made("POST", FIELDS, name="Size", type="single_choice", choices=[{"name": "S"}, {"name": "XL"}])
    account = firm.account("Byron", custom_fields={since["id"]: "31/01/2026"}, dates="day_first")
    at = f"/accounts/{account['id']}"

    filled = owner.made(
        "PATCH", at, version=account["version"], custom_fields={size["id"]: "xl"}, timezone="Asia/Tokyo"
    )
    moved = owner.patch(f"{FIELDS}/{size['id']}", json={"position": 0}, headers={"If-Match": '"1"'})
    refused = owner.delete(f"{FIELDS}/{size['id']}")

    assert shown(account) == [("Client since", "2026-01-31")]
    assert shown(filled) == [("Client since", "2026-01-31"), ("Size", "XL")]
    assert filled["timezone"] == "Asia/Tokyo"
    assert (moved.status_code, moved.headers["etag"]) == (200, '"2"')
    assert shown(owner.made("GET", at)) == [("Size", "XL"), ("Client since", "2026-01-31")]
    assert [(use["field"]["name"], use["filled"]) for use in owner.made("GET", FIELDS)["items"]] == [
        ("Size", 1),
        ("Client since", 1),
    ]
    assert (refused.status_code, refused.json()["type"], refused.json()["filled"]) == (
        409,
        "/problems/custom_field_filled",
        1,
    )
    owner.made("DELETE", f"{FIELDS}/{size['id']}?is_confirmed=true")
    assert shown(owner.made("GET", at)) == [("Client since", "2026-01-31")]


def test_wrong_values_are_named_one_by_one(firm):
    """R-CF-3"""
    owner = firm.owner
    number = owner.made("POST", FIELDS, name="Employees", type="number")
    account = firm.account()
    values = {number["id"]: "many", "nonsense": 1}

    response = owner.patch(f"/accounts/{account['id']}", json={"version": account["version"], "custom_fields": values})

    assert response.status_code == 422
    assert {error["field"] for error in response.json()["errors"]} == {
        f"custom_fields.{number['id']}",
        "custom_fields.nonsense",
    }


def test_two_people_fill_the_same_account(firm):
    owner = firm.owner
    field = owner.made("POST", FIELDS, name="Tax office", type="text")
    account = firm.account()
    at = f"/accounts/{account['id']}"

    first, second = (
        owner.patch(at, json={"version": account["version"], "custom_fields": {field["id"]: city}})
        for city in ("Paris", "Lyon")
    )

    assert (first.status_code, second.status_code) == (200, 409)
    assert shown(second.json()["current"]) == [("Tax office", "Paris")]


def test_only_who_manages_fields_defines_them(firm):
    """R-CF-4"""
    definer, editor = firm.member("manage_custom_fields"), firm.member("manage_accounts")

    made = definer.made("POST", FIELDS, name="Tax office", type="text")

    assert editor.post(FIELDS, json={"name": "Mine", "type": "text"}).status_code == 403
    assert [use["field"]["id"] for use in editor.made("GET", FIELDS)["items"]] == [made["id"]]


def test_a_role_is_filled_and_opens_nothing(firm):
    """R-ACC-6"""
    owner, emil = firm.owner, firm.member()
    role = owner.made("POST", "/account-roles", name="Bookkeeper")
    account = firm.account("Byron")
    at = f"/accounts/{account['id']}"
    entry = {"role_id": role["id"], "members": [emil.member["id"]]}

    def fill():
        """The new member may be known to accounts a moment later."""
        version = owner.made("GET", at)["version"]
        return owner.put(f"{at}/roles", json={"version": version, "roles": [entry]}).is_success

    until(fill)

    held = owner.made("GET", at)["roles"]
    assert [(each["role"]["name"], [member["id"] for member in each["members"]]) for each in held] == [
        ("Bookkeeper", [emil.member["id"]])
    ]
    assert emil.get(at).status_code == 404
    owner.made("DELETE", f"/account-roles/{role['id']}")
    assert owner.made("GET", at)["roles"] == []
