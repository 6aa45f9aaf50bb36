"""The firm's custom fields of accounts: their definitions, and what accounts have in them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import event, select

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from contracts.accounts import (
    AccountChanged,
    AccountChangedMeanwhile,
    AccountFieldChanged,
    AccountRef,
    ChangeAccount,
)
from contracts.common import Done
from contracts.custom_fields import (
    ChangeField,
    ChoiceEntry,
    CreateField,
    DeleteField,
    FieldChangedMeanwhile,
    FieldExists,
    FieldFilled,
    FieldNotFound,
)
from services.accounts import fields as room
from services.accounts import queries
from services.accounts.model import AccountFieldValue
from services.accounts.operations import accounts, fields
from tests.unit.accounts import firm


def create(session, ctx, name, kind="text", *choices):
    entries = tuple(ChoiceEntry(name=choice) for choice in choices)
    return fields.create_account_field(session, ctx, CreateField(name=name, type=kind, choices=entries))


def change(session, ctx, field, **changes):
    request = ChangeField(field_id=field.id, version=changes.pop("version", field.version), **changes)
    return fields.change_account_field(session, ctx, request)


def delete(session, ctx, field, *, is_confirmed=False):
    return fields.delete_account_field(session, ctx, DeleteField(field_id=field.id, is_confirmed=is_confirmed))


def listed(session, ctx):
    return queries.list_account_fields(session, ctx, Done()).items


def fill(session, ctx, account, values, **changes):
    given = {str(field.id): value for field, value in values.items()}
    request = ChangeAccount(account_id=account.id, version=account.version, custom_fields=given, **changes)
    return accounts.change_account(session, ctx, request)


def get(session, ctx, account):
    return queries.get_account(session, ctx, AccountRef(account_id=account.id))


def shown(account):
    return [(value.name, value.text) for value in account.custom_fields]


def wrong_fields(refused):
    return [error["field"] for error in refused.value.data["errors"]]


class TestCreate:
    def test_a_field_joins_the_firms_list_at_its_end_and_is_told(self, session, ctx):
        """R-CF-1."""
        first = create(session, ctx, " Tax   office ")
        second = create(session, ctx, "Stage", "single_choice", "New", "Old")

        assert (first.name, first.type, first.position, first.version) == ("Tax office", "text", 0, 1)
        assert [choice.name for choice in second.choices] == ["New", "Old"]
        assert [use.field for use in listed(session, ctx)] == [first, second]
        assert outbox.pending(session) == [AccountFieldChanged(field=first), AccountFieldChanged(field=second)]

    def test_a_name_is_taken_without_regard_to_case(self, session, ctx):
        create(session, ctx, "Tax office")

        with pytest.raises(FieldExists):
            create(session, ctx, "TAX  office", "number")

    def test_the_name_of_a_deleted_field_is_free(self, session, ctx):
        old = create(session, ctx, "Tax office")
        delete(session, ctx, old)

        assert create(session, ctx, "Tax office").id != old.id

    @pytest.mark.parametrize(
        ("request_", "blamed"),
        [
            (CreateField(name="  ", type="text"), ["name"]),
            (CreateField(name="x", type="text", choices=(ChoiceEntry(name="a"),)), ["choices"]),
            (CreateField(name="x", type="single_choice"), ["choices"]),
            (
                CreateField(name="x", type="single_choice", choices=(ChoiceEntry(name="a"), ChoiceEntry(name=" A "))),
                ["choices.1.name"],
            ),
            (
                CreateField(name="x", type="multiple_choice", choices=(ChoiceEntry(id=new_id(), name="a"),)),
                ["choices.0.id"],
            ),
        ],
    )
    def test_says_which_part_is_wrong(self, session, ctx, request_, blamed):
        with pytest.raises(Invalid) as refused:
            fields.create_account_field(session, ctx, request_)

        assert wrong_fields(refused) == blamed

    def test_only_so_many_as_one_request_can_fill(self, session, ctx, monkeypatch):
        monkeypatch.setattr(room, "MOST_FIELDS", 1)
        create(session, ctx, "One")

        with pytest.raises(Invalid):
            create(session, ctx, "Two")

    def test_needs_the_right(self, session, ctx):
        """R-CF-4: owner, admin, or the right; seeing the list needs none."""
        strong, plain, admin = firm.join(
            session,
            ctx,
            firm.member(rights=("manage_custom_fields",)),
            firm.member(rights=("manage_accounts", "manage_tags", "manage_contacts")),
            firm.member("admin"),
        )
        field = create(session, strong, "One")
        create(session, admin, "Two")

        for attempt in (
            lambda: create(session, plain, "Three"),
            lambda: change(session, plain, field, name="Mine"),
            lambda: delete(session, plain, field),
        ):
            with pytest.raises(Forbidden):
                attempt()
        assert [use.field.name for use in listed(session, plain)] == ["One", "Two"]

    def test_a_client_does_not_see_the_list(self, session, ctx):
        with pytest.raises(Forbidden):
            listed(session, replace(ctx, actor=replace(ctx.actor, kind="portal")))

    def test_another_firm_has_fields_of_its_own(self, sessions, ctx):
        other = replace(ctx, firm_id=new_id())
        with sessions() as session:
            field = create(session, ctx, "Tax office")

        with sessions(other) as session:
            assert create(session, other, "Tax office").position == 0
            with pytest.raises(FieldNotFound):
                change(session, other, field, name="Taken over")

    def test_many_at_once_stand_in_one_order_and_one_gets_the_name(self, sessions, ctx):
        def make(number):
            try:
                with sessions() as session:
                    return create(session, ctx, f"Field {number % 6}")
            except FieldExists:
                return None

        with ThreadPoolExecutor(6) as pool:
            made = [field for field in pool.map(make, range(12)) if field]

        assert sorted(field.position for field in made) == list(range(6))
        assert {field.name for field in made} == {f"Field {number}" for number in range(6)}


class TestChange:
    def test_a_new_name_shows_on_every_account_without_telling_of_each(self, session, ctx, account):
        field = create(session, ctx, "Tax office")
        filled = fill(session, ctx, account, {field: "Paris"})

        renamed = change(session, ctx, field, name="Tax centre")

        assert (renamed.name, renamed.version) == ("Tax centre", 2)
        assert outbox.pending(session)[-1] == AccountFieldChanged(field=renamed)
        now = get(session, ctx, account)
        assert (shown(now), now.version) == ([("Tax centre", "Paris")], filled.version)

    def test_nothing_changed_tells_nothing(self, session, ctx):
        field = create(session, ctx, "Stage", "single_choice", "New", "Old")
        told = len(outbox.pending(session))
        same = tuple(ChoiceEntry(id=choice.id, name=choice.name) for choice in field.choices)

        assert change(session, ctx, field, name="Stage", position=0, choices=same) == field
        assert len(outbox.pending(session)) == told

    def test_refuses_an_older_version_with_what_is_there(self, session, ctx):
        field = create(session, ctx, "One")
        change(session, ctx, field, name="Two")

        with pytest.raises(FieldChangedMeanwhile) as refused:
            change(session, ctx, field, name="Three")

        assert (refused.value.data["current"]["name"], refused.value.data["current"]["version"]) == ("Two", 2)

    def test_takes_no_other_fields_name_but_another_case_of_its_own(self, session, ctx):
        one, _ = create(session, ctx, "One"), create(session, ctx, "Two")

        with pytest.raises(FieldExists):
            change(session, ctx, one, name="two")
        assert change(session, ctx, one, name="ONE").name == "ONE"

    def test_moving_one_moves_those_in_between_and_tells_of_each(self, session, ctx, account):
        """R-CF-8: filled ones are shown, in the firm's order."""
        made = [create(session, ctx, name) for name in "ABCD"]
        fill(session, ctx, account, dict.fromkeys(made[1:], "x"))
        told = len(outbox.pending(session))

        moved = change(session, ctx, made[2], position=0)
        change(session, ctx, moved, position=99)

        assert [use.field.name for use in listed(session, ctx)] == ["A", "B", "D", "C"]
        assert [use.field.position for use in listed(session, ctx)] == [0, 1, 2, 3]
        assert [name for name, _ in shown(get(session, ctx, account))] == ["B", "D", "C"]
        changed = [(each.field.name, each.field.position) for each in outbox.pending(session)[told:]]
        assert changed == [("C", 0), ("A", 1), ("B", 2), ("A", 0), ("B", 1), ("D", 2), ("C", 3)]

    def test_a_choice_that_is_left_out_stays_where_it_was_chosen_but_is_not_offered(self, session, ctx, account):
        """R-CF-7: the past keeps its names."""
        field = create(session, ctx, "Stage", "multiple_choice", "New", "Old")
        new, old = field.choices
        account = fill(session, ctx, account, {field: ["New", "Old"]})

        field = change(session, ctx, field, choices=(ChoiceEntry(id=new.id, name="Newer"), ChoiceEntry(name="Next")))

        assert [choice.name for choice in field.choices] == ["Newer", "Next"]
        assert shown(get(session, ctx, account)) == [("Stage", "Newer, Old")]
        kept = fill(session, ctx, account, {field: [str(old.id), "Next"]})  # who has it may keep it
        assert shown(kept) == [("Stage", "Old, Next")]
        with pytest.raises(Invalid):
            fill(session, ctx, firm.opened(session, ctx), {field: "Old"})

    def test_a_choice_that_comes_back_is_the_one_it_was(self, session, ctx):
        field = create(session, ctx, "Stage", "single_choice", "New", "Old")
        new, old = field.choices
        field = change(session, ctx, field, choices=(ChoiceEntry(id=new.id, name="New"),))

        field = change(session, ctx, field, choices=(ChoiceEntry(name="old"), ChoiceEntry(id=new.id, name="New")))

        assert [(choice.id, choice.name) for choice in field.choices] == [(old.id, "old"), (new.id, "New")]

    def test_choices_belong_to_fields_of_choices(self, session, ctx):
        text, choosing = create(session, ctx, "Text"), create(session, ctx, "Stage", "single_choice", "New")

        for field, entries in ((text, (ChoiceEntry(name="a"),)), (choosing, ())):
            with pytest.raises(Invalid) as refused:
                change(session, ctx, field, choices=entries)
            assert wrong_fields(refused) == ["choices"]


