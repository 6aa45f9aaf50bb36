"""What is said to people is said in every language we speak."""

import pytest

from deploy import texts
from deploy.local.services import ROOT

CATALOGUES = pytest.mark.parametrize(("room", "path"), texts.catalogues(), ids=lambda value: str(value)[-40:])


def test_every_room_that_speaks_has_a_catalogue():
    assert {room for room, _ in texts.catalogues()} == set(texts.SPEAKING)


@CATALOGUES
def test_a_catalogue_holds_what_is_said_and_nothing_else(room, path):
    assert path.read_text() == texts.current(room, path), "run `python -m deploy.texts`"


@CATALOGUES
def test_nothing_is_left_to_translate_and_no_fact_is_lost(room, path):
    assert texts.missing(path) == []


def test_a_missing_translation_is_seen(tmp_path):
    catalogue = ROOT / texts.SPEAKING[0] / "locale" / "fr.po"
    torn = tmp_path / "fr.po"
    torn.write_text(catalogue.read_text().replace('msgstr "Bonjour,"', 'msgstr ""'))

    assert texts.missing(torn) == ["Hello,"]


def test_a_translation_that_loses_a_fact_is_seen(tmp_path):
    catalogue = ROOT / texts.SPEAKING[0] / "locale" / "fr.po"
    torn = tmp_path / "fr.po"
    torn.write_text(catalogue.read_text().replace('msgstr "Bonjour %(name)s,"', 'msgstr "Bonjour %(nom)s,"'))

    assert texts.missing(torn) == ["Hello %(name)s,"]
