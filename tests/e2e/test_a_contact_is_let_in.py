"""A contact is given access, invited, let in, changes address, and is shut out (R-LOG-1 to R-LOG-5, R-EM-3, R-EM-4)."""

import datetime as dt

import httpx
import pytest

from chassis.context import Context
from contracts.switches import AcceptInvitation
from tests.firms import on_the_bus, person
from tests.stack import until


@pytest.fixture
def place(firm):
    """An account, the path of its contacts, and the first of them."""
    account = firm.account(contacts=[{"new": person(first_name="Anna")}, {"new": person(first_name="Bob")}])
    at = f"/accounts/{account['id']}"
    return at, firm.owner.made("GET", f"{at}/contacts")["items"][0]["contact"]


def address_of(at, contact, number=0):
    return f"{at}/contacts/{contact['id']}/addresses/{contact['addresses'][number]['id']}"


def logins(linked, number=0):
    return [one["login"] for one in linked["items"][number]["addresses"]]


def accept(stack, firm, at, contact, invited_at):
    """Follow the link of the invitation sent at that instant."""
    request = AcceptInvitation(
        account_id=at.rpartition("/")[2],
        address_id=contact["addresses"][0]["id"],
        sent_at=dt.datetime.fromisoformat(invited_at),
    )
    ctx = Context(firm_id=firm.id)
    on_the_bus(stack.env, lambda bus: bus.call(ctx, "contacts", "accept_invitation", request))


def test_from_the_first_switch_to_the_last(firm, stack, place):
    at, anna = place
    owner = firm.owner
    seen = owner.made("GET", f"{at}/contacts")
    assert (seen["portal_status"], logins(seen)) == ("off", ["none"])

    granted = owner.made("PATCH", address_of(at, anna), version=seen["version"], is_login_on=True)
    invited = owner.made("POST", f"{address_of(at, anna)}/invitation", message="Welcome")
    assert (granted["portal_status"], logins(granted), logins(invited)) == ("pending", ["granted"], ["invited"])

    accept(stack, firm, at, anna, invited["items"][0]["addresses"][0]["invited_at"])
    assert owner.made("GET", f"{at}/contacts")["portal_status"] == "active"

    changed = owner.made("PATCH", f"/contacts/{anna['id']}", version=1, email="anna.new@example.com")
    assert "may still sign in" in changed["warnings"][0]
    moved = owner.made("GET", f"{at}/contacts")
    assert [one["email"] for one in moved["unlinked"]] == [anna["addresses"][0]["email"]]
    assert logins(moved) == ["none"]

    left = owner.made("DELETE", f"{at}/unlinked-addresses/{moved['unlinked'][0]['id']}")
    assert (left["unlinked"], left["portal_status"]) == ([], "off")
    until(lambda: stack.has_told_all("contacts"))


def test_an_archived_account_lets_nobody_in_until_it_is_active_again(firm, stack, place):
    """R-ARC-1, R-ARC-3"""
    at, anna = place
    owner = firm.owner
    owner.made("PATCH", address_of(at, anna), version=1, is_login_on=True)

    def status_is(wanted):
        return until(lambda: owner.made("GET", f"{at}/contacts")["portal_status"] == wanted)

    owner.made("POST", f"{at}/archive")
    assert status_is("off")
    refused = owner.post(f"{address_of(at, anna)}/invitation", json={})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/account_archived")

    owner.made("POST", f"{at}/reactivate")
    assert status_is("pending")


def test_two_people_set_the_switches_they_both_saw(firm, place):
    at, anna = place
    seen = firm.owner.made("GET", f"{at}/contacts")["version"]
    colleague = firm.member("manage_accounts", "view_all_accounts")

    first = firm.owner.patch(address_of(at, anna), json={"version": seen, "is_login_on": True})
    second = colleague.patch(address_of(at, anna), json={"version": seen, "is_synced": True})

    assert first.status_code == 200
    assert (second.status_code, second.json()["type"]) == (409, "/problems/links_changed")
    assert second.json()["current"]["version"] == first.json()["version"]
    blind = firm.owner.patch(address_of(at, anna), json={"is_synced": True})
    assert blind.status_code == 428


def test_who_signs_first(firm, place):
    """R-SP-1, R-SP-2"""
    at, anna = place
    linked = firm.owner.made("GET", f"{at}/contacts")
    bob = linked["items"][1]["contact"]
    for contact in (anna, bob):
        version = firm.owner.made("GET", f"{at}/contacts")["version"]
        linked = firm.owner.made("PATCH", address_of(at, contact), version=version, is_login_on=True)
    assert [one["signer_rank"] for one in linked["items"]] == [1, 2]

    put = firm.owner.made("PUT", f"{at}/signers", version=linked["version"], contact_ids=[bob["id"], anna["id"]])

    assert [one["signer_rank"] for one in put["items"]] == [2, 1]


def test_a_custom_field_holds_another_address(firm, place):
    """R-EM-1, R-CF-4, R-CF-7"""
    at, anna = place
    owner = firm.owner
    work = owner.made("POST", "/custom-fields/contacts", name="Work", type="email")

    changed = owner.made("PATCH", f"/contacts/{anna['id']}", version=1, custom_fields={work["id"]: "anna@work.example"})
    linked = owner.made("PATCH", address_of(at, changed, 1), version=1, is_login_on=True)

    assert [one["address"]["label"] for one in linked["items"][0]["addresses"]] == ["email", "Work"]
    assert logins(linked) == ["none", "granted"]
    at_field = f"/custom-fields/contacts/{work['id']}"
    asked = owner.delete(at_field)
    assert (asked.status_code, asked.json()["type"], asked.json()["filled"]) == (
        409,
        "/problems/custom_field_filled",
        1,
    )
    assert owner.delete(at_field, params={"is_confirmed": "true"}).status_code == 204
    assert owner.made("GET", "/custom-fields/contacts") == {"items": []}
    assert logins(owner.made("GET", f"{at}/contacts")) == ["none", "granted"]


def test_from_the_contact_to_a_known_account(firm, place):
    """R-LNK-4, R-LNK-6"""
    _, anna = place
    other = firm.account(name="Other")

    served = firm.owner.made("POST", f"/contacts/{anna['id']}/accounts/{other['id']}", description="Treasurer")

    assert "Other" in [one["name"] for one in served["items"]]
    assert firm.owner.made("GET", "/link-descriptions?q=treas") == {"items": ["Treasurer"]}


@pytest.mark.parametrize("rights", [("manage_contacts", "view_all_accounts"), ("manage_accounts",)])
def test_who_may_not_change_switches_is_refused(firm, place, rights):
    """domain.md §2.4: Manage accounts, on an account one sees."""
    at, anna = place
    colleague = firm.member(*rights)
    wanted = 403 if "view_all_accounts" in rights else 404

    answers = [
        colleague.patch(address_of(at, anna), json={"version": 1, "is_login_on": True}),
        colleague.post(f"{address_of(at, anna)}/invitation", json={}),
        colleague.put(f"{at}/signers", json={"version": 1, "contact_ids": []}),
        colleague.delete(f"{at}/unlinked-addresses/{anna['addresses'][0]['id']}"),
    ]

    assert {answer.status_code for answer in answers} == {wanted}
    assert httpx.patch(f"{firm.url}/v1{address_of(at, anna)}", json={}).status_code == 401
    assert logins(firm.owner.made("GET", f"{at}/contacts")) == ["none"]
