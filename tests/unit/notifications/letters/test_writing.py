"""Every kind of letter, in both languages, says its facts in subject, HTML and text."""

from dataclasses import replace
from typing import get_args

import pytest

from contracts.common import readable_line
from contracts.notifications import NotificationType
from deploy.gallery import FACTS, sample
from services.notifications.letters import KINDS, frame, write, wrong_facts
from tests.unit.notifications.letters.reading import letters, read

EACH = pytest.mark.parametrize(("kind", "locale"), [(kind, locale) for kind in KINDS for locale in FACTS])
EVERY = pytest.mark.parametrize("kind", KINDS)
SHOWN = {  # how facts that aren't text are shown
    "en": {
        "problem": "QuickBooks has somebody of this name already.",
        "expires_at": "December 26, 2026 at 10:30\u202fAM (Paris time)",
        "due_on": "December 15, 2026",
        "expires_on": "January 15, 2027",
        "paid_on": "November 26, 2026",
        "refunded_on": "November 26, 2026",
        "amount": "€1,240.50",
        "credit": "€59.50",
    },
    "fr": {
        "problem": "Ce nom existe déjà dans QuickBooks",
        "expires_at": "26 décembre 2026 à 10:30 (heure\u00a0: Paris)",
        "due_on": "15 décembre 2026",
        "expires_on": "15 janvier 2027",
        "paid_on": "26 novembre 2026",
        "refunded_on": "26 novembre 2026",
        "amount": "1\u202f240,50\u00a0€",
        "credit": "59,50\u00a0€",
    },
}
BANNER = {"en": "Your access is not active yet", "fr": "Votre accès n’est pas encore activé"}
WITHOUT_ADDRESS = {  # what is said in HTML alone, where the address is behind a button
    "en": "If the button does not work, copy this address into your browser:",
    "fr": "Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur\u00a0:",
}


def values(letter):
    """All that the facts of a letter must be seen as."""
    for name, fact in KINDS[letter.kind].facts.items():
        value = letter.facts[name]
        if name in SHOWN[letter.locale]:
            yield SHOWN[letter.locale][name]
        elif fact.sort == "texts":
            yield from value
        elif fact.sort == "count":
            yield str(value)
        elif fact.sort == "text":
            yield from value.splitlines()


@EACH
def test_every_fact_is_in_the_page_and_in_the_text(kind, locale):
    letter = sample(kind, locale)

    written = write(letter)

    page = read(written.html).text
    for value in values(letter):
        assert " ".join(value.split()) in page
        assert value in written.text


@EACH
def test_the_subject_is_one_short_line_that_says_who_or_what(kind, locale):
    letter = sample(kind, locale)

    subject = write(letter).subject

    readable_line(subject)
    assert "\n" not in subject
    assert len(subject) <= 150
    assert any(value in subject for value in (letter.firm_name, *values(letter)))


@EACH
def test_page_and_text_say_the_same(kind, locale):
    letter = replace(
        sample(kind, locale), account_name="Moreau Family", activation_link="https://clients.example.com/activate"
    )

    written = write(letter)

    page = read(written.html).text
    for line in written.text.splitlines():
        assert letters(line) in letters(page), line
    for line in page.splitlines():
        if line not in {WITHOUT_ADDRESS[locale].replace("\u00a0", " "), letter.firm_name[0]}:
            assert letters(line) in letters(written.text), line


@EVERY
def test_french_is_not_english(kind):
    """With the same facts, so that what differs is what we say."""
    english = sample(kind, "en")
    french = write(replace(english, locale="fr"))
    written = write(english)

    assert french.subject != written.subject
    assert read(french.html).text.splitlines()[:1] != read(written.html).text.splitlines()[:1]
    facts = {letters(value) for value in values(english)} | {letters(english.firm_name), letters(english.link)}
    same = set(written.text.splitlines()) & set(french.text.splitlines())
    assert {letters(line) for line in same if not any(letters(line) in fact for fact in facts)} <= {"Questions42"}


@EACH
def test_a_page_runs_nothing_and_loads_nothing(kind, locale):
    letter = sample(kind, locale)

    page = read(write(letter).html)

    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "form", "base", "svg", "video"})
    assert [name for name, _ in page.attributes if name in {"src", "srcset", "background", "action"}] == []
    assert [name for name, _ in page.attributes if name.startswith("on")] == []
    assert "url(" not in page.styles
    assert "@import" not in page.styles
    assert page.links == {letter.link, *filter(None, [letter.unsubscribe_link])}


@EACH
def test_what_is_optional_may_be_missing(kind, locale):
    letter = sample(kind, locale)
    needed = {name: value for name, value in letter.facts.items() if not KINDS[kind].facts[name].is_optional}
    nulls = dict.fromkeys(letter.facts) | needed

    sparse = write(replace(letter, facts=needed))

    assert write(replace(letter, facts=nulls)) == sparse
    assert "None" not in sparse.html + sparse.text + sparse.subject


@EACH
def test_a_greeting_without_a_name_is_one_too(kind, locale):
    letter = replace(sample(kind, locale), greeting="")

    text = write(letter).text

    assert {"en": "\nHello,\n", "fr": "\nBonjour,\n"}[locale] in text


