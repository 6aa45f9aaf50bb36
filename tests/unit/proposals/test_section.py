"""The section Proposals & ELs, and all of it."""

from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from chassis.errors import Invalid
from chassis.metrics import SQL_STATEMENTS
from chassis.testing import member_ctx
from contracts.proposals import ProposalChanged
from contracts.sections import GetSections, ListSection, SectionAsk, UnknownSection
from services.billing.operations import proposal_neighbours
from services.billing.queries import sections
from tests.unit.proposals.conftest import later, line, package
from tests.unit.proposals.test_signing import linked, remove
from tests.unit.proposals.test_writing import withdraw


@pytest.fixture
def section(session, ctx, account_id):
    def ask(*, by=ctx, account_id=account_id):
        request = GetSections(account_id=account_id, sections=(SectionAsk(name="proposals"),))
        (made,) = sections.get_sections(session, by, request).sections
        return made

    return ask


@pytest.fixture
def listed(session, ctx, account_id):
    def ask(*, by=ctx, limit=50, after=None, **filters):
        request = ListSection(
            account_id=account_id, name="proposals", filters=filters or None, cursor=after, limit=limit
        )
        return sections.list_section(session, by, request)

    return ask


def names(found):
    return [row["name"] for row in found.rows]


class TestSection:
    def test_shows_the_five_latest_sent(self, ctx, sent, section):
        """R-PRP-1, R-OV-3"""
        for number in range(7):
            sent(name=f"Offer {number}", by=later(ctx, minutes=number))

        shown = section()

        assert names(shown) == [f"Offer {number}" for number in (6, 5, 4, 3, 2)]
        assert shown.total == 7

    def test_a_row_says_what_it_is_how_it_stands_and_how_it_is_paid(self, ctx, sent, sign, section, people):
        """R-PRP-3"""
        proposal = sent(
            kind="engagement_letter",
            payment_method="bank_debit",
            authorization="automatic",
            invoicing="recurring",
            packages=(package("Books", line(cadence="monthly")),),
        )
        sign(proposal, people[0])

        (row,) = section().rows

        assert row == {
            "id": str(proposal.id),
            "name": "Tax 2026",
            "kind": "engagement_letter",
            "status": "partially_signed",
            "signed": 1,
            "signers_total": 2,
            "payment_method": "bank_debit",
            "authorization": "automatic",
            "invoicing": "recurring",
            "sent_at": ctx.now.isoformat().replace("+00:00", "Z"),
            "expires_on": None,
            "unlinked": 0,
        }

    def test_counts_those_that_are_pending(self, session, ctx, sent, sign, section, people):
        """R-PRP-3"""
        for _ in range(6):
            sent()
        sign(sent(), people[0])
        withdraw(session, ctx, sent())
        sign(sent(requirement="one"), people[0])

        assert section().footer == {"pending": 6, "partially_signed": 1}

    def test_drafts_never_show_nor_count(self, written, section):
        """R-PRP-2, R-OV-9"""
        written()

        shown = section()

        assert (shown.rows, shown.total, shown.footer) == ((), 0, {"pending": 0, "partially_signed": 0})

    def test_what_is_over_is_expired_before_anybody_notes_it(self, ctx, sent, section):
        """R-PRP-2"""
        sent(expires_on=ctx.now.date())

        assert section().rows[0]["status"] == "pending"
        shown = section(by=later(ctx, days=1))
        assert (shown.rows[0]["status"], shown.footer["pending"]) == ("expired", 0)

    def test_who_was_taken_away_does_not_count_and_who_cannot_sign_is_told(self, session, ctx, sent, section, people):
        """R-SIG-5, R-LNK-3"""
        proposal = sent()
        linked(session, ctx, proposal.account_id, people[0])
        flagged = section().rows[0]["unlinked"]
        remove(session, ctx, proposal, people[1])

        row = section().rows[0]
        assert (flagged, row["unlinked"], row["signers_total"]) == (1, 0, 1)

    def test_costs_one_statement(self, sent, section):
        for _ in range(3):
            sent()
        before = SQL_STATEMENTS._value.get()

        section()

        assert SQL_STATEMENTS._value.get() - before == 1

    def test_is_not_there_for_who_has_not_the_right(self, ctx, sent, section, listed):
        """R-OV-5, the matrix of §2.4"""
        sent()
        for by in (member_ctx(ctx), member_ctx(ctx, rights=("manage_invoices",)), portal(ctx)):
            with pytest.raises(UnknownSection):
                section(by=by)
            with pytest.raises(UnknownSection):
                listed(by=by)
        assert section(by=member_ctx(ctx, rights=("manage_proposals",))).total == 1

    def test_another_account_or_firm_has_none_of_it(self, ctx, sent, section):
        sent()

        assert section(account_id=new_id()).total == 0
        assert section(by=replace(ctx, firm_id=new_id())).total == 0


