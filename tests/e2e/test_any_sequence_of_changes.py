"""Whatever people do in whatever order: what must always hold holds, and history replays to what is there."""

from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.firms import Firm, person
from tests.replaying import Records

SWITCHES = ("is_login_on", "is_notified", "is_synced", "is_signatory")
names = st.text(st.characters(codec="utf-8", categories=["L", "N", "Zs"]), min_size=1, max_size=40)
REFUSED = {404, 409, 422}  # what a sequence nobody thought of may meet: gone, taken, the last one


class Changes(RuleBasedStateMachine):
    """Every run is a firm of its own on a running system."""

    stack: ClassVar[Any]
    seen: ClassVar[list[Any]]
    accounts = Bundle("accounts")
    contacts = Bundle("contacts")

    @initialize(target=accounts)
    def begin(self):
        self.firm = Firm(self.stack.url, self.stack.env)
        self.records = {
            service: Records(self.stack.database_of(service), self.firm.id) for service in ("accounts", "contacts")
        }
        self.known = [self.firm.account("First")["id"]]
        return self.known[0]

    def teardown(self):
        for records in getattr(self, "records", {}).values():
            records.close()
        if hasattr(self, "firm"):
            self.firm.owner.close()

    def do(self, verb, path, **body):
        answer = self.firm.owner.request(verb, path, json=body) if body else self.firm.owner.request(verb, path)
        assert answer.is_success or answer.status_code in REFUSED, f"{verb} {path}: {answer.text}"
        self.seen.append((verb, answer.is_success))
        return answer.json() if answer.is_success and answer.content else None

    def linked(self, account):
        return self.firm.owner.made("GET", f"/accounts/{account}/contacts")

    @rule(target=accounts, name=names)
    def open_account(self, name):
        made = self.firm.account(name.strip() or None)
        self.known.append(made["id"])
        return made["id"]

    @rule(target=contacts)
    def add_contact(self):
        return self.firm.owner.made("POST", "/contacts", **person())["id"]

    @rule(account=accounts, contact=contacts)
    def link(self, account, contact):
        self.do("POST", f"/accounts/{account}/contacts", contact={"id": contact})

    @rule(account=accounts, which=st.integers(0, 5))
    def unlink(self, account, which):
        items = self.linked(account)["items"]
        contact = items[which % len(items)]["contact"]["id"]
        done = self.do("DELETE", f"/accounts/{account}/contacts/{contact}")
        assert (done is None) == (len(items) == 1), "R-LNK-2"

    @rule(account=accounts, which=st.integers(0, 5), switch=st.sampled_from(SWITCHES), is_on=st.booleans())
    def switch(self, account, which, switch, is_on):
        there = self.linked(account)
        rows = [(item["contact"]["id"], row["address"]["id"]) for item in there["items"] for row in item["addresses"]]
        if rows:
            contact, address = rows[which % len(rows)]
            at = f"/accounts/{account}/contacts/{contact}/addresses/{address}"
            self.do("PATCH", at, **{switch: is_on}, version=there["version"])

    @rule(account=accounts, name=names)
    def rename(self, account, name):
        version = self.firm.owner.made("GET", f"/accounts/{account}")["version"]
        self.do("PATCH", f"/accounts/{account}", name=name, version=version)

    @rule(account=accounts, is_archived=st.booleans())
    def archive(self, account, is_archived):
        self.do("POST", f"/accounts/{account}/{'archive' if is_archived else 'reactivate'}")

    @rule(contact=contacts, is_cleared=st.booleans())
    def change_address(self, contact, is_cleared):
        known = self.firm.owner.get(f"/contacts/{contact}")
        if known.is_success:
            email = None if is_cleared else person()["email"]
            self.do("PATCH", f"/contacts/{contact}", email=email, version=known.json()["version"])

    @rule(contact=contacts)
    def delete_contact(self, contact):
        self.do("DELETE", f"/contacts/{contact}")

    @rule(account=accounts, which=st.integers(0, 5), text=names)
    def describe(self, account, which, text):
        there = self.linked(account)
        contact = there["items"][which % len(there["items"])]["contact"]["id"]
        at = f"/accounts/{account}/contacts/{contact}"
        self.do("PATCH", at, description=text, version=there["version"])

    @rule(account=accounts, tags=st.lists(st.sampled_from(["Gold", "VIP", "Late"]), max_size=3))
    def tag(self, account, tags):
        version = self.firm.owner.made("GET", f"/accounts/{account}")["version"]
        self.do("PUT", f"/accounts/{account}/tags", tags=tags, version=version)

    @invariant()
    def every_account_has_a_contact(self):
        """R-LNK-1"""
        for account in getattr(self, "known", []):
            assert self.linked(account)["items"]

    @invariant()
    def no_switch_is_without_its_address(self):
        """R-EM-2: every switch belongs to an address of a linked contact; what left its contact is listed apart."""
        for account in getattr(self, "known", []):
            for item in self.linked(account)["items"]:
                own = {address["id"] for address in item["contact"]["addresses"]}
                assert [row["address"]["id"] for row in item["addresses"]] == [
                    address["id"] for address in item["contact"]["addresses"]
                ]
                assert {row["address"]["id"] for row in item["addresses"]} == own

    @invariant()
    def history_replays_to_what_is_there(self):
        """R-CF-7, for every recorded table of both owners."""
        for records in getattr(self, "records", {}).values():
            present, replayed, _ = records.both()
            assert replayed == present


def test_what_must_hold_holds(stack):
    """R-LNK-1, R-LNK-2, R-EM-2"""
    seen: list[Any] = []
    machine = type("ChangesHere", (Changes,), {"stack": stack, "seen": seen})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )

    assert {verb for verb, is_done in seen if is_done} >= {"POST", "PATCH", "DELETE", "PUT"}
