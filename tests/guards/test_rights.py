"""The one table of rights has a rule for everything that is weighed."""

from typing import get_args

from contracts import rights


def test_every_action_has_a_rule():
    assert set(rights.ACCOUNT) == set(get_args(rights.Action))
    assert set(rights.FIRM) == set(get_args(rights.FirmAction))
