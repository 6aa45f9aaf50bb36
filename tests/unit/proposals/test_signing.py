"""Signatures, their evidence, and what follows from them."""

import datetime as dt
import hashlib
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from chassis.context import Actor, new_id
from chassis.errors import Forbidden, Invalid
from contracts import invoices
from contracts.contacts import LinksChanged
from contracts.payments import AccountRef
from contracts.proposal_content import JobTemplate
from contracts.proposal_signing import AlreadySigned, AnotherPackageChosen, DeclineProposal, MyProposals
from contracts.proposals import (
    DepositNotDue,
    ProposalChanged,
    ProposalChangedMeanwhile,
    ProposalNotFound,
    ProposalNotOpen,
    ProposalRef,
    ProposalSigned,
    ReceiveDeposit,
    RemoveSigner,
    SignerNeeded,
    SignerNotFound,
)
from services.billing import model
from services.billing.operations import proposal_neighbours, proposals, signing
from services.billing.operations.sending import Signatory
from services.billing.queries import items
from services.billing.queries import signing as queries
from tests.unit.proposals.conftest import later, line, package
from tests.unit.proposals.test_writing import edit, withdraw


def remove(session, ctx, proposal, person):
    request = RemoveSigner(account_id=proposal.account_id, proposal_id=proposal.id, contact_id=person.contact_id)
    return signing.remove_signer(session, ctx, request)


def decline(session, by, proposal, reason="Too dear", **fields):
    known = {"account_id": proposal.account_id, "proposal_id": proposal.id, "version": proposal.version, **fields}
    return signing.decline_proposal(session, by, DeclineProposal(reason=reason, **known))


def linked(session, ctx, account_id, *people, version=2):
    ids = tuple(person.contact_id for person in people)
    event = LinksChanged(account_id=account_id, contact_ids=ids, version=version, change="unlinked")
    proposal_neighbours.links_changed(session, ctx, event)


class TestRequirement:
    def test_all_must_sign_unless_said(self, sent, sign, seen, people):
        """R-SIG-2"""
        proposal = sent()

        first = sign(proposal, people[0])
        between = seen(proposal)
        last = sign(proposal, people[1])

        assert (proposal.requirement, first.status, last.status) == ("all", "partially_signed", "signed")
        assert (between.status, between.signed, between.signers_total) == ("partially_signed", 1, 2)

    def test_one_is_enough_where_it_says_so(self, sent, sign, people):
        """R-SIG-2"""
        proposal = sent(requirement="one")

        assert sign(proposal, people[1]).status == "signed"
        with pytest.raises(ProposalNotOpen):
            sign(proposal, people[0])


class TestEvidence:
    def test_says_who_when_from_where_what_and_which_package(self, sent, sign, seen, people, ctx, session):
        proposal = sent(packages=(package("Basic"), package("Full")))

        sign(proposal, people[0], package=1)

        signer = seen(proposal).signers[0]
        kept = session.scalars(select(model.Proposal.signed_content)).one()
        assert (signer.contact_id, signer.name, signer.email) == tuple(people[0])
        assert (signer.signature.signed_at, signer.signature.ip, signer.signature.agent) == (
            ctx.now,
            "192.0.2.7",
            "Firefox",
        )
        assert (signer.signature.package_id, signer.signature.version) == (proposal.packages[1].id, proposal.version)
        assert signer.signature.content_sha256 == proposal.content_sha256 == hashlib.sha256(kept.encode()).hexdigest()
        assert "Tax return" in kept
        assert str(proposal.packages[1].id) in kept

    def test_the_name_stays_that_of_the_day(self, sent, sign, seen, people):
        proposal = sent()
        sign(proposal, people[0])

        assert [one.name for one in seen(proposal).signers] == ["Anna", "Bert"]


