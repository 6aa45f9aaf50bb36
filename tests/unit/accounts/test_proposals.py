"""Tags that come with a package a client chose (R-PRP-5, R-TAG-4)."""

from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import Actor, new_id
from contracts.account_settings import CreateTag, TagRef
from contracts.accounts import AccountChanged, AccountRef, SetTags
from contracts.proposals import ProposalSigned, ProposalState
from services.accounts import queries
from services.accounts.operations import tags
from tests.unit.accounts import firm


@pytest.fixture
def account(session, ctx):
    return firm.opened(session, ctx)


@pytest.fixture
def signed(session, ctx, account):
    """`signed(tag_id)`: billing tells that the client signed; it was the client who acted."""

    def tell(*tag_ids, account_id=None):
        state = ProposalState(
            id=new_id(), kind="proposal", name="Tax", status="signed", signed=1, signers_total=1, version=1
        )
        event = ProposalSigned(
            account_id=account_id or account.id, proposal=state, package_id=new_id(), tag_ids=tag_ids
        )
        by = replace(ctx, actor=Actor(kind="portal", id=new_id(), name="Anna"), key=new_id().hex)
        tags.proposal_signed(session, by, event)

    return tell


def carried(session, ctx, account):
    return [tag.name for tag in queries.get_account(session, ctx, AccountRef(account_id=account.id)).tags]


def test_they_come_after_those_that_are_there(session, ctx, account, signed):
    request = SetTags(account_id=account.id, version=account.version, tags=("Old", "VIP"))
    before = tags.set_tags(session, ctx, request)
    new = tags.create_tag(session, ctx, CreateTag(name="Monthly"))

    signed(before.tags[1].id, new.id)

    assert carried(session, ctx, account) == ["Old", "VIP", "Monthly"]
    told = outbox.pending(session)[-1]
    assert isinstance(told, AccountChanged)
    assert [tag.name for tag in told.account.tags] == ["Old", "VIP", "Monthly"]


def test_told_twice_they_are_put_on_once(session, ctx, account, signed):
    tag = tags.create_tag(session, ctx, CreateTag(name="Monthly"))
    signed(tag.id)
    events = len(outbox.pending(session))

    signed(tag.id)

    assert carried(session, ctx, account) == ["Monthly"]
    assert len(outbox.pending(session)) == events


def test_a_tag_deleted_since_and_an_account_that_is_gone_are_left_out(session, ctx, account, signed):
    kept, gone = (tags.create_tag(session, ctx, CreateTag(name=name)) for name in ("Kept", "Gone"))
    tags.delete_tag(session, ctx, TagRef(tag_id=gone.id))

    signed(gone.id, kept.id)
    signed(kept.id, account_id=new_id())

    assert carried(session, ctx, account) == ["Kept"]


def test_another_firms_tag_is_none_of_ours(session, ctx, account, signed):
    signed(new_id())

    assert carried(session, ctx, account) == []
