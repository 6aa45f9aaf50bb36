"""What follows from the facts of a proposal, from values alone."""

import datetime as dt

import pytest

from chassis.errors import Invalid
from contracts.proposal_content import OfferedLine, PackageEntry
from services.billing.rules import proposals as rules
from services.billing.rules.proposals import Facts, Signing

TODAY = dt.date(2026, 3, 15)
WAITS, SIGNED, GONE = Signing(), Signing(has_signed=True), Signing(is_removed=True)


def facts(*signers, is_sent=True, is_complete=False, is_withdrawn=False, expires_on=None):
    return Facts(is_sent, is_complete, is_withdrawn, expires_on, signers)


class TestStatus:
    """R-PRP-2"""

    @pytest.mark.parametrize(
        ("known", "status"),
        [
            (facts(is_sent=False), "draft"),
            (facts(WAITS, WAITS), "pending"),
            (facts(SIGNED, WAITS), "partially_signed"),
            (facts(SIGNED, SIGNED, is_complete=True), "signed"),
            (facts(SIGNED, WAITS, is_withdrawn=True), "withdrawn"),
            (facts(WAITS, expires_on=TODAY - dt.timedelta(days=1)), "expired"),
            (facts(SIGNED, WAITS, expires_on=TODAY - dt.timedelta(days=1)), "expired"),
            (facts(SIGNED, is_complete=True, expires_on=TODAY - dt.timedelta(days=1)), "signed"),
            (facts(WAITS, is_withdrawn=True, expires_on=TODAY - dt.timedelta(days=1)), "withdrawn"),
        ],
    )
    def test_follows_from_the_facts(self, known, status):
        assert rules.status(known, TODAY) == status

    def test_on_its_last_day_it_is_open_still(self):
        assert rules.status(facts(WAITS, expires_on=TODAY), TODAY) == "pending"


class TestCompleteness:
    """R-SIG-2, R-SIG-5"""

    @pytest.mark.parametrize(
        ("requirement", "signers", "is_complete"),
        [
            ("all", [WAITS, WAITS], False),
            ("all", [SIGNED, WAITS], False),
            ("all", [SIGNED, SIGNED], True),
            ("all", [SIGNED, GONE], True),
            ("one", [SIGNED, WAITS], True),
            ("one", [WAITS, WAITS], False),
            ("all", [], False),
        ],
    )
    def test_all_who_remain_or_one(self, requirement, signers, is_complete):
        assert rules.is_complete(requirement, signers) is is_complete

    @pytest.mark.parametrize(
        ("signer", "others", "can_go"),
        [(WAITS, [WAITS], True), (WAITS, [SIGNED], True), (WAITS, [], False), (WAITS, [GONE], False),
         (SIGNED, [WAITS], False), (GONE, [WAITS, WAITS], False)],
    )  # fmt: skip
    def test_only_who_is_not_needed_can_be_taken_away(self, signer, others, can_go):
        assert rules.can_be_removed(signer, [signer, *others]) is can_go


class TestWhatMayBeDone:
    @pytest.mark.parametrize(
        ("now", "has_signatures", "editable"),
        [("draft", False, True), ("pending", False, True), ("expired", False, True), ("partially_signed", True, False),
         ("signed", True, False), ("withdrawn", False, False), ("expired", True, False)],
    )  # fmt: skip
    def test_it_is_edited_until_the_first_signature(self, now, has_signatures, editable):
        """R-PRP-4"""
        assert rules.is_editable(now, has_signatures=has_signatures) is editable

    @pytest.mark.parametrize(
        ("now", "has_signatures", "is_archived", "deletable"),
        [("draft", False, True, True), ("pending", False, False, True), ("pending", False, True, False),
         ("withdrawn", False, True, False), ("signed", True, False, False), ("withdrawn", True, False, False)],
    )  # fmt: skip
    def test_what_was_sent_to_an_archived_account_or_signed_stays(self, now, has_signatures, is_archived, deletable):
        """R-ARC-1"""
        assert rules.is_deletable(now, has_signatures=has_signatures, is_archived=is_archived) is deletable


class TestDays:
    """R-SIG-3"""

    def test_months_go_on_from_the_day_they_began_with(self):
        day, found = dt.date(2027, 11, 30), []
        for _ in range(5):
            day = rules.following(day, 31)
            found.append(day.isoformat())

        assert found == ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]

    def test_nothing_recurs_before_somebody_signed(self):
        assert rules.first_on(dt.date(2026, 1, 1), TODAY) == TODAY
        assert rules.first_on(dt.date(2026, 5, 1), TODAY) == dt.date(2026, 5, 1)
        assert rules.first_on(None, TODAY) == TODAY


def package(name, *cadences):
    return PackageEntry(
        name=name, lines=tuple(OfferedLine(service="Service", unit_price=1, cadence=each) for each in cadences)
    )


def test_packages_have_names_of_their_own_and_recurring_ones_only_monthly_lines():
    with pytest.raises(Invalid) as refused:
        rules.check_packages("recurring", [package("Full", "monthly", "one_off"), package(" full ", "monthly")])

    assert [fault["field"] for fault in refused.value.data["errors"]] == [
        "packages.0.lines.1.cadence",
        "packages.1.name",
    ]


def test_the_canonical_spelling_does_not_hang_on_the_order_of_its_fields():
    from uuid import UUID

    one, two = UUID(int=1), UUID(int=2)
    assert rules.canonical(one, two, {"a": 1, "b": 2}) == rules.canonical(one, two, {"b": 2, "a": 1})
