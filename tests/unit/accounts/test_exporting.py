"""Accounts tells what it has to whoever keeps a projection of it."""

from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from chassis.errors import Forbidden, Invalid
from contracts.accounts import CreateTag
from contracts.export import Export
from services.accounts import exporting
from services.accounts.model import Account
from services.accounts.operations import tags


def account(session, ctx, n, **fields):
    values = {"state": "active", "code": f"A{n}", "name_mode": "manual", "type": "individual"} | fields
    row = Account(firm_id=ctx.firm, id=new_id(), name=f"Account {n}", created_at=ctx.now, updated_at=ctx.now, **values)
    session.add(row)
    session.flush()
    return row.id


@pytest.fixture
def system(ctx):
    return replace(ctx, actor=Actor())


def test_tells_every_tag_and_account_once_over_pages(session, ctx, system):
    tag = tags.create_tag(session, ctx, CreateTag(name="VIP"))
    made = [account(session, ctx, n) for n in range(5)]
    account(session, ctx, 9, state="opening", code=None)

    told, cursor = [], None
    while True:
        page = exporting.export(session, system, Export(cursor=cursor, limit=2))
        told += page.events
        cursor = page.next_cursor
        if cursor is None:
            break

    assert [event["type"] for event in told] == ["accounts.tag_changed.v1"] + ["accounts.account_created.v1"] * 5
    assert told[0]["body"]["tag"] == tag
    assert [event["body"]["account"].id for event in told[1:]] == sorted(made)


def test_another_firm_is_told_nothing(session, ctx, system):
    account(session, ctx, 1)

    assert exporting.export(session, replace(system, firm_id=new_id()), Export()).events == ()


@pytest.mark.parametrize("kind", ["member", "portal"])
def test_people_are_refused(session, ctx, kind):
    with pytest.raises(Forbidden):
        exporting.export(session, replace(ctx, actor=replace(ctx.actor, kind=kind)), Export())


def test_a_cursor_of_somebody_elses_making_is_refused(session, system):
    with pytest.raises(Invalid):
        exporting.export(session, system, Export(cursor="W10"))