class TestDelete:
    def test_an_empty_field_goes_at_once_and_the_others_close_up(self, session, ctx):
        first, second = create(session, ctx, "One"), create(session, ctx, "Two")

        delete(session, ctx, first)

        gone, moved = outbox.pending(session)[-2:]
        assert (gone.field.id, gone.field.version, gone.is_deleted) == (first.id, 2, True)
        assert (moved.field.id, moved.field.position, moved.is_deleted) == (second.id, 0, False)
        with pytest.raises(FieldNotFound):
            delete(session, ctx, first)

    def test_a_filled_one_needs_to_be_confirmed_knowing_how_many_have_it(self, session, ctx, account):
        """R-CF-7: the values stay, to tell of the past, but nobody is shown them."""
        field = create(session, ctx, "Tax office")
        fill(session, ctx, account, {field: "Paris"})

        with pytest.raises(FieldFilled) as refused:
            delete(session, ctx, field)
        delete(session, ctx, field, is_confirmed=True)

        assert refused.value.data["filled"] == 1
        assert shown(get(session, ctx, account)) == []
        assert session.scalar(select(AccountFieldValue.value)) == "Paris"

    def test_counts_are_of_accounts_in_sight(self, session, ctx, account):
        """R-ACC-5: and yet nothing goes unconfirmed that somebody else filled."""
        field = create(session, ctx, "Tax office")
        fill(session, ctx, account, {field: "Paris"})
        person = firm.member(rights=("manage_custom_fields",))
        (theirs,) = firm.join(session, ctx, person)
        fill(session, ctx, firm.opened(session, ctx, team=(person.id,)), {field: "Lyon"})

        with pytest.raises(FieldFilled) as refused:
            delete(session, theirs, field)

        assert refused.value.data["filled"] == 1
        assert [use.filled for use in listed(session, theirs)] == [1]
        assert [use.filled for use in listed(session, ctx)] == [2]


