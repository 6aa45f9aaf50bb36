"""A firm, an account, members around it, and short ways to tell them something and ask what they were told."""

from dataclasses import replace

import pytest

from chassis.context import Actor, Context, new_id
from chassis.testing import firm_context, service_session, service_sessions
from contracts.accounts import Account
from contracts.common import Done, Person
from contracts.identity import Member
from contracts.notices import ChooseNotices, ListNotices
from services.notifications import audience, model
from services.notifications.operations import notices, noticing
from services.notifications.operations.noticing import Settled
from services.notifications.queries import notices as queries

ctx = firm_context()
session = service_session("notifications")
sessions = service_sessions("notifications")


def member(role="employee", *rights, name="Emil Employee", **fields):
    """A member as identity tells of them."""
    made = {"id": new_id(), "email": f"{new_id().hex}@example.com", "is_active": True, "version": 1, **fields}
    return Member(
        name=name,
        role=role,
        rights=rights,
        has_default_access=False,
        created_at=Context().now,
        **made,
    )


def as_member(ctx, one):
    """The context in which a member asks."""
    return replace(ctx, actor=audience.as_actor(one), key=new_id().hex)


def as_client(ctx, name="Anna Roy"):
    return replace(ctx, actor=Actor(kind="portal", id=new_id(), name=name), key=new_id().hex)


def account(*team, version=1, **fields):
    """An account as accounts tells of it."""
    known = {"id": new_id(), "name": "Roy Family", "state": "active", **fields}
    now = Context().now
    people = tuple(Person(id=one.id, name=one.name) for one in team)
    return Account(
        code="ROY1",
        name_mode="manual",
        type="individual",
        company_name=None,
        company_address=None,
        tags=(),
        team=people,
        followers=people,
        version=version,
        created_at=now,
        updated_at=now,
        **known,
    )


class Telling:
    """One account's notices, in one session."""

    def __init__(self, session, ctx, team):
        self.session, self.ctx = session, ctx
        self.account = account(*team)

    def happenings(self):
        """What was noted since, oldest first."""
        return self.session.query(model.Happening).order_by(model.Happening.id).all()

    def settle(self, *members, kind="client_activated", about=None, told=None, **facts):
        """Tell these members of something of a kind; gives the happening."""
        of_account = told is None or told.account is not None
        row = model.Happening(
            firm_id=self.ctx.firm,
            id=new_id(),
            kind=f"staff_{kind}",
            account_id=self.account.id if of_account else None,
            facts=facts,
            about=about or {},
            happened_at=self.ctx.now,
            due_at=self.ctx.now,
        )
        self.session.add(row)
        self.session.flush()
        due = noticing.take(self.session, self.ctx, row.id, 30.0)
        noticing.settle(self.session, self.ctx, due, told or Settled(members, facts, self.account))
        self.session.flush()
        return row

    def listed(self, by, **asked):
        return queries.list_notices(self.session, as_member(self.ctx, by), ListNotices(**asked))

    def kinds(self, by):
        return [one.kind for one in self.listed(by).items]

    def choose(self, by, *choices):
        return notices.choose_notices(self.session, as_member(self.ctx, by), ChooseNotices(items=choices))

    def choices(self, by):
        return queries.get_notice_choices(self.session, as_member(self.ctx, by), Done()).items

    def mails(self):
        return self.session.query(model.Mail).order_by(model.Mail.id).all()


@pytest.fixture
def emil():
    return member()


@pytest.fixture
def olga(ctx):
    return member("owner", id=ctx.actor.id, name=ctx.actor.name)


@pytest.fixture
def telling(session, ctx, olga, emil):
    return Telling(session, ctx, (olga, emil))
