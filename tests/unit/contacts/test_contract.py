"""What the contract's types refuse before any operation sees it."""

import pytest

from chassis import cursor, wire
from chassis.errors import Invalid
from contracts.common import Address
from contracts.contacts import ContactEntry, ListContacts, NewContact, OpenLinks


def fields_wrong(cls, **document):
    with pytest.raises(Invalid) as caught:
        wire.load(cls, document, strict=True)
    return [error["field"] for error in caught.value.data["errors"]]


@pytest.mark.parametrize("name", ["a\x07b", "a\x00b", "a\x85b", "safe\u202egpj.exe", "\u2066a", "x" * 256])
def test_a_name_holds_no_control_characters(name):
    assert fields_wrong(NewContact, first_name=name) == ["first_name"]


@pytest.mark.parametrize("name", ["دانا", "דנה", "نمی\u200cدانم", "O'Neil", "李", "a\tb", "👩‍👩‍👧"])
def test_every_script_is_welcome(name):
    assert wire.load(NewContact, {"first_name": name}).first_name == name


def test_notes_may_have_lines():
    assert wire.load(NewContact, {"notes": "a\r\n\tb"}).notes == "a\r\n\tb"
    assert fields_wrong(NewContact, notes="a\x1bb") == ["notes"]


@pytest.mark.parametrize("phone", ["+33 (0)1 23.45.67.89", "01 23 45 67 89 poste 12", "112", "٠٦١٢٣٤", "+1/555-0100;2"])
def test_phones_are_taken_as_typed(phone):
    assert wire.load(NewContact, {"phones": [phone]}).phones == (phone,)


@pytest.mark.parametrize("phone", ["no phone", "12", "+33 <1> 23", "anna@roy.example 123", "1" * 26])
def test_what_is_no_phone_number_is_refused(phone):
    assert fields_wrong(NewContact, phones=["0612345678", phone]) == ["phones.1"]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "europe/paris", "../etc/passwd", "posix/Europe/Paris"])
def test_a_time_zone_is_one_of_the_iana_names(zone):
    assert fields_wrong(NewContact, timezone=zone) == ["timezone"]
    assert wire.load(NewContact, {"timezone": "America/Argentina/Ushuaia"}).timezone == "America/Argentina/Ushuaia"


@pytest.mark.parametrize("country", ["XX", "fr", "FRA", "", "UK"])
def test_a_country_is_one_of_iso_3166(country):
    assert fields_wrong(NewContact, address={"country": country}) == ["address.country"]
    assert wire.load(Address, {"country": "FR"}).country == "FR"


@pytest.mark.parametrize("email", ["anna", "anna@", "@roy.example", "a b@roy.example", "anna@roy..example"])
def test_an_address_must_be_one(email):
    assert fields_wrong(NewContact, other_addresses=[{"label": "Work", "email": email}]) == ["other_addresses.0.email"]


def test_r_lnk_1_an_account_opens_with_a_contact():
    facts = {"id": "0" * 32, "code": "R1", "name": "Roy", "state": "active", "team": [], "version": 1}
    assert fields_wrong(OpenLinks, account=facts, contacts=[]) == ["contacts"]


def test_r_lnk_6_a_description_is_short():
    assert fields_wrong(ContactEntry, description="x" * 201) == ["description"]


def test_a_cursor_may_hold_the_longest_name():
    longest = cursor.encode("\U0001f600" * 255, "0" * 36)
    assert wire.load(ListContacts, {"cursor": longest}).cursor == longest
