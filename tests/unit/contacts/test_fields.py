"""The custom fields of contacts: R-CF-1 to R-CF-8."""

import pytest

from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts.common import Done
from contracts.contacts import ChangeContact, ContactFieldChanged, ContactRef, NewContact
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
from services.contacts.operations import fields, people
from services.contacts.queries import people as known
from services.contacts.queries.fields import list_contact_fields


@pytest.fixture
def field(session, ctx):
    """`field("Hobby")`: a custom field of contacts, of type text unless told otherwise."""

    def make(name, kind="text", *choices):
        entries = tuple(ChoiceEntry(name=choice) for choice in choices)
        return fields.create_contact_field(session, ctx, CreateField(name=name, type=kind, choices=entries))

    return make


@pytest.fixture
def change(session, ctx):
    def make(one, by=None, **wanted):
        request = ChangeField(field_id=one.id, **{"version": one.version, **wanted})
        return fields.change_contact_field(session, by or ctx, request)

    return make


def listed(session, ctx):
    return list_contact_fields(session, ctx, Done()).items


def wrong(caught):
    return [error["field"] for error in caught.value.data["errors"]]


class TestDefinitions:
    def test_r_cf_4_are_made_one_after_the_other_and_announced(self, session, ctx, field, told):
        hobby, food = field(" Hobby "), field("Food", "single_choice", "Fish", "Meat")

        assert [use.field for use in listed(session, ctx)] == [hobby, food]
        assert (hobby.name, hobby.position, food.position) == ("Hobby", 0, 1)
        assert [choice.name for choice in food.choices] == ["Fish", "Meat"]
        assert [event.field for event in told(ContactFieldChanged)] == [hobby, food]

    def test_a_name_stands_once_whatever_its_case_and_accents(self, field, change):
        field("Métier")
        other = field("Other")

        with pytest.raises(FieldExists):
            field("METIER")
        with pytest.raises(FieldExists):
            change(other, name="metier")

    def test_r_cf_4_renamed_it_is_announced_once(self, field, change, told):
        hobby = field("Hobby")

        renamed = change(hobby, name="Pastime")
        again = change(renamed, name="Pastime")

        assert (renamed.name, renamed.type, renamed.version, again) == ("Pastime", "text", 2, renamed)
        assert [event.field for event in told(ContactFieldChanged)] == [hobby, renamed]

    def test_a_loser_is_told_what_is_there(self, field, change):
        hobby = field("Hobby")
        change(hobby, name="Pastime")

        with pytest.raises(FieldChangedMeanwhile) as caught:
            change(hobby, name="Sport")

        assert (caught.value.data["current"]["name"], caught.value.data["current"]["version"]) == ("Pastime", 2)

    def test_moved_the_others_make_room_and_those_that_moved_are_announced(self, session, ctx, field, change, told):
        made = [field(name) for name in "ABCD"]
        before = len(told(ContactFieldChanged))

        change(made[2], position=0)

        assert [(use.field.name, use.field.position) for use in listed(session, ctx)] == [
            ("C", 0),
            ("A", 1),
            ("B", 2),
            ("D", 3),
        ]
        assert sorted(event.field.name for event in told(ContactFieldChanged)[before:]) == ["A", "B", "C"]
        assert listed(session, ctx)[3].field == made[3]

    def test_a_place_beyond_the_end_is_the_end(self, session, ctx, field, change):
        made = [field(name) for name in "ABC"]

        assert change(made[0], position=9000).position == 2

    @pytest.mark.parametrize(
        ("kind", "choices", "path"),
        [
            ("text", ("Fish",), "choices"),
            ("single_choice", (), "choices"),
            ("multiple_choice", ("Fish", "FISH"), "choices.1.name"),
            ("multiple_choice", ("Fish", " "), "choices.1.name"),
        ],
    )
    def test_choices_go_with_types_that_choose(self, field, kind, choices, path):
        with pytest.raises(Invalid) as caught:
            field("Food", kind, *choices)

        assert wrong(caught) == [path]

    def test_a_choice_is_known_by_its_id(self, field, change):
        food = field("Food", "single_choice", "Fish", "Meat")
        fish, meat = food.choices

        entries = (ChoiceEntry(id=meat.id, name="Beef"), ChoiceEntry(name="Tofu"))
        changed = change(food, choices=entries)

        assert [(choice.id == meat.id, choice.name) for choice in changed.choices] == [(True, "Beef"), (False, "Tofu")]
        with pytest.raises(Invalid) as caught:
            change(changed, choices=(ChoiceEntry(id=new_id(), name="Nut"),))
        assert wrong(caught) == ["choices.0.id"]
        back = change(changed, choices=(*entries[:1], ChoiceEntry(name="fish")))
        assert back.choices[1].id == fish.id

    def test_r_cf_4_takes_manage_custom_fields(self, session, ctx, field, change):
        hobby = field("Hobby")
        emil = member_ctx(ctx, rights=("manage_contacts", "manage_accounts"))
        keeper = member_ctx(ctx, rights=("manage_custom_fields",))

        for call in (
            lambda: fields.create_contact_field(session, emil, CreateField(name="x", type="text")),
            lambda: change(hobby, by=emil, name="x"),
            lambda: fields.delete_contact_field(session, emil, DeleteField(field_id=hobby.id)),
        ):
            with pytest.raises(Forbidden):
                call()
        assert change(hobby, by=keeper, name="Sport").name == "Sport"
        assert listed(session, emil)[0].field.name == "Sport"

    def test_another_firms_are_not_there(self, session, field, change, other_firm):
        hobby = field("Hobby")

        assert listed(session, other_firm) == ()
        with pytest.raises(FieldNotFound):
            change(hobby, by=other_firm, name="x")
        with pytest.raises(FieldNotFound):
            fields.delete_contact_field(session, other_firm, DeleteField(field_id=hobby.id))


