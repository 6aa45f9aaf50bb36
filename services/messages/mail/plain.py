"""Plain text of HTML: what a reader would see, without what a browser would run or fetch."""

import re
from html import unescape

LONGEST = 1_000_000  # characters of HTML that are read; a letter has some thousands
DEEPEST = 20_000  # tags; a newsletter has some hundreds
UNSEEN = frozenset(("script", "style", "title", "template", "noscript", "object", "svg", "math", "iframe"))
BREAKING = frozenset(
    (
        *("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "h1", "h2", "h3", "h4", "h5"),
        *("h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul"),
    )
)
CELLS = frozenset(("td", "th"))


def text_of(html: str) -> str:
    """Give the words of a page, a line for each block; of one with more tags than any letter, nothing."""
    import nh3  # noqa: PLC0415 (mail alone costs its megabytes)

    html = html[:LONGEST]
    if html.count("<") > DEEPEST:
        return ""
    # Its parser is a browser's: in time on whatever it is given, which the standard library's is not. What it gives
    # has no attributes, and no < or > but those of the tags that we asked for.
    clean = nh3.clean(html, tags=set(BREAKING | CELLS), clean_content_tags=set(UNSEEN), attributes={})
    flat = re.sub(r"\s+", " ", clean)
    cells = re.sub(r"<t[dh]>", "  ", flat)
    lines = re.sub(r" ?</?(?:" + "|".join(sorted(BREAKING)) + r")> ?", "\n", re.sub(r"</t[dh]>", "", cells))
    return tidy(unescape(lines))


def tidy(text: str) -> str:
    """Give text that can be kept and read: no control characters, no long runs of blanks or empty lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).replace("\xa0", " ")
    text = "".join(one for one in text if one == "\n" or (one.isprintable() and not "\ud800" <= one <= "\udfff"))
    lines = [re.sub(r" {3,}", "  ", line).rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
