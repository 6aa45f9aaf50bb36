"""From a letter's facts to its subject, HTML and text."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import mrml
from jinja2 import Environment, StrictUndefined, Template

from services.notifications.letters import clients, frame, members, money, plain, quickbooks, security
from services.notifications.letters.content import Content, Teller
from services.notifications.letters.kinds import KINDS
from services.notifications.letters.letter import Letter, Written

FOLDER = Path(__file__).parent
SUBJECT = 150  # characters
BESIDE = 40  # characters of the account's name at the end of a subject
COLONS = {"en": ":", "fr": "\u00a0:"}


def write(letter: Letter) -> Written:
    """Write a letter in the reader's language; any text may stand in its facts, and is shown as text.

    Raises KeyError for a kind that isn't one. A fact that is missing is left out: `wrong_facts` tells beforehand.
    """
    kind = KINDS[letter.kind]
    of = Teller(letter.locale, letter.timezone, letter.firm_name, letter.facts)
    content = COMPOSERS[kind.name](of)
    account = plain.line(letter.account_name or "")
    shown = {
        "content": content,
        "rows": [(name, value) for name, value in content.rows if value],
        "locale": of.locale,
        "colon": COLONS[of.locale],
        "firm": of.firm,
        "initial": plain.initial(of.firm),
        "account": account,
        "link": plain.link(letter.link),
        "activation_link": plain.link(letter.activation_link),
        "unsubscribe_link": plain.link(letter.unsubscribe_link),
        **frame.words(of, kind, plain.line(letter.greeting)),
    }
    return Written(
        subject=_subject(content.subject, account), html=_page().render(shown), text=_plain_page().render(shown)
    )


def _subject(subject: str, account: str) -> str:
    """One line; where a person serves several accounts it ends with the name of this one."""
    end = f" – {plain.clipped(account, BESIDE)}" if account else ""
    return plain.line(subject, SUBJECT - len(end)) + end


@cache
def _page() -> Template:
    """The layout as HTML with the places of the facts still open: facts never pass through MJML."""
    without_fonts = mrml.RenderOptions(fonts={})  # they would be loaded from elsewhere
    html = mrml.to_html((FOLDER / "layout.mjml").read_text(encoding="utf-8"), render_options=without_fonts).content
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(html)


@cache
def _plain_page() -> Template:
    places = Environment(
        autoescape=False,  # noqa: S701 (plain text has nothing to escape)
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return places.from_string((FOLDER / "layout.txt").read_text(encoding="utf-8"))


COMPOSERS: Mapping[str, Callable[[Teller], Content]] = {
    name: compose
    for room in (security, clients, money, members, quickbooks)
    for name, compose in vars(room).items()
    if name in KINDS
}
