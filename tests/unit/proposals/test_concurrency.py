"""Two people at once, in transactions that commit."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import func, select

from chassis import outbox
from chassis.context import Actor, new_id
from chassis.errors import AppError, Unavailable
from contracts.contacts import LinksChanged
from contracts.payments import AccountRef
from contracts.proposal_signing import AlreadySigned, OfferedProposal, SignProposal
from contracts.proposals import (
    ChangeProposal,
    CreateProposal,
    DepositNotDue,
    ProposalChangedMeanwhile,
    ProposalNotEditable,
    ProposalNotOpen,
    ProposalNotSendable,
    ProposalRef,
    ProposalSigned,
    ReceiveDeposit,
    RemoveSigner,
    SendProposal,
    SignerNeeded,
    SignerNotFound,
    WithdrawProposal,
)
from services.billing import model
from services.billing.operations import proposal_neighbours, proposals, sending, signing
from services.billing.operations.sending import Signatories
from services.billing.queries import items
from services.billing.queries import signing as queries
from tests.unit.proposals.conftest import line, package

TOGETHER = 4


def outcomes(*calls):
    """What each call answered or raised, all begun at once."""
    start = Barrier(len(calls))

    def run(call):
        start.wait()
        try:
            return call()
        except AppError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture
def once(sessions, ctx):
    """`once(operation, request)`: a call whose transaction commits."""

    def run(operation, request, by=ctx, *more):
        with sessions() as session:
            return operation(session, by, request, *more)

    return run


@pytest.fixture
def offer(once, ctx, account_id, people):
    """`offer(requirement="one")`: a sent proposal."""

    def make(**fields):
        known = {"account_id": account_id, "name": "Tax 2026", "packages": (package(),), "invoicing": "on_signature"}
        draft = once(proposals.create_proposal, CreateProposal(**{**known, **fields}))
        return once(sending.send, ref(draft, SendProposal, version=1), ctx, Signatories(1, people))

    return make


def ref(proposal, kind=ProposalRef, **fields):
    return kind(account_id=proposal.account_id, proposal_id=proposal.id, **fields)


@pytest.fixture
def signed_by(once, ctx):
    """`signed_by(proposal, person)`: the call by which they sign what they read."""

    def make(proposal, person, place=0):
        by = replace(ctx, actor=Actor(kind="portal", id=person.contact_id, name=person.name), key=new_id().hex)
        request = ref(proposal, SignProposal, version=proposal.version, package_id=proposal.packages[place].id)
        return lambda: once(signing.sign_proposal, request, by)

    return make


@pytest.fixture
def invoices_of(sessions):
    def count(proposal):
        with sessions() as session:
            query = select(func.count()).select_from(model.Invoice)
            return session.scalar(query.where(model.Invoice.account_id == proposal.account_id))

    return count


def signed_events(sessions):
    with sessions() as session:
        return [event for event in outbox.pending(session) if isinstance(event, ProposalSigned)]


def test_all_who_sign_at_once_complete_it_once(offer, signed_by, people, invoices_of, sessions):
    """R-SIG-2, R-PRP-5"""
    proposal = offer()

    made = outcomes(*(signed_by(proposal, person) for person in people))

    assert sorted(one.status for one in made) == ["partially_signed", "signed"]
    assert (len(signed_events(sessions)), invoices_of(proposal)) == (1, 1)


def test_where_one_is_enough_one_of_two_signs(offer, signed_by, people, invoices_of, sessions):
    """R-SIG-2"""
    proposal = offer(requirement="one")

    made = outcomes(*(signed_by(proposal, person) for person in people))

    assert sorted(type(one) for one in made if isinstance(one, AppError)) == [ProposalNotOpen]
    assert (len(signed_events(sessions)), invoices_of(proposal)) == (1, 1)


def test_one_signer_who_signs_many_times_at_once_signs_once(offer, signed_by, people):
    proposal = offer()

    made = outcomes(*[signed_by(proposal, people[0])] * TOGETHER)

    assert sum(isinstance(one, OfferedProposal) for one in made) == 1
    assert sum(isinstance(one, AlreadySigned) for one in made) == TOGETHER - 1


def test_two_who_choose_different_packages_agree_on_one(offer, signed_by, people, once):
    proposal = offer(packages=(package("Basic"), package("Full")))

    made = outcomes(*(signed_by(proposal, person, place) for place, person in enumerate(people)))

    winner = next(one for one in made if isinstance(one, OfferedProposal))
    kept = once(queries.get_proposal, ref(proposal))
    assert (kept.signed, kept.package_id) == (1, winner.package_id)
    assert [one.signature.package_id for one in kept.signers if one.signature] == [winner.package_id]


@pytest.mark.parametrize("_round", range(5))
def test_nobody_signs_what_was_edited_meanwhile(offer, signed_by, people, once, _round):
    """R-PRP-4: either the signature is on the edited text's predecessor and the edit is refused, or the reverse."""
    proposal = offer()
    edit = ref(proposal, ChangeProposal, version=proposal.version, introduction="Other terms")

    signed, edited = outcomes(signed_by(proposal, people[0]), lambda: once(proposals.change_proposal, edit))

    kept = once(queries.get_proposal, ref(proposal))
    evidence = [one.signature.content_sha256 for one in kept.signers if one.signature]
    if isinstance(signed, OfferedProposal):
        assert isinstance(edited, ProposalNotEditable)
        assert evidence == [proposal.content_sha256] == [kept.content_sha256]
    else:
        assert isinstance(signed, ProposalChangedMeanwhile)
        assert (kept.introduction, evidence) == ("Other terms", [])


