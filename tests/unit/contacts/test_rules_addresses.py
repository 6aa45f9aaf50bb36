import pytest

from chassis.addresses import fold
from services.contacts.rules import addresses


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("  Anna.Roy@ROY.Example ", "anna.roy@roy.example"),
        ("ÄNNE@Bücher.Example", "änne@xn--bcher-kva.example"),
        ("änne@XN--BCHER-KVA.example", "änne@xn--bcher-kva.example"),
        ("A\u0308nne@roy.example", "änne@roy.example"),
        ("straße@roy.example", "strasse@roy.example"),
        ("not an address", "not an address"),
        ("a@-wrong-.example", "a@-wrong-.example"),
    ],
)
def test_r_em_5_the_form_in_which_addresses_are_compared(typed, compared):
    assert fold(typed) == compared


def test_r_em_1_a_taken_label_is_numbered():
    assert addresses.free_label("Work", ["Home"]) == "Work"
    assert addresses.free_label("Work", ["work", "Work 2"]) == "Work 3"
    assert addresses.free_label("email", []) == "email 2"
