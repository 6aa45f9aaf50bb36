"""A cursor gives back what went in, and anything else is refused with what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import cursor
from chassis.errors import Invalid

KEPT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))  # what a column holds


@given(st.lists(KEPT | st.none() | st.integers(-(2**53), 2**53) | st.booleans(), min_size=1))
def test_what_went_in_comes_out(values):
    assert cursor.decode(cursor.encode(*values), len(values)) == values


@given(st.text())
def test_what_we_did_not_make_is_refused(text):
    with pytest.raises(Invalid):
        cursor.decode(text, 40)