def test_a_signer_signs_or_is_taken_away(offer, signed_by, people, once, sessions):
    """R-SIG-5"""
    proposal = offer()
    signed_by(proposal, people[0])()
    remove = ref(proposal, RemoveSigner, contact_id=people[1].contact_id)

    signed, removed = outcomes(signed_by(proposal, people[1]), lambda: once(signing.remove_signer, remove))

    kept = once(queries.get_proposal, ref(proposal))
    assert kept.status == "signed"
    assert isinstance(signed, AppError) != isinstance(removed, AppError)
    assert len(signed_events(sessions)) == 1


def test_two_who_take_away_the_last_two_signers_leave_one(offer, people, once):
    """R-SIG-5"""
    proposal = offer()
    requests = [ref(proposal, RemoveSigner, contact_id=person.contact_id) for person in people]

    made = outcomes(*(lambda one=one: once(signing.remove_signer, one) for one in requests))

    assert sum(isinstance(one, SignerNeeded) for one in made) == 1
    assert once(queries.get_proposal, ref(proposal)).signers_total == 1


def test_one_signer_is_taken_away_once(offer, people, once):
    proposal = offer()
    request = ref(proposal, RemoveSigner, contact_id=people[0].contact_id)

    made = outcomes(*[lambda: once(signing.remove_signer, request)] * TOGETHER)

    assert sum(isinstance(one, SignerNotFound) for one in made) == TOGETHER - 1


def test_it_is_signed_or_withdrawn(offer, signed_by, people, once, invoices_of):
    proposal = offer(requirement="one")
    request = ref(proposal, WithdrawProposal, version=proposal.version)

    signed, withdrawn = outcomes(signed_by(proposal, people[0]), lambda: once(proposals.withdraw_proposal, request))

    kept = once(queries.get_proposal, ref(proposal))
    assert isinstance(signed, ProposalNotOpen) != isinstance(withdrawn, ProposalNotOpen)
    assert (kept.status, invoices_of(proposal)) in (("signed", 1), ("withdrawn", 0))


def test_a_draft_sent_twice_at_once_goes_out_once(once, account_id, people, ctx):
    draft = once(proposals.create_proposal, CreateProposal(account_id=account_id, name="Tax", packages=(package(),)))
    request = ref(draft, SendProposal, version=1)

    made = outcomes(*[lambda: once(sending.send, request, ctx, Signatories(1, people))] * TOGETHER)

    assert sum(isinstance(one, ProposalNotSendable) for one in made) == TOGETHER - 1


def test_of_many_edits_of_one_version_one_wins(offer, once):
    proposal = offer()

    made = outcomes(
        *(
            lambda n=n: once(proposals.change_proposal, ref(proposal, ChangeProposal, version=1, name=f"Name {n}"))
            for n in range(TOGETHER)
        )
    )

    refused = [one for one in made if isinstance(one, ProposalChangedMeanwhile)]
    assert len(refused) == TOGETHER - 1
    assert {one.data["current"]["version"] for one in refused} == {2}


def test_a_deposit_received_by_many_at_once_is_one_credit(offer, signed_by, people, once, ctx):
    """R-CRD-1"""
    proposal = offer(requirement="one", deposit=Decimal("99.99"), currency="EUR")
    signed_by(proposal, people[0])()
    request = ref(proposal, ReceiveDeposit, method="transfer", received_on=ctx.now.date())

    made = outcomes(*[lambda: once(proposals.receive_deposit, request)] * TOGETHER)

    assert sum(isinstance(one, DepositNotDue) for one in made) == TOGETHER - 1
    (balance,) = once(items.get_balances, AccountRef(account_id=proposal.account_id)).items
    assert balance.credit == Decimal("99.99")


@pytest.mark.parametrize("_round", range(5))
def test_who_is_unlinked_while_it_is_sent_is_flagged_or_not_asked(once, account_id, people, ctx, _round):
    """R-LNK-3: whichever comes first, nobody is left waiting for a signature that can't come."""
    draft = once(proposals.create_proposal, CreateProposal(account_id=account_id, name="Tax", packages=(package(),)))
    request = ref(draft, SendProposal, version=1)
    unlinked = LinksChanged(account_id=account_id, contact_ids=(people[0].contact_id,), version=2, change="unlinked")

    sent, _ = outcomes(
        lambda: once(sending.send, request, ctx, Signatories(1, people)),
        lambda: once(proposal_neighbours.links_changed, unlinked),
    )

    if not isinstance(sent, Unavailable):
        kept = once(queries.get_proposal, ref(draft))
        assert [one.is_unlinked for one in kept.signers] == [False, True]


def test_monthly_lines_begin_once_whoever_signs_first(offer, signed_by, people, sessions):
    """R-SIG-3"""
    proposal = offer(packages=(package("Books", line(cadence="monthly")),))

    outcomes(*(signed_by(proposal, person) for person in people))

    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(model.RecurringInvoice)) == 1
