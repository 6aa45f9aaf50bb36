"""Whether a mail is sent, for every combination of what counts, against the rules written out by hand."""

from itertools import product

import pytest

from services.notifications.rules import NOT_ACTIVATED, Situation, decide

QUIET = {"type": "messages", "is_notified": True}


def test_whoever_wants_it_gets_it():
    assert decide(Situation(**QUIET)) is None


def test_notify_off_means_no_notification_at_all():
    """R-NOT-1"""
    assert decide(Situation(type="messages", is_notified=False)) == "notify_off"


def test_a_type_that_is_off_is_not_sent():
    """R-NOT-2"""
    assert decide(Situation(**QUIET, is_muted=True)) == "type_off"


@pytest.mark.parametrize("notified", [True, False])
@pytest.mark.parametrize("muted", [True, False])
def test_no_switch_stops_a_security_mail(notified, muted):
    """R-NOT-7"""
    assert decide(Situation(type=None, is_notified=notified, is_muted=muted)) is None


def test_a_suppressed_address_misses_even_security_mails_unless_somebody_insists():
    """R-NOT-7"""
    assert decide(Situation(type=None, is_suppressed=True)) == "suppressed"
    assert decide(Situation(type=None, is_suppressed=True, ignores_suppression=True)) is None


@pytest.mark.parametrize(
    ("state", "needs"),
    [("granted", True), ("invited", True), ("expired", True), ("active", False), ("none", False), ("revoked", False)],
)
def test_who_may_activate_and_has_not_needs_to(state, needs):
    """R-NOT-5"""
    assert (state in NOT_ACTIVATED) == needs


def test_of_several_reasons_the_first_counts():
    order = {
        "account_archived": {"is_archived": True},
        "unlinked": {"is_linked": False},
        "withdrawn": {"is_withdrawn": True},
        "notify_off": {"is_notified": False},
        "type_off": {"is_muted": True},
        "suppressed": {"is_suppressed": True},
        "not_theirs": {"is_theirs": False},
    }
    names = list(order)
    for flags in product([False, True], repeat=len(names)):
        holds = [name for name, flag in zip(names, flags, strict=True) if flag]
        facts = {"type": "messages", "is_notified": True}
        for name in holds:
            facts |= order[name]

        assert decide(Situation(**facts)) == (holds[0] if holds else None)
