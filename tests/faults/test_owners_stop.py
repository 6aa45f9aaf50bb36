"""Each owner of sections killed in turn, and all at once: the page is served, and heals by itself (R-OV-7).

Owners are those that `contracts.overview.SECTIONS` names, so one that joins the table is stopped too.
"""

import time
from collections.abc import Iterable

import httpx
import pytest

from contracts.overview import SECTIONS
from deploy.local.services import service_names
from tests.firms import Client, Firm
from tests.sections import MAKERS, equip
from tests.stack import until

OWNERS = list(dict.fromkeys(section.source for section in SECTIONS.values()))
OF = {owner: [name for name, section in SECTIONS.items() if section.source == owner] for owner in OWNERS}
SERVED_SECONDS = 5.0  # the deadline of a request; what it takes is a second for the owner and a little for the rest
HEALED_SECONDS = 10.0  # from the owner being ready to a page that is all fresh; a second is wanted, CI may be slow
# Who lets people in: without it the gateway knows for 5 s whom it knew, and then says that a part is not there.
GATEKEEPERS = ("identity", "accounts")
SETS = [*([owner] for owner in OWNERS), OWNERS] if len(OWNERS) > 1 else [OWNERS]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stack(module_private_stack):
    return module_private_stack()


@pytest.fixture
def firm(stack, request):
    made = Firm(stack.url, stack.env)
    equip(made, request)
    yield made
    made.owner.close()


def page(firm, account):
    """The sections by name, and the seconds it took."""
    began = time.monotonic()
    found = firm.owner.made("GET", f"/accounts/{account}/overview")["sections"]
    return {section["name"]: section for section in found}, time.monotonic() - began


def calls_of_overview(stack):
    """How often overview has asked anybody so far."""
    lines = httpx.get(f"{stack.ops_url('overview')}/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("dossier_rpc_calls_total"))


def remembered(stack, firm, account, names):
    """The page, once it comes from memory with one row in each of these sections; else None."""
    before = calls_of_overview(stack)
    found, _ = page(firm, account)
    is_whole = all(found[name]["total"] == 1 for name in names)
    return found if is_whole and calls_of_overview(stack) == before else None


def states(firm, account):
    return {name: section["state"] for name, section in page(firm, account)[0].items()}


def expected(stopped: Iterable[str], state: str) -> dict[str, str]:
    return {name: state if section.source in stopped else "fresh" for name, section in SECTIONS.items()}


def test_every_owner_is_a_service_that_is_started():
    assert set(OWNERS) <= set(service_names())


@pytest.mark.parametrize("stopped", SETS, ids="+".join)
def test_without_owners_the_page_is_served_and_heals(stack, firm, stopped, record_property):
    """R-OV-7: what was never seen is unavailable, what is remembered is shown, all else is fresh."""
    whose = firm.signed_in["member"]["id"]
    warm, cold = firm.account("Warm")["id"], firm.account("Cold")["id"]
    kept = {}
    for name in (name for owner in stopped for name in OF[owner]):
        kept[name] = MAKERS[name].make(firm, warm, f"{name} kept", whose)
    until(lambda: remembered(stack, firm, warm, kept))
    firm.owner = Client(firm.url, firm.token(firm.email))  # whom the gateway knows from this moment on
    for account in (warm, cold):
        firm.owner.made("GET", f"/accounts/{account}")  # and that they may see it; no section is asked for
    for owner in sorted(stopped, key=GATEKEEPERS.__contains__):  # these last
        stack.kill(owner)

    try:
        (missing, took), (shown, _) = page(firm, cold), page(firm, warm)
    finally:
        stack.start(*stopped)
    began = time.monotonic()
    until(lambda: _all_fresh(firm, cold), timeout=HEALED_SECONDS, every=0.01)
    healed = time.monotonic() - began

    assert {name: section["state"] for name, section in missing.items()} == expected(stopped, "unavailable")
    assert all(missing[name]["rows"] == [] and missing[name]["total"] is None for name in kept)
    assert took < SERVED_SECONDS
    for name, key in kept.items():
        assert [MAKERS[name].id_of(row) for row in shown[name]["rows"]] == [key]
        assert shown[name]["state"] in {"fresh", "stale"}
    record_property("served_seconds", round(took, 3))
    record_property("healed_seconds", round(healed, 3))
    print(f"without {', '.join(stopped)}: served in {took:.3f} s; all fresh {healed:.3f} s after its return")
    assert states(firm, warm) == expected((), "fresh")


@pytest.mark.parametrize("owner", [owner for owner in OWNERS if owner not in GATEKEEPERS])
def test_what_changed_before_an_owner_stopped_is_marked_stale(stack, firm, owner):
    """R-OV-7: the memory is shown with its time, and with the change once the owner is back."""
    whose, account = firm.signed_in["member"]["id"], firm.account()["id"]
    names = [name for name in OF[owner] if MAKERS[name].most > 1 and not MAKERS[name].by_list]
    for name in names:
        MAKERS[name].make(firm, account, f"{name} one", whose)
    before = until(lambda: remembered(stack, firm, account, names))
    stack.stop("overview")
    for name in names:
        MAKERS[name].make(firm, account, f"{name} two", whose)
    until(lambda: stack.has_told_all(owner))
    stack.kill(owner)
    try:
        stack.start("overview")
        found = until(lambda: _all_stale(page(firm, account)[0], names))
    finally:
        stack.start(owner)

    for name in names:
        assert (found[name]["total"], found[name]["as_of"]) == (1, before[name]["as_of"])
    others = {name: section["state"] for name, section in found.items() if name not in OF[owner]}
    assert set(others.values()) <= {"fresh"}
    assert until(lambda: all(page(firm, account)[0][name]["total"] == 2 for name in names))
    assert states(firm, account) == expected((), "fresh")


def _all_fresh(firm, account):
    """Whether the page is served and whole; while a gatekeeper comes back it may be refused."""
    answer = firm.owner.get(f"/accounts/{account}/overview")
    return answer.is_success and {section["state"] for section in answer.json()["sections"]} == {"fresh"}


def _all_stale(found, names):
    return found if all(found[name]["state"] == "stale" for name in names) else None
