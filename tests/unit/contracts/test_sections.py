"""What a scope opens, and how it is written."""

from uuid import uuid4

import pytest

from chassis.errors import Invalid
from contracts.sections import Seen, seen


def test_scopes_are_read():
    """C-TIME"""
    member_id = uuid4()

    assert seen("firm") == Seen()
    assert seen("firm+rates") == Seen(more="rates")
    assert seen(f"member:{member_id}") == Seen(member_id=member_id)
    assert seen(f"member:{member_id}+rates") == Seen(member_id=member_id, more="rates")


@pytest.mark.parametrize("scope", ["", "all", "firm+", "member:", "member:me", "+rates", "firm+rates+rates"])
def test_a_scope_that_can_not_be_read_opens_nothing(scope):
    with pytest.raises(Invalid) as refused:
        seen(scope)

    assert refused.value.data["errors"][0]["field"] == "scope"
