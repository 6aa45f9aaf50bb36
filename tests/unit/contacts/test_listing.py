"""Lists of contacts: order, pages, search, the one that is meant, those that are there twice."""

from uuid import UUID

import pytest

from chassis.cursor import encode
from chassis.errors import Invalid
from chassis.testing import member_ctx
from contracts.common import Done
from contracts.contacts import ChangeContact, ContactRef, FindContact, ListContacts, NewAddress, NewContact
from services.contacts.operations import people
from services.contacts.queries import people as known

SOME_ID = UUID("0196f0f0-0000-7000-8000-000000000001")


def names(page):
    return [one.display_name for one in page.items]


def walk(session, ctx, **asked):
    """Every name of every page."""
    found, cursor = [], None
    while True:
        page = known.list_contacts(session, ctx, ListContacts(cursor=cursor, **asked))
        assert page.total == known.list_contacts(session, ctx, ListContacts(**asked)).total
        found += names(page)
        cursor = page.next_cursor
        if cursor is None:
            return found


class TestListContacts:
    @pytest.mark.parametrize(
        ("sort", "wanted"),
        [
            ("name", ["Anna", "Bob", "Cara", "Dan", "Eve"]),
            ("company", ["Dan", "Anna", "Cara", "Bob", "Eve"]),
            ("phone", ["Eve", "Anna", "Cara", "Bob", "Dan"]),
        ],
    )
    def test_r_lst_5_sorts_by_name_phone_or_company_page_by_page(self, session, ctx, person, sort, wanted):
        for name, company, phones in (
            ("Bob", "", ()),
            ("Anna", "Roy", ("0700",)),
            ("Cara", "Roy", ("0700", "0100")),
            ("Dan", "Élan", ()),
            ("Eve", "", ("0600",)),
        ):
            person(name, company_name=company, phones=phones)

        assert walk(session, ctx, limit=2, sort=sort) == wanted

    def test_a_cursor_of_another_order_is_refused(self, session, ctx, person):
        for name in ("Anna", "Bob"):
            person(name)
        by_name = known.list_contacts(session, ctx, ListContacts(limit=1)).next_cursor
        by_phone = known.list_contacts(session, ctx, ListContacts(limit=1, sort="phone")).next_cursor

        for cursor, sort in ((by_name, "phone"), (by_phone, "name"), (by_phone, "company")):
            with pytest.raises(Invalid):
                known.list_contacts(session, ctx, ListContacts(cursor=cursor, sort=sort))

    def test_r_lst_5_sorts_as_people_do_and_not_by_code_point(self, session, ctx, person):
        for name in ("Zoé", "élodie", "Émile", "eva", "Åsa", "Иван", "Čapek", "Dana"):
            person(name)

        assert names(known.list_contacts(session, ctx, ListContacts())) == [
            "Åsa",
            "Čapek",
            "Dana",
            "élodie",
            "Émile",
            "eva",
            "Zoé",
            "Иван",
        ]

    def test_pages_hold_everybody_once_namesakes_included(self, session, ctx, person):
        for name in ("Anna", "Anna", "Anna", "bob", "Bob", "B_b", '"quoted\\"', "😀"):
            person(name)

        everybody = names(known.list_contacts(session, ctx, ListContacts(limit=100)))

        assert len(everybody) == 8
        for limit in (1, 2, 3, 8):
            assert walk(session, ctx, limit=limit) == everybody

    def test_by_creation_nobody_is_left_out_or_repeated_whoever_is_renamed_meanwhile(self, session, ctx, person):
        """What an export goes through (R-EXP-1)."""
        made = [person(name) for name in ("Zoe", "Bob", "Anna", "Émile", "bob")]

        seen, cursor = [], None
        while True:
            page = known.list_contacts(session, ctx, ListContacts(sort="created_at", limit=2, cursor=cursor))
            seen += [one.id for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
            for one in (made[0], made[4]):
                now = known.get_contact(session, ctx, ContactRef(contact_id=one.id))
                name = ChangeContact(contact_id=one.id, version=now.version, first_name=f"{len(seen)}")
                people.change_contact(session, ctx, name)

        assert seen == [one.id for one in made]

    @pytest.mark.parametrize("cursor", ["x", encode("Anna", SOME_ID), encode(1), encode("no id")])
    def test_by_creation_a_cursor_of_another_list_is_refused(self, session, ctx, cursor):
        with pytest.raises(Invalid):
            known.list_contacts(session, ctx, ListContacts(sort="created_at", cursor=cursor))

    def test_r_lst_5_a_page_has_25_unless_asked_otherwise(self, session, ctx, person):
        for number in range(26):
            person(f"N{number:02}")

        page = known.list_contacts(session, ctx, ListContacts())

        assert (len(page.items), page.total) == (25, 26)
        assert names(known.list_contacts(session, ctx, ListContacts(cursor=page.next_cursor))) == ["N25"]

    def test_pages_of_what_an_employee_sees_are_full(self, session, ctx, person, opened):
        """R-LST-5"""
        emil = member_ctx(ctx)
        for number in range(6):
            opened(person(f"N{number}"), team=[emil.actor.id] if number % 2 else [])

        page = known.list_contacts(session, emil, ListContacts(limit=2))

        assert (names(page), page.total) == (["N1", "N3"], 3)
        assert walk(session, emil, limit=2) == ["N1", "N3", "N5"]

    @pytest.mark.parametrize(
        "cursor",
        [
            "x",
            "!!!!",
            encode("Anna"),
            encode("Anna", "no id"),
            encode(1, SOME_ID),
            encode("A\x00", SOME_ID),
            encode("Anna", None),
            encode("Anna", 7),
            encode({"a": 1}, SOME_ID),
        ],
    )
    def test_a_made_up_cursor_is_refused(self, session, ctx, cursor):
        with pytest.raises(Invalid) as caught:
            known.list_contacts(session, ctx, ListContacts(cursor=cursor))

        assert caught.value.data["errors"][0]["field"] == "cursor"

    @pytest.mark.parametrize(
        ("q", "found"),
        [
            ("roy", ["Anna Roy", "Élise Roy"]),
            ("elise", ["Élise Roy"]),
            ("ROY ann", ["Anna Roy"]),
            ("fils", ["Anna Roy"]),
            ("nna@bü", ["Anna Roy"]),
            ("xn--bcher", ["Anna Roy"]),
            ("work@", ["Anna Roy"]),
            ("%", ["100% Bob"]),
            ("_", ["Under_score"]),
            ("\\", ["Back\\slash"]),
            ("/", []),
            ("'", []),
            ("example anna", ["Anna Roy"]),
            ("roy anna@bücher.example nobody", []),
            ("  ", ["100% Bob", "Anna Roy", "Back\\slash", "Élise Roy", "Under_score"]),
        ],
    )
    def test_r_src_5_finds_parts_of_names_and_addresses_literally(self, session, ctx, person, q, found):
        work = NewAddress(label="Work", email="work@roy.example")
        person("Anna", "Roy", "Anna@Bücher.example", company_name="Roy & Fils", other_addresses=(work,))
        person("Élise", "Roy")
        person("100%", "Bob")
        person("Under_score")
        person("Back\\slash")

        page = known.list_contacts(session, ctx, ListContacts(q=q))

        assert names(page) == found
        assert page.total == len(found)

    def test_a_contact_is_found_by_what_it_is_called_and_by_its_names(self, session, ctx, person):
        person("Anna", "Roy", display_name="Mme la Présidente")

        for q in ("presidente", "anna roy"):
            assert names(known.list_contacts(session, ctx, ListContacts(q=q))) == ["Mme la Présidente"]


class TestFindContact:
    def find(self, session, ctx, **fields):
        return known.find_contact(session, ctx, FindContact(contact=NewContact(**fields))).contact_id

    def test_r_imp_1_identical_fields_mean_the_same_contact(self, session, ctx, person):
        anna = person("Anna", "Roy", "anna@roy.example", phones=("06 12 34",), notes="a\nb")

        found = self.find(
            session,
            ctx,
            first_name=" Anna",
            last_name="Roy ",
            email="ANNA@ROY.example",
            phones=("061234",),
            notes="a\r\nb",
        )

        assert found == anna.id

    def test_r_c_4_fields_that_are_missing_in_the_request_do_not_matter(self, session, ctx, person):
        anna = person("Anna", "Roy", "anna@roy.example", phones=("061234",))

        assert self.find(session, ctx, first_name="Anna", last_name="Roy") == anna.id
        assert self.find(session, ctx, email="anna@roy.example") == anna.id

    @pytest.mark.parametrize(
        "other",
        [
            {"email": "other@roy.example"},
            {"first_name": "Anne"},
            {"middle_name": "B."},
            {"phones": ("0700",)},
            {"company_name": "Roy SA"},
            {"last_name": "Martin", "email": None},
        ],
    )
    def test_r_c_4_another_value_means_another_contact(self, session, ctx, person, other):
        person("Anna", "Roy", "anna@roy.example", phones=("061234",))
        asked = {"first_name": "Anna", "last_name": "Roy", "email": "anna@roy.example"} | other

        assert self.find(session, ctx, **asked) is None

    def test_of_several_the_oldest_is_meant(self, session, ctx, person):
        """R-C-4"""
        first = person("Anna", "Roy")
        person("Anna", "Roy")

        assert self.find(session, ctx, first_name="Anna", last_name="Roy") == first.id

    def test_a_display_name_typed_by_hand_is_enough(self, session, ctx, person):
        made = person(display_name="The Smiths")

        assert self.find(session, ctx, display_name="The Smiths") == made.id

    def test_nothing_means_nobody(self, session, ctx, person):
        person("Anna")

        assert self.find(session, ctx, company_name="") is None


class TestListDuplicates:
    def test_r_c_4_groups_those_whose_filled_fields_are_equal(self, session, ctx, person):
        full = person("Anna", "Roy", "anna@roy.example", phones=("061234",))
        named = person("Anna", "Roy")
        addressed = person(email="ANNA@roy.example")
        person("Anna", "Roy", "other@roy.example", phones=("0700",))
        person("Bob", "Roy", "anna@roy.example")

        assert known.list_duplicates(session, ctx, Done()).groups == ((full.id, named.id, addressed.id),)

    def test_only_visible_ones_are_compared(self, session, ctx, person, opened):
        emil = member_ctx(ctx)
        opened(person("Anna", "Roy"), team=[emil.actor.id])
        person("Anna", "Roy")

        assert known.list_duplicates(session, emil, Done()).groups == ()
        assert len(known.list_duplicates(session, ctx, Done()).groups) == 1
