"""The client list by custom fields, portal status, notices and mail (R-CF-5, R-STAT-1 to R-STAT-3, R-LST-2)."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from chassis.context import new_id
from chassis.errors import Invalid
from chassis.testing import member_ctx
from contracts import accounts, contacts
from contracts.custom_fields import Choice
from contracts.overview import ListAccounts
from contracts.portal import ClientSignedIn
from services.overview import marks
from services.overview.model import DirectoryAccount
from services.overview.queries import filters, lists
from tests.unit.overview.firm import WHEN, access_of, account_of, apply, field_of, value_of


@pytest.fixture
def listed(session, ctx):
    """`listed(state="all")`: the names, in order."""

    def list_names(*custom_field, **fields):
        request = ListAccounts(custom_field=custom_field, **fields)
        page = lists.list_accounts(session, ctx, request)
        assert page.total == len(page.items)
        return [row.name for row in page.items]

    return list_names


@pytest.fixture
def filled(told):
    """`filled(field, Anna="x", Boris="y")`: accounts of these names with these values."""

    def fill(field, **values):
        for name, value in values.items():
            told.account(name, custom_fields=() if value is None else (value_of(field, value),))

    return fill


class TestCustomFields:
    @pytest.mark.parametrize("typed", ["Café  de la Paix", "cafe de la paix", "CAFÉ DE LA PAIX", " café de la paix "])
    def test_text_without_regard_to_case_and_accents(self, told, filled, listed, typed):
        field = told.field("Trade name")
        filled(field, This="Café de la Paix", Part="Café", Empty=None)

        assert listed(f"{field.id}:{typed}") == ["This"]

    def test_a_value_may_hold_colons_and_commas(self, told, filled, listed):
        field = told.field("Office", "long_text")
        filled(field, This="Lyon: 3, rue X", That="Lyon")

        assert listed(f"{field.id}:lyon: 3, rue x") == ["This"]

    @pytest.mark.parametrize(
        ("kind", "value", "typed"),
        [
            ("number", "1250.5", "1250.50"),
            ("date", "2026-01-31", " 2026-01-31"),
            ("currency", {"amount": "12.50", "currency": "EUR"}, "12.5 eur"),
            ("checkbox", True, "TRUE"),
            ("checkbox", False, "false"),
            ("email", "Anna@Roy.example", "anna@roy.EXAMPLE"),
            ("url", "https://roy.example/a", "https://ROY.example/a"),
            ("phone", "+33 1 23", "+33 1 23"),
        ],
    )
    def test_a_value_in_any_of_its_forms(self, told, filled, listed, kind, value, typed):
        field = told.field("Field", kind)
        filled(field, This=value, Empty=None)

        assert listed(f"{field.id}:{typed}") == ["This"]

    def test_an_unticked_box_is_not_an_empty_one(self, told, filled, listed):
        field = told.field("VIP", "checkbox")
        filled(field, No=False, Unsaid=None, Yes=True)

        assert (listed(f"{field.id}:false"), listed(f"{field.id}:")) == (["No"], ["Unsaid"])

    def test_a_choice_by_its_name_or_its_id(self, told, filled, listed):
        field = told.field("Sector", "single_choice", "Bakery", "Étude")
        bakery, study = field.choices
        filled(field, Bread=str(bakery.id), Law=str(study.id))

        assert listed(f"{field.id}:bakery") == listed(f"{field.id}:{bakery.id}") == ["Bread"]
        assert listed(f"{field.id}:étude") == ["Law"]

    def test_several_choices_by_any_one_of_them(self, told, filled, listed):
        field = told.field("Services", "multiple_choice", "Tax", "Payroll")
        tax, payroll = (str(choice.id) for choice in field.choices)
        filled(field, Both=[tax, payroll], One=[tax])

        assert (listed(f"{field.id}:tax"), listed(f"{field.id}:payroll")) == (["Both", "One"], ["Both"])
        assert listed(f"{field.id}:tax", f"{field.id}:payroll") == ["Both"]

    def test_not_filled(self, told, filled, listed):
        """Of an employee as of the owner, archived ones apart."""
        field = told.field("Sector")
        filled(field, Bread="Bakery", Nothing=None)
        told.account("Old", state="archived")

        assert (listed(f"{field.id}:"), listed(f"{field.id}: ")) == (["Nothing"], ["Nothing"])
        assert listed(f"{field.id}:", state="all") == ["Nothing", "Old"]

    def test_several_fields_and_other_filters_narrow_together(self, told, listed):
        sector, city = told.field("Sector"), told.field("City")
        bakery, lyon = value_of(sector, "Bakery"), value_of(city, "Lyon")
        told.account("Both", custom_fields=(bakery, lyon), type="company")
        told.account("One", custom_fields=(bakery,))

        assert listed(f"{sector.id}:bakery", f"{city.id}:lyon") == ["Both"]
        assert listed(f"{sector.id}:bakery", type=("individual",)) == ["One"]

    def test_a_value_that_changed_is_found_by_the_new_one_alone(self, told, session, ctx, listed):
        field = told.field("Sector")
        account = told.account("Roy", custom_fields=(value_of(field, "Bakery"),))
        values = (value_of(field, "Law"),)

        changed = account_of("Roy", account_id=account, version=2, custom_fields=values)
        apply(session, ctx, accounts.AccountChanged(account=changed))

        assert (listed(f"{field.id}:bakery"), listed(f"{field.id}:law")) == ([], ["Roy"])

    @pytest.mark.parametrize(
        ("kind", "typed", "said"),
        [
            ("checkbox", "maybe", "true or false"),
            ("number", "many", "Must be a number"),
            ("date", "31/01/2026", "2026-01-31"),
            ("single_choice", "Nothing", "Bakery"),
            ("multiple_choice", "Nothing", "Bakery"),
            ("currency", "12.50", "amount"),
        ],
    )
    def test_what_can_be_no_value_is_refused_with_a_hint(self, told, listed, kind, typed, said):
        choices = ["Bakery"] if "choice" in kind else []
        field = told.field("Field", kind, *choices)

        with pytest.raises(Invalid) as refused:
            listed(f"{field.id}:{typed}")

        (fault,) = refused.value.data["errors"]
        assert fault["field"] == "custom_field.0"
        assert said in fault["message"]

    def test_every_unknown_field_is_named(self, told, session, ctx, listed):
        known, gone = told.field("Known"), told.field("Gone")
        apply(session, ctx, accounts.AccountFieldChanged(field=replace(gone, version=2), is_deleted=True))

        with pytest.raises(Invalid) as refused:
            listed(f"{new_id()}:x", f"{known.id}:x", f"{gone.id}:x", "nonsense" * 5)

        assert [fault["field"] for fault in refused.value.data["errors"]] == [
            "custom_field.0", "custom_field.2", "custom_field.3",
        ]  # fmt: skip

    def test_a_field_of_contacts_is_none_of_accounts(self, session, ctx, listed):
        field = field_of("Birthday")
        apply(session, ctx, contacts.ContactFieldChanged(field=field))

        with pytest.raises(Invalid):
            listed(f"{field.id}:x")


class TestDefinitions:
    def test_a_renamed_field_and_choice_show_at_once(self, told, session, ctx):
        """R-CF-5: and nothing of the accounts is written for it."""
        field = told.field("Sector", "single_choice", "Bakery")
        (bakery,) = field.choices
        told.account("Bread", custom_fields=(value_of(field, str(bakery.id)),))
        renamed = replace(field, name="Branch", choices=(Choice(id=bakery.id, name="Bakeries"),), version=2)

        apply(session, ctx, accounts.AccountFieldChanged(field=renamed))

        (row,) = lists.list_accounts(session, ctx, ListAccounts(custom_field=(f"{field.id}:bakeries",))).items
        assert [(value.name, value.text) for value in row.custom_fields] == [("Branch", "Bakeries")]

    def test_a_choice_that_is_no_longer_offered_keeps_its_name_and_is_found_by_its_id(self, told, session, ctx, listed):
        field = told.field("Sector", "single_choice", "Bakery", "Law")
        bakery, law = field.choices
        told.account("Bread", custom_fields=(value_of(field, str(bakery.id)),))

        apply(session, ctx, accounts.AccountFieldChanged(field=replace(field, choices=(law,), version=2)))

        (row,) = lists.list_accounts(session, ctx, ListAccounts()).items
        assert [value.text for value in row.custom_fields] == ["Bakery"]
        assert listed(f"{field.id}:{bakery.id}") == ["Bread"]

    def test_fields_are_in_the_firms_order_and_a_deleted_one_is_gone(self, told, session, ctx):
        first, second, gone = told.field("B", position=1), told.field("A", position=2), told.field("Gone")
        told.account("Roy", custom_fields=[value_of(field, "x") for field in (second, gone, first)])

        apply(session, ctx, accounts.AccountFieldChanged(field=replace(gone, version=2), is_deleted=True))

        (row,) = lists.list_accounts(session, ctx, ListAccounts()).items
        assert [value.name for value in row.custom_fields] == ["B", "A"]

    def test_a_field_seen_before_it_is_announced_shows_as_the_account_told_it(self, told, session, ctx, listed):
        field = field_of("Sector")
        told.account("Bread", custom_fields=(value_of(field, "Bakery"),))

        (row,) = lists.list_accounts(session, ctx, ListAccounts(custom_field=(f"{field.id}:bakery",))).items

        assert [(value.name, value.text) for value in row.custom_fields] == [("Sector", "Bakery")]


class TestStates:
    def test_by_portal_status(self, told, session, ctx, listed):
        """R-STAT-1: who was never told of is off."""
        for status in ("active", "pending", "off"):
            apply(session, ctx, access_of(told.account(status.title()), portal_status=status))
        told.account("Unheard of")

        assert (listed(portal_status=("active",)), listed(portal_status=("pending",))) == (["Active"], ["Pending"])
        assert listed(portal_status=("off",)) == ["Off", "Unheard of"]
        assert listed(portal_status=("active", "pending")) == ["Active", "Pending"]

    @pytest.mark.parametrize("name", ["is_notified", "is_synced"])
    def test_by_notices_and_by_mail(self, told, session, ctx, listed, name):
        """R-STAT-3"""
        apply(session, ctx, access_of(told.account("On"), **{name: True}))
        apply(session, ctx, access_of(told.account("Off"), **{name: False}))

        assert (listed(**{name: True}), listed(**{name: False})) == (["On"], ["Off"])

    def test_by_the_last_sign_in(self, told, session, ctx, listed):
        """R-LA-3, R-LST-2: whichever is told last, the latest counts; never is in no span of days."""
        never, once = told.account("Never"), told.account("Once")
        for day in (3, 9, 5):
            at = dt.datetime(2026, 3, day, 23, 30, tzinfo=dt.UTC)
            apply(session, ctx, ClientSignedIn(account_id=once, contact_id=new_id(), email="a@x.example", at=at))

        assert (listed(has_signed_in=True), listed(has_signed_in=False)) == (["Once"], ["Never"])
        assert listed(signed_in_from=dt.date(2026, 3, 9), signed_in_until=dt.date(2026, 3, 9)) == ["Once"]
        assert listed(signed_in_from=dt.date(2026, 3, 10)) == listed(signed_in_until=dt.date(2026, 3, 8)) == []
        page = lists.list_accounts(session, ctx, ListAccounts())
        assert {row.id: row.signed_in_at and row.signed_in_at.day for row in page.items} == {never: None, once: 9}

    def test_of_two_told_the_higher_version_holds_and_of_equal_ones_the_later(self, told, session, ctx, listed):
        account = told.account("Roy")

        for version, status in ((3, "pending"), (2, "off"), (3, "active")):
            apply(session, ctx, access_of(account, version, portal_status=status))

        assert listed(portal_status=("active",)) == ["Roy"]


class TestIntruders:
    """R-ACC-5"""

    def test_filters_do_not_widen_what_an_employee_sees(self, told, session, ctx):
        field, emil = told.field("Sector"), member_ctx(ctx, rights=("manage_accounts",))
        for name, team in (("Secret", ()), ("Mine", (emil.actor.id,))):
            account = told.account(name, team=team, custom_fields=(value_of(field, "Bakery"),))
            apply(session, ctx, access_of(account))

        for fields in (
            {"custom_field": (f"{field.id}:bakery",)},
            {"portal_status": ("active",)},
            {"is_synced": True},
            {"has_signed_in": False},
        ):
            page = lists.list_accounts(session, emil, ListAccounts(**fields))
            assert ([row.name for row in page.items], page.total) == (["Mine"], 1)

    def test_another_firms_field_is_unknown_and_its_accounts_are_not_there(self, ctx, sessions):
        other = replace(ctx, firm_id=new_id())
        field = field_of("Sector")
        made = account_of("Roy", custom_fields=(value_of(field, "Bakery"),))
        with sessions() as session:
            field_made = accounts.AccountFieldChanged(field=field)
            apply(session, ctx, field_made, accounts.AccountCreated(account=made), access_of(made.id))

        with sessions(other) as session:
            with pytest.raises(Invalid):
                lists.list_accounts(session, other, ListAccounts(custom_field=(f"{field.id}:bakery",)))
            assert lists.list_accounts(session, other, ListAccounts(portal_status=("active",))).total == 0


@pytest.mark.parametrize("what", ["custom_field", "portal_status", "is_notified"])
def test_a_filter_reads_an_index_and_not_the_firm(told, session, ctx, what):
    """Below row-level security an index serves only operators that are leakproof, such as equality of ids (ADR 10)."""
    field = told.field("Sector")
    account = told.account("Bread", custom_fields=(value_of(field, "Bakery"),))
    apply(session, ctx, access_of(account))
    _fill(session, ctx, [marks.value(field.id, "law"), marks.state("portal_status", "off"), new_id(), new_id()])
    asked = {"custom_field": (f"{field.id}:bakery",), "portal_status": ("active",), "is_notified": True}
    request = ListAccounts(**{what: asked[what]})
    before = _read(session)

    page = lists.list_accounts(session, ctx, request)

    assert [row.name for row in page.items] == ["Bread"]
    assert _read(session) - before <= 50
    assert "Seq Scan" not in _plan(session, ctx, request)


def _fill(session, ctx, mark_ids):
    """A firm of 20,000 more accounts, each with these marks, and what PostgreSQL knows of it."""
    session.execute(text("SET LOCAL statement_timeout = '60s'"))
    accounts_made = """
        INSERT INTO directory_account (firm_id, account_id, version, state, code, name, type, created_at)
        SELECT :firm, gen_random_uuid(), 1, 'active', 'C' || n, 'Client ' || n, 'individual', :now
        FROM generate_series(1, 20000) n
    """
    session.execute(text(accounts_made), {"firm": ctx.firm, "now": WHEN})
    marked = """
        INSERT INTO directory_mark SELECT :firm, unnest(cast(:marks AS uuid[])), account_id
        FROM directory_account WHERE firm_id = :firm AND code LIKE 'C%'
    """
    session.execute(text(marked), {"firm": ctx.firm, "marks": mark_ids})
    session.execute(text("RESET ROLE"))  # only its owner may count a table's values
    session.execute(text("ANALYZE directory_account, directory_mark"))
    session.execute(text("SET ROLE dossier_app"))


def _read(session):
    """How many rows of the two tables this transaction has read so far."""
    query = """
        SELECT sum(pg_stat_get_xact_tuples_fetched(c.oid) + pg_stat_get_xact_tuples_returned(c.oid))
        FROM pg_class c WHERE c.relname IN (
            'directory_account', 'directory_mark', 'pk_directory_account', 'pk_directory_mark')
    """
    return session.scalar(text(query))


def _plan(session, ctx, request):
    query = select(DirectoryAccount.account_id).where(*filters.conditions(session, ctx, request))
    compiled = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    return "\n".join(session.scalars(text(f"EXPLAIN {compiled}")))
