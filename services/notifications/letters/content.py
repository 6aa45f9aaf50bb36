"""The content of a letter in the order it is read, before it becomes HTML and text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.notifications.letters import plain
from services.notifications.letters.voice import Voice

LISTED = 10  # names in full before "and … more"
EXCERPT = 400  # characters of somebody's message; the rest is read where it was written
SHORT = 70  # characters of a name in a subject, so that the words around it are seen


@dataclass(frozen=True, kw_only=True)
class Content:
    subject: str
    heading: str
    lead: Sequence[str]  # paragraphs; the first is the preview in a list of mails
    button: str
    quote: str = ""  # what a person wrote, told apart from what the firm's system says
    items: Sequence[str] = ()
    more: str = ""  # said under the items where not all are there
    rows: Sequence[tuple[str, str]] = ()  # what and its value; rows without a value are left out
    after: Sequence[str] = ()  # paragraphs under the button
    shows_link: bool = False  # the address of the button once more, for those who want to read it first


class Teller(Voice):
    """Says the facts of one letter; a fact that is missing is empty."""

    def __init__(self, locale: str, timezone: str, firm: str, facts: Mapping[str, Any]) -> None:
        super().__init__(locale, timezone)
        self.firm = plain.line(firm)
        self._facts = facts

    def has(self, name: str) -> bool:
        """Whether a flag is up or anything is told under this name."""
        return bool(self._facts.get(name))

    def number(self, name: str) -> int:
        return int(self._facts.get(name) or 0)

    def line(self, name: str) -> str:
        return plain.line(self._facts.get(name) or "")

    def short(self, name: str) -> str:
        return plain.line(self._facts.get(name) or "", SHORT)

    def body(self, name: str) -> str:
        return plain.body(self._facts.get(name) or "")

    def excerpt(self, name: str) -> str:
        return plain.body(self._facts.get(name) or "", EXCERPT)

    def lines(self, name: str) -> list[str]:
        """All names of a list, to count them; `listed` and `more` show them."""
        return [plain.line(each) for each in self._facts.get(name) or ()]

    def first(self, name: str) -> str:
        return plain.line(next(iter(self._facts.get(name) or ()), ""), SHORT)

    def listed(self, name: str, limit: int = LISTED) -> list[str]:
        return self.lines(name)[:limit]

    def more(self, name: str, limit: int = LISTED) -> str:
        left = len(self.lines(name)) - limit
        return self.count("and %(number)s more", "and %(number)s more", left) if left > 0 else ""

    def joined(self, name: str) -> str:
        """The names of a list in one line."""
        return ", ".join([*self.listed(name), *filter(None, [self.more(name)])])

    def day(self, name: str) -> str:
        return self.date(self._facts[name]) if self.has(name) else ""

    def moment(self, name: str) -> str:
        return self.instant(self._facts[name]) if self.has(name) else ""

    def sum(self, name: str) -> str:
        return self.money(self._facts[name]) if self.has(name) else ""
