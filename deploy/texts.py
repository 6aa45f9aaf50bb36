"""`python -m deploy.texts`: bring the catalogues of translations up to the sentences that the code says."""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from deploy.local.services import ROOT

# A room that says sentences keeps the translations in its folder `locale`, a file for each language but English.
SPEAKING = ("services/notifications/letters", "gateway/web")
# What a sentence is given to, in code and in templates.
KEYWORDS = {"say": None, "later": None, "count": (1, 2), "later_count": (1, 2), "_": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
# A template that can't be read is a failure, not one without sentences.
OPTIONS = {"**/templates/**.html": {"extensions": "jinja2.ext.do", "silent": "false"}}
HEAD = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plurals}\\n"

"""


def said(room: str) -> Catalog:
    """Collect the sentences that a room says, in the order of its modules."""
    found = Catalog()
    for _, _, message, _, context in extract_from_dir(ROOT / room, METHODS, OPTIONS, keywords=KEYWORDS):
        found.add(message, context=context)
    return found


def catalogues() -> list[tuple[str, Path]]:
    """The rooms and their catalogues."""
    return [(room, path) for room in SPEAKING for path in sorted((ROOT / room / "locale").glob("*.po"))]


def current(room: str, path: Path) -> str:
    """The catalogue as it should be written: each sentence once, those that nobody says any more left out."""
    with path.open("rb") as source:
        catalogue = read_po(source, locale=path.stem)
    catalogue.update(said(room), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    written = io.BytesIO()
    write_po(written, catalogue, width=120, no_location=True, omit_header=True)
    return HEAD.format(language=path.stem, plurals=catalogue.plural_forms) + written.getvalue().decode()


def missing(path: Path) -> list[str]:
    """The sentences of a catalogue that have no translation yet, or one that misses a fact."""
    with path.open("rb") as source:
        catalogue = read_po(source, locale=path.stem)
    untranslated = [message for message in catalogue if message.id and not _is_complete(message.string)]
    wrong = [message for message, _ in catalogue.check()]
    return [str(message.id) for message in (*untranslated, *wrong)]


def _is_complete(translation: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(translation or [""])


def main() -> None:
    for room, path in catalogues():
        path.write_text(current(room, path), encoding="utf-8")
        untranslated = missing(path)
        print(f"{path.relative_to(ROOT)}: {len(untranslated)} to translate", *untranslated, sep="\n  ")
    sys.exit(any(missing(path) for _, path in catalogues()))


if __name__ == "__main__":
    main()