class TestWhoMaySign:
    def test_nobody_else_finds_it(self, session, sent, sign, client_of, ctx):
        """The matrix of §2.4: those they may sign."""
        proposal = sent()
        stranger = Signatory(new_id(), "Zoe", "zoe@example.com")

        with pytest.raises(ProposalNotFound):
            sign(proposal, stranger)
        ref = ProposalRef(account_id=proposal.account_id, proposal_id=proposal.id)
        with pytest.raises(ProposalNotFound):
            queries.get_my_proposal(session, client_of(stranger), ref)
        mine = MyProposals(account_id=proposal.account_id)
        assert queries.list_my_proposals(session, client_of(stranger), mine).items == ()

    def test_nobody_of_the_firm_signs_for_a_client(self, session, ctx, sent, people):
        proposal = sent()
        colleague = replace(ctx, actor=replace(ctx.actor, id=people[0].contact_id))
        ref = ProposalRef(account_id=proposal.account_id, proposal_id=proposal.id)

        for by in (ctx, colleague, replace(ctx, actor=Actor())):
            with pytest.raises(Forbidden):
                decline(session, by, proposal)
            with pytest.raises(Forbidden):
                queries.get_my_proposal(session, by, ref)
            with pytest.raises(Forbidden):
                queries.list_my_proposals(session, by, MyProposals(account_id=proposal.account_id))

    def test_a_client_reads_nothing_of_the_firms_side(self, session, sent, client_of, people):
        proposal = sent()
        ref = ProposalRef(account_id=proposal.account_id, proposal_id=proposal.id)

        with pytest.raises(Forbidden):
            queries.get_proposal(session, client_of(people[0]), ref)
        with pytest.raises(Forbidden):
            remove(session, client_of(people[0]), proposal, people[1])
        with pytest.raises(Forbidden):
            withdraw(session, client_of(people[0]), proposal)

    def test_drafts_are_shown_to_no_client(self, session, written, client_of, people):
        """R-OV-9"""
        draft = written()
        ref = ProposalRef(account_id=draft.account_id, proposal_id=draft.id)

        with pytest.raises(ProposalNotFound):
            queries.get_my_proposal(session, client_of(people[0]), ref)
        mine = MyProposals(account_id=draft.account_id)
        assert queries.list_my_proposals(session, client_of(people[0]), mine).items == ()

    def test_nobody_signs_twice(self, sent, sign, people):
        proposal = sent()
        sign(proposal, people[0])

        with pytest.raises(AlreadySigned):
            sign(proposal, people[0])

    def test_a_signer_sees_theirs_the_latest_first_and_nothing_of_the_others(
        self, session, ctx, sent, client_of, people
    ):
        first, second = sent(name="First"), sent(name="Second", by=later(ctx, hours=1))
        sent(name="Bert's", to=people[1:])

        found = queries.list_my_proposals(session, client_of(people[0]), MyProposals(account_id=first.account_id)).items

        assert [one.id for one in found] == [second.id, first.id]
        assert (found[0].signed, found[0].signers_total, found[0].state, found[0].can_sign) == (0, 2, "pending", True)
        assert "Bert" not in str(found[0])
        assert "bert" not in str(found[0])


class TestWhatIsSigned:
    def test_what_changed_since_it_was_read_is_not_signed_unseen(self, session, ctx, sent, sign, people):
        """R-PRP-4"""
        proposal = sent()
        changed = edit(session, ctx, proposal, introduction="Ten times the price")

        with pytest.raises(ProposalChangedMeanwhile) as refused:
            sign(proposal, people[0])

        assert refused.value.data["current"]["introduction"] == "Ten times the price"
        assert "signers" not in refused.value.data["current"], "of the others nothing is told"
        assert sign(changed, people[0]).state == "signed"

    @pytest.mark.parametrize("version", [1, 99])
    def test_a_forged_version_is_refused(self, session, ctx, sent, sign, people, version):
        proposal = edit(session, ctx, sent(), name="Second")

        with pytest.raises(ProposalChangedMeanwhile):
            sign(proposal, people[0], version=version)

    def test_only_an_offered_package_can_be_chosen(self, sent, sign, people):
        with pytest.raises(Invalid) as refused:
            sign(sent(), people[0], package_id=new_id())

        assert refused.value.data["errors"][0]["field"] == "package_id"

    def test_all_sign_the_same_package(self, sent, sign, people):
        proposal = sent(packages=(package("Basic"), package("Full")))
        sign(proposal, people[0], package=1)

        with pytest.raises(AnotherPackageChosen) as refused:
            sign(proposal, people[1], package=0)

        assert refused.value.data["package_id"] == str(proposal.packages[1].id)
        assert sign(proposal, people[1], package=1).status == "signed"

    def test_on_its_last_day_it_is_signed_and_not_on_the_next(self, ctx, sent, sign, people):
        proposal = sent(expires_on=ctx.now.date())
        sign(proposal, people[0])

        with pytest.raises(ProposalNotOpen) as refused:
            sign(proposal, people[1], now=later(ctx, days=1).now)

        assert refused.value.data["state"] == "expired"

    def test_what_was_withdrawn_is_not_signed(self, session, ctx, sent, sign, people):
        proposal = sent()
        withdraw(session, ctx, proposal)

        with pytest.raises(ProposalNotOpen):
            sign(proposal, people[0])