class TestValues:
    def test_are_set_and_taken_away_one_by_one(self, session, ctx, account):
        """R-CF-2, R-CF-8."""
        text, number, flag = (create(session, ctx, kind, kind) for kind in ("text", "number", "checkbox"))

        filled = fill(session, ctx, account, {flag: False, text: " Paris ", number: "007.50"})
        emptied = fill(session, ctx, filled, {text: None})

        assert shown(filled) == [("text", "Paris"), ("number", "7.5"), ("checkbox", "no")]
        assert shown(emptied) == [("number", "7.5"), ("checkbox", "no")]
        assert [value.value for value in emptied.custom_fields] == ["7.5", False]
        assert emptied.version == account.version + 2
        assert outbox.pending(session)[-1] == AccountChanged(account=emptied)
        assert get(session, ctx, account) == emptied

    def test_the_same_again_changes_nothing(self, session, ctx, account):
        field = create(session, ctx, "Fee", "currency")
        filled = fill(session, ctx, account, {field: {"amount": "12.5", "currency": "EUR"}})
        told = len(outbox.pending(session))

        again = fill(session, ctx, filled, {field: {"amount": 12.50, "currency": "EUR"}})

        assert again == filled
        assert len(outbox.pending(session)) == told

    def test_dates_are_read_as_the_caller_says(self, session, ctx, account):
        """R-CF-3."""
        field = create(session, ctx, "Since", "date")

        american = fill(session, ctx, account, {field: "01/02/2026"}, dates="month_first")
        european = fill(session, ctx, american, {field: "01/02/2026"}, dates="day_first")

        assert (shown(american), shown(european)) == ([("Since", "2026-01-02")], [("Since", "2026-02-01")])

    def test_every_wrong_one_is_named_and_none_is_set(self, session, ctx, account):
        text, number = create(session, ctx, "Text"), create(session, ctx, "Number", "number")
        unknown = replace(text, id=new_id())

        with pytest.raises(Invalid) as refused:
            fill(session, ctx, account, {text: "fine", number: "seven", unknown: 1})

        assert wrong_fields(refused) == [f"custom_fields.{number.id}", f"custom_fields.{unknown.id}"]
        assert shown(get(session, ctx, account)) == []

    def test_a_deleted_field_is_none(self, session, ctx, account):
        field = create(session, ctx, "Tax office")
        delete(session, ctx, field)

        with pytest.raises(Invalid):
            fill(session, ctx, account, {field: "Paris"})

    def test_who_may_edit_details_fills_them(self, session, ctx):
        """§2.4: A + Manage accounts; the right to define fields fills none."""
        editor, definer = firm.member(rights=("manage_accounts",)), firm.member(rights=("manage_custom_fields",))
        theirs, others = firm.join(session, ctx, editor, definer)
        account = firm.opened(session, ctx, team=(editor.id, definer.id))
        field = create(session, others, "Tax office")

        with pytest.raises(Forbidden):
            fill(session, others, account, {field: "Lyon"})
        assert shown(fill(session, theirs, account, {field: "Paris"})) == [("Tax office", "Paris")]

    def test_an_older_version_is_refused(self, session, ctx, account):
        field = create(session, ctx, "Tax office")
        fill(session, ctx, account, {field: "Paris"})

        with pytest.raises(AccountChangedMeanwhile) as refused:
            fill(session, ctx, account, {field: "Lyon"})

        assert refused.value.data["current"]["custom_fields"][0]["text"] == "Paris"

    def test_an_account_may_be_opened_with_some(self, session, ctx):
        field = create(session, ctx, "Since", "date")

        made = firm.opened(session, ctx, custom_fields={str(field.id): "31/01/2026"}, dates="day_first")

        assert shown(made) == [("Since", "2026-01-31")]

    def test_wrong_ones_open_nothing(self, session, ctx):
        with pytest.raises(Invalid) as refused:
            firm.opened(session, ctx, custom_fields={"nonsense": 1})

        assert wrong_fields(refused) == ["custom_fields.nonsense"]

    def test_an_account_is_read_in_one_statement_whatever_it_holds(self, session, ctx, account):
        choosing = create(session, ctx, "Stage", "single_choice", "New")
        fill(session, ctx, account, {choosing: "New", create(session, ctx, "Text"): "x"})
        statements = []
        event.listen(session.connection(), "before_cursor_execute", lambda *args: statements.append(args[2]))

        read = get(session, ctx, account)

        assert shown(read) == [("Stage", "New"), ("Text", "x")]
        assert len(statements) == 1


@pytest.fixture
def account(session, ctx):
    return firm.opened(session, ctx)
