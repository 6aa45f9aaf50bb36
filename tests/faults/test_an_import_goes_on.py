"""Services killed while a client list is loaded: it goes on, and every row is loaded once (R-IMP-1)."""

import pytest

from tests.firms import Firm
from tests.stack import until

ACCOUNTS = 60
VICTIMS = ("accounts", "contacts")
HEALED_SECONDS = 120.0  # a lease that runs out, and the rows that are left

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture(scope="module")
def stack(module_private_stack):
    return module_private_stack()


def test_killed_services_leave_an_import_that_goes_on(stack):
    firm = Firm(stack.url, stack.env)
    rows = [f"Client {n // 2:02},First{n},Last{n},{n}@example.com" for n in range(2 * ACCOUNTS)]
    content = "\n".join(["Account name,First name,Last name,Email", *rows]).encode()
    at = f"/imports/{firm.owner.post('/imports', content=content, headers={'Content-Type': 'text/csv'}).json()['id']}"

    def state():
        found = firm.owner.get(at)
        return found.json() if found.is_success else None

    def is_beyond(done):
        found = state()
        return found and found["rows"] - found["counts"]["waiting"] > done and found

    firm.owner.made("POST", f"{at}/start")
    done = 0
    for victim in VICTIMS:
        found = until(lambda: is_beyond(done + 10), HEALED_SECONDS)  # noqa: B023 (asked before it changes)
        done = found["rows"] - found["counts"]["waiting"]
        stack.kill(victim)
        stack.start(victim)
        stack.wait_until_ready(victim)
    ended = until(lambda: (found := state()) and found["state"] == "ended" and found, HEALED_SECONDS)

    assert ended["counts"]["refused"] == 0
    assert ended["counts"]["created"] == ACCOUNTS
    assert until(lambda: firm.owner.made("GET", "/accounts")["total"] == ACCOUNTS)
    assert firm.owner.made("GET", "/contacts")["total"] == 2 * ACCOUNTS
