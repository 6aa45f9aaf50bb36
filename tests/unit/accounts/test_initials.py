"""R-PHOTO-2: an account without a photo shows its initials, whatever script it is written in."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.context import new_id
from services.accounts import initials
from services.accounts.tags import PALETTE

NON_JOINER = "\u200c"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Lovelace", "AL"),
        ("Ada Augusta King Lovelace", "AL"),
        ("ada", "A"),
        ("Élodie Ångström", "ÉÅ"),
        ("E\u0301lodie", "É"),
        ("Jean-Luc Picard", "JP"),
        ("Ada & Ben Roy", "AR"),
        ("  (Ada)   “Lovelace”  ", "AL"),
        ("O'Neil", "O"),
        ("ß ǆ", "ßǅ"),
        ("山田太郎", "山"),
        ("山田 太郎", "山太"),
        ("김 철수", "김철"),
        ("חיים כהן", "חכ"),
        ("محمد علي", f"م{NON_JOINER}ع"),
        ("क्षितिज शर्मा", "क्षिश"),
        ("เกษม ใจดี", "เกใจ"),
        ("გიორგი ბერიძე", "გბ"),
        ("Ωμέγα Άλφα", "ΩΆ"),
        ("𝒜da", "𝒜"),
        ("🎄 Trees", "T"),
        ("...", ""),
        ("", ""),
    ],
)
def test_of_a_person_the_first_and_the_last_name(name, letters):
    assert initials.of(name, "individual") == letters


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Whitfield & Sons Ltd", "WS"), ("3M 1st Street", "31"), ("« Élan » SARL", "ÉS"), ("Acme", "A")],
)
@pytest.mark.parametrize("kind", ["company", "other"])
def test_of_all_others_the_first_two_words(name, letters, kind):
    assert initials.of(name, kind) == letters


@given(name=st.text(max_size=60), kind=st.sampled_from(["individual", "company", "other"]))
def test_the_drawing_is_a_drawing_whatever_the_name(name, kind):
    drawn = initials.drawing(new_id(), name, kind, 64)

    root = ET.fromstring(drawn)
    assert {part.tag.rpartition("}")[2] for part in root.iter()} == {"svg", "rect", "text"}
    assert (root[1].text or "") == initials.of(name, kind)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "&amp; <b>", "]]> -->", "\"' onload='x"])
def test_no_name_becomes_markup(name):
    root = ET.fromstring(initials.drawing(new_id(), name, "other", 128))

    assert len(list(root.iter())) == 3


def test_the_colour_is_the_accounts_own_whatever_it_is_called():
    ids = [new_id() for _ in range(200)]

    assert {initials.colour(account_id) for account_id in ids} == set(PALETTE)
    for account_id in ids[:5]:
        drawn = [initials.drawing(account_id, name, "other", 64) for name in ("Ada", "Byron")]
        assert all(initials.colour(account_id) in drawing for drawing in drawn)
        assert drawn[0] != drawn[1]


def test_the_letters_can_be_read_on_every_colour():
    """WCAG 2.2 AA: 3:1 for text as large as this."""

    def luminance(colour):
        shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for colour in PALETTE:
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour
