"""Whatever is sent, the answer is an entity or a Fault, and nothing that was refused is left behind."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.quickbooks.kinds import KINDS
from tests.unit.quickbooks_simulator.conftest import new_name, payment, sale

WRITABLE = sorted(kind.name for kind in KINDS.values() if not kind.is_read_only)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["value", "Address", "Amount", "DetailType", "LinkedTxn", "Country"]), inner)
    ),
    max_leaves=4,
)


@st.composite
def bodies(draw):
    kind = draw(st.sampled_from(WRITABLE))
    names = st.sampled_from(sorted(KINDS[kind].properties | {"Id", "SyncToken", "sparse", "CustomField"}))
    return kind, draw(st.dictionaries(names, ANYTHING, max_size=3))


def usual(kind, customer):
    """What is taken as it is."""
    named = {"DisplayName": new_name(), "Name": new_name(), "AccountType": "Bank", "IncomeAccountRef": {"value": "1"}}
    sold = {**sale(customer), "DepositToAccountRef": {"value": "6"}}
    paid = payment(customer, 10)
    whole = {"Payment": paid, **dict.fromkeys(("Invoice", "CreditMemo", "RefundReceipt"), sold)}
    return whole.get(kind) or {name: value for name, value in named.items() if name in KINDS[kind].properties}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies())
def test_is_answered_with_an_entity_or_a_fault(intuit, body):
    kind, changes = body
    before = intuit.sim.state()["companies"][intuit.sim.realm]["counts"].get(kind, 0)
    sent = {**usual(kind, {"Id": "1"}), **changes}

    answer = intuit.http.post(f"company/{intuit.sim.realm}/{kind.lower()}", content=json.dumps(sent))

    assert answer.status_code in {200, 400}, (sent, answer.text)
    if answer.status_code == 400:
        assert answer.json()["Fault"]["Error"][0]["code"].isdecimal()
        assert intuit.sim.state()["companies"][intuit.sim.realm]["counts"].get(kind, 0) == before


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=60) | st.text(max_size=30).map(lambda text: f"SELECT * FROM Customer WHERE DisplayName = '{text}'")
)
def test_is_answered_with_rows_or_a_fault(intuit, text):
    answer = intuit.http.post(f"company/{intuit.sim.realm}/query", content=text.encode(errors="replace"))

    assert answer.status_code in {200, 400}, answer.text


def test_that_is_no_json_is_a_fault(intuit):
    for content in (b"", b"[]", b"5", b"{", b"\xff\xfe"):
        answer = intuit.http.post(f"company/{intuit.sim.realm}/customer", content=content)

        assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "2010")