class TestDecline:
    def test_is_told_with_its_reason_and_can_be_taken_back(self, session, sent, sign, seen, told, client_of, people):
        proposal = sent()

        declined = decline(session, client_of(people[0]), proposal, " Too dear ")
        signer = seen(proposal).signers[0]

        assert (declined.state, declined.status, declined.can_sign) == ("declined", "pending", True)
        assert (signer.state, signer.decline_reason) == ("declined", "Too dear")
        assert told(ProposalChanged)[-1].change == "declined"
        assert sign(proposal, people[0]).state == "signed"
        assert seen(proposal).signers[0].decline_reason == ""

    def test_needs_a_reason(self, session, sent, client_of, people):
        with pytest.raises(Invalid):
            decline(session, client_of(people[0]), sent(), "  ")

    def test_who_has_signed_cannot(self, session, sent, sign, client_of, people):
        proposal = sent()
        sign(proposal, people[0])

        with pytest.raises(AlreadySigned):
            decline(session, client_of(people[0]), proposal)


class TestRemoveSigner:
    def test_if_all_who_remain_have_signed_it_is_signed_and_told(self, session, ctx, sent, sign, told, people):
        """R-SIG-5"""
        proposal = sent()
        sign(proposal, people[0])

        left = remove(session, ctx, proposal, people[1])

        assert (left.status, left.signed, left.signers_total) == ("signed", 1, 1)
        assert [one.state for one in left.signers] == ["signed", "removed"]
        (event,) = told(ProposalSigned)
        assert (event.proposal.id, event.proposal.status) == (proposal.id, "signed")

    def test_who_was_taken_away_can_no_longer_sign_or_see_it(self, session, ctx, sent, sign, client_of, people):
        """R-SIG-5"""
        proposal = sent()
        remove(session, ctx, proposal, people[1])

        with pytest.raises(ProposalNotFound):
            sign(proposal, people[1])
        mine = MyProposals(account_id=proposal.account_id)
        assert queries.list_my_proposals(session, client_of(people[1]), mine).items == ()

    def test_the_last_one_and_who_has_signed_are_needed(self, session, ctx, sent, sign, people):
        """R-SIG-5"""
        proposal = sent()
        sign(proposal, people[0])
        alone = sent(to=people[:1])

        for of, person in ((proposal, people[0]), (alone, people[0])):
            with pytest.raises(SignerNeeded):
                remove(session, ctx, of, person)

    def test_nobody_is_taken_away_twice_or_from_what_is_over(self, session, ctx, sent, people):
        proposal = sent(to=[*people, Signatory(new_id(), "Cleo", "cleo@example.com")])
        remove(session, ctx, proposal, people[1])

        with pytest.raises(SignerNotFound):
            remove(session, ctx, proposal, people[1])
        withdraw(session, ctx, proposal)
        with pytest.raises(ProposalNotOpen):
            remove(session, ctx, proposal, people[0])


class TestUnlinked:
    def test_a_pending_signature_is_flagged_and_not_dropped(self, session, ctx, sent, sign, seen, told, people):
        """R-LNK-3"""
        proposal = sent()

        linked(session, ctx, proposal.account_id, people[0])

        assert [one.is_unlinked for one in seen(proposal).signers] == [False, True]
        assert [(event.change, event.contact_id) for event in told(ProposalChanged)][1:] == [
            ("signer_unlinked", people[1].contact_id)
        ]
        with pytest.raises(ProposalNotFound):
            sign(proposal, people[1])

    def test_the_flag_goes_when_the_contact_is_linked_again(self, session, ctx, sent, sign, seen, people):
        """R-LNK-3"""
        proposal = sent()
        linked(session, ctx, proposal.account_id, people[0], version=2)
        linked(session, ctx, proposal.account_id, *people, version=3)

        assert [one.is_unlinked for one in seen(proposal).signers] == [False, False]
        assert sign(proposal, people[1]).state == "signed"

    def test_an_older_event_changes_nothing(self, session, ctx, sent, seen, people):
        proposal = sent()
        linked(session, ctx, proposal.account_id, *people, version=5)
        linked(session, ctx, proposal.account_id, people[0], version=4)

        assert [one.is_unlinked for one in seen(proposal).signers] == [False, False]

    def test_a_given_signature_stays_and_completes_without_the_flagged(self, session, ctx, sent, sign, seen, people):
        """R-LNK-3, R-SIG-5"""
        proposal = sent()
        sign(proposal, people[1])

        linked(session, ctx, proposal.account_id, people[1])
        left = remove(session, ctx, proposal, people[0])

        assert left.status == "signed"
        assert [one.is_unlinked for one in left.signers] == [True, False]


