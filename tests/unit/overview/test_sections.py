"""Which sections there are, and what each viewer sees of them."""

from dataclasses import replace

import pytest

from chassis.config import SettingsError
from chassis.context import Actor, new_id
from contracts.overview import SECTIONS
from contracts.sections import UnknownSection
from services.overview.sections import Table

TAX = {"name": "returns", "title": "Tax returns", "source": "tax", "invalidated_by": ["tax.return_filed.v1"]}
EMIL = Actor(kind="member", id=new_id(), role="employee")
OWN = f"member:{EMIL.id}"


def scopes(actor, *extra):
    return {one.name: one.scope for one in Table.of(extra).wanted(actor, None)}


# What an employee with access to the account and no right sees (matrix of §2.4).
FEW = {
    "documents": OWN, "tasks": "firm", "emails": "firm", "jobs": OWN, "chats": "firm", "approvals": OWN,
    "signatures": OWN, "organizers": "firm", "logins": "firm", "notes": "firm", "time": OWN,
}  # fmt: skip


class TestScopes:
    @pytest.mark.parametrize(
        ("rights", "more"),
        [
            ((), {}),
            (("manage_pipelines",), {"jobs": "firm"}),
            (("manage_time_entries",), {"time": "firm"}),
            (("manage_rates",), {"time": f"{OWN}+rates"}),
            (("manage_time_entries", "manage_rates"), {"time": "firm+rates"}),
            (("manage_invoices",), {"invoices": "firm"}),
            (("manage_payments",), {}),
            (("manage_proposals",), {"proposals": "firm"}),
            (("manage_documents", "manage_organizers", "view_all_accounts"), {}),
        ],
    )
    def test_an_employee_sees_what_their_rights_open(self, rights, more):
        """C-TIME, R-JOB-3, R-ACC-7, R-INV-5, R-PRP-4, R-LA-5"""
        assert scopes(replace(EMIL, rights=frozenset(rights))) == FEW | more

    @pytest.mark.parametrize("role", ["owner", "admin"])
    def test_owner_and_admins_see_all(self, role):
        everything = dict.fromkeys(SECTIONS, "firm") | {"time": "firm+rates", "logins": "firm+details"}

        assert scopes(replace(EMIL, role=role)) == everything

    def test_a_portal_user_sees_no_section(self):
        """R-TSK-5, R-NTE-1, and the matrix of §2.4"""
        assert scopes(replace(EMIL, kind="portal", role="owner"), TAX) == {}

    def test_a_section_that_needs_a_right_is_absent_without_it(self):
        """R-OV-5"""
        table = Table.of([TAX | {"needs": "mark_billed"}])
        allowed = replace(EMIL, rights=frozenset({"manage_invoices"}))

        assert "returns" not in [one.name for one in table.wanted(EMIL, None)]
        assert "returns" in [one.name for one in table.wanted(allowed, None)]
        with pytest.raises(UnknownSection):
            table.wanted(EMIL, ["returns"])


class TestQuickActions:
    def test_a_section_offers_what_the_viewer_may_do(self):
        """R-OV-6"""
        offered = {one.name: one.actions for one in Table.of([TAX]).wanted(EMIL, None)}

        assert offered["tasks"] == ("create_task",)
        assert offered["returns"] == ()

    def test_what_takes_a_right_is_not_offered_without_it(self, monkeypatch):
        """R-OV-6"""
        quick = (("create_task", "view"), ("mark_billed", "mark_billed"))
        monkeypatch.setitem(SECTIONS, "tasks", SECTIONS["tasks"]._replace(quick=quick))
        allowed = replace(EMIL, rights=frozenset({"manage_invoices"}))

        (seen,) = Table.of([]).wanted(EMIL, ["tasks"])
        (seen_with_the_right,) = Table.of([]).wanted(allowed, ["tasks"])

        assert seen.actions == ("create_task",)
        assert seen_with_the_right.actions == ("create_task", "mark_billed")


class TestOrder:
    def test_ours_in_the_seeds_order_then_the_firms_own(self):
        """R-OV-2"""
        owner = replace(EMIL, role="owner")

        assert [one.name for one in Table.of([TAX]).wanted(owner, None)] == [*SECTIONS, "returns"]

    def test_asking_for_some_gives_those_in_the_same_order(self):
        assert [one.name for one in Table.of([]).wanted(EMIL, ["time", "tasks", "time"])] == ["tasks", "time"]

    def test_asking_for_none_gives_none(self):
        assert Table.of([]).wanted(EMIL, []) == []

    def test_an_unknown_name_is_said_to_be_unknown(self):
        with pytest.raises(UnknownSection) as refused:
            Table.of([]).wanted(EMIL, ["tasks", "nonsense"])

        assert refused.value.data == {"name": "nonsense"}


class TestConfiguration:
    def test_a_fourteenth_source_needs_no_code(self):
        table = Table.of([TAX | {"own_unless": "see_all_jobs"}])

        assert table.foreign == {"tax.return_filed.v1"}
        assert table.by_event["tax.return_filed.v1"] == ("returns",)
        assert scopes(EMIL, TAX | {"own_unless": "see_all_jobs"})["returns"] == OWN

    def test_an_event_of_ours_may_invalidate_it_too(self):
        table = Table.of([TAX | {"invalidated_by": ["work.task_changed.v1"]}])

        assert table.by_event["work.task_changed.v1"] == ("tasks", "returns")

    @pytest.mark.parametrize(
        "row",
        [
            {},
            TAX | {"title": ""},
            TAX | {"source": 7},
            TAX | {"invalidated_by": "tax.return_filed.v1"},
            TAX | {"invalidated_by": [7]},
            TAX | {"name": "tasks"},
            TAX | {"needs": "manage_pipelines"},  # a right, where an action is wanted
        ],
    )
    def test_a_wrong_row_is_named_at_the_start(self, row):
        with pytest.raises(SettingsError, match="DOSSIER_EXTRA_SECTIONS"):
            Table.of([row])