def portal(ctx):
    return replace(ctx, actor=Actor(kind="portal", id=new_id(), role="owner", name="Anna"))


class TestViewAll:
    def test_lists_what_was_sent_page_by_page(self, ctx, sent, listed):
        for number in range(5):
            sent(name=f"Offer {number}", by=later(ctx, minutes=number))

        first = listed(limit=3)
        rest = listed(limit=3, after=first.next_cursor)

        assert names(first) + names(rest) == [f"Offer {number}" for number in (4, 3, 2, 1, 0)]
        assert (first.total, rest.total, rest.next_cursor) == (5, 5, None)

    def test_by_status(self, session, ctx, sent, sign, listed, people):
        """R-PRP-2"""
        proposals = {
            "pending": sent(name="pending"),
            "partially_signed": sent(name="partially_signed"),
            "signed": sent(name="signed", requirement="one"),
            "withdrawn": sent(name="withdrawn"),
            "expired": sent(name="expired", expires_on=ctx.now.date()),
        }
        sign(proposals["partially_signed"], people[0])
        sign(proposals["signed"], people[0])
        withdraw(session, ctx, proposals["withdrawn"])

        tomorrow = later(ctx, days=1)
        assert {status: names(listed(by=tomorrow, status=status)) for status in proposals} == {
            status: [status] for status in proposals
        }
        assert listed(by=tomorrow, status="sent").total == listed(by=tomorrow).total == 5

    def test_drafts_are_ones_own(self, ctx, written, sent, listed):
        """R-OV-9"""
        other = member_ctx(ctx, rights=("manage_proposals",))
        written(name="Mine")
        written(name="Theirs", by=other)
        sent(name="Sent")

        assert names(listed(status="draft")) == ["Mine"]
        assert names(listed(by=other, status="draft")) == ["Theirs"]

    def test_by_kind_and_part_of_the_name(self, sent, listed):
        sent(name="Tax return 2026", kind="proposal")
        sent(name="Audit 100% letter", kind="engagement_letter")

        assert names(listed(kind="engagement_letter")) == ["Audit 100% letter"]
        assert names(listed(q="TAX 2026")) == ["Tax return 2026"]
        assert names(listed(q="100%")) == ["Audit 100% letter"]
        assert names(listed(q="%")) == ["Audit 100% letter"]

    @pytest.mark.parametrize("filters", [{"status": "lost"}, {"kind": "letter"}, {"signer": "x"}, {"sort": "name"}])
    def test_what_is_no_filter_is_refused(self, listed, filters):
        with pytest.raises(Invalid):
            listed(**filters)

    def test_a_foreign_cursor_is_refused(self, listed):
        with pytest.raises(Invalid):
            listed(after="nonsense")


class TestExpiry:
    def test_is_noted_and_told_once(self, session, ctx, sent, sign, seen, told, people):
        """R-PRP-2"""
        proposal = sent(expires_on=ctx.now.date())
        sign(proposal, people[0])
        tomorrow = replace(later(ctx, days=1), actor=Actor())

        early = proposal_neighbours.expire(session, replace(ctx, actor=Actor()), proposal.id)
        first = proposal_neighbours.expire(session, tomorrow, proposal.id)
        again = proposal_neighbours.expire(session, tomorrow, proposal.id)

        assert (early, first, again) == (False, True, False)
        assert [one.change for one in told(ProposalChanged)] == ["sent", "signature", "expired"]
        assert seen(proposal, tomorrow).status == "expired"
