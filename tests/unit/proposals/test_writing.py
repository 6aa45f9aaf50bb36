"""What the firm writes, edits, copies, withdraws and deletes."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text

from chassis import history
from chassis.context import Actor, new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts.accounts import Account, AccountChanged, AccountDeleted
from contracts.common import Done
from contracts.proposal_content import Term
from contracts.proposals import (
    ChangeProposal,
    CopyProposal,
    ProposalChanged,
    ProposalChangedMeanwhile,
    ProposalDrafted,
    ProposalNotDeletable,
    ProposalNotEditable,
    ProposalNotFound,
    ProposalNotOpen,
    ProposalRef,
    WithdrawProposal,
)
from services.billing.operations import proposal_neighbours, proposals
from services.billing.queries import signing as queries
from tests.unit.proposals.conftest import later, line, package


def ref(proposal):
    return ProposalRef(account_id=proposal.account_id, proposal_id=proposal.id)


def edit(session, ctx, proposal, **fields):
    known = {"account_id": proposal.account_id, "proposal_id": proposal.id, "version": proposal.version, **fields}
    return proposals.change_proposal(session, ctx, ChangeProposal(**known))


def withdraw(session, ctx, proposal, **fields):
    known = {"account_id": proposal.account_id, "proposal_id": proposal.id, "version": proposal.version, **fields}
    return proposals.withdraw_proposal(session, ctx, WithdrawProposal(**known))


def archive(session, ctx, account_id, version=2, state="archived"):
    account = Account(
        id=account_id, code="A1", name="A", name_mode="manual", type="individual", company_name=None,
        company_address=None, tags=(), team=(), followers=(), state=state, version=version, created_at=ctx.now,
        updated_at=ctx.now,
    )  # fmt: skip
    proposal_neighbours.account_told(session, ctx, AccountChanged(account=account))


class TestCreateProposal:
    def test_keeps_what_was_written_and_tells_of_the_draft(self, written, seen, told, ctx):
        made = written(
            kind="engagement_letter",
            terms=(Term(title="Scope", text="All returns"),),
            packages=(package("Basic", line("19.99", quantity=Decimal(3))), package("Full", line(cadence="monthly"))),
            deposit=Decimal(50),
            currency="EUR",
        )

        assert seen(made) == made
        assert (made.status, made.author.name, made.deposit) == ("draft", ctx.actor.name, Decimal("50.00"))
        assert [(one.once, one.monthly) for one in made.packages] == [
            (Decimal("59.97"), Decimal("0.00")),
            (Decimal("0.00"), Decimal("100.00")),
        ]
        assert [event.change for event in told(ProposalDrafted)] == ["created"]
        assert told(ProposalChanged) == []

    def test_what_it_comes_to_holds_the_tax_of_each_rate(self, written):
        made = written(packages=(package("Basic", line("10.05", tax_rate=Decimal(20)), line("10.05")),))

        assert made.packages[0].once == Decimal("22.11")

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"name": "  "}, "name"),
            ({"expires_on": dt.date(2020, 1, 1)}, "expires_on"),
            ({"deposit": Decimal("10.001"), "currency": "EUR"}, "deposit"),
            ({"deposit": Decimal("10.5"), "currency": "JPY"}, "deposit"),
            ({"packages": (package("A"), package("a"))}, "packages.1.name"),
            ({"packages": (package("A", line("1.00001")),)}, "packages.0.lines.0.unit_price"),
            ({"packages": (package("A", line(cadence="monthly"), line("1.00001")),)}, "packages.0.lines.1.unit_price"),
            ({"packages": (package("A", replace(line(), service=" ")),)}, "packages.0.lines.0.service"),
            ({"invoicing": "recurring"}, "packages.0.lines.0.cadence"),
        ],
    )
    def test_says_which_field_is_wrong(self, written, fields, field):
        with pytest.raises(Invalid) as refused:
            written(**fields)

        assert refused.value.data["errors"][0]["field"] == field

    def test_takes_the_right(self, written, ctx):
        """R-PRP-4"""
        written(by=member_ctx(ctx, rights=("manage_proposals",)))
        for rights in ((), ("manage_invoices",), ("manage_accounts",)):
            with pytest.raises(Forbidden):
                written(by=member_ctx(ctx, rights=rights))

    def test_is_not_for_clients(self, written, ctx):
        with pytest.raises(Forbidden):
            written(by=replace(ctx, actor=Actor(kind="portal", id=new_id(), role="owner")))


class TestChangeProposal:
    def test_a_sent_one_keeps_its_signers_and_is_told_of(self, session, ctx, sent, told):
        """R-PRP-4, R-SIG-5"""
        proposal = sent()

        changed = edit(session, ctx, proposal, name="Tax 2027", packages=(package("New"),))

        assert (changed.name, changed.status, changed.version) == ("Tax 2027", "pending", proposal.version + 1)
        assert changed.signers == proposal.signers
        assert changed.content_sha256 != proposal.content_sha256
        assert told(ProposalChanged)[-1].change == "edited"

    def test_packages_keep_their_ids_unless_they_are_written_anew(self, session, ctx, written):
        draft = written()

        renamed = edit(session, ctx, draft, name="Other")
        rewritten = edit(session, ctx, renamed, packages=(package(),))

        assert [one.id for one in renamed.packages] == [one.id for one in draft.packages]
        assert [one.id for one in rewritten.packages] != [one.id for one in draft.packages]

    def test_of_two_the_later_is_told_what_is_there(self, session, ctx, written):
        draft = written()
        edit(session, ctx, draft, name="First")

        with pytest.raises(ProposalChangedMeanwhile) as refused:
            edit(session, ctx, draft, name="Second")

        assert refused.value.data["current"]["name"] == "First"

    def test_what_somebody_has_signed_is_not_edited(self, session, ctx, sent, sign, people):
        """R-PRP-4"""
        proposal = sent()
        sign(proposal, people[0])

        with pytest.raises(ProposalNotEditable):
            edit(session, ctx, proposal, name="Other")

    def test_what_was_withdrawn_is_not_edited(self, session, ctx, sent):
        withdrawn = withdraw(session, ctx, sent())

        with pytest.raises(ProposalNotEditable):
            edit(session, ctx, withdrawn, name="Other")

    def test_what_expired_unsigned_can_be_given_more_time(self, session, ctx, sent):
        proposal = sent(expires_on=ctx.now.date())
        tomorrow = later(ctx, days=1)

        renewed = edit(session, tomorrow, proposal, expires_on=tomorrow.now.date())

        assert renewed.status == "pending"

    def test_a_change_is_weighed_with_what_stays(self, session, ctx, written):
        draft = written()

        with pytest.raises(Invalid) as refused:
            edit(session, ctx, draft, invoicing="recurring")

        assert refused.value.data["errors"][0]["field"] == "packages.0.lines.0.cadence"


class TestCopyProposal:
    def test_makes_a_draft_of_the_callers_own_with_the_same_content(self, session, ctx, sent, sign, people):
        proposal = sent(deposit=Decimal(10), expires_on=ctx.now.date())
        sign(proposal, people[0])
        other = member_ctx(later(ctx, days=3), rights=("manage_proposals",), name="Emil")

        copy = proposals.copy_proposal(session, other, CopyProposal(**dump_ref(proposal), name="Again"))

        assert (copy.name, copy.status, copy.author.name, copy.signers) == ("Again", "draft", "Emil", ())
        assert copy.expires_on is None, "a day that is over is left out"
        assert copy.deposit == proposal.deposit
        assert [one.lines for one in copy.packages] == [one.lines for one in proposal.packages]


def dump_ref(proposal):
    return {"account_id": proposal.account_id, "proposal_id": proposal.id}


class TestWithdrawProposal:
    def test_ends_it_and_says_why(self, session, ctx, sent, told):
        withdrawn = withdraw(session, ctx, sent(), reason="Wrong year")

        assert (withdrawn.status, withdrawn.withdrawal_reason) == ("withdrawn", "Wrong year")
        assert told(ProposalChanged)[-1].change == "withdrawn"

    def test_a_draft_or_what_was_withdrawn_is_not_open(self, session, ctx, sent, written):
        for proposal in (written(), withdraw(session, ctx, sent())):
            with pytest.raises(ProposalNotOpen):
                withdraw(session, ctx, proposal)


class TestDeleteProposal:
    def test_a_draft_goes_without_a_trace(self, session, ctx, written, told):
        draft = written()

        assert proposals.delete_proposal(session, ctx, ref(draft)) == Done()

        assert [event.change for event in told(ProposalDrafted)] == ["created", "deleted"]
        with pytest.raises(ProposalNotFound):
            queries.get_proposal(session, ctx, ref(draft))

    def test_what_nobody_signed_goes_with_its_signers(self, session, ctx, sent, told):
        proposal = sent()

        proposals.delete_proposal(session, ctx, ref(proposal))

        assert told(ProposalChanged)[-1].change == "deleted"

    def test_what_was_sent_to_an_archived_account_stays(self, session, ctx, sent, written, account_id):
        """R-ARC-1"""
        proposal, draft = sent(), written()
        archive(session, ctx, account_id)

        with pytest.raises(ProposalNotDeletable):
            proposals.delete_proposal(session, ctx, ref(proposal))
        assert proposals.delete_proposal(session, ctx, ref(draft)) == Done()

    def test_an_older_event_does_not_archive_again(self, session, ctx, sent, account_id):
        """R-ARC-1, R-ARC-3"""
        proposal = sent()
        archive(session, ctx, account_id, version=3, state="active")
        archive(session, ctx, account_id, version=2)

        assert proposals.delete_proposal(session, ctx, ref(proposal)) == Done()

    def test_a_signature_is_kept(self, session, ctx, sent, sign, people):
        proposal = sent()
        sign(proposal, people[0])

        with pytest.raises(ProposalNotDeletable):
            proposals.delete_proposal(session, ctx, ref(proposal))


def test_a_deleted_account_takes_its_proposals_along(session, ctx, sent, sign, people, account_id):
    proposal = sent(packages=(package("Monthly", line(cadence="monthly")),), invoicing="recurring")
    sign(proposal, people[0])

    proposal_neighbours.account_deleted(session, ctx, AccountDeleted(account_id=account_id, version=9))

    with pytest.raises(ProposalNotFound):
        queries.get_proposal(session, ctx, ref(proposal))


def test_another_firm_or_account_has_no_such_proposal(session, ctx, sent):
    proposal = sent()
    for asked, by in (
        (ProposalRef(account_id=new_id(), proposal_id=proposal.id), ctx),
        (ref(proposal), replace(ctx, firm_id=new_id())),
    ):
        with pytest.raises(ProposalNotFound):
            queries.get_proposal(session, by, asked)


class TestHistory:
    NOT_RECORDED = {  # noqa: RUF012 (a constant of the test)
        "recurring_issue": "written once, with the invoice that it names",
        "signer_account": "what accounts and contacts told; its history is theirs",
    }

    def test_every_table_is_recorded_or_has_a_reason_not_to_be(self, session):
        ours = {"proposal", "proposal_signer", "recurring_invoice", "recurring_issue", "signer_account"}

        recorded = history.recorded(session)

        assert recorded.keys() & ours == ours - self.NOT_RECORDED.keys()

    def test_an_edit_is_kept_with_who_made_it_until_the_account_goes(self, session, ctx, sent, account_id):
        edit(session, ctx, sent(), name="Tax 2027")
        count = text("SELECT count(*) FROM change WHERE about_id = :about AND actor_name = :name")
        about = {"about": account_id, "name": ctx.actor.name}
        before = session.scalar(count, about)

        proposal_neighbours.account_deleted(session, ctx, AccountDeleted(account_id=account_id, version=9))

        assert before > 0
        assert session.scalar(count, about) == 0