class TestWhatFollows:
    """R-PRP-5"""

    def test_the_chosen_packages_tags_and_job_are_named(self, sent, sign, told, people):
        """R-TAG-4"""
        tags, job = (new_id(), new_id()), JobTemplate(pipeline_id=new_id(), name="Tax 2026")
        proposal = sent(
            packages=(package("Basic"), package("Full", tag_ids=(*tags, tags[0]), job=job)), requirement="one"
        )

        sign(proposal, people[0], package=1)

        (event,) = told(ProposalSigned)
        assert (event.tag_ids, event.job, event.package_id) == (tags, job, proposal.packages[1].id)
        assert [one.change for one in told(ProposalChanged)] == ["sent", "signature"]

    def test_nothing_follows_from_half_of_the_signatures(self, session, sent, sign, seen, told, people):
        proposal = sent(invoicing="on_signature")
        sign(proposal, people[0])

        assert told(ProposalSigned) == []
        assert seen(proposal).invoice_ids == ()

    @pytest.mark.parametrize(("is_issued", "status"), [(False, "draft"), (True, "unpaid")])
    def test_an_invoice_of_the_one_off_lines(self, session, ctx, sent, sign, seen, people, is_issued, status):
        """R-PRP-5"""
        lines = (line("250.00", tax_rate=Decimal(20)), line("80.00", cadence="monthly"))
        proposal = sent(
            packages=(package("Basic"), package("Full", *lines)), invoicing="on_signature", issues_invoices=is_issued
        )
        for person in people:
            sign(proposal, person, package=1)

        (invoice_id,) = seen(proposal).invoice_ids
        ref = invoices.InvoiceRef(account_id=proposal.account_id, invoice_id=invoice_id)
        made = items.get_invoice(session, ctx, ref)
        assert (made.status, made.total, made.memo) == (status, Decimal("300.00"), "Tax 2026")
        assert made.author.kind == "system"

    def test_no_invoice_where_it_is_to_be_made_later(self, sent, sign, seen, people):
        proposal = sent(invoicing="later", requirement="one")
        sign(proposal, people[0])

        assert seen(proposal).invoice_ids == ()


class TestDeposit:
    """R-CRD-1, R-PRP-5"""

    @staticmethod
    def receive(session, ctx, proposal, **fields):
        known = {"account_id": proposal.account_id, "proposal_id": proposal.id, "method": "transfer"}
        return proposals.receive_deposit(
            session, ctx, ReceiveDeposit(**{**known, "received_on": ctx.now.date(), **fields})
        )

    @staticmethod
    def credit(session, ctx, proposal):
        balances = items.get_balances(session, ctx, AccountRef(account_id=proposal.account_id))
        return {one.currency: one.credit for one in balances.items}

    def test_becomes_credit_of_the_account_to_the_cent(self, session, ctx, sent, sign, told, people):
        proposal = sent(deposit=Decimal("333.33"), currency="EUR", requirement="one")
        sign(proposal, people[0])

        received = self.receive(session, ctx, proposal)

        assert received.deposit_received_at == ctx.now
        assert self.credit(session, ctx, proposal) == {"EUR": Decimal("333.33")}
        assert told(ProposalChanged)[-1].change == "deposit_received"

    def test_comes_once(self, session, ctx, sent, sign, people):
        proposal = sent(deposit=Decimal(100), requirement="one")
        sign(proposal, people[0])
        self.receive(session, ctx, proposal)

        with pytest.raises(DepositNotDue):
            self.receive(session, ctx, proposal)
        assert self.credit(session, ctx, proposal) == {"EUR": Decimal("100.00")}

    def test_comes_only_once_it_is_signed_and_if_one_is_asked_for(self, session, ctx, sent, sign, people):
        waiting, without = sent(deposit=Decimal(100)), sent(requirement="one")
        sign(waiting, people[0])
        sign(without, people[0])

        for proposal in (waiting, without):
            with pytest.raises(DepositNotDue):
                self.receive(session, ctx, proposal)
        assert self.credit(session, ctx, waiting) == {}

    def test_a_client_does_not_say_that_it_came(self, session, sent, sign, client_of, people):
        proposal = sent(deposit=Decimal(100), requirement="one")
        sign(proposal, people[0])

        with pytest.raises(Forbidden):
            self.receive(session, client_of(people[0]), proposal)


def test_the_day_of_the_first_signature_is_not_that_of_sending(ctx, sent, sign, seen, people):
    proposal = sent()
    sign(proposal, people[0], now=ctx.now + dt.timedelta(days=2))

    assert seen(proposal).signers[0].signature.signed_at == ctx.now + dt.timedelta(days=2)
