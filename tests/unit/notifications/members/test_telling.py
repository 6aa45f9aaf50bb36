"""From what happened to who is told: identity, accounts and documents are asked, by their own services' code."""

import threading

import pytest
from sqlalchemy import text

from chassis.context import Actor, Context, new_id
from chassis.errors import Unavailable
from chassis.testing import database, service_sessions
from contracts.folders import Exemption, SetExemptions
from contracts.identity import CreateFirm, CreateMember, MemberCreated
from services.accounts import members as known_members
from services.documents.operations import exemptions
from services.identity import enrolling
from services.notifications import model, telling
from services.notifications.happenings import members
from tests.stack import until
from tests.unit.identity.people import PASSWORD, email, here
from tests.unit.notifications.deciding.conftest import World, person
from tests.unit.notifications.members.conftest import as_client

sessions = service_sessions("notifications")


@pytest.fixture
def firm(postgres_url):
    request = CreateFirm(name="Whitfield & Sons", owner_name="Olga", owner_email=email(), owner_password=PASSWORD)
    return enrolling.create_firm(database(postgres_url, "identity"), Context(), request, here)


@pytest.fixture
def ctx(firm):
    return Context(firm_id=firm.firm.id, actor=Actor(kind="member", id=firm.member.id, role="owner", name="Olga"))


class Office(World):
    """A firm with members, as identity keeps them and accounts has heard of them."""

    def joins(self, member):
        with self.accounts.db.transaction(self.ctx) as session:
            known_members.told(session, self.ctx, MemberCreated(member=member))
        return member

    def member(self, **fields):
        request = CreateMember(email=email(), name="Emil", password=PASSWORD, **fields)
        return self.joins(enrolling.create_member(self.identity.db, self.fresh(), request, here).member)

    def happens(self, account_id, document_id=None):
        """A client uploads something; gives the happening's id."""
        with self.sessions() as session:
            by, told = as_client(self.ctx), {"contact": "Anna", "names": ["May.pdf"]}
            about = {"about": {"document_id": str(document_id)}} if document_id else {}
            row = model.Happening(
                firm_id=self.ctx.firm,
                id=new_id(),
                kind=f"{members.PREFIX}document_uploaded",
                account_id=account_id,
                facts=told,
                happened_at=by.now,
                due_at=by.now,
                **about,
            )
            session.add(row)
        return row.id

    def tell(self, happening_id, **others):
        asked = {"identity": self.identity, "accounts": self.accounts, "documents": self.documents, **others}
        telling.tell(self.db, telling.Neighbours(**asked), self.ctx.firm, happening_id)

    def told(self):
        with self.sessions() as session:
            return {one.member_id for one in session.query(model.Notice).filter_by(firm_id=self.ctx.firm)}

    def state(self, happening_id):
        with self.sessions() as session:
            row = session.get(model.Happening, (self.ctx.firm, happening_id))
            return row.due_at, row.taken_until, row.attempts


@pytest.fixture
def office(postgres_url, ctx, sessions, firm):
    made = Office(postgres_url, ctx, sessions)
    made.joins(firm.member)
    return made


class Away:
    """A service that does not answer, whatever it is asked."""

    def __getattr__(self, name):
        def ask(*_):
            raise Unavailable(f"{name} is not answered")

        return ask


def test_who_follows_is_told(office, firm):
    """R-FOL-1"""
    emil = office.member(has_default_access=True)
    office.member()  # who is on no team
    account = office.account(person("Anna", "anna@example.com"))

    happening_id = office.happens(account.id)
    office.tell(happening_id)

    assert office.told() == {firm.member.id, emil.id}
    assert office.state(happening_id) == (None, None, 1)


def test_a_document_is_told_to_whom_it_is_not_hidden_from(office, firm):
    """R-ACC-7"""
    emil, ada = (office.member(has_default_access=True) for _ in range(2))
    account = office.account(person("Anna", "anna@example.com"))
    document = office.document(account)
    entry = Exemption(kind="member", id=emil.id, access="none")
    request = SetExemptions(account_id=account.id, item_id=document.id, exemptions=(entry,))
    with office.documents.db.transaction(office.ctx) as session:
        exemptions.set_exemptions(session, office.ctx, request, {("member", emil.id)})

    office.tell(office.happens(account.id, document.id))
    assert office.told() == {firm.member.id, ada.id}

    gone = office.happens(account.id, new_id())
    office.tell(gone)
    assert office.told() == {firm.member.id, ada.id}  # nobody is told of what is not there
    assert office.state(gone)[0] is None


def test_of_an_account_that_is_not_there_nobody_is_told(office):
    happening_id = office.happens(new_id())

    office.tell(happening_id)

    assert office.told() == set()
    assert office.state(happening_id)[0] is None


@pytest.mark.parametrize("owner", ["identity", "accounts", "documents"])
def test_while_an_owner_is_away_it_waits_and_is_told_once_all_answer(office, firm, owner):
    account = office.account(person("Anna", "anna@example.com"))
    happening_id = office.happens(account.id, office.document(account).id)

    with pytest.raises(Unavailable):
        office.tell(happening_id, **{owner: Away()})

    due_at, taken_until, attempts = office.state(happening_id)
    assert due_at > office.ctx.now
    assert (taken_until, attempts, office.told()) == (None, 1, set())

    def told():
        office.tell(happening_id)
        return office.told()

    assert until(told, timeout=10) == {firm.member.id}
    assert office.state(happening_id) == (None, None, 2)


def test_several_workers_at_once_tell_each_member_once(office, firm):
    account = office.account(person("Anna", "anna@example.com"))
    ids = [office.happens(account.id) for _ in range(6)]

    def work():
        for happening_id in ids:
            office.tell(happening_id)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)

    with office.sessions() as session:
        of_firm = {"firm_id": office.ctx.firm}
        assert session.query(model.Notice).filter_by(**of_firm, member_id=firm.member.id).count() == len(ids)
        assert session.scalar(text("SELECT count(*) FROM happening WHERE due_at IS NOT NULL")) == 0


def test_a_look_at_what_is_due_settles_members_happenings_and_leaves_those_of_clients(office):
    account = office.account(person("Anna", "anna@example.com"))
    mine, clients = office.happens(account.id), office.happens(account.id)
    with office.sessions() as session:
        session.get(model.Happening, (office.ctx.firm, clients)).kind = "documents_uploaded"
    neighbours = telling.Neighbours(office.identity, office.accounts, office.documents)

    until(lambda: telling.tell_due(office.db, neighbours) == 0, timeout=30)

    assert office.state(mine)[0] is None
    assert office.state(clients)[0] is not None


def test_another_firms_happening_is_not_ours_to_settle(office):
    account = office.account(person("Anna", "anna@example.com"))
    happening_id = office.happens(account.id)
    neighbours = telling.Neighbours(office.identity, office.accounts, office.documents)

    telling.tell(office.db, neighbours, new_id(), happening_id)

    assert office.state(happening_id)[2] == 0
    assert office.told() == set()
