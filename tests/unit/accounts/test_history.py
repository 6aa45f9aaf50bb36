"""What changed about an account, by whom, through which door: one mechanism for all of it (R-CF-7)."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from chassis import history as recording
from chassis.context import Actor, new_id
from contracts.account_settings import TagRef
from contracts.accounts import AccountNotFound, ChangeAccount, Follow, SetTags, SetTeam
from contracts.common import Address
from contracts.history import ListChanges
from services.accounts import history, model
from services.accounts.operations import accounts, tags, teams
from tests.unit.accounts.firm import archive, join, member, opened

# Tables that hold nothing of a person's doing.
NOT_RECORDED = {
    "account_code_counter": "counts; the codes stand on the accounts",
    "account_opening": "work under way, which ends in an account or in nothing",
    "contact_ref": "what contacts told; its history is theirs",
    "account_trash": "how long it is kept; that it was deleted stands on the account",
    "photo_leftover": "files that nobody sees; the photo shown stands on the account",
    "owed_ref": "what billing told; its ledger is the record",
    "import": "a list on its way in; what it changes is recorded on the accounts, with the door it came by",
    "import_line": "the same of its rows",
    "member_ref": "what identity told; its history is theirs",
}


@pytest.fixture
def people(session, ctx):
    return join(session, ctx, member("owner", id=ctx.actor.id, name="Olga Owner"), member(name="Emil Employee"))


def told(session, ctx, account_id, **asked):
    return history.list_changes(session, ctx, ListChanges(about_id=account_id, **asked)).items


def brief(change):
    return (change.what, change.action, {each.name: (each.was, each.is_now) for each in change.fields})


def test_every_table_is_recorded_or_has_a_reason_not_to_be(session):
    recorded = recording.recorded(session)

    assert recorded.keys() | NOT_RECORDED.keys() == set(model.Base.metadata.tables)
    assert recorded.keys() & NOT_RECORDED.keys() == set()


def test_every_recorded_table_is_told_of(session):
    """Tags, fields and roles belong to the firm, not to an account; they lend their names to what is told."""
    of_the_firm = {"tag", "account_field", "account_field_choice", "account_role"}

    assert recording.recorded(session).keys() - of_the_firm == history.KINDS.keys()


def test_a_name_is_told_from_what_to_what(session, ctx, people):
    account = opened(session, ctx, name="Before")

    accounts.change_account(session, ctx, ChangeAccount(account_id=account.id, version=account.version, name="After"))

    change = told(session, ctx, account.id)[0]
    assert brief(change) == ("account", "changed", {"name": ("Before", "After")})
    assert (change.by.kind, change.by.id, change.by.name) == ("member", ctx.actor.id, ctx.actor.name)


def test_the_opening_is_told_as_one_beginning(session, ctx, people):
    account = opened(session, ctx, name="Ada Ltd", type="company", company_name="Ada Ltd")

    (began,) = told(session, ctx, account.id, what="account")

    what, action, fields = brief(began)
    assert (what, action) == ("account", "added")
    assert fields["name"] == (None, "Ada Ltd")
    assert fields["state"] == (None, "active")
    assert fields["code"] == (None, account.code)


def test_address_and_type_and_state_are_told(session, ctx, people):
    account = opened(session, ctx, type="company", company_name="Ada Ltd")
    address = Address(street="1 rue X", city="Paris")
    asked = ChangeAccount(account_id=account.id, version=account.version, type="other", company_address=address)
    accounts.change_account(session, ctx, asked)

    archive(session, ctx, account.id)

    archived, changed = told(session, ctx, account.id, what="account", limit=2)
    assert brief(changed)[2]["type"] == ("company", "other")
    assert brief(changed)[2]["company_address"][1]["city"] == "Paris"
    assert brief(archived)[2]["state"] == ("active", "archived")


def test_who_joins_and_leaves_the_team_is_named(session, ctx, people):
    account = opened(session, ctx)
    emil = people[1].actor

    for team in ((ctx.actor.id, emil.id), (ctx.actor.id,)):
        account = teams.set_team(session, ctx, SetTeam(account_id=account.id, version=account.version, members=team))

    left, joined = told(session, ctx, account.id, what="team", subject_id=emil.id)
    assert (joined.action, joined.subject.name) == ("added", "Emil Employee")
    assert (left.action, left.subject.name) == ("removed", "Emil Employee")


def test_a_tag_keeps_its_name_in_history_when_it_is_gone(session, ctx, people):
    account = opened(session, ctx)
    account = tags.set_tags(session, ctx, SetTags(account_id=account.id, version=account.version, tags=("Gold", "VIP")))
    gold = next(tag for tag in account.tags if tag.name == "Gold")

    tags.delete_tag(session, ctx, TagRef(tag_id=gold.id))

    removed, added = told(session, ctx, account.id, what="tag", subject_id=gold.id)
    assert (added.action, added.subject.name) == ("added", "Gold")
    assert (removed.action, removed.subject.name) == ("removed", "Gold")


def test_a_tag_that_stays_is_no_change(session, ctx, people):
    account = opened(session, ctx)
    account = tags.set_tags(session, ctx, SetTags(account_id=account.id, version=account.version, tags=("A", "B")))
    before = len(told(session, ctx, account.id, what="tag"))

    tags.set_tags(session, ctx, SetTags(account_id=account.id, version=account.version, tags=("A", "B", "C")))

    assert [each.subject.name for each in told(session, ctx, account.id, what="tag")[:-before]] == ["C"]


def test_following_is_told(session, ctx, people):
    account = opened(session, ctx)

    accounts.follow(session, ctx, Follow(account_id=account.id, is_following=False))

    assert brief(told(session, ctx, account.id)[0])[:2] == ("follower", "removed")


@pytest.mark.parametrize("door", ["page", "api", "import"])
def test_the_door_is_told(sessions, ctx, door):
    came = replace(ctx, door=door)
    with sessions(came) as session:
        join(session, came, member("owner", id=ctx.actor.id))
        account = opened(session, came)

    with sessions() as session:
        assert {each.door for each in told(session, ctx, account.id)} == {door}


def test_what_a_client_did_came_through_the_clients_door(sessions, ctx):
    """R-PHOTO-2: whichever way the client's own request came in."""
    with sessions() as session:
        join(session, ctx, member("owner", id=ctx.actor.id))
        account = opened(session, ctx)
    client = replace(ctx, actor=Actor(kind="portal", id=new_id(), name="Ada"), door="page")
    with sessions(client) as session:
        session.execute(update(model.Account).values(photo_by="client", photo_id=new_id(), photo_at=ctx.now))

    with sessions() as session:
        newest = told(session, ctx, account.id, what="account", limit=1)[0]

    assert (newest.door, newest.by.kind, newest.by.name) == ("client", "portal", "Ada")


def test_history_pages_back_in_time(session, ctx, people):
    account = opened(session, ctx, name="N")
    for number in range(3):
        asked = ChangeAccount(account_id=account.id, version=account.version, name=f"N{number}")
        account = accounts.change_account(session, ctx, asked)

    newest = told(session, ctx, account.id, what="account", limit=2)
    rest = told(session, ctx, account.id, what="account", before=newest[-1].id)

    names = [{each.name: each.is_now for each in change.fields}["name"] for change in (*newest, *rest)]
    assert names == ["N2", "N1", "N0", "N"]


def test_history_is_for_those_who_see_the_account(session, ctx, people):
    """R-ACC-5"""
    account = opened(session, ctx, team=(ctx.actor.id,))
    outsider = people[1]

    with pytest.raises(AccountNotFound):
        told(session, outsider, account.id)
