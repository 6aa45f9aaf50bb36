"""Reads a letter's HTML as a mail program and its reader do."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Page:
    text: str = ""  # what is seen; addresses of links stand behind their words
    tags: set[str] = field(default_factory=set)
    attributes: list[tuple[str, str]] = field(default_factory=list)
    styles: str = ""

    @property
    def links(self) -> set[str]:
        return {value for name, value in self.attributes if name == "href"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._inside: list[str] = []
        self._links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.page.tags.add(tag)
        self.page.attributes += [(name, value or "") for name, value in attrs]
        if tag != "meta":  # the one that is never closed
            self._inside.append(tag)
        if tag == "a":
            self._links.append(dict(attrs)["href"])
        self.page.text += "\n" if tag in {"div", "p", "li", "h1", "td"} else ""

    def handle_startendtag(self, tag, attrs):
        self.page.tags.add(tag)
        self.page.attributes += [(name, value or "") for name, value in attrs]
        self.page.text += "\n" if tag == "br" else ""

    def handle_endtag(self, tag):
        while self._inside.pop() != tag:
            pass
        if tag == "a":
            self.page.text += f"\n{self._links.pop()}\n"

    def handle_data(self, data):
        if "style" in self._inside:
            self.page.styles += data
        elif "title" not in self._inside:
            self.page.text += data


def read(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    page = reader.page
    page.text = "\n".join(" ".join(line.split()) for line in page.text.splitlines() if line.strip())
    page.styles += " ".join(value for name, value in page.attributes if name == "style")
    return page


def letters(text: str) -> str:
    """The letters and digits alone, to compare what differs in marks and line ends."""
    return "".join(character for character in text if character.isalnum())
