"""The states of LOGIN (domain.md §4.5): every act in every state, either where it leads or that it is refused."""

import datetime as dt
from itertools import product

import pytest

from contracts.switches import InvitationNotOpen, NotInvitable
from services.contacts.rules import login
from services.contacts.rules.login import Login

NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
SENT = NOW - dt.timedelta(days=10)
LONG_AGO = NOW - dt.timedelta(days=30)
STATES = {
    "none": Login(),
    "granted": Login("granted"),
    "invited": Login("invited", SENT),
    "expired": Login("invited", LONG_AGO),
    "active": Login("active", SENT, SENT),
    "revoked": Login("revoked", SENT),
}
# (state, act) -> what it is afterwards; None: refused.
TABLE = {
    ("none", "on"): "granted",
    ("none", "off"): "none",
    ("none", "invite"): None,
    ("none", "accept"): None,
    ("granted", "on"): "granted",
    ("granted", "off"): "none",
    ("granted", "invite"): "invited",
    ("granted", "accept"): None,
    ("invited", "on"): "invited",
    ("invited", "off"): "revoked",
    ("invited", "invite"): "invited",
    ("invited", "accept"): "active",
    ("expired", "on"): "expired",
    ("expired", "off"): "revoked",
    ("expired", "invite"): "invited",
    ("expired", "accept"): None,
    ("active", "on"): "active",
    ("active", "off"): "revoked",
    ("active", "invite"): None,
    ("active", "accept"): None,
    ("revoked", "on"): "granted",
    ("revoked", "off"): "revoked",
    ("revoked", "invite"): None,
    ("revoked", "accept"): None,
}


def act(name, before):
    match name:
        case "on" | "off":
            return login.switched(before, is_on=name == "on")
        case "invite":
            return login.invited(before, NOW)
        case "accept":
            return login.accepted(before, before.invited_at or NOW, NOW)


def test_the_table_has_every_act_in_every_state():
    assert set(TABLE) == set(product(STATES, ("on", "off", "invite", "accept")))


@pytest.mark.parametrize(("state", "name"), TABLE, ids=lambda part: part)
def test_each_act_leads_where_the_table_says(state, name):
    wanted = TABLE[state, name]

    if wanted is None:
        with pytest.raises((NotInvitable, InvitationNotOpen)) as caught:
            act(name, STATES[state])
        assert caught.value.data["state"] == state
    else:
        assert login.seen(act(name, STATES[state]), NOW) == wanted


@pytest.mark.parametrize("state", STATES)
def test_states_are_seen_as_they_are(state):
    assert login.seen(STATES[state], NOW) == state


def test_r_log_7_an_invitation_is_open_for_30_days_to_the_second():
    sent = Login("invited", NOW - login.VALID + dt.timedelta(seconds=1))

    assert login.seen(sent, NOW) == "invited"
    assert login.seen(sent, NOW + dt.timedelta(seconds=1)) == "expired"


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ("none", "none"),
        ("granted", "blocked"),
        ("invited", "blocked"),
        ("expired", "blocked"),
        ("active", "active"),
        ("revoked", "revoked"),
    ],
)
def test_r_log_8_a_suppressed_address_blocks_a_login_that_waits_for_mail(state, wanted):
    assert login.seen(STATES[state], NOW, is_suppressed=True) == wanted


def test_r_log_7_a_resent_invitation_replaces_the_former():
    resent = login.invited(STATES["invited"], NOW)

    with pytest.raises(InvitationNotOpen):
        login.accepted(resent, SENT, NOW)
    assert login.accepted(resent, NOW, NOW) == Login("active", NOW, NOW)


def test_who_was_let_in_and_shut_out_stays_revoked_though_granted_meanwhile():
    granted = login.switched(STATES["revoked"], is_on=True)

    assert granted.state == "granted"
    assert login.switched(granted, is_on=False).state == "revoked"


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ("none", Login()),
        ("granted", Login("granted")),
        ("invited", Login("invited", NOW)),
        ("expired", Login("granted")),
        ("active", Login()),
        ("revoked", Login()),
    ],
)
def test_r_log_4_the_address_that_takes_anothers_place_inherits_what_was_not_accepted(state, wanted):
    assert login.inherited(STATES[state], NOW, may_invite=True) == wanted


def test_r_log_4_no_invitation_goes_where_none_may():
    assert login.inherited(STATES["invited"], NOW, may_invite=False) == Login("granted")


def test_r_c_4_the_stronger_of_two_lets_further_in():
    ordered = ["none", "revoked", "granted", "invited", "active"]
    for weak, strong in product(ordered, repeat=2):
        expected = STATES[max(weak, strong, key=ordered.index)]
        assert login.stronger(STATES[weak], STATES[strong]) == expected
    assert login.stronger(STATES["invited"], STATES["expired"]) == STATES["invited"]