@EACH
def test_the_banner_is_for_who_has_not_activated(kind, locale):
    """R-NOT-5"""
    letter = sample(kind, locale)
    link = "https://clients.example.com/portal/invitations/abc"

    plain = write(letter)
    written = write(replace(letter, activation_link=link))

    assert BANNER[locale] in read(written.html).text
    assert link in read(written.html).links
    assert f" {link}\n" in written.text
    assert BANNER[locale] not in plain.html + plain.text


@EACH
def test_the_account_is_named_next_to_the_firm_where_one_serves_several(kind, locale):
    """R-NOT-6"""
    letter = sample(kind, locale)

    written = write(replace(letter, account_name="Okonkwo Bakery"))

    assert f"{letter.firm_name}\nOkonkwo Bakery\n" in read(written.html).text
    assert written.text.startswith(f"{letter.firm_name} · Okonkwo Bakery\n")
    assert written.subject.endswith(" – Okonkwo Bakery")


@EACH
def test_unsubscribing_is_offered_only_where_it_is_possible(kind, locale):
    letter = replace(sample(kind, locale), unsubscribe_link=None)
    link = "https://clients.example.com/unsubscribe/abc"

    without = write(letter)
    written = write(replace(letter, unsubscribe_link=link))

    assert link in read(written.html).links
    assert link in written.text
    assert {"en": "Stop e-mails", "fr": "Ne plus recevoir"}[locale] not in without.html + without.text


@EACH
def test_the_samples_have_the_facts_they_should(kind, locale):
    letter = sample(kind, locale)

    assert wrong_facts(KINDS[kind], letter.facts) == []


def test_only_security_and_staff_mails_are_of_no_type():
    """R-NOT-3, R-NOT-7"""
    untyped = {name for name, kind in KINDS.items() if kind.type is None and not kind.is_staff}

    assert untyped == {"invitation", "password_reset", "signing_link"}
    assert {kind.type for kind in KINDS.values()} - {None} == set(get_args(NotificationType)) - {"transactions"}
    assert [name for name, kind in KINDS.items() if kind.is_staff and kind.type] == []


def test_every_type_has_a_reason_in_the_footer():
    """R-NOT-3"""
    assert set(frame.REASONS) == set(get_args(NotificationType))
    assert len(set(frame.REASONS.values())) == len(frame.REASONS)


def test_every_account_that_could_not_sign_is_named():
    """R-SIG-4"""
    accounts = [f"Client {number}" for number in range(120)]
    letter = sample("staff_proposals_not_sent", "en")

    written = write(replace(letter, facts={**letter.facts, "accounts": accounts}))

    assert set(accounts) <= set(read(written.html).text.splitlines())


def test_a_long_list_says_how_many_more_there_are():
    letter = sample("documents_uploaded", "fr")
    names = [f"Relevé {number}.pdf" for number in range(1, 13)]

    written = write(replace(letter, facts={"names": names}))

    assert "- Relevé 10.pdf\n  et 2 autres\n" in written.text
    assert "Relevé 11.pdf" not in written.html


def test_one_document_is_named_in_the_subject_and_several_are_counted():
    letter = sample("documents_uploaded", "en")

    one = write(replace(letter, facts={"names": ["W-2.pdf"]}))
    two = write(replace(letter, facts={"names": ["W-2.pdf", "W-9.pdf"]}))

    assert one.subject == "New document from Harbor & Pine Accounting: W-2.pdf"
    assert two.subject == "2 new documents from Harbor & Pine Accounting"


@pytest.mark.parametrize(
    ("kind", "facts", "subject"),
    [
        ("invoice_reminder", {"is_overdue": True}, "Overdue: invoice 2026-0142, €1,240.50"),
        ("invoice_reminder", {"is_overdue": False}, "Reminder: invoice 2026-0142, €1,240.50"),
        ("chat_message", {"is_reply": True}, "Ruth Okafor has replied: Receipts of November"),
        ("chat_message", {"is_reply": False}, "New message from Ruth Okafor: Receipts of November"),
        ("staff_approval_answered", {"is_approved": True}, "Moreau has approved: Accounts.pdf"),
        ("staff_approval_answered", {"is_approved": False}, "Moreau has not approved: Accounts.pdf"),
        ("staff_signature_answered", {"is_signed": False}, "Moreau has declined to sign: Accounts.pdf"),
        ("staff_signature_answered", {"is_signed": True, "is_complete": True}, "Moreau has signed: Accounts.pdf"),
        (
            "staff_signature_answered",
            {"is_signed": True, "is_complete": False},
            "One more signature from Moreau: Accounts.pdf",
        ),
    ],
)
def test_an_answer_is_told_as_it_was(kind, facts, subject):
    letter = sample(kind, "en")
    named = {"author": "Ruth Okafor", "account": "Moreau", "document": "Accounts.pdf"}
    named = {name: value for name, value in named.items() if name in letter.facts}

    assert write(replace(letter, facts={**letter.facts, **named, **facts})).subject == subject


@pytest.mark.parametrize(
    ("locale", "hello"),
    [("en", "Hello"), ("fr", "Bonjour"), ("fr-CA", "Bonjour"), ("fr_FR", "Bonjour"), ("de", "Hello"), ("", "Hello")],
)
def test_a_language_we_do_not_speak_is_english(locale, hello):
    assert f"{hello} Camille," in write(replace(sample("invitation", "en"), locale=locale)).text
