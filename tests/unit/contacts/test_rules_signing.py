"""R-SP-1 to R-SP-3: in which order contacts sign."""

from services.contacts.rules.signing import order

ANNA, BOB, CARA, DAN = (f"id of {name}" for name in ("Anna", "Bob", "Cara", "Dan"))
BY_NAME = [ANNA, BOB, CARA, DAN]


def test_r_sp_1_by_name_unless_somebody_chose():
    assert order(BY_NAME, dict.fromkeys(BY_NAME), BY_NAME) == {ANNA: 1, BOB: 2, CARA: 3, DAN: 4}


def test_r_sp_2_only_who_may_sign_takes_part():
    assert order(BY_NAME, {BOB: 1, DAN: 2}, [ANNA, DAN]) == {DAN: 1, ANNA: 2}


def test_r_sp_3_who_was_not_chosen_comes_last_by_name():
    assert order(BY_NAME, {DAN: 1, BOB: 2}, BY_NAME) == {DAN: 1, BOB: 2, ANNA: 3, CARA: 4}
