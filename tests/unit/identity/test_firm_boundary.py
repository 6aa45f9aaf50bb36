"""The firm is the boundary of everything: each query asks for it, and row-level security asks again."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from chassis.context import Actor, Context, new_id
from chassis.errors import NotFound
from contracts.common import Done
from contracts.identity import (
    CreateToken,
    Credential,
    ListAudit,
    ListMembers,
    ListSignIns,
    MemberNotFound,
    MemberRef,
    NotAllowed,
    SessionRef,
    TokenRef,
)
from services.identity import enrolling, model, signing_in
from services.identity.operations import credentials, states
from services.identity.queries import team
from services.identity.queries.credentials import list_sessions, list_sign_ins, list_tokens
from tests.unit.identity.people import add, add_firm, attempt, email, here

BOUND = [model.Firm, model.Member, model.Session, model.Token, model.SignIn, model.Audit]


@pytest.fixture
def theirs(db, sessions, ctx):
    """A firm with something in each table; its owner, and what is there."""
    other, who = replace(ctx, firm_id=new_id()), email()
    with sessions(other) as session:
        owner = add_firm(session, other, who)
        member = add(session, owner)
    signed_in = signing_in.sign_in(db, Context(), attempt(who), here)
    token = enrolling.create_token(db, owner, CreateToken(name="robot", scopes=("work:read",)))
    session_id = signing_in.resolve(db, Context(), Credential(token=signed_in.token)).session_id
    return owner, member, SessionRef(session_id=session_id), TokenRef(token_id=token.id)


@pytest.mark.parametrize("table", BOUND)
def test_a_session_of_one_firm_sees_no_row_of_another(sessions, settled, theirs, table):
    with sessions(theirs[0]) as session:
        assert session.scalar(select(func.count()).select_from(table)) > 0
    with sessions(settled) as session:
        firms = set(session.scalars(select(table.firm_id)))
    with sessions(replace(settled, firm_id=None)) as session:
        outside = session.scalar(select(func.count()).select_from(table))

    assert firms <= {settled.firm}
    assert outside == 0


@pytest.mark.parametrize("table", [one for one in BOUND if one is not model.Firm])
def test_a_session_of_one_firm_writes_no_row_of_another(sessions, settled, theirs, table):
    name = table.__tablename__
    with sessions(settled) as session:
        changed = session.execute(text(f"UPDATE {name} SET id = id WHERE firm_id = :firm"), {"firm": theirs[0].firm})
        assert changed.rowcount == 0


def test_a_row_for_another_firm_is_refused(session, ctx):
    session.add(model.Firm(firm_id=new_id(), name="Mallory & Co", created_at=ctx.now))

    with pytest.raises(ProgrammingError, match="row-level security"):
        session.flush()


def test_queries_ask_for_the_firm_themselves(sessions, settled, theirs):
    """Where row-level security shows another firm's rows, the queries still want only the caller's."""
    owner, member, begun, _ = theirs
    ours = replace(settled, actor=Actor())
    with sessions(owner) as session:
        assert len(team.list_members(session, replace(owner, actor=Actor()), ListMembers()).items) == 2

        assert team.list_members(session, ours, ListMembers(include_inactive=True)).items == ()
        assert team.list_audit(session, ours, ListAudit()).items == ()
        assert list_sign_ins(session, ours, ListSignIns()).items == ()
        as_them = replace(owner, firm_id=settled.firm)
        assert list_sessions(session, as_them, Done()).items == ()
        assert list_tokens(session, as_them, Done()).items == ()
        with pytest.raises(MemberNotFound):
            states.deactivate_member(session, ours, MemberRef(member_id=member.id))
        with pytest.raises(NotFound):
            credentials.end_session(session, as_them, begun)


def test_no_call_reaches_into_another_firm(sessions, settled, theirs):
    _, member, begun, token = theirs
    ref = MemberRef(member_id=member.id)
    with sessions(settled) as session:
        assert [one.id for one in team.list_members(session, settled, ListMembers()).items] == [settled.actor.id]
        assert list_sign_ins(session, settled, ListSignIns(member_id=theirs[0].actor.id)).items == ()
        for call in (team.get_member, states.deactivate_member, states.restore_member, states.transfer_ownership):
            with pytest.raises(MemberNotFound):
                call(session, settled, ref)
        with pytest.raises(NotFound):
            credentials.end_session(session, settled, begun)
        with pytest.raises(NotFound):
            credentials.revoke_token(session, settled, token)


def test_somebody_elses_owner_is_a_stranger_here(sessions, settled, theirs):
    stranger = replace(theirs[0], firm_id=settled.firm)
    with sessions(settled) as session:
        assert list_sessions(session, stranger, Done()).items == ()
        assert list_tokens(session, stranger, Done()).items == ()
        with pytest.raises(NotAllowed):
            team.list_members(session, stranger, ListMembers())
        with pytest.raises(NotAllowed):
            states.deactivate_member(session, stranger, MemberRef(member_id=settled.actor.id))


def test_addresses_are_unique_in_a_firm_only(sessions, settled, theirs):
    with sessions(settled) as session:
        assert add(session, settled, email=theirs[1].email).email == theirs[1].email
