"""History is kept so that the state of any past instant can be rebuilt from it alone (R-CF-6, R-CF-7)."""

import pytest

from tests.firms import person
from tests.replaying import Records


@pytest.fixture
def owners(stack, firm):
    found = {service: Records(stack.database_of(service), firm.id) for service in ("accounts", "contacts")}
    yield found
    for records in found.values():
        records.close()


def days(firm):
    """A firm's life, one step a day."""
    owner = firm.owner
    account = firm.account("Ada Ltd", type="company", company_name="Ada Ltd", tags=["Gold"])
    at = f"/accounts/{account['id']}"
    yield

    def version():
        return owner.made("GET", at)["version"]

    member = firm.member()
    for body in ({"name": "Byron Ltd"}, {"company_address": {"street": "1 rue X", "country": "FR"}}, {"type": "other"}):
        owner.made("PATCH", at, **body, version=version())
        yield
    owner.made("PUT", f"{at}/team", members=[member.member["id"]], version=version())
    yield
    owner.made("PUT", f"{at}/tags", tags=["VIP", "Gold"], version=version())
    yield
    linked = owner.made("POST", f"{at}/contacts", contact={"new": person(last_name="Lee")})
    lee = max(linked["items"], key=lambda item: item["linked_at"])["contact"]
    yield
    owner.made("PATCH", f"/contacts/{lee['id']}", email="lee.new@example.com", version=lee["version"])
    yield
    field = owner.made("POST", "/custom-fields/accounts", name="Tax number", type="text")
    role = owner.made("POST", "/account-roles", name="Bookkeeper")
    owner.made("PATCH", at, custom_fields={field["id"]: "FR 12"}, version=version())
    yield
    holders = [{"role_id": role["id"], "members": [member.member["id"]]}]
    owner.made("PUT", f"{at}/roles", roles=holders, version=version())
    yield
    birthday = owner.made("POST", "/custom-fields/contacts", name="Birthday", type="date")
    seen = owner.made("GET", f"/contacts/{lee['id']}")
    seen = owner.made(
        "PATCH", f"/contacts/{lee['id']}", custom_fields={birthday["id"]: "1980-02-29"}, version=seen["version"]
    )
    yield
    address = f"{at}/contacts/{lee['id']}/addresses/{seen['addresses'][0]['id']}"
    for switch in ({"is_login_on": True}, {"is_synced": True}, {"is_signatory": False}):
        owner.made("PATCH", address, **switch, version=owner.made("GET", f"{at}/contacts")["version"])
        yield
    owner.made("PUT", f"{at}/signers", contact_ids=[lee["id"]], version=owner.made("GET", f"{at}/contacts")["version"])
    yield
    twin = owner.made("POST", "/contacts", **person(last_name="Lee"))
    owner.made("POST", f"/contacts/{twin['id']}/merge", other_id=lee["id"])
    lee = twin
    yield
    owner.made("DELETE", f"/custom-fields/contacts/{birthday['id']}?is_confirmed=true")
    yield
    gold = next(tag for tag in owner.made("GET", "/tags")["items"] if tag["name"] == "Gold")
    owner.made("DELETE", f"/tags/{gold['id']}")
    yield
    owner.made("DELETE", f"{at}/contacts/{lee['id']}")
    owner.made("DELETE", f"/contacts/{lee['id']}")
    yield
    owner.made("POST", f"{at}/archive")
    yield


def test_each_past_day_is_rebuilt_as_it_was(firm, owners):
    remembered = []
    for _ in days(firm):
        for service, records in owners.items():
            present, replayed, instant = records.both()
            assert replayed == present
            remembered.append((service, instant, present))

    rebuilt = [owners[service].at(instant) for service, instant, _ in remembered]

    assert rebuilt == [present for _, _, present in remembered]
    days_lived = len(remembered) // len(owners)
    assert len({repr(present) for _, _, present in remembered}) >= days_lived, "some day nothing happened"
