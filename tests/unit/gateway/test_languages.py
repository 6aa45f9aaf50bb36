"""The language of a page, and what is said in it."""

import datetime as dt
import re
from typing import get_args

import pytest
from starlette.requests import Request

from chassis.errors import AppError, DeadlineExceeded, Invalid, wrong
from contracts.entries import InvitationNotFound
from contracts.identity import TooManySignIns
from contracts.notifications import NotificationType
from gateway.web import languages, words
from gateway.web.portal.unsubscribing import TYPES
from gateway.web.portal.waiting import KINDS
from services.identity.rules.passwords import check_portal_password

ENGLISH, FRENCH = languages.language("en"), languages.language("fr")


def asking(accepted="", cookie="", query=""):
    headers = [(b"accept-language", accepted.encode()), (b"cookie", cookie.encode())]
    return Request({"type": "http", "headers": headers, "query_string": query.encode(), "path": "/portal"})


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("de, en;q=0.5, fr;q=0.7", "fr"),
        ("de", "en"),
        ("", "en"),
        ("*", "en"),
        ("fr;q=0, en", "en"),
        ("en-GB,en;q=0.9,fr;q=0.9", "en"),
        (";;q=,,q=1;fr", "en"),
        ("fr;q=nonsense", "en"),
        (",".join(["de"] * 10_000 + ["fr"]), "en"),
    ],
)
def test_the_first_of_the_browsers_languages_that_there_is(accepted, code):
    assert languages.of(asking(accepted)).code == code


@pytest.mark.parametrize(
    ("accepted", "chosen", "day", "money"),
    [
        ("en-US,en;q=0.9", "en", "Mar 5, 2026", "€1,234.50"),
        ("en", "en", "Mar 5, 2026", "€1,234.50"),
        ("", "en", "Mar 5, 2026", "€1,234.50"),
        ("en-GB,en;q=0.9,en-US;q=0.8", "en", "5 Mar 2026", "€1,234.50"),
        ("en,en-GB;q=0.9", "en", "5 Mar 2026", "€1,234.50"),
        ("fr-FR,fr;q=0.9", "en", "5 Mar 2026", "€1,234.50"),
        ("fr-FR,fr;q=0.9,en-US;q=0.8", "en", "Mar 5, 2026", "€1,234.50"),
        ("fr-FR", "fr", "5 mars 2026", "1\u202f234,50\xa0€"),
        ("en-GB", "fr", "5 mars 2026", "1\u202f234,50\xa0€"),
        ("en-XX-../../etc", "en", "Mar 5, 2026", "€1,234.50"),
    ],
)
def test_dates_and_numbers_are_those_of_the_browsers_region(accepted, chosen, day, money):
    found = languages.of(asking(accepted, f"dossier_language={chosen}"))

    assert (found.code, found.date("2026-03-05"), found.money("1234.5", "EUR")) == (chosen, day, money)


def test_what_the_reader_chose_comes_first():
    assert languages.of(asking("en", "dossier_language=fr")).code == "fr"
    assert languages.of(asking("en", "dossier_language=fr", "lang=en")).code == "en"
    assert languages.of(asking("fr", "dossier_language=xx", "lang=../../etc")).code == "fr"


def test_numbers_and_dates_are_said_as_the_language_does():
    one, many = KINDS[0].words

    assert [FRENCH.count(one, many, number) for number in (0, 1, 2)] == [
        "0 document à signer",
        "1 document à signer",
        "2 documents à signer",
    ]
    assert [ENGLISH.count(one, many, number) for number in (0, 1)] == ["0 documents to sign", "1 document to sign"]
    assert FRENCH.day(dt.datetime(2026, 12, 1, tzinfo=dt.UTC)) == "1 décembre 2026"


@pytest.mark.parametrize(
    "password", ["", "short", "Aa12!!", "A1!" * 100, "Anna@Example12.com", "Password-12!!", "Aa1-Aa1-Aa1-", "x" * 12]
)
def test_whatever_is_wrong_with_a_password_is_said_in_french(password):
    """R-POR-5"""
    with pytest.raises(Invalid) as refused:
        check_portal_password("password", password, email="anna@example12.com")

    (english,) = words.by_field(ENGLISH, refused.value).values()
    (french,) = words.by_field(FRENCH, refused.value).values()
    assert french != english
    assert re.search(r"[éèê’]|Utilisez|Choisissez", french)


def test_nothing_to_say_stays_nothing():
    """The empty sentence is where a catalogue keeps its head."""
    assert (FRENCH.say(""), ENGLISH.say("")) == ("", "")


def test_what_an_owner_says_that_nobody_translated_is_said_as_it_came():
    assert words.by_field(FRENCH, wrong("email", "Something quite unheard of.")) == {
        "email": "Something quite unheard of."
    }


@pytest.mark.parametrize(
    ("seconds", "said"), [(1, "1 minute"), (60, "1 minute"), (61, "2 minutes"), (899, "15 minutes")]
)
def test_whoever_tries_too_often_hears_how_long_to_wait(seconds, said):
    assert said in words.sentence(ENGLISH, TooManySignIns(retry_after_seconds=seconds))
    assert said in words.sentence(FRENCH, TooManySignIns(retry_after_seconds=seconds))


@pytest.mark.parametrize("error", [AppError("a secret"), DeadlineExceeded("a secret"), InvitationNotFound("a secret")])
def test_an_error_nobody_foresaw_is_said_in_words_of_ours(error):
    assert "secret" not in words.sentence(ENGLISH, error)
    assert words.sentence(FRENCH, error) != words.sentence(ENGLISH, error)


def test_every_type_of_mail_has_a_name_in_each_language():
    """R-NOT-3"""
    assert set(TYPES) == set(get_args(NotificationType))
    assert all(FRENCH.say(name) != name or name == "questionnaires" for name in TYPES.values())
