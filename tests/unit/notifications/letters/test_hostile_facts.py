"""Whatever text the facts hold, it is shown as text, and the letter is written."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.common import readable_line
from deploy.gallery import sample
from services.notifications.letters import KINDS, plain, write
from tests.unit.notifications.letters.reading import letters, read

MARKUP = [
    "<script>alert(1)</script>",
    "\"'><b onmouseover=alert(1)>bold</b>",
    "--><!--[if mso]><img src=x><![endif]-->",
    "&lt;b&gt; &amp; ]]>",
    "</style></title></td></table>",
    "{{ 7*7 }} {% for x in y %} {# gone #}",
    "{{ self.__init__.__globals__ }}",
    "100 % %s %(firm)s %(nothing)d",
    "<mj-raw>{% endif %}</mj-raw>",
    "شركة المحاسبة",
    "Ünïcode 👩‍👧 Straße",
]
UNSEEN = [
    ("Ada\r\nBcc: all@example.com", "Ada Bcc: all@example.com"),
    ("Ada\u2028Bcc: all@example.com", "Ada Bcc: all@example.com"),
    ("Ada\x00\x1b[31m", "Ada [31m"),
    ("invoice\u202efdp.exe", "invoicefdp.exe"),
    ("half \ud83d of a pair", "half of a pair"),
    ("  \t ", ""),
]
EVERY = pytest.mark.parametrize("kind", KINDS)


def filled(kind, locale, text):
    """A letter with one text in all its places."""
    letter = sample(kind, locale)
    sorts = {"text": text, "texts": [text, text]}
    facts = {name: sorts.get(fact.sort, letter.facts[name]) for name, fact in KINDS[kind].facts.items()}
    return replace(letter, firm_name=text, greeting=text, account_name=text, facts=facts)


@EVERY
@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_shown_as_the_text_it_is(kind, text):
    harmless = sample(kind, "en")

    written = write(filled(kind, "en", text))

    page = read(written.html)
    assert " ".join(text.split()) in page.text
    assert text in written.text
    assert page.tags <= read(write(harmless).html).tags | {"ul", "li"}
    assert page.links == read(write(harmless).html).links
    assert letters(page.text).count("49") == letters(text).count("49") * page.text.count(text)


@EVERY
@pytest.mark.parametrize(("text", "seen"), UNSEEN)
def test_what_nobody_sees_is_taken_out(kind, text, seen):
    written = write(filled(kind, "fr", text))

    for part in (written.subject, written.html, written.text):
        part.encode()
        assert not {"\r", "\x00", "\x1b", "\u2028", "\u202e"} & set(part)
    assert "\n" not in written.subject
    assert seen in read(written.html).text


@EVERY
@pytest.mark.parametrize("unit", ["x", "a\n", "&", "🦊"])
def test_ten_thousand_characters_leave_a_letter_of_bounded_size(kind, unit):
    written = write(filled(kind, "en", unit * 10_000))

    assert len(written.subject) <= 150
    assert len(written.html) < 100_000  # mail programs cut off longer ones
    assert "…" in written.subject
    assert "…" in written.text


@EVERY
def test_a_name_that_fills_the_subject_leaves_the_account_seen(kind):
    letter = filled(kind, "en", "x" * 300)

    subject = write(replace(letter, account_name="Okonkwo Bakery")).subject

    assert subject.endswith(" – Okonkwo Bakery")
    assert len(subject) <= 150


TEXT = st.text(st.characters(), max_size=60)
SORTS = {
    "text": TEXT,
    "texts": st.lists(TEXT, min_size=1, max_size=12),
    "date": st.dates().map(str),
    "instant": st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
    "money": st.fixed_dictionaries(
        {
            "amount": st.decimals(allow_nan=False, allow_infinity=False).map(str),
            "currency": st.sampled_from(["EUR", "XTS"]),
        }
    ),
    "count": st.integers(0, 10**9),
    "flag": st.booleans(),
}


@EVERY
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_facts_of_their_sorts_never_break_a_letter(kind, data):
    facts = {
        name: data.draw(SORTS[fact.sort] | st.none() if fact.is_optional else SORTS[fact.sort])
        for name, fact in KINDS[kind].facts.items()
    }
    letter = replace(
        sample(kind, "en"),
        locale=data.draw(st.sampled_from(["en", "fr"])),
        timezone=data.draw(st.sampled_from(["UTC", "Pacific/Kiritimati", "America/Los_Angeles"]) | TEXT),
        firm_name=data.draw(TEXT),
        greeting=data.draw(TEXT),
        account_name=data.draw(TEXT),
        facts=facts,
    )

    written = write(letter)

    written.html.encode()
    readable_line(written.subject)
    assert len(written.subject) <= 150
    assert letters(plain.line(letter.firm_name)) in letters(read(written.html).text)


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "/portal", "https://example.com/ x", "https://example.com/\n", ""],
)
def test_a_link_that_leads_nowhere_on_the_web_is_left_out(link):
    letter = replace(sample("invitation", "en"), link=link, activation_link=link, unsubscribe_link=link)

    written = write(letter)

    assert read(written.html).links == set()
    assert "alert" not in written.text


@pytest.mark.parametrize(
    "money",
    [
        {"amount": "NaN", "currency": "EUR"},
        {"amount": "1E+999999999", "currency": "EUR"},
        {"amount": "a lot", "currency": "EUR"},
        {"amount": "12", "currency": "<b>"},
        {},
    ],
)
def test_an_amount_that_is_none_is_shown_as_it_came(money):
    letter = sample("refund_made", "fr")

    written = write(replace(letter, facts={"amount": money}))

    assert plain.line(" ".join(money.values())) in read(written.html).text


@pytest.mark.parametrize("moment", ["soon", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-02-30"])
def test_a_moment_that_is_none_is_shown_as_it_came(moment):
    letter = sample("password_reset", "en")

    assert moment in write(replace(letter, facts={**letter.facts, "expires_at": moment})).text
