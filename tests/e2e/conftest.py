"""A fresh firm on the shared system for each test."""

from collections.abc import Iterator

import pytest

from tests.firms import Firm
from tests.stack import Stack


@pytest.fixture
def firm(stack: Stack) -> Iterator[Firm]:
    made = Firm(stack.url, stack.env)
    yield made
    made.owner.close()
