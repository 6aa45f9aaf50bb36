"""Accounts tells what it has to whoever keeps a projection of it."""

from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts.account_settings import CreateRole, CreateTag
from contracts.accounts import GetAccounts
from contracts.custom_fields import CreateField, DeleteField
from contracts.export import Export
from services.accounts import exporting, queries
from services.accounts.model import Account, AccountTeam
from services.accounts.operations import fields, roles, tags


def account(session, ctx, n, **fields):
    values = {"state": "active", "code": f"A{n}", "name_mode": "manual", "type": "individual"} | fields
    row = Account(firm_id=ctx.firm, id=new_id(), name=f"Account {n}", created_at=ctx.now, updated_at=ctx.now, **values)
    session.add(row)
    session.flush()
    return row.id


@pytest.fixture
def system(ctx):
    return replace(ctx, actor=Actor())


def test_tells_every_tag_role_field_and_account_once_over_pages(session, ctx, system):
    tag = tags.create_tag(session, ctx, CreateTag(name="VIP"))
    role = roles.create_account_role(session, ctx, CreateRole(name="Bookkeeper"))
    field = fields.create_account_field(session, ctx, CreateField(name="Tax office", type="text"))
    gone = fields.create_account_field(session, ctx, CreateField(name="Gone", type="text"))
    fields.delete_account_field(session, ctx, DeleteField(field_id=gone.id))
    made = [account(session, ctx, n) for n in range(5)]
    account(session, ctx, 9, state="opening", code=None)

    told, cursor = [], None
    while True:
        page = exporting.export(session, system, Export(cursor=cursor, limit=2))
        told += page.events
        cursor = page.next_cursor
        if cursor is None:
            break

    assert [event["type"] for event in told] == [
        "accounts.tag_changed.v1",
        "accounts.role_changed.v1",
        "accounts.custom_field_changed.v1",
        *["accounts.account_created.v1"] * 5,
    ]
    assert [told[0]["body"]["tag"], told[1]["body"]["role"], told[2]["body"]["field"]] == [tag, role, field]
    assert [event["body"]["account"].id for event in told[3:]] == sorted(made)


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


class TestGetAccounts:
    """Many accounts at once, for whoever makes a table of them."""

    def asked(self, session, ctx, *ids):
        return [one.name for one in queries.get_accounts(session, ctx, GetAccounts(account_ids=ids)).items]

    def test_gives_those_that_are_there(self, session, ctx):
        first, second = account(session, ctx, 1), account(session, ctx, 2, state="archived")
        opening = account(session, ctx, 3, state="opening", code=None)
        account(session, ctx, 4)

        assert self.asked(session, ctx, second, first, opening, new_id()) == ["Account 1", "Account 2"]

    def test_says_nothing_of_what_the_caller_may_not_see(self, session, ctx):
        """R-ACC-5"""
        emil = member_ctx(ctx, rights=("manage_accounts",))
        mine, secret = account(session, ctx, 1), account(session, ctx, 2)
        session.add(AccountTeam(firm_id=ctx.firm, account_id=mine, member_id=emil.actor.id))
        session.flush()

        assert self.asked(session, emil, mine, secret) == ["Account 1"]
        assert self.asked(session, replace(ctx, firm_id=new_id()), mine) == []
        assert self.asked(session, replace(ctx, actor=replace(ctx.actor, kind="portal")), mine) == []
