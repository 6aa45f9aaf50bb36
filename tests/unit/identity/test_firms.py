"""Which firms there are is told to operators' commands alone."""

from dataclasses import replace

import pytest

from chassis.context import Actor
from chassis.errors import Forbidden
from services.identity.queries import firms


def test_the_system_sees_every_firm(db, settled, ctx):
    found = firms.list_firms(db, replace(ctx, actor=Actor()))

    assert ctx.firm_id in {firm.id for firm in found.items}


def test_an_owner_does_not(db, settled, ctx):
    with pytest.raises(Forbidden):
        firms.list_firms(db, ctx)