class TestDelete:
    def test_r_cf_7_asks_first_with_the_number_of_values(self, session, ctx, field, person, told):
        hobby, food = field("Hobby"), field("Food")
        for name in ("Anna", "Bob"):
            person(name, custom_fields={str(hobby.id): "Chess"})
        assert listed(session, ctx)[0].filled == 2

        with pytest.raises(FieldFilled) as caught:
            fields.delete_contact_field(session, ctx, DeleteField(field_id=hobby.id))

        assert caught.value.data["filled"] == 2
        fields.delete_contact_field(session, ctx, DeleteField(field_id=hobby.id, is_confirmed=True))
        assert [(use.field.id, use.field.position) for use in listed(session, ctx)] == [(food.id, 0)]
        gone = next(event for event in told(ContactFieldChanged) if event.is_deleted)
        assert (gone.field.id, gone.field.version) == (hobby.id, 2)

    def test_takes_its_values_along(self, session, ctx, field, person):
        hobby = field("Hobby")
        anna = person("Anna", custom_fields={str(hobby.id): "Chess"})

        fields.delete_contact_field(session, ctx, DeleteField(field_id=hobby.id, is_confirmed=True))

        assert known.get_contact(session, ctx, ContactRef(contact_id=anna.id)).custom_fields == ()

    def test_an_empty_one_goes_without_asking(self, session, ctx, field):
        fields.delete_contact_field(session, ctx, DeleteField(field_id=field("Hobby").id))

        assert listed(session, ctx) == ()

    def test_an_address_stays_the_contacts_with_its_access(self, session, ctx, field, person, opened, let_in, look):
        """R-EM-1, R-EM-3: people sign in with it."""
        work = field("Work", "email")
        anna = person("Anna", email="a@roy.example", custom_fields={str(work.id): "w@roy.example"})
        account = opened(anna)
        let_in(account, anna, address=anna.addresses[1])

        fields.delete_contact_field(session, ctx, DeleteField(field_id=work.id, is_confirmed=True))

        settings = look(account).items[0].addresses[1]
        assert (settings.address.id, settings.address.label) == (anna.addresses[1].id, "Work")
        assert (settings.address.field_id, settings.login) == (None, "active")


class TestValues:
    def test_r_cf_8_the_filled_ones_are_told_in_the_firms_order(self, session, ctx, field, person):
        first, food, third = field("Empty"), field("Food", "multiple_choice", "Fish", "Meat"), field("Born", "date")

        anna = person("Anna", custom_fields={str(third.id): "31/01/1990", str(food.id): ["meat"]}, dates="day_first")

        assert [(one.name, one.type, one.value, one.text) for one in anna.custom_fields] == [
            ("Food", "multiple_choice", [str(food.choices[1].id)], "Meat"),
            ("Born", "date", "1990-01-31", "1990-01-31"),
        ]
        assert first.id not in {one.field_id for one in anna.custom_fields}
        assert known.get_contact(session, ctx, ContactRef(contact_id=anna.id)) == anna

    def test_those_not_named_stay_and_null_takes_away(self, session, ctx, field, person):
        hobby, food = field("Hobby"), field("Food")
        anna = person("Anna", custom_fields={str(hobby.id): "Chess", str(food.id): "Fish"})

        change = ChangeContact(contact_id=anna.id, version=1, custom_fields={str(food.id): None})
        changed = people.change_contact(session, ctx, change)

        assert [(one.field_id, one.value) for one in changed.custom_fields] == [(hobby.id, "Chess")]
        assert changed.version == 2

    def test_the_same_value_again_is_no_change(self, session, ctx, field, person):
        hobby = field("Hobby")
        anna = person("Anna", custom_fields={str(hobby.id): "Chess"})

        change = ChangeContact(contact_id=anna.id, version=1, custom_fields={str(hobby.id): " Chess "})

        assert people.change_contact(session, ctx, change).version == 1

    def test_r_cf_3_each_wrong_value_is_named(self, session, ctx, field, person):
        size, born = field("Size", "number"), field("Born", "date")
        unknown = new_id()

        with pytest.raises(Invalid) as caught:
            person("Anna", custom_fields={str(size.id): "tall", str(born.id): "soon", str(unknown): "x"})

        assert wrong(caught) == [f"custom_fields.{one}" for one in (size.id, born.id, unknown)]

    def test_a_choice_that_is_offered_no_more_stays_where_it_is(self, session, ctx, field, change, person):
        food = field("Food", "single_choice", "Fish", "Meat")
        anna = person("Anna", custom_fields={str(food.id): "Fish"})
        change(food, choices=(ChoiceEntry(id=food.choices[1].id, name="Meat"),))

        assert known.get_contact(session, ctx, ContactRef(contact_id=anna.id)).custom_fields[0].text == "Fish"
        with pytest.raises(Invalid):
            person("Bob", custom_fields={str(food.id): "Fish"})

    def test_r_cf_1_another_firms_field_is_unknown(self, session, field, other_firm):
        hobby = field("Hobby")
        request = NewContact(first_name="Bob", custom_fields={str(hobby.id): "Chess"})

        with pytest.raises(Invalid):
            people.create_contact(session, other_firm, request)
