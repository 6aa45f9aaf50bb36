"""A firm with an account whose contacts sign what it is sent."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from chassis import outbox
from chassis.context import Actor, new_id
from chassis.testing import firm_context, service_session, service_sessions
from contracts.proposal_content import OfferedLine, PackageEntry
from contracts.proposal_signing import SignProposal
from contracts.proposals import CreateProposal, ProposalRef, SendProposal
from services.billing.operations import proposals, sending, signing
from services.billing.operations.sending import Signatories, Signatory
from services.billing.queries import signing as queries

ctx = firm_context()
session = service_session("billing")
sessions = service_sessions("billing")


def line(price="100.00", **fields):
    return OfferedLine(service="Tax return", unit_price=Decimal(price), **fields)


def package(name="Standard", *lines, **fields):
    return PackageEntry(name=name, lines=lines or (line(),), **fields)


def later(ctx, **span):
    """The same caller, so much later."""
    return replace(ctx, now=ctx.now + dt.timedelta(**span))


@pytest.fixture
def account_id():
    return new_id()


@pytest.fixture
def people():
    """Two signatories of the account."""
    return [Signatory(new_id(), name, f"{name.lower()}@example.com") for name in ("Anna", "Bert")]


@pytest.fixture
def client_of(ctx):
    """`client_of(person)`: the context of a signatory in the portal."""

    def act(person, base=ctx):
        return replace(base, actor=Actor(kind="portal", id=person.contact_id, name=person.name), key=new_id().hex)

    return act


@pytest.fixture
def written(session, ctx, account_id):
    """`written(name="Offer")`: a draft."""

    def make(*, by=ctx, **fields):
        known = {"account_id": account_id, "name": "Tax 2026", "packages": (package(),), **fields}
        return proposals.create_proposal(session, by, CreateProposal(**known))

    return make


@pytest.fixture
def sent(session, ctx, written, people):
    """`sent(name="Offer", to=people)`: a proposal that waits for signatures."""

    def make(*, to=None, by=ctx, **fields):
        draft = written(by=by, **fields)
        request = SendProposal(account_id=draft.account_id, proposal_id=draft.id, version=draft.version)
        return sending.send(session, by, request, Signatories(1, people if to is None else to))

    return make


@pytest.fixture
def sign(session, client_of):
    """`sign(proposal, person)`: what the signer sees of it afterwards."""

    def make(proposal, person, *, package=0, now=None, **fields):
        by = client_of(person) if now is None else replace(client_of(person), now=now)
        known = {
            "account_id": proposal.account_id,
            "proposal_id": proposal.id,
            "version": proposal.version,
            "package_id": proposal.packages[package].id,
            "ip": "192.0.2.7",
            "agent": "Firefox",
            **fields,
        }
        return signing.sign_proposal(session, by, SignProposal(**known))

    return make


@pytest.fixture
def seen(session, ctx):
    """`seen(proposal)`: how it is by now, for the firm."""

    def read(proposal, by=ctx):
        ref = ProposalRef(account_id=proposal.account_id, proposal_id=proposal.id)
        return queries.get_proposal(session, by, ref)

    return read


@pytest.fixture
def told(session):
    """`told(ProposalSigned)`: the events of that kind so far."""

    def find(kind):
        return [event for event in outbox.pending(session) if isinstance(event, kind)]

    return find
